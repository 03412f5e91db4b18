"""Texts for the verdict, by a grammar: what people paste and ask when it is somebody's affair, and what
they ask when it is nobody's. Slots are those of templates.py and identities.py; <a|b> is a choice, $name one
of the lines of a pool. One template in four, by a hash, is kept for measuring; so is one line in four of
each pool that has enough of them."""

import re
import zlib

import verdict_corners
import verdict_prompts
import verdict_requests

POOLS = {
    # ---- what a request begins with
    "fix": r"""
Make this <more professional|more polite|sound better|shorter|more formal|friendlier>:
<Fix|Check|Correct> the grammar<| and spelling| please>:
Rewrite this <email|message|mail|letter|text><| in a formal tone| so it is clearer| for me>:
Proofread <this|my mail|the following email|my letter>:
<Rephrase|Paraphrase|Reword> <this|the following>:
<please|pls|plz> <correct|fix|improve> this <text|mail|msg>
Can you <make this nicer|polish this|improve this|reply to this email|answer this mail for me>?
<Translate|translate> <this|the following|into German|to Spanish|into English|to French>:
<Summarize|Summarise|summarize> this <email|thread|conversation|message|letter><| in two lines| for me>:
What does <she|he|this person> mean by this?
<Reply|Write a reply|Draft an answer> to this <politely|email|message>:
is this <email|letter|message> ok to send?
Turn this into a <letter|formal email|text message>:
rewrite
proofread
Improve:
"$quotebegin
""",
    "quotebegin": "\n\n\n",
    "greet": r"""
Dear {title} {L},
Dear {F},
Hi {F},
Hello {F},
Good morning {F},
Hey {F},
Dear {P},
Dear Hiring Manager,
Dear Sir or Madam,
To whom it may concern,
{F},
Dear all,
Dear {F} and {F},
Hi {title} {L},
""",
    "close": r"""
Best regards,\n{P}
Kind regards\n{F}
Thanks,\n{F}
Sincerely,\n{P}
Cheers, {F}
Yours sincerely,\n{P}\n{job}, {O}
Love, {F}
{F}
Regards,\n{P}\n{tel}
Many thanks\n{F} {L}
Best,\n{F}
Warm regards,\n{P}\n{O} | {mail}
""",
    "letterline": r"""
I <am writing|'m writing|wanted> to <let you know|inform you|tell you> that I <will be absent|can't come in|am taking leave> <from {day}|on {date}|next week> because of <a family matter|my surgery|my son's illness|the funeral of my father>.
Thank you for <meeting|seeing|talking to> me <on {day}|last week|yesterday>; I <really enjoyed|appreciated> our conversation about the {job} position.
As we discussed <on the phone|on {day}|in our call>, {F} will <send you the contract|take over the project|join us in {C}>.
I have worked at {O} for {n} years as a {job} and <led a team of {n}|was in charge of the accounts|trained new colleagues>.
<Unfortunately|Sadly> the <flat|house|apartment> at {A} has had <no heating|mould|a leak> since {date} and you have not <answered|sent anyone>.
I am <disappointed|upset> with the way {F} <spoke to me|treated me> in the meeting <yesterday|on {day}>.
My <salary|pay> for {day} <was|has> not <been> paid<, it should be {m}|>.
My daughter {F} <has been bullied|was hit|is being teased> by {F} <in class|at school|on the bus>.
I hope you and {F} are <well|fine|settling in>. <The children send their love.|We miss you.|Mum is better now.>
Could you please <send|forward> the <invoice|documents|report> to {F}<| by {day}>?
We met at <the conference in {C}|{O}|{F}'s party> and I would like to <stay in touch|work with you|see you again>.
I am sorry for <what I said to {F}|not coming|shouting at you|the late reply>.
{F} and I have decided to <separate|get married|move to {C}|sell the house>.
I would like to <apply for|express my interest in> the position of {job} at {O}<| in {C}>.
I am <resigning|stepping down> from my position as {job} at {O}; my last day <will be|is> {date}.
After my <accident|operation|miscarriage|diagnosis> <I need more time|I cannot work full time|the doctor told me to rest>.
{F} from <accounting|sales|the {C} office> told me that <you are leaving|the budget was cut|{F} is ill>.
The client {O} is <unhappy|asking for a refund>; {F} {L} <called me twice|wants to meet on {day}>.
Please find attached my <CV|resume|application|certificates>.
I graduated from {O} in {y} with a degree in <biology|economics|engineering|nursing>.
Your payment of {m} is <late|overdue>; if we do not hear from you by {date} we will <go to court|cancel the contract>.
<I look forward to|Looking forward to> <hearing from you|your answer|meeting you on {day}>.
My <husband|wife|mother> {F} <is in hospital|lost the job|is very ill> <and I have to look after the children|>.
Let me know <if {day} works|when you are free|what {F} thinks>.
I would be grateful if you could <extend the deadline|give me an appointment|write me a reference>.
I was <a student of yours|in your class|your tenant> from {y} to {y}.
""",
    "ask": r"""
<Write|Draft|Compose|write|Help me write|Can you write|I need> <a|a short|a formal|a polite|a nice>
""",
    "self": r"""
I am <a {job}|{age}|{age} years old|a single mother|married|unemployed|from {C}|{nrp}|a {age} year old {job}>
i'm {age} and <work as a {job}|live in {C}|still live with my parents>
My name is {P}
My <husband|wife|partner|boyfriend|girlfriend> and I have been together for {n} years
I work <at {O}|for {O} in {C}|as a {job}|night shifts as a {job}> and <earn {m} a month|have {n} people under me|hate it>
""",
    "trouble": r"""
<my|My> <boss|manager|supervisor> {F} <keeps shouting at me|gave my shift to {F}|wants me to lie to {O}|touched me at the party>
my <landlord|roommate|neighbour> {F} <stole my things|won't give back my deposit|plays music all night|entered my room>
my <ex|ex wife|ex husband> {F} <won't let me see our kids|keeps texting me|took all my savings|lives with {F} now>
<I|i> was <fired|let go> from {O} <last week|on {date}|after I reported {F}>
my <best friend|sister|brother> {F} <slept with my boyfriend|doesn't talk to me|owes me {m}|is in jail>
<I|i> <cheated on|left|lied to> my <wife|husband|girlfriend> <with {F}|last summer|and she found out>
my <son|daughter> {F} is {n} and <was caught stealing|refuses to go to school|has {dx}|has been cutting herself>
<I|i> owe {m} to <{O}|my brother {F}|a friend> and <can't pay|they threaten me|I lost my job>
my <mother|father|dad|mom> {F} <has dementia|died {n} weeks ago|drinks too much|was arrested in {C}>
<I|i> got <arrested|caught> in {C} <for drunk driving|with drugs|for shoplifting> <last night|on {date}>
""",
    "advice": r"""
what should I do?
<Is that legal?|Can I sue?|What are my rights?>
how do I tell <him|her|my parents|them>?
Please help<| me>.
<Should I|should i> <leave|call the police|talk to a lawyer|forgive her>?
Write <a letter|a message|a text> <to him|to her|for me>.
I feel so <alone|guilty|angry|lost>.
any advice?
""",
    "ill": r"""
I have had <{sx}|{sx} and {sx}|a rash|blood in my stool|chest pain|a lump in my breast> for {n} <days|weeks>
i was diagnosed with {dx} <in {y}|last year|{n} weeks ago|at {age}> and take {rx}
my <doctor|gp|psychiatrist> <put me on|prescribed|wants me to take> {rx} <for my {dx}|because of {sx}>
my <period is {n} days late|test came back positive|blood pressure is {n}/{n}|hba1c was {n}|liver values are up>
my <mother|son|wife|dad|daughter>, {age}, has {dx} and <now|since yesterday> <{sx}|a fever|can't sleep>
I'm {n} weeks pregnant and <have {sx}|take {rx}|was exposed to {dx}>
I've been <depressed|having panic attacks|drinking|hearing voices> since <my divorce|{F} died|{y}|I lost my job>
I <had|am having> <surgery|a biopsy|an MRI|chemo> <on {date}|next {day}|at {H}> and I'm <scared|worried about {sx}>
""",
    # ---- clinical
    "note": r"""
Pt is a {age} <y/o|yo|year old> <M|F|male|female|man|woman> <with PMH of|w/ h/o|with a history of> {dx}<|, {dx}> <who presents|presenting|here today> <with|for> {sx}<| x {n} days|>.
<Denies|Pt denies|Reports no> {sx}<, {sx}|>.
<Meds|Medications|Current meds>: {rx} {n} mg <daily|bid|qhs>, {rx}.
<O|PE|Exam>: <NAD|A&O x3|lungs CTAB|abdomen soft, NT|RRR, no murmur>. <BP {n}/{n}|HR {n}|T 98.{n}|>
<A/P|Assessment|Impression|Imp>: {dx}. <Plan|Will>: <start {rx}|increase {rx} to {n} mg|refer to {job}|labs, f/u {n} wks>.
<She|He> <states|reports|says> that <the pain is worse at night|he stopped {rx} {n} days ago|her mother had {dx}|he smokes {n} cigarettes a day>.
<Seen|Admitted|Evaluated|Discharged> <on {date}|{date}|{n}/{n}>.
<Lives|She lives|He lives> <alone|with wife|with her daughter|in {C}>. <Retired {job}.|Works as a {job}.|>
Allergies: {rx}. <Social hx|SH>: <smoker|no EtOH|divorced|lives alone>.
<Patient|Pt> <tolerated the procedure well|was counselled on diet|agrees with the plan|refused {rx}>.
<Mother|Wife|Daughter|Husband> <at bedside|reports {sx}|is worried about {sx}|called today>.
Follow up <in {n} weeks|with {title} {L}|{date}|in clinic>.
Labs: <WBC {n}|Hgb {n}|Na {n}|Cr {n}|A1c {n}>, <K {n}|plt {n}|CRP {n}>.
Past surgical history: <appendectomy|c-section x{n}|knee replacement> <in {y}|{y}>.
<Initials|Pt initials|Pt>: {init}. 
""",
    # ---- exams about nobody
    "case": r"""
A {age}-year-old <man|woman|boy|girl> <presents to|comes to|is brought to|visits> <the physician|the emergency department|the clinic|a primary care physician> <because of|with|complaining of> {sx}<| and {sx}> <for {n} days|for the past {n} weeks|>.
A {age}-year-old <man|woman> with a history of {dx} <is admitted|presents> with {sx}.
A previously healthy {age}-year-old <girl|man|woman> has had {sx} since <a hiking trip|returning from {K}|{n} weeks ago>.
A {age}-year-old <G2P1|primigravid> woman at {n} weeks' gestation <presents|comes> for a routine visit.
""",
    "caseline": r"""
<Her|His> temperature is {n}°C, pulse is {n}/min, and blood pressure is {n}/{n} mm Hg.
Physical examination shows <{sx}|no abnormalities|tenderness of the abdomen|decreased breath sounds>.
Laboratory studies show <a hemoglobin of {n} g/dL|a leukocyte count of {n}|elevated creatinine>.
<Her|His> medications include {rx}<| and {rx}>. <She|He> does not smoke.
<She|He> has no history of serious illness. <Her|His> mother has {dx}.
<She|He> takes {rx} for {dx}. An x-ray of the chest is normal.
""",
    "casequestion": r"""
Which of the following is the most likely <diagnosis|cause|finding|mechanism>?
What is the <most appropriate next step|best treatment|most likely diagnosis>?
Which of the following <drugs|tests|findings> is <most appropriate|indicated|most likely>?
Which of the following <would confirm the diagnosis|is the best initial test|explains these findings>?
The <most likely diagnosis|next step in management> is
""",
    "options": r"""
\nA. {dx}\nB. {dx}\nC. {dx}\nD. {dx}
 (A) {rx} (B) {rx} (C) {rx} (D) {rx} (E) {rx}
\nA) {dx}\nB) {sx}\nC) {dx}\nD) None of these
\n(A) Observation\n(B) {rx}\n(C) Surgery\n(D) CT scan
""",
    "someone": "\n{F}\n{F}\n{F}\n{F}\n{P}\nMr. {L}\nMs. {L}\nDr. {L}\nProfessor {L}\n{F} and {F}\nA farmer\nA baker\nA nurse\nA lawyer\nA man\nJohn\nAlice\nBob\n",
    "goods": "\napples\ncookies\nbooks\nmarbles\ntickets\niPods\neggs\nstickers\npills\ncars\npizzas\nshirts\nletters\nemails\npages\ndogs\nballoons\npencils\n",
    "sum": r"""
$someone <has|buys|sells|collects|bakes|needs> {n} $goods and <gives {n} to {F}|sells {n} of them|loses half|eats {n}|shares them with {F}>.
$someone <earns|makes> ${n} <an hour|per hour|a day> and works {n} hours <a day|a week>.
$someone is {n} years <older|younger> than {F}.
$someone is {n} times as old as <{F}|his daughter|her brother>.
In {n} years $someone will be {n} years old.
$someone <drives|walks|runs|bikes> {n} miles <to work|to school|each day>, {n} days a week.
$someone <spends|saves|pays> ${n} on $goods <every week|each month> <for her wedding|for his mother|>.
{F}'s <mother|father|grandmother|uncle|sister|husband> is {n} years <old|older than her|younger than him>.
$someone was born in {y} and <married|graduated|moved> {n} years later.
$someone <visits|calls> <his mother|her grandmother|{F}> every {n} days.
$someone <takes|gives> {n} <pills|mg|tablets> <a day|every {n} hours> for {n} days.
$someone <borrows|owes|invests|pays back> ${n} at {n}% <interest|a year>.
$someone sees {n} <patients|clients|students> <an hour|a day> and <each pays ${n}|spends {n} minutes with each>.
The <doctor|nurse|lawyer|teacher|hospital> <charges ${n}|has {n} patients|works {n} shifts>.
I have {n} $goods. My <sister|brother|friend {F}|mother> <has twice as many|gives me {n} more|takes half>.
$someone <wrote|sent|mailed|read> {n} <letters|pages|emails> <on Monday|a day> and <twice as many|{n} fewer> <on Tuesday|the next day>.
$someone's <birthday|appointment|wedding> is <on {d}|in {n} days>.
""",
    "howmany": r"""
How many $goods <does {F} have|are left|did they buy|are there> <in total|altogether|now>?
How <old|many years old> is <{F}|he|she> now?
How old will <{F}|she|he> be <in {n} years|when {F} is {n}>?
How much <money|more> does <{F}|she|he|each> <have|earn|need|spend> <in a week|per year|altogether>?
What is the <sum|ratio|difference> of their ages?
In how many years will {F} be twice as old as {F}?
What percentage of <the money|his salary|her income> is left?
How long does it take?
Find the <age of {F}|total cost|average>.
""",
}

PRIVATE = {
    "pasted mail": r"""
$fix\n\n$greet\n\n$letterline $letterline\n\n$close
$fix\n$greet $letterline $letterline $letterline $close
$fix "$greet $letterline $close"
$greet\n$letterline\n$letterline\n$close\n\n$fix
$fix\n\nFrom: {P} <{mail}>\nTo: {P}\nSubject: <Re: {w}|meeting|your application|rent>\n\n$greet\n$letterline $letterline\n$close
$fix $letterline $letterline
$greet $letterline $letterline $close
<how do i answer|what should I reply to> this?\n\n$greet $letterline\n\n$close
here is <an email|a message> from my <boss|landlord|teacher|client>: $greet $letterline $close $fix
""",
    "asked letters": r"""
<write|Write> a <reply|message> <to|for> {F}: <i can't come on {day} because {F} is sick|thanks for the gift|happy birthday, miss you>
$ask <mail|email> <to|for> <{O}|the team of {O}|the support of {O}> <because my order {id} never came|about my contract|to cancel my account>. <My name is {P}.|I am {P}.|Signed {P}.>
$ask <linkedin post|announcement> <saying|that> <I, {P}, have|{P} has> <joined|left|been promoted at> {O} as {job}.
$ask <thank you note|email> to {title} {L} <for the interview at {O}|for helping my son {F}|for the flowers>, from {P}.
<Write|Prepare> <interview questions|an onboarding mail|a farewell text> for <{P}, our new {job}|{F}, who joins {O} on {date}|{F}, who retires after {n} years>.
<Write|write> a short <introduction|intro> <of|for> {P}, <{job} of {O}|CEO of {O}|our guest speaker>, <who studied at {O}|{age} years old|from {C}>.
Rewrite my <about me|bio|personal statement>: <I am {P}, a {job} from {C}.|My name is {F} and I have been a {job} for {n} years at {O}.>
<explain|tell> my <wife|boss|teacher|landlord> {F} <in a message|by text> that <I lost the keys|I'm leaving|I need more time>
$ask <email|letter|message> to <{P}|{title} {L}|my boss {F}|my landlord {title} {L}|{F} from {O}> <about|saying that> <I am ill|the rent|my salary|I resign on {date}|the meeting on {date}>.
$ask <recommendation letter|reference> for <my student|my employee|my colleague> {P}, <who worked|she worked> <for me|at {O}> <from {y} to {y}|for {n} years>.
$ask cover letter for <{P}|me, {P},> <applying to|who applies at> {O} as a {job}. <Experience: {n} years at {O}.|I studied at {O}.>
$ask <speech|toast|poem> for <my wife {F}|the wedding of {F} and {F}|my dad {F}'s {n}th birthday|my colleague {F} who is leaving {O}>.
$ask <eulogy|obituary> for <my grandmother {P}|{P}, who died on {date}>. She <was a {job} in {C}|loved gardening|had {n} grandchildren>.
$ask apology <to my girlfriend {F}|to {F} for missing her birthday|letter to {title} {L} from {P}>.
$ask <text|whatsapp message> to <{F}|my ex {F}|my sister {F}> <because she is mad at me|asking for the money back|to break up>.
$ask <warning|performance review|termination letter> for <{P}|my employee {F} {L}>, <who came late on {date}|{job} at {O}|she misses deadlines>.
$ask linkedin <post|message|summary> for {P}, {job} at {O}<| in {C}|, {n} years of experience>.
$ask complaint about <{F} {L}|a nurse called {F} at {H}|my neighbour {P}>, <who was rude|who insulted my wife|at {A}>.
<Write|generate> a <bio|biography|profile> <for|of> {P}, <{job} at {O}|born in {C}, studied at {O}|{age}, from {C}, likes hiking>.
<Write|Create> a <resume|cv> for <me|{P}>. <Name: {P}, {job}|I am {P}>, <worked at {O} since {y}|{n} years at {O}>, <phone {tel}|lives in {C}>.
<write|make> a <birthday|love|good morning> <message|poem|letter> for <my girlfriend|my boyfriend|my crush> {F}<| who lives in {C}|, we met at {O}>
<Letter|Motivation letter|Statement of purpose> for <a visa|the master at {O}|a scholarship>: I am {P}, {nrp}, <{age}|a {job}> from {C}<, graduated from {O} in {y}|>.
""",
    "own troubles": r"""
$trouble. $advice
$self. $trouble. $advice
$trouble, $self. $advice
$self and $trouble $advice
$trouble. $trouble. $advice
""",
    "own health": r"""
$ill. <Is this normal?|What could it be?|Should I go to the ER?|what can i take?|Is it dangerous?|How do I tell {F}?>
$self. $ill. <what does it mean|Should I worry?|could it be cancer?>
$ill. $ill. <Is it safe?|Any advice?|please help>
hi doctor, $ill <and $ill|since {date}> <thank you|regards {F}|>
""",
    "visit notes": r"""
$note\n$note\n$note
$note $note $note $note
<Summarize|Clean up|Turn into a SOAP note|Write a referral from this>: $note $note $note
$note $note
<Which medication should I add?|Any differential?|Is the dose right?> $note $note $note
<Progress note|H&P|Nursing note|ED note|Discharge summary> {date}\n$note\n$note\n$note\n$note
Chief complaint: {sx}\n$note\n$note
My patient <{init}|is {age}|Mrs. {L}> $note $note
""",
    "chats": r"""
{F}: $chatline\n{F}: $chatline\n{F}: $chatline
[{t}] {F}: $chatline\n[{t}] {F}: $chatline\n[{t}] {F}: $chatline\n\n<what does she feel|is he lying|summarize|what should i answer>?
<me|Me>: $chatline\n{F}: $chatline\n<me|Me>: $chatline\nhow do i reply
<Meeting notes|Minutes|Transcript> {date}\n{F}: $workline\n{F} {L}: $workline\n{F}: $workline
<Write minutes|Summarize> : {F} said $workline {F} said $workline {F} to call {F} by {day}.
""",
    "files on people": r"""
<Invoice|Receipt|Order|Booking> for <{P}|{title} {L}>: <{n} nights, {m}|{w}, {m}|room {n}>. <Write a reminder.|Convert to json.|Total?>
<Here is my cv|my resume|My profile>: {P}, {job}<, {age}|, {C}|>. {y}-{y} {O}. <Skills: Excel, driving.|Languages: English, {nat}.> <Rate it.|Write a cover letter.|make it better>
<Write|Make|Generate> a <certificate|contract|invitation letter|power of attorney|rental agreement> for <{P}|{P} and {P}>, <{A}|born {dob}|{C}>.
<Feedback|Comments|Report card> for <{F}|my student {F}>: <needs to focus|bright but lazy|talks too much|struggles with maths>. <Rewrite nicely.|Make it longer.|>
<Who is|What is the email of|Find the phone of> {P} <from {O} in {C}|, {job} at {O}>?
{P}, {age}, <{job}|single|two kids|{nrp}>, {C}. <Write a dating profile.|Write a short bio.|make a persona summary>
Team: {F} ({job}), {F} ({job}), {F} ({job}). {F} <does not get on with {F}|is on parental leave>. <Plan the shifts.|How do I solve this?>
<Candidate|Applicant> {n}: {P}, <{n} years of {w}|speaks {nat}|wants {m}>. <Candidate|Applicant> {n}: {P}, <junior|overqualified>. <Whom should I hire?|Compare.>
<Complaint|Ticket|Case> {id} from {P}: <my card was charged twice|{F} at the desk was rude|the parcel to {A} is lost>. <Draft a reply.|Summarize.|Urgent?>
<Classmates|Guests|Family tree>: {P}, {P}, {P}. <{F} is the son of {F}.|{F} is allergic to nuts.|{F} sits beside {F}.> <Make a table.|Sort them.>
<Student|Employee|Applicant|Tenant|Client|Member>: {P}\n<Grade|Salary|Rent|Balance|Status>: <{n}|{m}|pending>\n<Notes|Remarks>: <late {n} times|has {dx}|parents divorced|owes {m}>
Name,<Salary|Age|Grade|Diagnosis>\n{P},<{m}|{age}>\n{P},<{m}|{age}>\n{P},<{m}|{age}>\n<Who earns most?|Make a chart.|sort this>
<Grade|Mark|Give feedback on> this essay by {P}, <class {n}b|student no. {id}>: "<My summer in {C} was great because {F} came too.|I live with my mother and my sister {F}.>"
{P} - {job}, {O}, {C} - {mail}\n{P} - {job}, {O} - {tel}\n<Write an invitation to them.|Make a table.|turn into csv>
Report on <pupil|child|resident> {F} ({n}): <aggressive towards {F}|mother in hospital|wets the bed|speaks {nat}>. <Rewrite in formal language.|Suggest measures.>
<Interview|Reference check|Evaluation> of {P}: <strong in sales, weak in {w}|wants {m}|left {O} after a dispute|is pregnant>.
<Passenger|Guest|Visitor|Emergency contact>: {P}, {tel}<|, arrives {date}>
Our <client|tenant|debtor> {P} <has not paid {m}|signed on {date}|lives at {A}|was in a crash in {C}>. <Draft a letter.|What can we do?>
""",
    "case facts": r"""
On {date} <the case|the case file> was <transferred|transmitted|remitted> to the {C} <District Court|Regional Court|Supreme Court>.
The hearing <of|scheduled for|listed for> {date} was <adjourned|postponed|cancelled> because <the judge was ill|the defendant failed to appear|the witness {L} was absent>.
On {date} the court <ordered|obtained|appointed> an expert <opinion|report>. The expert, {P}, submitted <it|his report> on {date}.
Between {date} and {date} the applicant <remained in detention|was held in {C} prison|stayed in hospital|was unemployed>.
<The applicant|She|He> <applied|turned|complained> to the <Ministry of Justice|ombudsman|Supreme Administrative Court|bar association>, <which replied on {date}|without success|on {date}>.
In {year} <the applicant|the applicants' father|{title} {L}> <inherited|acquired|built|sold> <a house|a flat|a plot of land|shares> in {C}.
<The applicant|He>, who was <a police officer|a lieutenant|a school teacher|a doctor at {H}>, <was dismissed|was suspended|was demoted> on {date} for <insulting a superior|being absent|$crime>.
At about {t} on {date} <the applicant|{F} {L}|two men> <left a bar|was driving home|was stopped by the police|was attacked> <near {A}|in {C}|with {P}>.
By a <decision|ruling|letter|order> of {date} the <prosecutor|registry|mayor of {C}|governor> <refused|granted|informed> <his request|the applicant|her leave to stay>.
The applicant's <mother|sister|wife|child>, who <suffers from {dx}|lives in {K}|was {n} years old at the time>, <visited him twice|gave evidence|was taken into care>.
<The Court of Cassation|The Supreme Court|The appellate court> <upheld|set aside|confirmed> the judgment on {date}. The decision was served on <the applicant|{title} {L}> on {date}.
<The applicants|The relatives of {P}> <brought a civil action|claimed damages|asked for the file> <against {O}|against the State|on {date}>; <the proceedings are still pending|it was dismissed on {date}>.
<The first-instance court|The trial court> <heard {n} witnesses|held {n} hearings|convicted him of $crime and imposed a fine of {m}>.
The applicant <is|was> <currently|> <detained in {C}|in hiding|serving a life sentence|a student at {O}>.
He <was examined|underwent surgery|was treated> at {H} on {date}; the <report|certificate> <mentions|recorded> <{dx}|a swollen knee|bruises on both arms>.
On {date} <the police|three officers|the security forces> <entered|searched|surrounded> <his house|the village of {C}|the office of {O}> and <took away {P}|seized documents|beat his brother>.
The <mother|father|parents|grandparents> <asked|applied> for <access rights|custody|the return of the child to {K}> on {date}. <The child was {n} years old.|Social services objected.|>
She <stated|maintained|alleged> that <her employer, {O},|the landlord|{title} {L}> had <not paid her since {date}|threatened to evict her|discriminated against her>.
<The applicant|The appellant|The claimant|{title} {L}|The first applicant|The defendant|The petitioner> <was arrested|was detained|was questioned by the police|was taken into custody|was released|was convicted of $crime|was acquitted of $crime> <on {date}|in {date}|in {C} on {date}>.
On {date} the {C} <District Court|Regional Court|Court of Appeal|Administrative Court|Assize Court> <dismissed|rejected|allowed|quashed> <the applicant's appeal|his action|her claim|the application of {title} {L}>.
<The applicant|He|She|{title} {L}> <was born in {year}|was born in {year} and lives in {C}|is a {nrp} national|is serving a sentence in {C} prison>.
On {date} <the applicant|{title} {L}|her lawyer|his wife> <lodged a complaint|lodged an appeal on points of law|requested access to the file|asked for legal aid>.
<The public prosecutor|The investigating judge|The police> <charged the applicant with $crime|ordered his detention|searched the flat of {P}|discontinued the proceedings> on {date}.
According to <the applicant|the report of {date}|the witness {L}>, <he had been beaten by two officers|she had been threatened with a gun|the prison cell measured {n} square metres and held {n} inmates>.
<The applicant's|Her|His> <husband|son|brother>, {P}, <was abducted|disappeared|was killed|died in custody> <on {date}|in {C} in {y}>.
<The applicants|The first and second applicants> <are husband and wife|own a plot of land in {C}|had been living in {K} since {year}|claimed {m} in compensation>.
<The applicant company|{O}> <bought|rented> <the land|a building in {C}> from {P} in {y}; <the contract was annulled on {date}|the sale was never registered>.
The <hearing|trial> <began on {date}|was adjourned until {date}|was held on {date} in the applicant's absence>. <{title} {L} gave evidence.|Counsel for the applicant, {title} {L}, objected.|>
<The Ministry of the Interior|The immigration office|The municipality of {C}> <refused the applicant a permit|ordered her deportation to {K}|expropriated the plot> <by a decision of {date}|on {date}>.
The application <was lodged|was introduced> on {date}. The applicant, who had been granted legal aid, was represented by {title} {P}.
<A doctor|Dr {L}|An expert> <examined|treated> <the applicant|him|her> <on {date}|at {H}|in prison> and <noted|diagnosed|recorded> <{dx}|bruises|a fracture>.
The applicant <worked as a {job}|had been a civil servant|was a journalist at {O}> <until {date}|from {year} to {year}> <and was dismissed for $crime|when she was dismissed>.
The custody of <the child|{F}|the applicant's daughter> was <granted to the father|transferred to the mother|awarded to {P}> <on {date}|by a judgment of {date}>.
The Government submitted that <the applicant|{title} {L}> had <failed to appeal|been informed on {date}|lost his victim status|never complained about the conditions in {C} prison>.
The domestic court <found|held> that <the applicant|{title} {L}> <had insulted the judge|was entitled to {m}|had not proved his claim> and <ordered him to pay {m}|dismissed the action>.
The applicant complained <under Article {n}|> that <the proceedings against him had been too long|she had not been able to see her son {F}|his letters from prison had been opened>.
""",
}

POOLS["crime"] = "\ntheft\nfraud\nmurder\nrobbery\ndrug trafficking\nmembership of an illegal organisation\ndefamation\nbribery\nassault\ntax evasion\n"
POOLS["chatline"] = r"""
<hey|hi> <are you coming|where are you|did you talk to {F}|how is your mum>
<no|yes>, <my dad is in hospital|{F} broke up with me|I'm still at {O}|i lost my job>
i can't believe {F} <said that|did this to me|is pregnant>
<ok|lol|omg>, <call me later|tell {F} i said hi|we meet at {t} at {A}>
<sorry|srry> about <last night|yesterday|what i said to {F}>
<did you see|have you heard> <{F}'s post|that {F} left {O}|that they fired {L}>?
I love you <so much|but I need space>
my number is {tel}
i'm <scared|pregnant|sick again|so tired of him>
are you <mad at me|still with {F}|home>?
"""
POOLS["workline"] = r"""
the client {O} wants to <cancel|pay {m}|move to {day}>.
<I|we> <will talk to {F}|have to let {F} go|sent the offer to {P}>.
{F} is <on sick leave|pregnant|behind schedule> <until {date}|>.
we <lost|won> <{O}|the {C} contract>, <{F} did a great job|thanks to {F}>.
salary of {F} to <{m}|be raised by {n}%>.
"""

CLEAN = {
    "asked letters, nobody named": r"""
<Create|Write> a <template|sample|generic> <invoice|contract|letter of intent|privacy policy|resignation letter|CV> <for a small company|with placeholders|in Word style>.
<Write|Draft> a <text|reply|response> to <a customer who is unhappy|a rude client|an angry guest|a job offer> <about a late delivery|politely|declining it>.
<How should I|How do I> <start|end|sign> <an email|a cover letter|a formal letter>?
$ask <thank-you email|follow-up email|apology|reminder> <to my colleague|to a colleague|to my manager|to a client|to the team|to my professor|to a customer|after an interview>.
$ask <email|letter|message> <to|for> <my boss|my manager|a client|the HR department|a recruiter|my landlord|customers|my team> <asking for|about|requesting> <a day off|feedback|a meeting|a raise|an extension|a refund|the project status|a new chair>.
$ask <cover letter|resume|cv|linkedin summary> for a <{job}|software engineer|marketing manager|nurse|recent graduate><| with {n} years of experience| using [Name] and [Company]>.
$ask <out-of-office reply|newsletter|invitation to a webinar|product announcement|cold email|press release> <for my company|for a small shop|about our new {w}|>.
$ask <birthday wish|wedding toast|farewell speech|condolence message> <for a friend|for a coworker|for my mother|for my boss|>.
$ask <resignation letter|recommendation letter template|reference letter|complaint letter> <template|I can adapt|for any employee|with placeholders>.
How do I <ask for|negotiate|request> <a raise|a promotion|a reference|a refund> <politely|by email|from my boss|at work>?
<Phrase|phrase> an email to my manager <kindly asking for feedback|to say the report is done|asking if we can move the meeting>.
<Rewrite|Make more polite|Improve>: "<Please send me the report by Friday.|We regret to inform you that the item is out of stock.|Can you call me back when you have time?|Thank you for your order. It will ship soon.>"
<Give me|I need> <five|ten|some> <subject lines|ideas|tips> for <a sales email|a birthday card for my dad|a farewell mail|an apology>.
<Proofread|Translate into Spanish|Summarize>: Dear <customers|all|students|members>, <our office will be closed on Monday|the course starts next week|we have updated our terms>. <Kind regards, the team|Thank you>
""",
    "advice for nobody": r"""
<Give me|I need> a <recipe|menu> with <tomatoes, pasta and garlic|the ingredients in my fridge: eggs, rice, peas|what I have: {w}, onions, oregano>.
I <like|love> to <host guests|cook|bake> and <want to try some {nrp} dishes|am gathering recipes>. <Can you give me a recipe?|What do you suggest?>
<What|Which> <colour|shoes|car|laptop|phone> should I <buy|wear|choose> <for a wedding|for school|under {m}>?
My <friend|roommate|brother|coworker> is <annoying|always late|vegan|learning {nat}>. <What should I say?|How can I deal with it?|Any tips?>
<Find|Give> <directions|a route|the best way> from <the central station|{O}|{C}> to <the airport|{C}|{O}>.
<Find|Give me> <the address|the opening hours|the phone number> of <the {nat} embassy|{O}|the nearest library> in {C}.
How can <I|you|one> <sleep better|lose weight|stop procrastinating|save money|learn faster|quit smoking|drink less> <without pills|in {n} weeks|as a student|at home|>?
What <helps|can I do|should I eat> <against|for|when I have> <a cold|a headache|back pain|a hangover|sore muscles|hay fever>?
<Is it|Would it be> <safe|legal|normal|healthy|rude> to <eat raw eggs|record a phone call|sleep ten hours|drink coffee at night|take {rx} with milk|break a lease early>?
<Explain|explain> <{dx}|sarcoidosis|inflation|quantum physics|the stock market|{rx}> <to me like I'm five|in simple words|to a child|as if I were a beginner>.
What are the <symptoms|causes|risk factors|treatments> of {dx}<| in children| in adults>?
What <is|are> the <side effects|usual dose|interactions|mechanism of action> of {rx}?
My <dog|cat|printer|laptop|phone|car|plant> <won't start|keeps barking|has fleas|is slow|won't eat|eats grass>. <What can I do?|Why?|Any tips?>
How do <I|you> <get a divorce|file taxes|write a will|apply for a visa|dispute a parking ticket> in {K}?
I <like|love|enjoy|hate> <cooking|hiking|jazz|history|chess|sci-fi> <and want to learn more|>. <Recommend a book.|What should I try next?|Give me ideas.>
I <want|am planning|would like> to <travel to {C}|visit {K}|learn {nat}|buy a camera|start a blog|run a marathon|build a shed>. <Where do I start?|What do I need?|Make a plan.|Is {n} days enough?>
I'm <new to|learning|interested in> <python|guitar|gardening|investing|drawing|philosophy>. <Give me a plan.|What are the basics?|Which book should I read?>
<Give|Suggest|give> me <a recipe|recipes|a menu> <for {n} people|with chicken|without sugar|for a {nat} dish|for my family>.
What <gift|present> should I <buy|get> for <my mom|a friend|my girlfriend|a five year old|a coworker>?
How do I <tell my boss I quit|ask someone out|make friends in a new city|explain death to my kids|get along with my roommate>?
My <neighbour's cat|friends|kids|parents> <come|want me> <into my garden|to play kickball|to eat vegetables>. <How do I stop it?|Can you explain the rules?|Any ideas?>
<Act as|You are|Pretend to be|I want you to act as> <a therapist|a doctor|a lawyer|a travel guide|an English teacher|my personal trainer|a recruiter><.| and walk me through a breathing exercise.| and ask me questions.| and give me tips.>
What <rights|duties> does <a tenant|an employee|a patient|a consumer> have <in {K}|when the contract ends|>?
<What is|Explain> <attorney-client privilege|custody|bail|alimony|medical malpractice|a power of attorney|defamation>.
""",
    "vignettes": r"""
$case $caseline $caseline $casequestion$options
$case $caseline $casequestion$options
$case $casequestion$options
$case $caseline $caseline $casequestion
A patient <with {dx}|who takes {rx}|with {sx}> <is given {rx}|develops {sx}|is at risk of> . $casequestion$options
<A nurse|A physician|A psychologist|A resident> <is caring for|sees|evaluates> a <client|patient> <with {dx}|who reports {sx}|after surgery>. <Which action should the nurse take first?|Which finding is expected?|$casequestion>$options
A <doctor|scientist|researcher|student> <treats patients|measures {sx}|studies {dx}|compares {rx} and {rx}>. <Which conclusion is supported?|Which variable is controlled?|What is the p-value?>$options
<The drug of choice for|The most common cause of|The gene that causes> {dx} is$options
{F} and {F} <have a son|want children>. {F} is a carrier of {dx}. What is the <chance|probability> that the child <is affected|is a carrier>?$options
""",
    "exam law and ethics": r"""
<{F}|A man|The defendant|A seller|A landlord|A driver> <sold|lent|promised|leased> <a car|a house|{m}|a painting> to <{F}|a buyer|his neighbour>, <but changed his mind|who refused to pay|and then died>. <If the buyer sues, who will prevail?|Is there a contract?|What is the best defence?> (A) <Yes|The buyer>, because <there was consideration|the promise was in writing>. (B) <No|The seller>, because <the statute applies|there was no acceptance>.
A <police officer|suspect|defendant|plaintiff|witness> <was arrested|was charged with $crime|testified|was injured> <without a warrant|after a search|at trial>. <The evidence is|The motion should be|The testimony is> (A) admissible (B) inadmissible (C) granted (D) denied
{F} <lies to|steals from|helps> <his friend {F}|her boss|a stranger>. Is this <morally wrong|ethical|permissible> according to <Kant|utilitarianism|virtue ethics>?
<Discuss|Explain|Compare> <the trolley problem|informed consent|euthanasia|negligence and strict liability|the hearsay rule|promissory estoppel>.
<{F}|A manager|An employee|A company> <discovers fraud|accepts a gift|fires a worker who is pregnant>. What <should he do|does the code of ethics say|principle applies>?$options
{F} <wanted|had> to <go to court|see a doctor|pay the rent|take the medicine> <but not|because|although> {F} <was|did> <ill|late|rich>. Who <was late|is right>?\nA. {F}\nB. {F}\nAnswer:
""",
    "sums": r"""
$sum $howmany
$sum $sum $howmany
$sum $sum $sum $howmany
$sum If $sum $howmany
If $sum $howmany Explain step by step.
$howmany $sum $sum
""",
    "trivia": r"""
<Which|What> <actor|author|band|scientist|president|footballer|queen|novelist> <wrote|won|invented|played|was born|died|led> <{w}|the prize in {y}|in {C} in {y}|the army of {K}|on {d}>?
Who <is|was> {P}?
<Who|who> <plays|played> <{F}|{P}|the mom|the doctor> in <{F} and {F}|the film {x}|the series {x}|{x} the movie>?
When <was|did> <{P}|King {F}|Pope {F}> <born|die|become president of {K}|win the election>?
In which <year|city|country> <was|did> <{P}|the composer {P}|the painter {P}> <born|die|arrested|married {P}>?
<Which|In which> <battle|treaty|election|trial> of {y} <saw|made> {P} <defeat {P}|lose|king of {K}>?
{P}, who <died on {d}|was born in {y}|ruled until {y}>, was <the founder of which organisation|the author of which novel|the leader of which party>?
<Summarize|Compare|Describe|Tell me about> the <life|works|novels|theory|reign|trial> of {P}.
<Name|List> {n} <books by|films with|songs of> {P}.
What <is|was> {P} <famous for|known for|best known for>?
<Did|Does|Is> {P} <have children|still alive|related to {P}>?
Who was the <wife|father|successor|lawyer> of <King {F}|President {L}|{P}>, and <when did she die|why was he arrested>?
<Explain|Discuss> the case {L} v. {L}.
How old was {P} when <she won the cup|he became king|the band {x} was founded>?
I've read <the book|a novel> by {P} and <liked it|am curious about the context>. What <else did he write|inspired it>?
what <disease|job> does {F} have in <the show {x}|{x} and {x}>
Write <an essay|a summary|a report> about <the president of {K}|the poet {P}|the history of {C}|the {nat} revolution>.
""",
    "stories asked": r"""
<Let's role play|Roleplay>: you <are|play> <my teacher|a shopkeeper|a knight>, I <am|play> <a student|{F} the thief>.
Write a <story|novel outline|screenplay> about <a man named {F}|a nurse called {P}|twins {F} and {F}> who <is accused of a crime|gets cancer|is divorced|finds out he is adopted>.
Describe <{F}|the villain {P}>, <a character in my novel|the hero of my game>, <in three sentences|with his fears and secrets>.
Write a <story|scene|poem|song|script|dialogue> <about|in which> <{F}|a girl named {F}|two brothers, {F} and {F},|a detective called {P}|a lonely {job}|a cat> <who|that> <falls in love|finds a letter|loses her mother|moves to {C}|is accused of murder>.
Continue the story: {F} <looked at|hated|loved> <{F}|her husband|his brother>. <"I am leaving," she said.|It was raining.|The letter was from {F}.>
<Write|Create> a <character|backstory|profile> <for a novel|for my RPG|for a game>: {P}, {age}, <{job}|vampire>, <afraid of water|lost his wife|hides a secret>.
<Rewrite|Write> <a fairy tale|a love letter|a breakup scene> <in the style of|as if by> {P}.
<Roleplay|Let's role play>: you are <{F}, a waiter|a strict teacher|a pirate|my girlfriend {F}> and I am <a guest|the captain>.
<Invent|Generate|Make up> <ten names|a fake address|sample users|random people> for <a database|testing|my novel>.
Write a <funny dialogue|sitcom scene> between <{F} and {F}|a doctor and a patient|a judge and a thief|Batman and {F}>.
<Finish|Extend> this: Once upon a time <{F}|a queen called {F}> <lived with her father|had a son>.
Write <lyrics|a rap|a haiku> about <heartbreak|my hometown|summer|losing a friend>.
""",
    "programs": r"""
<Write|Implement|Create> a <function|class|script|query> that <sorts|validates|parses|groups> <users by age|email addresses|patients by diagnosis|phone numbers|names>. <Example|Input|e.g.>: <["{F}", "{F}"]|check("a@b.com") == True|[("{F}", {n}), ("{F}", {n})]>
class <Patient|Employee|Person|Account|Student>:\n    def __init__(self, name, <age|salary|diagnosis|email>):\n        self.name = name\n\np = <Person|Patient>("{F}", {n})\n<# why does this fail?|print(p.name)>
SELECT <name, salary FROM employees|* FROM patients|email FROM users> WHERE <id = {n}|diagnosis = '{dx}'|name = '{F}'>;
for <patient in patients|user in users|i in range({n})>:\n    <print(patient.name, patient.age)|send_mail(user.email)|total += i>
def test_<user|login|parse>():\n    <u = User("{F}", age={n})|user = create_user(name="{F} {L}")|name = "{P}">\n    assert <u.age == {n}|user.name|name>
const <user|person> = {{ name: "{F}", age: {n} }};\nconsole.log(<user.name|person.age>); // <undefined?|what is printed>
users = [{{"name": "{F}", "age": {n}}}, {{"name": "{F}", "age": {n}}}]\n<How do I sort this by age?|find the oldest user|convert to csv>
struct <patient|person|node> {{ char name[{n}]; int age; }};\n<Write a function that prints it.|Why does it leak?>
assert greet("{F}") == "Hello, {F}!"
{F}Error: <cannot read property 'name' of undefined|invalid email|{w} not found> at line {n}
git commit -m "<Fix login for users|Add patient table|Rename employee>" <&& git push|# how do I undo this>
[{d} {t}] <INFO|ERROR|WARN> <worker|db|auth>-{n}: <connection lost|{n} users loaded|timeout after {n} ms>
Ticket {id}: <the login page shows error {n}|export of patients fails|the report button does nothing>. <Steps to reproduce: open, click, wait.|Priority: high.>
/* Returns the name of the <patient|employee|customer> or NULL. */\nchar *get_name(struct person *p);
How do I <store|hash|validate|mask> <passwords|phone numbers|patient data|names> in <java|postgres|django|a csv>?
wordsString("Hi, my name is {F}") == ["Hi", "my", "name", "is", "{F}"]
{{"patient": {{"name": "string", "age": "integer", "diagnosis": "string"}}}} <Write a schema.|Generate a class.>
""",
    "business and articles": r"""
Convert this citation to <MLA|APA>: {LF}, {LF}, and {P}. "<On {w}|A study of {dx}>." <Nature|arXiv>, {y}.
<Write|Improve> a <property|hotel|house> <listing|description>: {n} bedrooms, <garden|garage|sea view>, <{C}|{A}, {C}>. <Highlights: new kitchen.|>
{P} is a {nat} <footballer|actor|politician|singer|novelist> <who plays for {O}|best known for {x}|who was born in {y}>. <Summarize.|Who is she?|>
<Mr. {L}|{F}> <signed|discounted> a <note|draft> for {m} <due|on> {d}. <What was its maturity date?|What were the proceeds?|Calculate the interest.>
<Write|Create> a <job description|product description|slogan|blog post|tweet|business plan> <for|about> <a {job}|our new {w}|{O}|a bakery in {C}|remote work>. <Responsibilities: data pipelines, SQL, Spark.|We are a team of {n}.|>
<Classify|Categorize> the <review|sentiment|business>: "<Great place for breakfast, we enjoyed the omelet.|The staff was friendly but my food was cold.|This shop specialises in tires. We carry all brands.|My wife loved the soup.>"
<Reply to|Respond to> this <review|customer>: "<The room was dirty and we waited an hour.|Best pizza in {C}!|I love this product, my kids use it every day.>"
<Summarize|Paraphrase|Rewrite>: <The economy of {K} grew by {n} percent in {y}, driven by exports.|Researchers at {O} found that {rx} reduces {sx} in mice.|Coffee was first grown in {K} and reached {C} in {y}.|Remote work has changed how teams talk to each other.>
What are the <strengths|competitors|products> of {O}? <Make a table.|Give sources.|>
{O} <announced|said> on {day} that it would <open a plant in {C}|cut {n} jobs|buy {O} for {m}>. <Shares rose {n}%.|{P}, its chief executive, said demand was strong.|>
<Give me|Write> <a marketing plan|a SWOT analysis|{n} keywords|an outline> for <{O}|an online shop|a gym|an app called {w}>.
{P} was a {nat} {job}. He was born in {C} in {y} and studied at {O}. <His works include {x}.|He won the prize in {y}.|He died in {y}.> <Rewrite this.|Translate into German.|When was he born?>
The <film|album|novel> {x} was <released|published> in {y}. It <stars {P} and {P}|was produced by {P}|is set in {C}>. <The music was written by {P}.|It won {n} awards.|Critics praised it.>
{K}'s <president|prime minister|foreign minister>, {P}, <met {P} in {C}|said that elections would be held in {y}|resigned on {day}>.
<Translate|Proofread>: <The meeting has been moved to Friday at {t}.|All visitors must register at the desk.|Please keep off the grass.|Our store offers free delivery from {m}.>
<Plan|Suggest> <a trip|a day> <to|in> {C} <for {n} days|with kids|on a budget>. <We like museums and food.|I love hiking.|My friend and I want to rent a car.>
<From|Directions from> {C} to {C}: <how long is the drive?|which train do I take?>
""",
    "court without anybody": r"""
The Court <will examine|has examined|therefore rejects> <each of these questions in turn|the preliminary objection|the complaint on the merits>.
<Domestic law|The Prison Act|The Law on Courts> <entitles|allows|obliges> <a detainee|any person|the authorities> to <lodge a complaint|receive visits|give reasons for a decision>.
<In its report|In a recommendation> the Committee <urged member States|noted> to <reduce overcrowding|improve access to legal aid|combat ill-treatment>.
<These principles|The general principles> <apply|have been stated> <equally|also> <to appeal proceedings|in civil cases|where children are concerned>.
<No separate issue|No question> arises under <this provision|Article {n}>. <The complaint is the same in substance.|>
The notion of <private life|possessions|a fair hearing> is <a broad one|autonomous|not limited to> <and covers professional activities|under the Convention|existing rights>.
<Where|If> <a State|a court|an authority> <fails to|does not> <carry out an effective investigation|give sufficient reasons>, <the burden shifts|the Convention may be breached>.
<Everyone charged with a criminal offence|No one> shall be <presumed innocent|subjected to torture|deprived of his liberty save in the following cases>.
The Court <reiterates|notes|observes|recalls|considers> that <Article {n} of the Convention|the right of access to a court|the principle of equality of arms> <requires|guarantees|does not prevent> <a fair balance|an effective remedy|States from regulating the matter>.
<Article|Section> {n} of the <Code of Criminal Procedure|Civil Code|Constitution|Aliens Act> <provides|provided at the time|reads> <as follows|that a court must give reasons|that appeals are lodged within {n} days>.
<The Government|The parties> <contested that argument|did not submit any observations|agreed>. 
<There has accordingly been|The Court finds that there has been> <a violation|no violation> of Article {n} <§ {n}|> of the Convention.
<The Court|It> <declares the complaint admissible|dismisses the remainder of the claim for just satisfaction|sees no reason to depart from that approach>.
<As regards|In respect of> <costs and expenses|the length of proceedings|domestic remedies>, <regard must be had to the complexity of the case|the burden of proof lies with the State|the Court applies the same criteria>.
The relevant <domestic law|provisions|principles> <are set out|is summarised> in <the Court's case-law|paragraphs {n} to {n}|earlier judgments>.
<It follows|Accordingly,> that this <part of the application|complaint> <must be rejected|is not manifestly ill-founded|must be declared admissible>.
FOR THESE REASONS, THE COURT UNANIMOUSLY <declares the application admissible|holds that there is no need to examine the complaint>.
<The impugned measure|Such an interference> must <pursue a legitimate aim|be proportionate|have a basis in domestic law>.
A <tenant|debtor|prisoner|witness|detainee|foreigner> may <appeal|be released|be heard> if <the conditions of section {n} are met|the court so orders|no other remedy exists>.
""",
}
PROSE = {"case facts", "court without anybody", "court paragraphs", "principles of a court"}


def _lines(text):
    return [line.replace("\\n", "\n") for line in text.strip("\n").split("\n") if line]


def kept(line):
    """Is this template for measuring?"""
    return zlib.crc32(line.encode()) % 4 == 0


def _side(lines, side):
    some = [line for line in lines if kept(line) == (side == "measure")]
    return some or lines


def parsed(side):
    """{register: (private, templates)} and the pools of one side, "train" or "measure"."""
    result = {name: (private, _side(_lines(text), side))
              for private, group in ((True, PRIVATE | verdict_prompts.PRIVATE | verdict_requests.PRIVATE | verdict_corners.PRIVATE),
                                      (False, CLEAN | verdict_prompts.CLEAN | verdict_requests.CLEAN | verdict_corners.CLEAN))
              for name, text in group.items()}
    pools = {name: (_side(_lines(text), side) if len(_lines(text)) >= 8 else _lines(text)) or [""]
             for name, text in POOLS.items()}
    return result, pools


def expanded(template, pools, rng):
    """The template with its choices made; what is left are slots."""
    for _ in range(40):
        pool = re.search(r"\$([a-z]+)", template)
        if not pool:
            break
        template = template[:pool.start()] + rng.choice(pools[pool.group(1)]) + template[pool.end():]
    while True:
        choice = re.search(r"<([^<>]*\|[^<>]*)>", template)
        if not choice:
            return template
        template = template[:choice.start()] + rng.choice(choice.group(1).split("|")) + template[choice.end():]
