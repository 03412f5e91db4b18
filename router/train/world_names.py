"""Common names of parts of the world that the public lists leave out, written down by hand: a region, forenames,
and surnames (or the names of fathers and houses that stand for them)."""

_WORLD = {
    "Nigeria": ("Africa", """Adebayo Chinedu Emeka Olusegun Chukwuma Ifeanyi Babatunde Tunde Kunle Segun Femi Obinna Nnamdi Chidi Uche
Ikenna Kelechi Olumide Abiodun Yakubu Musa Sani Aminu Goodluck Godswill Ngozi Chioma Folake Amina Funmilayo Ifeoma Adaeze Yetunde
Bukola Titilayo Omotola Halima Hauwa Nkechi Blessing Chimamanda Aisha Zainab Temitope Olufemi Muhammadu Ibrahim""",
                """Okonkwo Adeyemi Okafor Adebayo Eze Okoro Balogun Ogunleye Bello Abubakar Nwosu Okeke Obi Adeleke Akinola
Oyelaran Ogunbanjo Nwachukwu Chukwu Onyekachi Danjuma Yusuf Sanusi Olatunji Fashola Tinubu Obasanjo Buhari Achebe Soyinka
Adichie Ekwueme Uzodinma Ezekwesili Okorocha Ikpeazu Umahi Akpabio Dangote Otedola Iheanacho Osimhen Mikel Ndidi Lookman"""),
    "Ghana": ("Africa", """Kwame Kofi Kwesi Kojo Yaw Kwabena Kwaku Akwasi Ama Akua Abena Adwoa Efua Afia Esi Nana Ebo Akosua Yaa Nii Asamoah
Osei Atta Baba Selorm Mawuli Dzifa Sefa""",
              """Mensah Owusu Boateng Appiah Asante Osei Addo Amoah Ofori Agyeman Acheampong Antwi Nkrumah Annan Rawlings Kufuor Mahama
Akufo-Addo Bawumia Ayew Gyan Essien Muntari Quaye Quartey Darko Sarpong Opoku Adjei Asamoah Frimpong Ansah Tetteh Lamptey Amponsah"""),
    "Francophone West Africa": ("Africa", """Mamadou Moussa Ousmane Amadou Ibrahima Abdoulaye Cheikh Souleymane Boubacar Seydou Modibo Issa
Adama Alassane Laurent Blaise Thomas Sékou Lansana Papa Fatou Aminata Mariama Aïssatou Khady Ndèye Awa Bintou Kadiatou Oumou Rokia
Salif Youssou Sadio Didier Yaya Kolo Idriss Bassirou Macky""",
                               """Diallo Traoré Traore Keita Keïta Coulibaly Ouattara Koné Kone Camara Diarra Touré Toure Sissoko Sow Ba
Diop Ndiaye Faye Sarr Sall Wade Fall Gueye Cissé Cisse Konaté Konate Sangaré Dembélé Dembele Ouédraogo Ouedraogo Compaoré Sankara Kaboré Bah Barry
Condé Conde Doumbouya Gbagbo Drogba Houphouët Bamba Soro Mané Senghor Sonko Issoufou Bazoum Tiani Goïta Gnassingbé Talon Yayi"""),
    "Central Africa": ("Africa", """Joseph Félix Etienne Moïse Denis Paul Idriss Ali Faustin Jean-Pierre Laurent-Désiré Patrice Samuel Roger
Rigobert Vital Corneille Chancel Denise Marie-Claire Odette Olive Béatrice Clémentine Espérance""",
                       """Kabila Tshisekedi Mobutu Lumumba Kasa-Vubu Katumbi Bemba Fayulu Mukwege Sassou Nguesso Biya Eto'o Song Milla Bongo
Déby Deby Mahamat Bozizé Touadéra Ngbanda Ilunga Mbemba Mukendi Kalonji Kabongo Mbuyi Mutombo Kasongo Tshibanda Matata Muzito Nkunda
Ntaganda Obiang Mba Ondo Nguema Essono Onana Mbarga Nkoulou Aboubakar"""),
    "East Africa": ("Africa", """Wanjiru Wambui Njeri Achieng Akinyi Nyambura Wangari Kamau Kipchoge Kipkemboi Otieno Odhiambo Ochieng Mwai Uhuru Raila
Barasa Juma Hamisi Salim Rashid Bakari Neema Rehema Zuhura Mwajuma Asha Julius Jakaya Pombe Yoweri Kizza Okello Nakato Nalwanga Babirye
Wasswa Kato Mugisha Ainebyoona Paul Faustin Immaculée Habimana Innocent Vestine Pierre Agathon Evariste Eliud Faith Hellen""",
                    """Kamau Mwangi Njoroge Kariuki Otieno Ochieng Odhiambo Odinga Kenyatta Ruto Kibaki Moi Mutua Musyoka Wekesa Wanjala Kiplagat
Kipchoge Cheruiyot Kiprotich Kosgei Chepngetich Rotich Koech Maina Ngugi Wainaina Macharia Waweru Gichuru Nyong'o Onyango Okoth Owino Museveni
Besigye Kyagulanyi Obote Byanyima Mutebi Ssemakula Nsubuga Mukasa Kagame Habyarimana Bizimungu Nkurunziza Ndayishimiye Rusesabagina
Nyerere Mkapa Kikwete Magufuli Hassan Mwinyi Lissu Mbowe Kapombe Msuva Samatta Mushi Massawe Kimaro Lema"""),
    "Horn of Africa": ("Africa", """Abiy Haile Hailemariam Meles Tesfaye Kenenisa Tirunesh Derartu Girma Mulatu Sahle-Work Almaz Tigist Hirut Bekele Dawit
Yonas Isaias Selam Eden Mohamed Hassan Abdi Abdullahi Farah Ahmed Omar Hodan Ifrah Sahra Fadumo Hawa Muse Nuruddin""",
                       """Ahmed Gebrselassie Desalegn Zenawi Bekele Dibaba Tulu Tesfaye Gebre Wolde Alemu Tadesse Kebede Mekonnen Abebe Haile Afwerki
Tekle Berhane Ghebreyesus Mohamud Farmajo Abdi Farah Warsame Jama Guled Aideed Osman Duale Hersi Nur Egal Siad Gedi Ismail Guelleh Worku Negash
Assefa Demissie Tola Defar Yimer"""),
    "Southern Africa": ("Africa", """Thabo Sipho Nelson Jacob Cyril Themba Bongani Mandla Lungile Nomsa Thandiwe Nokuthula Zanele Lindiwe Nosipho Ayanda
Siyabonga Sibusiso Mosima Tendai Tafadzwa Tatenda Rudo Chipo Farai Morgan Emmerson Nelson Grace Joice Kgosi Mpho Lerato Palesa Tshepo
Kagiso Hage Sam Hifikepunye João Isabel Armando Filipe Lazarus Joyce Bakili Hakainde Edgar Levy Johannes Pieter Hendrik Francois Siya Caster""",
                        """Mandela Mbeki Zuma Ramaphosa Dlamini Nkosi Ndlovu Khumalo Mkhize Sithole Zulu Buthelezi Malema Maimane Mthembu Mabuza Motlanthe Tutu
Sisulu Tambo Biko Slovo Khoza Radebe Mokoena Molefe Mahlangu Masondo Ngcobo Cele Gumede Shabalala Mugabe Mnangagwa Tsvangirai Chamisa Moyo Ncube
Chiwenga Mujuru Biti Mutasa Chigumba Chikwanha Khama Masisi Mogae Geingob Pohamba Nujoma dos Santos Lourenço Guebuza Nyusi Machel Dhlakama
Mutharika Chakwera Banda Muluzi Hichilema Lungu Sata Mwanawasa Kaunda Botha Verwoerd Kolisi Pienaar du Plessis van der Merwe Pretorius Venter"""),
    "Maghreb and Nile": ("Africa", """Abdelaziz Abdelmadjid Mohamed Ahmed Mahmoud Hosni Abdel Gamal Anwar Tarek Khaled Moncef Zine Kais Rached Habib Beji Saad
Mustafa Youssef Karim Nabil Hichem Yassine Rachid Abdelkader Larbi Fatima Khadija Leila Nawal Naguib Amr Hossam Sherif Wael Samia
Muammar Khalifa Saif Omar Abdalla Sadiq Hamdan""",
                         """Bouteflika Tebboune Sellal Benflis Zeroual Ben Ali Essebsi Marzouki Ghannouchi Saied Bourguiba Chahed Mubarak Sisi Morsi Sadat Nasser
ElBaradei Salah Mahfouz Benkirane Akhannouch El Othmani Benali Bennani Alaoui Tazi Berrada Chraibi Amrani Idrissi Ziani Belkacem Boumediene
Hamdi Mansour Haddad Khelifi Mahrez Hakimi Ziyech Gaddafi Haftar Serraj Dbeibah Bashir Burhan Hamdok Turabi Mahdi Dagalo"""),
    "Northern India": ("South Asia", """Rahul Amit Rajesh Sanjay Vijay Anil Sunil Manoj Arun Ashok Narendra Manmohan Atal Rajiv Sonia Priyanka Akhilesh Mayawati Yogi
Nitish Lalu Mamata Arvind Kiran Deepak Vikram Rohit Virat Sachin Kapil Amitabh Shah Salman Aamir Deepika Anjali Pooja Neha Sunita Kavita
Rekha Meena Lata Asha Shreya Gurpreet Harpreet Manpreet Jaswinder Balwinder Subhash Rabindranath Satyajit Sourav Abhijit""",
                       """Sharma Verma Gupta Singh Kumar Yadav Mishra Tiwari Pandey Dubey Trivedi Chaturvedi Joshi Mehta Patel Shah Desai Modi Gandhi Nehru
Agarwal Aggarwal Bansal Goel Jain Kapoor Khanna Malhotra Chopra Arora Bhatia Sethi Kohli Dhawan Dhoni Tendulkar Ganguly Banerjee Mukherjee
Chatterjee Bhattacharya Bose Sen Ghosh Das Dutta Roy Chakraborty Tagore Thackeray Pawar Fadnavis Shinde Deshmukh Kulkarni Gaikwad Kejriwal
Gill Sidhu Dhillon Grewal Sandhu Bajwa Chauhan Rathore Rajput Thakur Negi Rawat Bisht Ambani Adani Tata Birla Mittal Jha Sinha Prasad"""),
    "Southern India": ("South Asia", """Ramesh Suresh Venkatesh Srinivas Karthik Murali Ganesh Lakshmi Padma Radhika Meenakshi Kamala Jayalalithaa Karunanidhi
Rajinikanth Chandrababu Jagan Siddaramaiah Basavaraj Pinarayi Oommen Shashi Nirmala Sundar Satya Indra Viswanathan Anand Raghuram Abdul
Kalam Sarath Prabhu Senthil Murugan Selvi Divya Swathi""",
                       """Iyer Iyengar Nair Menon Pillai Reddy Rao Naidu Krishnan Krishnamurthy Subramanian Venkataraman Ramachandran Raman Srinivasan
Narayanan Natarajan Rajagopalan Balakrishnan Gopalakrishnan Swaminathan Chidambaram Stalin Palaniswami Kumaraswamy Gowda Hegde Shetty
Kamath Bhat Vijayan Tharoor Chandy Kurian Varghese Thomas Pichai Nadella Nooyi Sitharaman Murthy Nilekani Premji Prasad Chandrasekhar
Kumaran Selvam Murugesan Rajan Sundaram"""),
    "Pakistan and Bangladesh": ("South Asia", """Imran Nawaz Shehbaz Bilawal Benazir Asif Pervez Zulfikar Malala Shahid Wasim Waqar Babar Asim Qamar Ayesha Fatima
Maryam Hina Sana Mehwish Usman Hamza Bilal Zahid Tariq Rashid Sajid Javed Sheikh Khaleda Ziaur Mujibur Tarique Muhammad Shakib Mushfiqur
Tamim Mashrafe Mahmudul Nasrin Taslima Rafiqul Abdul Nurul Jahangir Shamsul Dipu""",
                                """Khan Sharif Bhutto Zardari Musharraf Bajwa Munir Yousafzai Afridi Akram Younis Azam Malik Chaudhry Gilani Qureshi Hussain Haq Abbasi
Iqbal Mirza Baig Butt Dar Ashraf Rizvi Naqvi Kazmi Bukhari Hashmi Memon Soomro Jatoi Marri Bugti Mengal Raisani Hasina Zia Rahman Yunus Ershad
Hossain Chowdhury Islam Ahmed Uddin Miah Sarkar Alam Akter Begum Khatun Mahmud Kamal Haque Hasan Bhuiyan Talukder Mortaza Rafiq"""),
    "Sri Lanka and Nepal": ("South Asia", """Mahinda Gotabaya Ranil Maithripala Chandrika Sajith Anura Sirimavo Lasith Kumar Sanath Muttiah Angelo Dinesh Nuwan
Nimal Kamal Sunil Priyantha Prachanda Baburam Sher Sushil Khadga Madhav Bidhya Rabi Balen Gyanendra Tenzing Bishnu Hari Sita Gita Maya Dawa Pasang""",
                            """Rajapaksa Wickremesinghe Sirisena Kumaratunga Premadasa Dissanayake Bandaranaike Jayawardene Jayasuriya Sangakkara Muralitharan Malinga
Fernando Perera de Silva Silva Mathews Chandimal Fonseka Gunawardena Ratnayake Wijesinghe Samaraweera Sumanthiran Prabhakaran Dahal Deuba Oli Koirala
Bhattarai Bhandari Thapa Gurung Tamang Rai Limbu Sherpa Shrestha Adhikari Poudel Acharya Lamichhane Basnet Karki Khadka Magar"""),
    "Indonesia": ("South-east Asia", """Joko Susilo Bambang Prabowo Megawati Abdurrahman Sri Budi Agus Eko Dwi Tri Slamet Sutrisno Basuki Anies Ganjar Ridwan Puan Gibran
Siti Dewi Ratna Wahyu Rini Endang Yuli Indah Putri Ayu Made Wayan Ketut Nyoman Hendra Iwan Dedi Ahmad Muhammad Retno Luhut Erick""",
                  """Widodo Yudhoyono Subianto Sukarnoputri Wahid Suharto Sukarno Habibie Purnama Baswedan Pranowo Kamil Maharani Indrawati Marsudi Pandjaitan Thohir
Santoso Wijaya Kusuma Setiawan Gunawan Hidayat Nugroho Saputra Pratama Susanto Hartono Siregar Nasution Simanjuntak Hutapea Lubis Harahap Situmorang
Sihombing Rahardjo Wibowo Utomo Suryadi Kurniawan Hakim Firmansyah"""),
    "Malaysia and Singapore": ("South-east Asia", """Mahathir Najib Anwar Muhyiddin Ismail Abdullah Lim Rosmah Wan Azizah Nurul Izzah Rafizi Hadi Zahid Khairy Hishammuddin Lee Goh Tharman
Halimah Heng Lawrence Chan Siti Nur Farah Aminah Ahmad Azman Faisal Hafiz Zulkifli Kamarul Wei Jun Mei Ling Hui Min Kok""",
                               """Mohamad Razak Ibrahim Yassin Yaakob Badawi Guan Eng Kit Siang Hamidi Jamaluddin Hussein bin Abdullah bin Ahmad binti Hassan Tan Lim Lee Ng Wong Chong
Goh Teo Ong Koh Chua Loong Yew Hsien Shanmugaratnam Yacob Keat Chin Swee Tong Menon Subramaniam Krishnan Samy Vellu Ramasamy Aziz Othman Rahman"""),
    "Thailand, Myanmar, Cambodia, Laos": ("South-east Asia", """Thaksin Yingluck Prayut Prawit Abhisit Chuan Banharn Somchai Samak Srettha Paetongtarn Pita Suthep Chadchart Bhumibol Somsak Prasert Wichai
Malee Siriporn Nattaya Kanya Apichatpong Tony Aung San Suu Min Thein Ne Win Khin Maung Htin Zaw Ko Ma Daw Kyaw Tin Nay Hun Sam Norodom Sihanouk Pol Khieu Nuon Chea
Rainsy Kem Sokha Heng Thongloun Bounnhang Choummaly Sisoulith""",
                                          """Shinawatra Chan-ocha Wongsuwan Vejjajiva Leekpai Silpa-archa Wongsawat Sundaravej Thavisin Limjaroenrat Thaugsuban Sittipunt Weerasethakul Jaa Srisai Chaiyasit
Saetang Boonmee Rattanaporn Charoenpura Suu Kyi Hlaing Sein Win Shwe Kyaw Naing Htoo Oo Myint Tun Thant Aung Maung Htay Lwin Soe Khaing Sen Rainsy Sokha Sihanouk Sihamoni Samphan
Ranariddh Chea Manet Vong Chhay Sok Sopheap Phan Sisoulith Vorachith Phomvihane Sayasone"""),
    "Vietnam": ("East Asia", """Nguyen Tran Le Pham Hoang Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Nguyễn Trần Lê Phạm""",
                """Van Hung Thi Lan Minh Chau Xuan Phuc Phu Trong Tan Dung Anh Tuan Quang Huy Thanh Tam Duc Thang Cong Phuong Ngoc Linh Thu Huong Kim Ngan Dinh Hue Chi Minh Xuan Dieu
Vo Nguyen Giap Thuy Trang Bao Long Hai Dang Thanh Nghi"""),
    "Philippines": ("South-east Asia", """Rodrigo Ferdinand Corazon Benigno Gloria Joseph Leni Sara Leila Manny Imelda Jejomar Grace Panfilo Antonio Maria Jose Juan Ramon Rommel Jericho Mark Angelo
Rowena Maricel Jocelyn Rosario Erlinda Marites Analyn Crisanto Danilo Reynaldo Rolando Efren Lualhati""",
                    """Duterte Marcos Aquino Arroyo Estrada Robredo de Lima Pacquiao Binay Poe Lacson Trillanes Ressa Santos Reyes Cruz Bautista Ocampo Garcia Mendoza Villanueva Dela Cruz del Rosario
Macapagal Magsaysay Enrile Honasan Sotto Cayetano Villar Recto Legarda Hontiveros Pangilinan Tolentino Dimaculangan Macaraeg Batungbakal Salonga Lim Tan Sy Gokongwei"""),
    "Central Asia": ("Central Asia", """Nursultan Kassym-Jomart Islam Shavkat Gulnara Emomali Rustam Gurbanguly Serdar Saparmurat Almazbek Sooronbay Sadyr Askar Kurmanbek Roza Aibek Azamat Bekzat Daniyar
Yerlan Nurlan Aigul Dinara Zarina Madina Alisher Otabek Jamshid Bakhtiyar Dilshod Firuz Ashraf Hamid Abdullah Mullah Gulbuddin Burhanuddin Zalmay Ahmad Najib""",
                     """Nazarbayev Tokayev Karimov Mirziyoyev Rahmon Berdimuhamedow Niyazov Atambayev Jeenbekov Japarov Akayev Bakiyev Otunbayeva Abdrakhmanov Akhmetov Bekov Usmanov Yusupov Kadyrov
Ismailov Sultanov Umarov Tashkentov Golovkin Rakhimov Karzai Ghani Massoud Hekmatyar Rabbani Khalilzad Dostum Saleh Haqqani Akhundzada Baradar Mujahid Noorzai Achakzai"""),
    "Middle East": ("Middle East", """Mohammed Mohammad Ahmad Ali Hassan Hussein Omar Khalid Abdullah Salman Fahd Faisal Bandar Turki Tamim Hamad Bashar Hafez Walid Rafik Saad Michel Nabih Samir Mahmoud Yasser Ismail
Khaled Marwan Ayman Saddam Nouri Haider Muqtada Adel Barham Massoud Jalal Nechirvan Ebrahim Hassan Mohsen Qasem Javad Ruhollah Golshifteh Shirin Asghar Abbas Jafar Nasrin Narges Recep Abdullah Ahmet Kemal
Ekrem Selahattin Orhan Elif Aziz Hanan Nadia Rania Leyla Zeinab Benjamin Ehud Ariel Yitzhak Shimon Naftali Yair Avigdor Golda Tzipi""",
                    """al-Assad Assad Hariri Aoun Berri Geagea Jumblatt Nasrallah Abbas Arafat Haniyeh Mashal Barghouti Erekat Sinwar Hussein al-Maliki Maliki al-Abadi Abadi al-Sadr Sadr Allawi Talabani Barzani Salih al-Kadhimi
Sistani Khamenei Khomeini Rouhani Ahmadinejad Raisi Rafsanjani Soleimani Zarif Larijani Ebadi Farhadi Kiarostami Panahi Mousavi Karroubi Mohammadi Hosseini Rezaei Karimi Erdogan Erdoğan Gül Davutoğlu Kılıçdaroğlu Demirtaş İmamoğlu
Pamuk Yılmaz Demir al-Saud al-Thani al-Maktoum al-Nahyan al-Khalifa al-Sabah Hadi Saleh al-Houthi Netanyahu Sharon Rabin Peres Barak Olmert Lapid Bennett Lieberman Livni Gantz Mansour Najjar Khoury Haddad Nasser Qasim Jaber Saleh Darwish"""),
    "Pacific and Caribbean": ("Pacific and Caribbean", """Sione Tevita Aroha Tāne Hemi Wiremu Kiri Ngaire Kahu Sitiveni Frank Voreqe Manasseh Peter James Tuilaepa Fiame Siaosi Akilisi Usain Andrew Portia Kamla Keith Mia Jovenel Jean-Bertrand René Michel Wyclef Ralph Roosevelt""",
                              """Rabuka Bainimarama Sogavare O'Neill Marape Somare Malielegaoi Mata'afa Sovaleni Pohiva Bolt Holness Simpson-Miller Persad-Bissessar Rowley Mottley Moïse Aristide Préval Martelly Duvalier Gonsalves Skerrit
Tuilagi Lomu Fekitoa Faleolo Taufa Vunipola Naholo Tuivasa"""),
    "Nordic": ("Western Europe", """Gunnar Björn Bjørn Einar Håkon Haakon Øystein Øyvind Torbjørn Kjell Ståle Leif Sven Göran Åke Åsa Åse Ulf Rolf Arne Egil Eirik Erlend Sverre Trond Terje Magnus Rasmus Søren Jørgen Jørn Niels Mads
Anders Solveig Ragnhild Siv Tone Turid Unni Wenche Inger Astri Kirsti Birgitta Gunilla Kerstin Maj Annika Pernilla Ylva Signe Bodil Dorthe Mette Pia Halldóra Sigríður Guðrún Björk Ragnheiður Þórunn Ólafur Guðmundur Sigurður
Stefán Jóhanna Katrín Vigdís Aino Jukka Pekka Heikki Matti Timo Antti Ilkka Kaisa Päivi Riikka Tuula Seppo Jari Mika Kimi Sanna Tarja Urho Eino""",
               """Hansen Johansen Olsen Larsen Andersen Nilsen Kristiansen Berg Haugen Hagen Solberg Støre Stoltenberg Haaland Ødegaard Solskjær Lindgren Lindström Bergman Svensson Nyström Åkesson Löfven Kristersson Thunberg Ibrahimović Rasmussen
Frederiksen Thorning-Schmidt Kierkegaard Ørsted Mikkelsen Bødker Jónsson Sigurðardóttir Gunnarsson Grímsson Jakobsdóttir Guðmundsdóttir Þorsteinsson Korhonen Virtanen Mäkinen Nieminen Niinistö Marin Halonen Häkkinen Räikkönen Salonen Ahtisaari Koskinen Lehtonen"""),
    "Celtic": ("Western Europe", """Aoife Niamh Saoirse Siobhán Siobhan Ciarán Ciaran Caoimhe Róisín Roisin Gráinne Seán Pádraig Padraig Eoin Eoghan Cillian Tadhg Darragh Diarmuid Fionn Fionnuala Orla Órla Sinéad Sinead Maeve Méabh Aisling Deirdre Micheál
Rhys Cerys Angharad Siân Sian Nerys Dilys Mair Eluned Ffion Carys Bethan Catrin Gwilym Ioan Iestyn Dafydd Geraint Emrys Hywel Huw Alun Idris Gethin Mairi Hamish Eilidh Callum Lachlan Fergus Ruaridh Catriona Iain Struan Morag Isla Ailsa Moira""",
               """O'Sullivan Murphy McGinley Gallagher Byrne Doherty Kavanagh Brennan Fitzgerald Ahern Varadkar Kenny Cowen Haughey McAleese Higgins Gleeson MacSwiney McGuinness Paisley Sturgeon Swinney Salmond MacLeod Macdonald Mackenzie
Buchanan Drummond Urquhart McTavish Sutherland Galbraith Llewellyn Prydderch Cadwallader Pugh Probert Gruffudd ap Iorwerth Drakeford Bevan Kinnock Gwynne Mostyn Trevelyan Penhaligon Tregenza"""),
    "Poland and Czechia": ("Eastern Europe", """Krzysztof Grzegorz Zbigniew Agnieszka Małgorzata Bożena Wioletta Katarzyna Jarosław Wojciech Tadeusz Stanisław Bogusław Mirosław Sławomir Przemysław Paweł Łukasz Michał Rafał Mateusz Bartosz Szymon Jakub Kazimierz Lech
Beata Ewa Iwona Dorota Joanna Magdalena Urszula Halina Grażyna Jadwiga Danuta Zofia Jiří Vojtěch Tereza Kateřina Radek Zdeněk Miloš Václav Bohumil Jaroslav Ladislav Ondřej Lubomír Zuzana Markéta Lenka Alena Jitka Věra Božena Ľubica Juraj Štefan""",
                        """Kowalski Kowalska Nowak Wiśniewski Wiśniewska Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Kozłowski Mazur Krawczyk Kaczyński Tusk Duda Morawiecki Wałęsa Komorowski Kwaśniewski Trzaskowski Nawrocki Miłosz Szymborska Tokarczuk Świątek Błaszczykowski
Novák Nováková Svoboda Dvořák Černý Procházka Kučera Veselý Horák Němec Babiš Fiala Zeman Havel Kundera Hrabal Čapek Fico Čaputová Pellegrini Hamšík Kvitová Krejčíková Jágr Čech Šimek"""),
    "Ukraine and Russia": ("Eastern Europe", """Oksana Olena Taras Bohdan Mykola Svitlana Yaroslav Andriy Oleksandr Oleksiy Volodymyr Dmytro Serhiy Petro Viktor Yulia Iryna Nadiya Larysa Halyna Lyudmila Ludmila Ksenia Anastasia Yevgeny Yevgenia Sergei Dmitry Mikhail Nikolai Vladislav
Vyacheslav Gennady Valery Vasily Boris Grigory Arkady Leonid Lev Ilya Igor Oleg Ruslan Timur Zhanna Alyona Galina Raisa Zinaida Polina Darya Varvara Yegor Kirill Fyodor Semyon Matvei""",
                        """Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Zelenskyy Zelensky Poroshenko Tymoshenko Yanukovych Klitschko Zaluzhnyi Kuleba Yermak Usyk Svitolina Mudryk Lukashenko Tsikhanouskaya Tikhanovskaya Alexievich Ivanov Ivanova Smirnov Kuznetsov Popov Sokolov Lebedev
Kozlov Novikov Morozov Volkov Lavrov Shoigu Peskov Navalny Navalnaya Nemtsov Kasparov Prigozhin Medvedev Mishustin Kadyrov Gergiev Sharapova Ovechkin Kuznetsova Rybakina Politkovskaya Solzhenitsyn Akhmatova"""),
    "Balkans and Hungary": ("Eastern Europe", """Bojan Goran Zoran Dragan Milica Jovana Vesna Ljiljana Snežana Slobodan Radovan Ratko Zlatan Novak Jelena Miodrag Vuk Aleksandar Milorad Željko Hrvoje Ante Ivica Mirjana Katarina Boris Borut Janez Alojz Kolinda Edin Emina Amra Alija Bakir Albin Hashim Edi Ilir
Besnik Arben Fatmir Vjosa Zdravko Boyko Rumen Krasimir Desislava Kalina Răzvan Ștefan Ioana Călin Traian Klaus Simona Gheorghe Nicolae Zsófia Bálint Ágnes Gergő Attila Réka Csilla Viktor Gábor Péter János István Ferenc László Imre Ildikó Márta Kostas Giorgos Eleni Dimitris Alexis Kyriakos Stavros""",
                         """Petrović Jovanović Nikolić Đorđević Milošević Vučić Tadić Đinđić Karadžić Mladić Đoković Ivanović Plenković Milanović Modrić Perišić Kovačić Horvat Babić Marić Izetbegović Dodik Džeko Pjanić Janša Pahor Golob Dončić Berisha Hoxha Thaçi Kurti Osmani Xhaka Shaqiri Gruevski
Zaev Radev Borisov Petkov Dimitrov Stoichkov Iohannis Băsescu Iliescu Ceaușescu Ciolacu Georgescu Lasconi Halep Hagi Nagy Kovács Tóth Szabó Horváth Orbán Magyar Gyurcsány Szijjártó Puskás Szoboszlai Papadopoulos Mitsotakis Tsipras Varoufakis Papandreou Karamanlis Antetokounmpo Tsitsipas Sakkari"""),
    "Italy and Iberia": ("Western Europe", """Chiara Giulia Alessandro Lorenzo Matteo Giorgia Silvio Umberto Beppe Gianni Gianluca Gianluigi Fabio Fabrizio Marcello Massimo Maurizio Ornella Raffaella Rosaria Assunta Concetta Salvatore Gennaro Carmelo Ciro Enzo Gaetano Nunzia Inês Rui Nuno Gonçalo João Luís Vasco Duarte Tiago
Fátima Lurdes Graça Conceição Iñaki Iker Aitor Ainhoa Itziar Arantxa Jordi Montserrat Oriol Pau Núria Xavi Íñigo Begoña Macarena Nieves Remedios Xabier Rosalía Uxía Anxo Citlali Itzel Xochitl Ximena Consuelo Milagros Rosalinda Nahuel Iara Raí Jandira Iracema""",
                      """Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Meloni Salvini Renzi Mattarella Berlusconi Prodi Draghi Conte Schlein Buffon Totti Chiellini Donnarumma Sinner Ferrante Saviano Camilleri Fellini Sorrentino Moretti Silva Santos Ferreira Pereira Oliveira Costa Montenegro Guterres
Saramago Pessoa Mourinho Figo Eusébio Etxeberria Agirre Ibarretxe Otegi Urkullu Puigdemont Junqueras Mas Pujol Rajoy Sánchez Feijóo Abascal Almodóvar Bardem Iniesta Piqué Alcaraz Bolívar Xavier Bolsonaro Haddad Rousseff Lula Boulos Sheinbaum Obrador Petro Boric Bachelet Milei Kirchner Maduro"""),
    "Punjab": ("South Asia", """Sukhdeep Jaspreet Navjot Kulwinder Amarjit Paramjit Gagandeep Sukhwinder Harbhajan Balbir Gurdeep Mandeep Kuldeep Ranjit Surjit Daljit Rajinder Baljit Jagmeet Harjit Tejinder Simran Kiran Priya Deepa Geeta Ishaan Zoya Aarav Advik Ananya Diya Kavya Riya Saanvi Tanvi Isha Neha Pooja Shreya
Farhan Nadeem Shabana Rukhsana Parveen Bushra Sadia Nusrat Rahima Shafiq Mominul Tasnim Sabbir Chamari Kumari Dilani Ruwan Tharindu Sanduni Pemba Dorji Tashi Sonam Tshering Pema Ugyen Kinley""",
               """Dhillon Sidhu Gill Sandhu Grewal Brar Bajwa Ahluwalia Sodhi Bedi Chahal Cheema Deol Dosanjh Mann Badal Kohli Bumrah Jadeja Pandya Sehwag Ganguly Dravid Tendulkar Bhatia Chopra Kapoor Malhotra Mehra Khanna Sethi Arora Ahuja Wangchuk Dorjee Tobgay Lhamo Rinpoche Thapa Gurung Rai Tamang Sherpa"""),
    "Caucasus and steppe": ("Central Asia", """Aram Vahagn Hayk Armen Anahit Nare Narine Nikol Serzh Levon Ketevan Nodar Giorgi Nino Salome Zurab Mikheil Bidzina Irakli Davit Shota Ilham Heydar Mehriban Leyla Rashad Tofiq Aizhan Daulet Saule Dilnoza Gulbahar Aisulu Bakyt Batbayar Oyuna Tuya Ganbold Sarangerel Enkhbayar
Tsakhia Khaltmaa Shavkat Rustam Emomali Sadyr Sooronbay Roza Almazbek Serdar Gurbanguly Kassym-Jomart Dariga Bauyrzhan Askar Erlan Gulnara Kamila""",
                            """Pashinyan Sargsyan Kocharyan Ter-Petrosyan Mkhitaryan Petrosyan Hakobyan Grigoryan Khachaturian Saakashvili Ivanishvili Kobakhidze Zourabichvili Margvelashvili Kvaratskhelia Gelashvili Beridze Kapanadze Aliyev Aliyeva Mammadov Huseynov Guliyev Hasanov Elbegdorj Battulga Khurelsukh
Oyun-Erdene Batbold Enkhbold Ganbaatar Dorjsuren Sapargaliyev Nurmagomedov Makhachev Chimaev Isinbayeva Tleubayev Ospanov Seitkali"""),
}


def _names(text):
    """Words, with the small ones ("van der", "dos") put before the name that they belong to."""
    names, before = [], ""
    for word in text.split():
        before += word
        if word.islower():
            before += " "
        else:
            names.append(before)
            before = ""
    return names


# {place: (region, forenames, surnames)}
WORLD = {place: (region, _names(first), _names(last)) for place, (region, first, last) in _WORLD.items()}
