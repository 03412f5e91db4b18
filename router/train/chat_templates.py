"""What people write to an assistant, in haste and in the languages they speak, and what they ask about products,
games and gods, in which nobody is named. Slots as in templates.py, and {k} for a relative or the like, {N} for a
short form of a name, {T} for a thing that sounds like somebody."""

CHAT = r"""
i saw {TP} today
Saw {TP} again this morning, still no answer.
{TP} told me to wait here. I asked {TP} twice.
We met {TP} yesterday and {TP} today, both in {C}.
my {k} {F} is not talking to me since {day}, what should i write
my {k} {N} wont tell me whats wrong
my {k} ({F}) told everyone about it
my {k}, {F}, was diagnosed with {dx} last week
my {k} is called {F} and lives in {C}
help me write to {F}, my {k}, about the rent
what should i say to {N}, he lent me {m} and wants it back
what do i say to {F}, she owes me money
ask {N} if he can come on {day}
tell {N} im sick today and cant come to {O}
i told {F} and {N} about the baby
can u write a text to {F} saying im late
write back to {F} that i cant make it on {day}
write to ms {L} that {F} is sick today
write an email to mrs {L} from the school, {F} was off with {sx}
draft an email to mr {L} at {O} about my payslip
{F} from work keeps messaging me
{F} from accounting took my idea
me and {N} had a fight
{N} here, from {O}, can you call me back
its {F} from dr {L}s office calling for {F}, your results are in
hey its {N}, are you still in {C}
My name's {F} but everyone calls me {N}
everyone calls me {N}, my real name is {P}
i go by {N}
her name is {L}
his name is {F}, hes {n}
their names are {F} and {N}
the girl is called {F} i think
our nanny, {F}, wants a raise
midwife {F} at {O} wants me to have it
my teacher ms {L} gave me a D
my landlord {L} wont fix the boiler
our landlady mrs {L} kept the deposit
doctor {L} told me to stop {rx}
dr {L} put me on {rx}
i saw dr {L} at {O} on {day}
my therapist {F} says it is burnout
my boss {F} ({O}) fired me by text
my manager {F} at {O} says i agreed to it
i work at {O} in {C}
i work for {O}
i worked at {O} till {y}, then {O}
i was sacked from {O} on {day}
i got fired from {O}, boss {N}
company is called {O}
my company, {O}, is in {C}
my employer is {O}
i have an interview at {O} on {day}
i start at {O} next week
ex works for {O}, earns {n}k
laid off from {O} last month
i am a teacher at {O}
i study nursing at {O} in {C}
my son goes to {O}
my {k} got jumped outside {O}
suspended from {O} for 3 days
she had her operation at {O}
admitted to {O} with {dx}
chemo starts on {day} at {O}
i owe {m} to {O} and {m} to {O}
{O} charged me twice, {m}
{O} refuses the refund
{O} wont pay my claim
my policy with {O} lapsed
my mortgage is with {O}
i bank with {O}
my {O} account was hacked
the letter from {O} says i owe {m}
got a letter from {O} about my licence
i complained to {O} and {O}
{O} said my application was denied
my flight with {O} was cancelled
i ordered from {O} on {day} and it never came
is {O} allowed to do that
{O} sent the card back
I used to shop at {O}
do {O} and {O} hire at 16?
he sold me a broken car, {N} from {O}
she moved to {C} with the kids
my ex moved to {K} with them
we live in {C} with my {k}
i live in a flat on {A}
im in flat 4b, {A}
the accident was on {A} in {C}
he lives on {A}
i grew up in rural {S}
we were in {C} with nan
he's from {C}, she's from {K}
i think my bf is cheating with some girl called {F}
i matched with {F} on {O}
my crush {N} left me on read
rip {N}, you were the best {k}
birthday poem for {F}, turning {n}
wedding speech for {F} and {N}
reference letter for {F}, she was with us at {O}
performance review for {F}: late, distracted, good with clients
{F} has missed targets three quarters running
{P}, {job}, {O}, {C} {y}-{y}
{job}, {O}, {C}\n{job}, {O}\nTreasurer, {O}
{O} {y}-{y} {job}; {O} {y}-{y} {job}
session notes: client {F} reports low mood, {k} unaware
{TP} refused the tablets, {k} {F} informed
patient {L} seen with {k}
{F} {L}'s mother called, she wont come in
deceased: my {k} {F}. girlfriend, {F}, not married
Kindly draft mail to {F} sir, I am working in {O} {C} since {y}
respected {L} sir, i am not able to attend office
{F} ji please do the needful
leave application for my manager {F} sir, {O}
"""

# German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Hindi and Indonesian in Latin letters, Swedish, Romanian.
ABROAD = r"""
mein Sohn {F} hat seit gestern Fieber
meine Tochter {F} ist 15 und will nicht mehr zur Schule gehen
mein Chef, Herr {L}, hat mich gestern gekündigt
Frau {L} vom {O} hat mich angerufen
schreib bitte an {F}, dass ich am Samstag nicht komme
ich heiße {P} und wohne in {C}
ich arbeite seit {y} bei {O} in {C}
Sehr geehrte Frau {L}, hiermit kündige ich meinen Vertrag bei {O}.
Liebe {F}, danke für deine Nachricht. Liebe Grüße, {F}
kannst du meiner Kollegin {F} absagen
mein Nachbar {L} hat den Zaun kaputt gemacht
Dr. {L} aus {C} hat mir {rx} verschrieben
mein Vater ist 78 und wohnt allein in {C}
ma fille {F} a 15 ans et ne veut plus aller à l'école
mon fils s'appelle {F}, il a de la fièvre depuis hier
mon chef, M. {L}, me harcèle depuis septembre
je m'appelle {P}, j'habite à {C}
je travaille chez {O} à {C} depuis {y}
elle s'appelle {F} et elle voit un psy à {C}
Bonjour Madame {L}, je vous écris au sujet de mon contrat chez {O}
le docteur {L} m'a prescrit {rx}
écris à {F} que je ne viendrai pas samedi
mi hermana {F} tiene 19 años y está embarazada
mi hijo {F} no quiere ir a la escuela
mi jefe, el señor {L}, me despidió el jueves
me llamo {P}, vivo en {C}
trabajo en {O} de {C} desde {y}
Estimada señora {L}: le escribo por mi contrato con {O}
la doctora {L} me recetó {rx}
dile a {F} que no puedo ir el sábado
mi papá vive en {C} con mi tía {F}
sono la mamma di {F}, ha la febbre da ieri
mio figlio {F} ha otto anni e non dorme
mi chiamo {P} e abito a {C}
lavoro da {O} a {C} dal {y}
il dottor {L} mi ha prescritto {rx}
mia moglie {F} è incinta di sette mesi
Gentile signora {L}, le scrivo per il contratto con {O}
scrivi a {F} che non vengo sabato
meu filho {F} de 8 anos foi diagnosticado na semana passada
meu nome é {P}, moro em {C}
trabalho na {O} em {C} desde {y}
a doutora {L} me receitou {rx}
minha irmã {F} está grávida
Prezada senhora {L}, escrevo sobre o contrato com a {O}
fala pra {F} que eu não vou no sábado
mijn buurman heet {L}, ik woon in {C}
mijn dochter {F} heeft koorts sinds gisteren
ik werk bij {O} in {C} sinds {y}
mijn naam is {P} en ik woon in {C}
dokter {L} heeft mij {rx} voorgeschreven
Beste mevrouw {L}, ik schrijf u over mijn contract bij {O}
mój szef, pan {L}, zwolnił mnie w czwartek
nazywam się {P}, mieszkam w {C}
moja córka {F} ma gorączkę od wczoraj
pracuję w {O} od {y}
doktor {L} przepisał mi {rx}
napisz do {F}, że nie przyjdę w sobotę
kardeşim {F} bana haber vermedi
benim adım {P}, {C} şehrinde yaşıyorum
annem {F} dün gece hastaneye kaldırıldı
{O} şirketinde çalışıyorum
{F} hanım, yarın gelemeyeceğim
meri behen {F} ki shaadi hai {C} mein
mera naam {P} hai aur main {C} se hoon
{F} bhai kal office nahi aayega
main {O} mein kaam karta hoon
nama saya {P}, saya tinggal di {C}
anak saya {F} demam sejak kemarin
saya bekerja di {O} sejak {y}
min dotter {F} har feber sedan igår
jag heter {P} och bor i {C}
jag jobbar på {O} i {C}
fiul meu {F} are febră de ieri
Hallo {F}, wie geht es dir?
Moin {F}, alles gut bei euch in {C}?
Servus {F}, kommst du am Samstag mit {F}?
Na, {N}, sehen wir uns morgen beim {O}?
Der {N} hat den Schlüssel noch, frag mal die {F}.
Liebe Oma {F}, danke für das Paket aus {C}!
Sehr geehrter Herr Dr. {L}, anbei die Unterlagen. Frau {L}-{L} meldet sich bei Ihnen.\nMit freundlichen Grüßen\n{P}
Guten Morgen Frau {L}, haben Sie kurz Zeit?
Kommt {F} heute auch, oder ist er noch bei {F} in {C}?
Coucou {F}, ça va mieux depuis hier ?
Salut {F}, on se voit samedi avec {F} et {F} ?
Bonjour Monsieur {L}, comment allez-vous ?
Bises à tous, {F}
{F} s'est déjà baigné deux fois, dit mamie {F}.
Merci {F} ! Tu passes chez {F} à {C} demain ?
Chère Madame {L}, je vous remercie de votre réponse. Bien à vous, {P}
Hola {F}, ¿cómo estás? Soy {F} de {O}.
Querida {F}:\nTe escribo desde {C}. {N} te manda un dibujo.\nUn abrazo fuerte,\n{F}
¿Qué onda, {N}? Dice {F} que llegas el lunes.
Felicidades a mi compadre {P} por su taller nuevo en {C}!!
Mucho gusto, soy {P}, la nueva vecina del tercero.
Feliz cumpleaños, tía {F}
Ciao {F}, ci vediamo alle otto davanti alla stazione di {C}?
Ehi {N}, tutto a posto? Stasera gelato in piazza con {F} e gli altri.
Salve, sono {F} del secondo piano.
Auguri nonno {F}! Un bacio da {F} e {F}.
Buongiorno avvocato {L}, le mando il contratto. Cordiali saluti, {P}
Olá {F}, tudo bem? O {N} já passou aí para arranjar a torneira?
Oi {F}, amanhã vou de carro com o {F} para {C}.
Boa tarde dona {F}, aqui é o {F} da {O}.
Um abraço do {F}
Hoi {F}, bedankt voor gisteren, het was heel gezellig. Groetjes, {F}
Hoe gaat het met de knie van {F}?
Beste {F}, is {N} bij jullie in {C}?
Groeten van {F} en {F}
Cześć {F}, jak minęła podróż? {F} pyta, czy zostajesz w {C}.
Dzień dobry, panie {L}, serdecznie dziękuję za pomidory.
Siema {N}, gramy dziś? {F} i {F} potwierdzili.
Pani {L} z {O} dzwoniła do {F}.
Selam {F}, {F} ile yarın {C}'e geçiyoruz.
{F} abla aradı mı? {F} teyze soruyor.
Merhaba {F} Bey, nasılsınız? Ben {P}.
İyi ki doğdun {F}! Annenle {F} öper.
Hej {F}! Hur mår {F} efter operationen? Hälsa från oss i {C}.
Tack för en trevlig kväll, särskilt till {F} som diskade.
Grattis på födelsedagen, älskade {F}! Kramar från {F}
Hei {F}, kommer du på lørdag? Hilsen {F}
Moi {F}, nähdään huomenna {C}ssa. Terveisin {F}
Apa kabar, {F}? Semoga sehat selalu.
Terima kasih banyak ya, Bu {F}. Salam buat Pak {F} di {C}.
Namaste {F} ji, aap kab aa rahe hain? {F} bhi puch raha tha.
Salut {F}, ce mai faci? {F} vine mâine la {C}.
Ahoj {F}, přijdeš v sobotu s {F}?
Szia {F}, hogy vagy? {F} is jön {C}ba.
mă numesc {P} și locuiesc în {C}
lucrez la {O} din {y}
"""

# Nobody is named in these.
ABROAD_PLAIN = r"""
Wie kocht man Nudeln?|Was bedeutet dieses Wort?|Die Katze schläft auf dem Sofa.|Der Hund läuft durch den Wald.|Das Wetter ist heute schön.|
Erkläre mir den Unterschied zwischen Strom und Spannung.|Schreibe eine Geschichte über einen Drachen.|Nenne fünf Nachteile von Plastik.|
Welche Vorteile hat ein Wärmepumpensystem?|Wann beginnt der Frühling?|Die Wohnung hat drei Zimmer, Küche und Bad.|Der Zug hat Verspätung.|
Ich habe Kopfschmerzen und Fieber, was hilft?|Müssen wir ins Krankenhaus?|Guten Tag, ich hätte eine Frage.|Vielen Dank für Ihre Hilfe.|
Mit freundlichen Grüßen|Sehr geehrte Damen und Herren, ich bitte um eine Antwort.|Geben Sie Beispiele für Adjektive und Substantive.|
Warum ist der Himmel blau?|Die Bundesregierung plant ein neues Gesetz.|Zeige mir ein Rezept für Kartoffelsuppe mit Speck.|Welches Auto verbraucht wenig Benzin?|
Bin noch in der Probezeit, was passiert jetzt?|Übersetze den Text ins Englische.|Fasse den Artikel zusammen.|Der Vertrag endet im Dezember.|
Kündigung, Miete, Nebenkosten und Kaution|Unter welchen Bedingungen gilt das Urteil?|Hilfe bei der Steuererklärung|Bitte korrigiere meine Bewerbung.|
Comment faire une omelette ?|Quelle est la différence entre un chat et un chien ?|Bonjour, j'ai une question.|Merci beaucoup pour votre aide.|
Écris un poème sur l'automne.|Elle voit un médecin depuis janvier, que faire ?|Le contrat se termine en juin.|Expliquez la photosynthèse.|Il fait beau aujourd'hui.|
Je voudrais réserver une table.|Donne-moi trois idées de cadeaux.|Traduisez ce texte en anglais.|Quels sont les symptômes de la grippe ?|Aidez-moi, s'il vous plaît.|
¿Cómo se hace una tortilla?|¿Cuál es la diferencia entre ser y estar?|Buenos días, tengo una pregunta.|Escribe un cuento sobre un gato.|Qué sigue después?|
Necesito escribir una carta de queja.|¿Qué puedo hacer?|Explica la fotosíntesis.|El contrato termina en junio.|Hace buen tiempo hoy.|Dame tres ideas de regalos.|
Come si fa il risotto?|Buongiorno dottoressa, ho una domanda.|Qual è la differenza tra mela e pera?|Scrivi una poesia sull'autunno.|Posso mandarla a scuola lunedì?|
Ha ancora la tosse e la febbre.|Grazie mille per l'aiuto.|Possono farlo?|Quanto tempo ci vuole?|Spiegami la fotosintesi.|
Como fazer um bolo?|Qual é a diferença entre por e para?|Bom dia, tenho uma pergunta.|O que eu faço agora?|Escreva um poema sobre o outono.|
A escola quer que ele mude de turma.|Explique a fotossíntese.|Hoje está sol.|Como recorrer?|Hoe maak je pannenkoeken?|Wat is het verschil tussen deze woorden?|
Goedemorgen, ik heb een vraag.|Schrijf een nette brief.|Klopt dat?|Het weer is mooi vandaag.|De bedrijfsarts zegt dat ik weer kan werken.|Jak zrobić pierogi?|
Co mogę zrobić?|Dzień dobry, mam pytanie.|Jaka jest różnica między tymi słowami?|Napisz wiersz o jesieni.|Byłam na zwolnieniu lekarskim.|Pracowałam tam sześć lat.|
Nasıl yapılır?|Günaydın, bir sorum var.|Ona ne yazmalıyım?|Sonbahar hakkında bir şiir yaz.|Dün gece hastaneye kaldırıldı.|Yeh kya hai?|Mujhe kya karna chahiye?|
Apa bedanya?|Selamat pagi, saya punya pertanyaan.|Hur gör man pannkakor?|Skriv en dikt om hösten.|Cum se face?|Bună ziua, am o întrebare.|
Hallo, wie geht es Ihnen heute?|Wie geht's?|Wie geht es dir?|Mir geht es gut, und Ihnen?|Ich danke Ihnen.|Ich wünsche Ihnen einen schönen Tag.|Können Sie mir helfen?|
Guten Abend, haben Sie noch Tische frei?|Grüß Gott, wo ist hier die Post?|Was kostet Ihnen das zu viel?|Haben Sie Ihren Ausweis dabei?|Bitte füllen Sie das Formular aus.|
Ich melde mich bei Ihnen, sobald Ihre Unterlagen da sind.|Gern geschehen.|Herzlichen Glückwunsch zum Geburtstag!|Alles Gute und bis bald!|Bis morgen!|Frohe Weihnachten und ein gutes Neues Jahr!|
Guten Appetit!|Gute Besserung!|Entschuldigung, wie spät ist es?|Das ist mir egal.|Es tut mir leid.|Was heißt das auf Deutsch?|Ich freue mich auf Ihre Antwort.|Wir bitten um Ihr Verständnis.|
Die Rechnung finden Sie im Anhang.|Bitte überweisen Sie den Betrag auf unser Konto.|Der Antrag ist bis Ende März zu stellen.|Kopieren Sie die Datei in den Ordner.|Meine Kreditkarte geht nicht.|
Bonjour, comment allez-vous ?|Bonsoir, comment ça va ?|Je vous remercie.|Je vous souhaite une bonne journée.|Pouvez-vous m'aider ?|Bonne nuit et à demain !|Joyeux anniversaire !|Bon appétit !|
Veuillez agréer, Madame, Monsieur, mes salutations distinguées.|Cordialement|Bien à vous|Enchanté.|Excusez-moi, quelle heure est-il ?|Je suis désolé.|Ma carte bancaire ne marche pas.|
Vous trouverez la facture ci-jointe.|Quel temps fait-il ?|Il faut remplir le formulaire avant fin mars.|S'il vous plaît, parlez plus lentement.|Au revoir et bon week-end !|
Hola, ¿cómo estás?|Buenas noches, ¿cómo está usted?|Muchas gracias por su ayuda.|Le deseo un buen día.|¿Puede ayudarme?|Feliz cumpleaños y feliz Navidad.|Buen provecho.|Lo siento mucho.|
¿Qué hora es?|Un cordial saludo|Atentamente|Quedo a la espera de su respuesta.|Adjunto la factura.|No funciona mi tarjeta.|Hasta mañana.|Que te mejores.|El formulario se entrega en marzo.|
Ciao, come stai?|Buonasera, come sta?|La ringrazio.|Le auguro una buona giornata.|Può aiutarmi?|Buon compleanno!|Buon appetito!|Mi dispiace.|Che ore sono?|Cordiali saluti|Distinti saluti|
In allegato trova la fattura.|La mia carta non funziona.|A domani!|Quanto costa?|Il modulo va consegnato entro marzo.|Buon Natale e felice anno nuovo!|
Oi, tudo bem?|Boa tarde, como vai?|Muito obrigada pela ajuda.|Pode me ajudar?|Feliz aniversário!|Bom apetite!|Sinto muito.|Que horas são?|Atenciosamente|Segue a fatura em anexo.|Até amanhã.|
Hoi, hoe gaat het met u?|Goedenavond, hoe gaat het?|Ik dank u hartelijk.|Kunt u mij helpen?|Gefeliciteerd met uw verjaardag!|Eet smakelijk!|Het spijt me.|Hoe laat is het?|Met vriendelijke groet|
Bijgaand vindt u de factuur.|Mijn pinpas doet het niet.|Tot morgen!|Fijne dag nog.|Cześć, jak się masz?|Dobry wieczór, jak się Pan ma?|Dziękuję Panu za pomoc.|Czy może mi Pani pomóc?|
Wszystkiego najlepszego!|Smacznego!|Przepraszam, która godzina?|Z poważaniem|W załączeniu przesyłam fakturę.|Szanowni Państwo, proszę o odpowiedź.|Do jutra!|Dobranoc.|Na zdrowie!|
Merhaba, nasılsınız?|İyi akşamlar, nasılsın?|Çok teşekkür ederim.|Bana yardım eder misiniz?|Doğum günün kutlu olsun!|Afiyet olsun.|Özür dilerim.|Saat kaç?|Saygılarımla|Fatura ektedir.|
Yarın görüşürüz.|Geçmiş olsun.|Kartım çalışmıyor.|Hej, hur mår du?|God kväll, hur står det till?|Tack så mycket för hjälpen.|Med vänliga hälsningar|Grattis på födelsedagen!|
Bună seara, ce mai faceți?|Mulțumesc frumos.|Cu stimă|La mulți ani!|Namaste, aap kaise hain?|Bahut dhanyavaad.|Shubh ratri.|Selamat malam, apa kabar?|Terima kasih banyak.|Selamat ulang tahun!|
Na, alles klar?|Fisch ist schon drin, und nächste Woche gibt es Suppe.|Mama und Papa sind im Urlaub.|Oma kommt am Sonntag.|Wer kann am Wochenende die Katze füttern?|
Die Nachbarn haben den Zaun gestrichen.|Die Mannschaft spielt am Samstag auswärts.|Lieber später als nie.|Bises à tous et à bientôt !|Bien arrivés, la mer est froide.|
Mamie fait des crêpes dimanche.|Qui peut nourrir le chat ce week-end ?|Chère cliente, cher client, votre colis est arrivé.|Dice mi abuela que llueve mañana.|¿Quién puede cuidar al gato?|
Querida familia: ya estamos en casa.|Mamá y papá vienen el domingo.|Stasera gelato in piazza.|La mamma prepara la cena e il nonno batte tutti a carte.|Chi può dare da mangiare al gatto?|
Amanhã há greve dos comboios.|Quem pode cuidar do gato?|Mãe e pai chegam no domingo.|De hond wil niet naar buiten.|Wie kan dit weekend de kat voeren?|Moeder komt zondag eten.|
Mam szarlotkę i nikogo do rozmowy.|Kto może nakarmić kota?|Mama pyta, czy wracasz na niedzielę.|Umarım bugün daha iyisinizdir, bir ihtiyacınız olursa biz evdeyiz.|
Bayramda hepimiz köydeyiz inşallah.|Kediye kim bakabilir?|God morgon, kan någon mata katten i helgen?|Nyckeln ligger under krukan.|Mormor och morfar kommer på söndag.|
Hvem kan passe katten?|Rendangnya enak sekali.|Hujan deras dari tadi malam, hati-hati di jalan.|Mama aur papa ghar par hain.|Kuka voi ruokkia kissan?|Kdo nakrmí kočku?|Ki eteti meg a macskát?
"""

PLAIN = r"""
Should I buy the {T} or the {T}?
Is the {T} better than the {T} {n}?
How do I install {T} on Ubuntu?
How do I deploy {T} with {T} on {T}?
Explain the difference between {T} and {T}.
Why does {T} raise an error?
What is new in {T} {n}?
Convert this {T} code to {T}.
What are the best alternatives to {T}?
Can I use {T} offline?
How do I beat {D} in the last level?
How do I beat {D} in {T}?
What is the best build for {D}?
Where do I find {D} in the game?
Which is stronger, {D} or {D}?
Is {D} in the new game?
What is {D} the god of?
Tell me the myth of {D} and {D}.
In the myths, why did {D} punish {D}?
The gods {D}, {D} and {D} were worshipped in the temple.
What are the moons of Jupiter, besides {D}?
Can {rx} be taken with {rx}?
Does {rx} interact with {rx}?
Is {rx} the same as {rx}?
What is {E}?
Use {E} to solve this.
How does {E} work?
Explain {E} with an example.
State and prove {E}.
How do I make {E}?
Recipe for {E} for four people
Grow {E} in pots
When was {E}?
What led to {E}?
Can I use my {T} card abroad?
Does {T} have a vegan menu?
In {y}, Main Street suffered more than Wall Street.
In {y}, Beach Road was widened.
The hotel opened in {y}, Station Road was closed.
"""

THINGS = """Visa Mastercard Maestro Jenkins Pandas Jetpack Kotlin Redis Celery Kafka Airflow Dagster Django Flask Keras Julia Ruby Rust Swift Ada Pascal Scala Elixir Grafana
Prometheus Loki Hadoop Cassandra Mongo Lambda Alexa Siri Cortana Bixby Claude Gemini Grok Llama Mistral Copilot Bard Sora Sonos Kindle Echo Nest Roomba Dyson Nespresso Vertuo
Keurig Pixel Galaxy Lumia Nokia Nikon Canon Lumix Leica Prius Civic Corolla Fiesta Golf Polo Corsa Clio Megane Jetta Tiguan Mustang Camry Sonata Elantra Focus Astra Zoe Leaf
Tylenol Advil Zoloft Prozac Xanax Lipitor Humira Ozempic Viagra Nurofen Ibuprofen Aspirin Minecraft Fortnite Zelda Skyrim Halo Doom Tetris Pokémon Bloodborne Overwatch Valorant
Excel Outlook Teams Trello Asana Jira Notion Figma Blender Maya Houdini Unity Godot Unreal Debian Ubuntu Fedora Jammy Bookworm Ventura Sonoma Babel Webpack Vite Astro Svelte Ember
Angular Laravel Symfony Spring Hibernate Maven Gradle Ant Cypress Selenium Puppet Chef Ansible Vagrant Nomad Consul Vault Istio Helm Argo Tekton Oculus Quest Switch Nintendo""".split()
DEITIES = """Zeus Hera Athena Apollo Artemis Ares Hermes Hades Persephone Demeter Dionysus Aphrodite Poseidon Hephaestus Prometheus Cronus Gaia Medusa Perseus Achilles Odysseus
Heracles Theseus Orpheus Eurydice Odin Thor Loki Freya Baldur Fenrir Ra Osiris Isis Horus Anubis Set Ganesha Shiva Vishnu Krishna Kali Lakshmi Hanuman Jupiter Juno Minerva Mars
Venus Neptune Quetzalcoatl Amaterasu Susanoo Anansi Shango Inanna Marduk Gilgamesh Malenia Radahn Kratos Link Ganon Zelda Mario Luigi Bowser Peach Sonic Tails Pikachu Bulbasaur
Charmander Squirtle Mewtwo Snorlax Jinx Vi Garen Ezreal Yasuo Tracer Mercy Genji Sephiroth Cloud Tifa Aerith Geralt Ciri Yennefer Ezio Altair Dante Bayonetta Samus Kirby Yoshi
Megaman Cortana Lara Joel Ellie Arthas Sylvanas Thrall Io Europa Ganymede Callisto Titan Triton""".split()
EPONYMS = """Dijkstra's algorithm|Bayes' theorem|the Cauchy-Schwarz inequality|the Laplace transform|Newton's method|the Hamiltonian|the Navier-Stokes equations|the Doppler effect|
the Haber process|Ohm's law|Occam's razor|Moore's law|Murphy's law|Stockholm syndrome|Down syndrome|Lyme disease|Crohn's disease|Parkinson's disease|Tourette's|Alzheimer's|Asperger's|
the Heimlich manoeuvre|a Windsor knot|the Beaufort scale|the Richter scale|a Caesar salad|Beef Wellington|Béchamel sauce|a Bloody Mary|a Tom Collins|Eggs Benedict|Peach Melba|Earl Grey tea|
Granny Smith apples|Roma tomatoes|a Maine Coon|a German Shepherd|a Jack Russell|a Saint Bernard|Black Friday|Boxing Day|St Patrick's Day|Valentine's Day|the Boston Tea Party|
the Treaty of Versailles|the Battle of Hastings|the Monroe Doctrine|the Marshall Plan|Monte Carlo simulation|the Ferris wheel|a Petri dish|a Bunsen burner|the Turing test|
the Fibonacci sequence|a Venn diagram|Pythagoras' theorem|Pareto efficiency|Pearson correlation|a Gaussian|a Fourier series|a Markov chain|a Nash equilibrium|Ponzi schemes|Morse code|
Braille|Chicken Kiev|Chicken Tikka Masala|Gouda and Comté|Basmati rice|Mount Fuji|the Holland Tunnel|Big Ben|Uncle Sam|John Deere tractors|Dr Pepper|Ben & Jerry's|Johnson & Johnson|
Victoria sponge|Madeira cake|Jerusalem artichokes|Brussels sprouts|Charlotte Russe|Alexander technique|Pilates|the Socratic method|Kafkaesque|Machiavellian|
a Phillips screwdriver|a Stanley knife|a King Charles spaniel|a Queen Elizabeth rose|Benjamin Moore paint|Jack Daniel's|a bottle of Johnnie Walker|Captain Morgan|Uncle Ben's rice|
Sherwin-Williams white|Estée Lauder cream|a Ralph Lauren shirt|Calvin Klein jeans|Doc Martens|a Louis Vuitton bag|a Steinway|a Gibson Les Paul|Rubik's cube|Mason jars|Morris dancing|the Davis Cup|
the Stanley Cup|the Ryder Cup|the Nobel Prize|an Oscar|a Molotov cocktail|a Jacob's ladder|Robertson screws|a Peter Pan collar|Mary Janes|a Jolly Roger|
a Bowie knife|a Davy lamp|a Geiger counter|the Wilhelm scream|the Rosetta Stone|Virginia creeper|Sweet William|Black-eyed Susan|a Robin Hood hat""".replace("\n", "").split("|")
KIN = """sister|brother|lil bro|little brother|big sister|cousin|uncle|aunt|auntie|nan|gran|grandma|grandpa|grandmother|mum|mom|mother|dad|father|son|daughter|
stepson|stepdaughter|wife|husband|partner|boyfriend|girlfriend|bf|gf|fiancé|ex|ex-wife|mate|friend|best friend|roommate|flatmate|neighbour|landlord|boss|manager|
coworker|colleague|nephew|niece|grandson|granddaughter|mother-in-law|sister in law|godson|twin""".replace("\n", "").split("|")
SHORT = """Kev Gaz Baz Daz Shaz Trish Babs Debs Tez Jez Mick Mike Bill Ron Jess Lor Vivi Mo Raj Abs Tosh Sal Lou Jo Steph Beck Becky Chris Nat Ash Charlie Alfie Archie Gabi Lulu Nico
Paco Pepe Lupe Chuy Nacho Beto Lalo Toni Gigi Lele Fede Ale Zé Tiago Manu Juju Kasia Gosia Tomek Wojtek Ania Ola Vova Sasha Misha Dima Katya Memo Ayşe Emre Mehmet Sanne Joost Bram
Ricky Robbie Tommy Timmy Bobby Jimmy Johnny Danny Benny Kenny Denny Lenny Teddy Freddie Eddie Andy Sandy Mandy Candy Wendy Sue Di Pat Pam Deb Barb Gail Dawn Lil Viv Bev Val Mags Meg Peg
Dee Kay Jay Ray Vee AJ TJ CJ JP Ty Zac Zach Zoe Mia Ava Eva Leo Max Sam Alex Pip Kit Bo Tad Gus Hal Ned Ted Rob Bob Rod Stu Lew Gord Doug Chuck Hank Buddy Skip""".split()

# Nicknames as they stand in quotes between two names.
NICKNAMES = """Biggie|Bones|Tiny|Duke|Ace|Doc|Red|Slim|Shorty|Peanut|Moose|Bear|Lefty|Smokey|Buzz|Boots|Chip|Dusty|Ghost|Hammer|Junior|Lucky|Magic|Mad Dog|Big Mike|Little Joe|
The Rock|The Hammer|The Professor|El Gordo|El Flaco|La Reina|Le Grand|Petit|Boy|Baby|Bebot|Mama G|Oga|Chairman|Prof|Kaka|Baba|Tuku|Tata|Nana|Didi|Babu|Chotu|Guru|Bhai|Kaptan|Deli|Usta|
Snake|Spider|Tank|Rocket|Turbo|Wheels|Ziggy|Rusty|Rocky|Popeye|Pops|Pug|Pee Wee|Nobby|Nipper|Ginger|Curly|Dutch|Swede|Irish|Tex|Dixie|Cookie|Honey|Sugar|Sunny|Stormy|Birdie|Bunny|
Kitty|Dot|Dodie|Tootsie|Trixie|Bibi|Coco|Fifi|Kiki|Lolo|Mimi|Nono|Titi|Toto""".replace("\n", "").split("|")


def parsed():
    """{group: templates} for tagger_data.Generator."""
    groups = {"chat": CHAT, "abroad": ABROAD, "things": PLAIN}
    groups = {name: [line.replace("\\n", "\n") for line in text.strip().split("\n")] for name, text in groups.items()}
    return groups | {"abroad plain": [line for line in ABROAD_PLAIN.replace("\n", "").split("|") if line]}


def hasty(rng):
    """How somebody in haste writes: small letters, no apostrophes, no full stops; or as it was."""
    roll = rng.random()
    if roll < 0.4:
        return str
    if roll < 0.7:
        return str.lower
    return lambda piece: piece.lower().replace("'", "").replace(".", "").replace(",", "" if roll < 0.85 else ",")
