"""Organisations by what people have to do with them, since lists of listed companies leave most of them out, and
forms that names of invented ones take."""

import re

# Where one works, shops, banks, insures, phones, travels, studies, is treated.
EVERYDAY = """
Tesco,Sainsbury's,Asda,Morrisons,Lidl,Aldi,Waitrose,Greggs,Boots,Argos,Primark,Wetherspoons,Costa,Pret,Subway,Domino's,KFC,Burger King,Taco Bell,
McDonald's,Wendy's,Chipotle,Dunkin,Target,Kroger,Safeway,Publix,Walgreens,CVS,Home Depot,Lowe's,Best Buy,Macy's,Kohl's,Sephora,Nordstrom,Trader Joe's,
Whole Foods,Carrefour,Auchan,Leclerc,Monoprix,Decathlon,Fnac,Mercadona,El Corte Inglés,Zara,Esselunga,Conad,Rewe,Edeka,Rossmann,Albert Heijn,Jumbo,
Bol.com,Biedronka,Żabka,Migros,Coop,ICA,H&M,Ikea,Flipkart,Big Bazaar,Reliance,Shoprite,Pick n Pay,Woolworths,Coles,Bunnings,Mercado Libre,Oxxo,Magazine Luiza,
Barclays,Lloyds,NatWest,Halifax,Santander,Nationwide,Monzo,Revolut,Starling,Klarna,PayPal,Chase,Citibank,Capital One,American Express,Wells Fargo,
TD Bank,PNC,US Bank,Chime,Venmo,Experian,Equifax,Sparkasse,Commerzbank,Deutsche Bank,ING,Rabobank,ABN AMRO,BNP Paribas,Crédit Agricole,Société Générale,
La Banque Postale,BBVA,CaixaBank,Banco Sabadell,UniCredit,Intesa Sanpaolo,Poste Italiane,Nubank,Itaú,Bradesco,PKO BP,mBank,Garanti,Ziraat Bankası,HDFC,ICICI,
State Bank of India,Axis Bank,Standard Bank,FNB,Capitec,GTBank,Equity Bank,KCB,M-Pesa,Safaricom,ANZ,Westpac,Commonwealth Bank,NAB,DBS,Maybank,
Aviva,Direct Line,Admiral,Bupa,Vitality,Geico,State Farm,Allstate,Liberty Mutual,Anthem,Humana,UnitedHealthcare,MetLife,Prudential,Generali,Zurich Insurance,
HUK-Coburg,Techniker Krankenkasse,AOK,Barmer,MAIF,Macif,Mapfre,LIC,Discovery Health,Medibank,
Vodafone,O2,EE,BT,Sky,Virgin Media,T-Mobile,Comcast,Xfinity,Verizon,Orange,SFR,Bouygues,Movistar,TIM,Airtel,Jio,MTN,Telstra,Optus,
British Gas,EDF,E.ON,Octopus Energy,Thames Water,Con Edison,PG&E,Enel,Iberdrola,Eskom,
Ryanair,EasyJet,Wizz Air,British Airways,KLM,Lufthansa,Air France,Iberia,Delta,United,American Airlines,JetBlue,Emirates,Qatar Airways,Etihad,Air India,IndiGo,
Qantas,AirAsia,LATAM,Turkish Airlines,Deutsche Bahn,SNCF,Amtrak,Greyhound,National Express,Uber,Lyft,Deliveroo,Just Eat,DoorDash,Booking.com,Expedia,Airbnb,Hilton,Marriott,Hyatt,
Royal Mail,Evri,DPD,Hermes,USPS,La Poste,Correos,Infosys,TCS,Wipro,Accenture,Deloitte,KPMG,PwC,EY,McKinsey,Capgemini,Cognizant,G4S,Serco,Capita,Securitas,Randstad,Adecco,Manpower,
Amazon,eBay,Etsy,Shein,Temu,Zalando,Asos,Netflix,Spotify,Disney,Hulu,YouTube,TikTok,WhatsApp,Discord,Reddit,LinkedIn,Tinder,Bumble,Hinge,OnlyFans,GitHub,Shopify,Stripe,Mozilla,Nvidia,
AMD,Huawei,Xiaomi,Lenovo,Dell,HP,Philips,Bosch,Dyson,Nestlé,Unilever,Adidas,Nike,Puma,Gucci,Chanel,L'Oréal,Pfizer,Novartis,Roche,Bayer,AstraZeneca,Moderna,
Ford,Honda,Hyundai,Kia,Renault,Peugeot,Fiat,VW,Volkswagen,Audi,Mercedes,Porsche,Skoda,Nissan,Harley-Davidson,Boeing,Airbus,Rolls-Royce,Shell,BP,Exxon,Chevron,Aramco,Gazprom,Enron
""".replace("\n", "")

# Authorities, charities, courts, parties, forces, newspapers, clubs, universities.
PUBLIC = """
Google,Microsoft,Apple,Facebook,NASA,FBI,CIA,UNESCO,NATO,IBM,Intel,Oracle,SAP,Siemens,BMW,Toyota,Samsung,Sony,Nokia,Ericsson,Volvo,Reuters,BBC,CNN,Harvard,MIT,Stanford,
Yale,Salesforce,Slack,Zoom,Tesla,Walmart,Costco,Starbucks,FedEx,UPS,DHL,Deutsche Telekom,Bank of America,Red Cross,European Union,Goldman Sachs,JP Morgan,HSBC,Allianz,AXA,
Kaiser Permanente,Mayo Clinic,Cleveland Clinic,United Nations,World Bank,Blue Cross,Aetna,Cigna,NHS,AT&T,Ministry of Health,Department of Justice,Court of Appeal,European Commission,Interpol,
DWP,HMRC,DVLA,Home Office,Ofsted,Acas,Citizens Advice,CPS,GMC,NMC,Ofcom,GCHQ,MI5,Ministry of Defence,Met Police,Cafcass,Age UK,Shelter,Samaritans,NSPCC,RSPCA,RSPB,Barnardo's,
IRS,SSA,DMV,USCIS,ICE,FEMA,CDC,FDA,EPA,NSA,DEA,ATF,TSA,Medicare,VA,State Department,Defense Department,Pentagon,Treasury,Federal Reserve,Department of Labor,Department of Education,
Justice Department,Homeland Security,Border Patrol,National Guard,Planned Parenthood,United Way,Salvation Army,Goodwill,Habitat for Humanity,ACLU,NRA,AARP,YMCA,Boy Scouts,Rotary Club,
Jobcenter,Finanzamt,Jugendamt,Ausländerbehörde,Bundesagentur für Arbeit,Arbeitsagentur,Bundestag,CAF,CPAM,Pôle emploi,Préfecture,URSSAF,Seguridad Social,Hacienda,SEPE,IMSS,INSS,INPS,
Agenzia delle Entrate,ASL,UWV,Belastingdienst,ZUS,NFZ,Urząd Skarbowy,SGK,EPFO,UIDAI,SARS,NHIF,CRA,Centrelink,ATO,Medibank Private,
UN,WHO,UNHCR,UNICEF,IMF,OECD,WTO,IAEA,OPEC,ASEAN,African Union,ECOWAS,Arab League,Mercosur,European Parliament,European Central Bank,Europol,ICC,
Amnesty International,Human Rights Watch,Greenpeace,Oxfam,Save the Children,Doctors Without Borders,Médecins Sans Frontières,Caritas,World Vision,
Hamas,Hezbollah,Fatah,Taliban,al-Qaeda,al-Qaida,Islamic State,ISIS,Boko Haram,al-Shabaab,Muslim Brotherhood,Islamic Jihad,Houthis,PKK,ETA,IRA,FARC,
Labour,Labour Party,Conservatives,Conservative Party,Liberal Democrats,Greens,Green Party,SNP,Plaid Cymru,Sinn Fein,DUP,Fianna Fáil,Fine Gael,Republicans,Democrats,Republican Party,
Democratic Party,Likud,CDU,SPD,AfD,FDP,BJP,Indian National Congress,ANC,Zanu-PF,Peronists,PSOE,Podemos,Vox,Lega,Syriza,AKP,CHP,Communist Party,Kuomintang,
Congress,Senate,House of Representatives,House of Commons,House of Lords,Parliament,Knesset,Duma,Kremlin,White House,Downing Street,Vatican,Catholic Church,Church of England,
Supreme Court,High Court,Court of Appeals,International Criminal Court,Constitutional Court,Old Bailey,Magistrates Court,
Army,Navy,Marines,Air Force,Royal Navy,Coast Guard,Revolutionary Guard,Border Force,Scotland Yard,
New York Times,Washington Post,Wall Street Journal,Guardian,Telegraph,Daily Mail,The Sun,Le Monde,Le Figaro,El País,El Mundo,Der Spiegel,Die Zeit,Bild,La Repubblica,Times of India,
Hindustan Times,The Hindu,Straits Times,South China Morning Post,Asahi Shimbun,Haaretz,Al-Ahram,Daily Nation,Globe and Mail,Sydney Morning Herald,Newsday,Newsweek,Forbes,Bloomberg,
ABC,NBC,CBS,Fox News,MSNBC,NPR,PBS,ITV,Channel 4,RTE,TVNZ,CBC,NHK,Al Arabiya,Sky News,MTV,HBO,
Manchester United,Arsenal,Chelsea,Liverpool FC,Spurs,Celtic,Rangers,Real Madrid,FC Barcelona,Bayern Munich,Juventus,AC Milan,PSG,Ajax,Benfica,Boca Juniors,Flamengo,Al Ahly,Kaizer Chiefs,
Yankees,Red Sox,Mets,Lakers,Celtics,Knicks,Bulls,Patriots,Cowboys,Packers,Steelers,Dodgers,Cubs,Maple Leafs,Canucks,All Blacks,Springboks,Wallabies,FIFA,UEFA,NBA,NFL,MLB,NHL,NASCAR,IOC,FIA,GAA,
Oxford University,Cambridge University,Imperial College,King's College London,UCL,LSE,Princeton,Columbia University,Cornell,Georgetown,NYU,UCLA,Caltech,Berkeley,Penn State,Ohio State,
Sorbonne,Humboldt University,ETH Zurich,Sapienza,Universidad de Chile,UNAM,USP,IIT Bombay,JNU,University of Nairobi,Makerere University,Wits,Tsinghua University,Peking University,
University of Tokyo,Open University,Trinity College,Eton,Juilliard,Great Ormond Street Hospital,Guy's Hospital,Royal Marsden,Addenbrooke's,Whittington Hospital,Charité,Mount Sinai,
JC Penney,Papa John's,Little Caesars,Tim Hortons,Morgan Stanley,Merrill Lynch,Merrill,Charles Schwab,Edward Jones,John Lewis,Marks & Spencer,Ralph Lauren,Calvin Klein,Benjamin Moore,
Jollibee,Nando's,Jackson & Perkins,Hard Rock Cafe,Home Hardware,Harvey Norman,Dick Smith,David Jones,Tata Motors,Mahindra,Bajaj,Godrej,Petronas,Pertamina,Vale,Petrobras,Ecopetrol,Sonatrach,
Premium Times,Punch,Vanguard,Daily Monitor,The Star,News24,Mail & Guardian,The Namibian,Graphic,Dawn,Geo News,Prothom Alo,Daily Star,Kuensel,Republica,Kathmandu Post,Kompas,Tempo,Rappler,
Inquirer,Bangkok Post,Myanmar Now,Irrawaddy,VnExpress,Yonhap,Nikkei,Caixin,Folha de S.Paulo,O Globo,Clarín,La Nación,El Universal,El Tiempo,El Mercurio,Gleaner,Stabroek News,Fiji Times,
Samoa Observer,Post-Courier,Stuff,RNZ,Kyiv Independent,Novaya Gazeta,Meduza,Gazeta Wyborcza,Magyar Nemzet,Hürriyet,Cumhuriyet,L'Orient-Le Jour,Jerusalem Post,Hespress,Jeune Afrique,Umno,PAS,
Pheu Thai,PDP,APC,NPP,NDC,DMK,AIADMK,Awami League,PPP,PTI,MQM,Morena,Senate Committee,National Assembly,Lok Sabha,Bundesrat,Dáil,Sejm,Cortes,Nafed,Safa Park FC,Al Sadd,Zamalek,Orlando Pirates,
Kano Pillars,Gor Mahia,Simba SC,Mohun Bagan,Persija,Buriram United,Urawa Reds,Ulsan,Colo-Colo,Saprissa,Peñarol,River Plate,Dynamo Kyiv,Red Star Belgrade,Galatasaray,Fenerbahçe,Olympiacos,
Cedars-Sinai,Johns Hopkins,Massachusetts General,MD Anderson,Apollo Hospital,AIIMS,Royal Brisbane Hospital,Planned Parenthood
""".replace("\n", "")
KNOWN = sorted({name.strip() for name in (EVERYDAY + "," + PUBLIC).split(",") if name.strip()})

FORMS = ["{L} Inc.", "{L} LLC", "{L} Ltd", "{L} & {L}", "{L} and Sons", "{L} Group", "{L} GmbH",
         "{L} Corporation", "{L} Holdings", "{L}, {L} & {L} LLP", "{L} Technologies", "{C} Bank",
         "University of {C}", "{C} University", "{L} Foundation", "{C} General Hospital",
         "St. {F}'s Hospital", "{L} Clinic", "{C} School District", "{L} Insurance", "{L} AG",
         "{L} S.A.", "{C} City Council", "{L} Partners", "{L} Pharmacy", "{L} High School",
         "{C} Medical Center", "Bank of {C}", "{L} Logistics", "{L} Consulting", "{L} Systems",
         "{C} Police Department", "{L} Ltd.", "{C} County Court", "{F}'s Bakery",
         "{C} United", "{C} Times", "{L} Motors", "{L} Labs", "{L}-{L}", "{L} Software",
         "{C} Council", "{C} Royal Infirmary", "{C} Academy", "{C} Primary School", "{C} High", "{L} Middle School", "St {F}'s", "St {F}'s School",
         "St {F}'s Primary", "{F}'s Pizza", "{F}'s Kitchen", "{F}'s Karate", "{C} Housing Association", "{L} Dental", "{L} Solicitors", "Law Offices of {F} {L}",
         "{C} Women's Aid", "{C} Ministry of Health", "Ministry of {N}", "Department of {N}", "{C} Symphony Orchestra", "{C} FC", "{C} City", "{C} Rovers",
         "{C} Police", "{C} Herald", "Radio {C}", "{C} Tribune", "{L} Records", "{L} Books", "{C} Film", "{C} Party", "{C} Liberation Front",
         "{L} {L} Fund II, LP", "{L} Capital Partners III LLC", "{C} Servicing LLC", "{L} S.à r.l.", "{L} N.V.", "{L} plc", "{L} Bank, N.A.",
         "{L} Hospitality Finance LLC", "{C} Solar, Inc.", "{L} Venture I, LLC", "{L} Trust Company", "{L} Capital Management, Inc.", "{L} S.p.A.", "{L} Pty Ltd",
         "{L} Sp. z o.o.", "{L} B.V.", "{L} SARL", "{L} Ltda", "{L} A.Ş.", "Autohaus {L}", "Kanzlei {L}", "Praxis Dr. {L}", "Grupo {L}", "Lycée {L}",
         "Collège {L}", "Colegio {F} {L}", "Clínica {L}", "Hospital de {C}", "CHU de {C}", "Klinikum {C}", "Ospedale di {C}", "Universität {C}", "Universidad de {C}"]
NOUNS = "Agriculture,Defence,Education,Energy,Environment,Finance,Foreign Affairs,Health,Housing,Interior,Justice,Labour,Transport,Trade".split(",")
FRONT = ("Bright Clear Blue North Green Swift Silver True Apex Nova Stone Iron Sun Sky Cloud Data Med Care Home Pay Fin Quick Fresh Open Core Prime "
         "Peak Oak River Red Gold Spark Smart Snap Hello Urban Zen Vita Eco Solar Flex").split()
BACK = "path works line hub leaf wave stone bridge field point house gate ly ify io ware soft lab force care pay link mart tech loop nest ridge well via".split()


def organisation(gazetteers, rng, city):
    """One of the known ones, a listed company, a hospital, or an invented one. city: gives a place."""
    roll = rng.random()
    if roll < 0.36:
        return rng.choice(KNOWN)
    if roll < 0.48:
        return rng.choice(gazetteers.companies)
    if roll < 0.53:
        return rng.choice(gazetteers.hospitals)
    if roll < 0.57:
        return rng.choice(FRONT) + rng.choice(BACK)
    if roll < 0.60:
        return "".join(rng.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(rng.randint(3, 5)))
    parts = {"L": lambda: gazetteers.name_pair(rng)[1], "F": lambda: gazetteers.name_pair(rng)[0], "C": city,
             "N": lambda: rng.choice(NOUNS)}
    return re.sub(r"\{(\w)\}", lambda m: parts[m.group(1)](), rng.choice(FORMS))
