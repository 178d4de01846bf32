"""Made-up excerpts of student speeches, written by hand by somebody who had not seen the anonymizer.

Every identifier stands in ``{{kind:words}}``; what is unmarked must stay. "heard" texts are as a speech recognizer
writes them, "typed" ones have punctuation. A set that is tuned on loses its worth: mend marks, add no rules to it.
"""

from .heldout_classes import Excerpt

SPEECHES = (
    Excerpt(
        "lakeridge",
        "Noor",
        "heard",
        """
        hi everybody um my name is {{full:noor haddad}} but the recognizer on my phone always writes {{misspelt:nora hadad}} so you can just call me {{first:noor}}
        i was born on {{dob:june ninth two thousand and four}} in amman and we moved to dayton when i was six
        i want to be a dental hygienist and on the weekend i bake and if you want cookies you can email me it's {{email:noor dot haddad at gmail dot com}}
        or find me on instagram at {{handle:noor bakes a lot}} my goal for {{course:comm one oh one}} is to stop saying um so much and
        {{common:grace}} and i already agreed to keep count for each other thank you""",
    ),
    Excerpt(
        "lakeridge",
        "Will",
        "heard",
        """
        good morning i'm {{common:will}} and today i will try to convince you that you should give blood at least twice a year last may i was at the
        red cross drive in the student center and the nurse told me that one donation may save up to three lives someone in this country needs blood
        every two seconds now {{common:mark}} over there is going to say that he faints at needles and that is fine mark my words you can still drive
        people there {{misspelt:shavon}} drove me and {{last:kuznetsov}} last time and waited for two hours with more grace than i ever had
        it was about sixty five degrees out and we got free juice so sign up with me after class or text me at {{phone:nine three seven five five five oh one eight eight}}""",
    ),
    Excerpt(
        "lakeridge",
        "Grace",
        "heard",
        """
        so before i start i want to thank {{common:may}} for going first because i was so nervous um i am {{full:grace okonkwo}} and my topic is grace hopper
        who was a rear admiral in the navy and she invented the first compiler in nineteen fifty two people told her that computers could only do arithmetic
        and she said you may be right but i will do it anyway she is the one with the moth in the relay that is why we say bug
        {{instructor:doctor whitcombe}} told me to find one thing nobody knows so here it is she kept a clock in her office that ran backwards
        when i told {{first:priya}} that she did not believe me so the photo is in my slides""",
    ),
    Excerpt(
        "lakeridge",
        "May",
        "heard",
        """
        hello my name is {{common:may}} like the month and my last name is {{last:nguyen}} it's spelled {{spelt:n g u y e n}}
        i am the first person in my family to go to college and i picked {{institution:lakeridge}} because the bus stops right in front of it
        in may i will finish my associates degree and then i may transfer to ohio state for nursing i work at my uncle's nail salon on the weekend
        i live at {{address:twenty two fourteen wayne avenue apartment six}} so if anybody else takes the number seven bus please sit with me
        my partner {{misspelt:shao you}} said i should end with a quote so as mark twain said get your facts first thank you""",
    ),
    Excerpt(
        "lakeridge",
        "Abdul Rahman",
        "heard",
        """
        asalamu alaikum and good morning everyone my name is {{full:abdul rahman al sayed}} in the roster it looks like two names but {{first:abdul rahman}} is one name
        so please not just {{nick:abdul}} i came here in twenty nineteen from aleppo by way of turkey and today i am going to show you how to make arabic coffee
        you need cardamom a small pot and some patience first you bring the water to a boil then you take it off and you wait
        {{first:dmitri}} will you hold the cup for me thank you in my culture you hold the cup in the right hand and if you want no more you shake it
        {{poss:deshawn's}} cup is empty already so i think he likes it that is three cups {{misspelt:deshaun}}""",
    ),
    Excerpt(
        "lakeridge",
        "Katherine",
        "typed",
        """
        Good afternoon. My name is {{full:Katherine Long}}, but everyone except {{instructor:Dr. Whitcombe}} calls me {{nick:Katie}}. It has been a long
        semester, so I will not be long. Today I want to inform you about sleep. According to the CDC, one in three adults sleeps less than seven hours
        a night (Liu et al., 2016). My roommate thinks she will catch up on weekends; the research says she will not. Walker (2017) calls sleep the Swiss army
        knife of health. When {{nick:Mike}} and I surveyed 41 students here at {{institution:LCC}}, 68 percent had slept under six hours before their last exam.
        If you would like our data, write me at {{email:klong7@lakeridge.example.edu}} or at {{email:katie.long.oh@outlook.com}}.""",
    ),
    Excerpt(
        "lakeridge",
        "José",
        "typed",
        """
        I'm {{full:José Ramírez-Ortega}}. Some of you wrote {{misspelt:Jose Ramirez Ortega}} on the peer forms, and that's okay; my phone does it too. My speech
        is about why this city should lower speed limits to 20 miles an hour near schools. In 2022, 1,129 people died on Ohio roads. On March 3rd, at about
        4:30, I was crossing at the light when a pickup truck did not stop. I was out of work for nine weeks and I paid $2,300 for the ambulance.
        {{first:Siobhán}} was with me, and she called 911. Without {{poss:Siobhán's}} scarf around my leg I would not be standing here. So please:
        sign the petition at the table by room 214 today. If you have questions, call me at {{phone:(937) 555-0163}}. Gracias.""",
    ),
    Excerpt(
        "lakeridge",
        "Priya",
        "typed",
        """
        Ladies and gentlemen, please raise your glasses. For those who don't know me, I'm {{first:Priya}}, and I have had the honor of being in a study group
        with {{common:May}} and {{common:Mark}} since the first week. {{full:Mark Villanueva}} once drove forty minutes to bring me a calculator. {{common:May}}
        may be the only person alive who reads the syllabus twice. When {{initial:Mark V.}} failed his first quiz, she said, "You will pass the next one," and he did.
        So here's to {{common:Grace}}, who brought the grapes, to {{first:Xiaoyu}}, who fixed the printer, and to {{nick:Dima}}, who broke it.
        May you all pass {{course:COMM 101}}, and may {{instructor:Eleanor Whitcombe}} forgive us for the noise. Cheers!""",
    ),
    Excerpt(
        "lakeridge",
        "Michael",
        "typed",
        """
        My name is {{full:Michael Kowalczyk}}. No, I can't dunk, and I am not related to Michael Jordan. I'll explain three things about knitting: the yarn, the
        cast-on and the knit stitch. First, the yarn. A worsted skein costs between $6 and $9 at any craft store. Second, the cast-on: make a slip knot, put it on
        the needle and pull. {{common:Will}}, will you hold this? Thank you, {{common:Will}}. Third, the stitch itself: in, around, out and off. My
        grandmother taught me in Toledo in 2013. My first scarf took me all of May and June, and it was too long for anybody but a giraffe. You can see
        patterns on my page, {{web:www.kowalczykknits.com}}, or follow {{handle:@mk_knits_937}}. Next up is {{initial:K. Long}}, I think.""",
    ),
    Excerpt(
        "lakeridge",
        "Siobhán",
        "typed",
        """
        Hi, I'm {{full:Siobhán O'Connell}}. You say it "{{misspelt:shiv-awn}}." Last week a barista wrote {{misspelt:Chevonne}} on my cup, and honestly that was close.
        I was born on {{dob:11/02/2003}} in Cork, which means I can legally complain about the weather in two countries. My major is
        paralegal studies. {{last:Kuznetsov}} and I carpool from Kettering, so if we're late it is the same excuse. What I hope to get out of
        {{course:Fundamentals of Public Speaking}} is the grace to lose my place and keep going, because at my sister's wedding I had to give a toast and my
        mind went white. Will Smith could not have saved that room. My student ID is {{sis:L00418129}}, {{instructor:Dr. W}}, for the sign-in sheet.""",
    ),
    Excerpt(
        "prairie",
        "Hope",
        "heard",
        """
        hi guys my name is {{common:hope}} and i hope i don't mess this up my last name is {{last:anderson}} and i am a sophomore in kinesiology
        i grew up on a farm outside of minot with four brothers so i learned to talk loud {{common:rose}} is my roommate she is sitting in the back
        hi {{common:rose}} the price of wheat rose a lot the year i was born so my dad says i was good luck this summer i worked as a lifeguard and i saw
        hope solo at the airport which was the best day of my life i don't really chase fame but i did chase her for a selfie if you ever need
        a spotter at the gym text me my number is {{phone:seven oh one five five five oh one three nine}}""",
    ),
    Excerpt(
        "prairie",
        "Ji-hoon",
        "heard",
        """
        okay so um hello my name is {{full:ji hoon park}} people call me {{misspelt:g hoon}} or {{nick:jay}} any of them is fine i'm from busan in south korea
        and i am an exchange student here at {{institution:northern prairie state university}} my topic is why you should visit a national park this summer
        when i came here i did not have a car so {{full:chase whitfield}} drove me to theodore roosevelt national park and we saw bison at the side of the road
        you must not chase a bison the park ranger said you have to stay twenty five yards away and {{common:chase}} said his name is not an instruction
        the pass is eighty dollars a year that's all thank you {{instructor:professor bellweather}}""",
    ),
    Excerpt(
        "prairie",
        "Summer",
        "heard",
        """
        alright so today i'm gonna persuade you to take a summer internship even if it doesn't pay that much um hi i'm {{common:summer}} and yes i've heard all
        of the jokes so last summer i made fourteen dollars an hour at a seed lab in fargo and i met the person who is now writing my recommendation
        sixty percent of paid interns get an offer according to the national association of colleges and employers
        {{first:wojciech}} i know you're thinking i need a real job and {{common:hope}} over there said the same thing in our group
        but {{misspelt:voy check}} had one interview in april and mine was in march so there just email me at {{email:summer underscore jackson zero five at yahoo dot com}}""",
    ),
    Excerpt(
        "prairie",
        "Fatima Zahra",
        "heard",
        """
        my name is {{full:fatima zahra benali}} and i am presenting with {{first:tariq}} and {{full:elizabeth hunter}} our group looked at food deserts in the northern
        plains so {{common:hunter}} no sorry {{nick:liz}} will do the first part i do the causes and {{misspelt:tarik}} does the solutions
        a food desert is a place where a third of the people live more than one mile or in the country ten miles away from a store that sells fresh food
        that was thirteen point five million people in the two thousand ten census one hunter i spoke to said that he shoots a deer every fall because it's cheaper than
        beef elizabeth warren brought a bill about it in the senate but it never got a vote now {{nick:liz}} will take it from here""",
    ),
    Excerpt(
        "prairie",
        "Minh Anh",
        "heard",
        """
        good afternoon {{instructor:dr bellweather}} and classmates i am {{full:minh anh tran}} and my student number is {{sis:eight zero zero three one six three nine}}
        for the recording my demonstration today is how to fold a paper lotus you need eight sheets of paper and at least ten minutes
        first you fold the sheet in half the long way then you open it and the corners go to the middle it looks like a rose at this point but it's not
        i learned it from my mother in can tho {{last:adeyemi}} you are folding too fast slow down
        {{poss:angel's}} already looks better than mine she has the hands of an angel you can watch it again on my channel
        it's {{web:youtube dot com slash minh anh folds}} thank you""",
    ),
    Excerpt(
        "prairie",
        "María Fernanda",
        "typed",
        """
        Buenos días. I'm {{full:María Fernanda López Castillo}}; please call me {{nick:Mafer}}, or {{first:María Fernanda}}, but never only the first half. I major in civil
        engineering at {{institution:NPSU}}. I was raised in Puebla, where people put chocolate on chicken, and I will defend that until I die. Three facts about me:
        I have run two half marathons, I can solve a Rubik's cube in 48 seconds, and I once shook hands with Salma Hayek. My partner for the
        interview was {{full:Oluwaseun Adeyemi}}. {{nick:Seun}} told me that he is afraid of geese, and I hope {{common:Hope}} heard that, because she has two. We both
        live on the third floor. Find me on Instagram: {{handle:@mafer.lopezc}}.""",
    ),
    Excerpt(
        "prairie",
        "Anthony",
        "typed",
        """
        Today we lay to rest my old truck, and I, {{full:Anthony D'Angelo}}, have been asked to say a few words. {{nick:Tony}}, you ask, can you give a eulogy for
        a Chevrolet? {{instructor:Professor Bellweather}} said that any object would do. She was born in 1998 in Flint. She carried {{first:Nikolai}} to the
        emergency room, {{common:Angel}} to prom, and a rose bush to my mother. {{full:Angel Cruz}} cried when I told her. In the summer the heater stuck; in winter,
        of course, it did not work at all. Frank Sinatra played on the only station she could find. She was an angel at 55 and a demon at 60.
        She rose every morning at the third try. Rest in pieces, old girl. Donations to {{address:418 North 5th Street, Apt. 2}}, cash only.""",
    ),
    Excerpt(
        "prairie",
        "Rose",
        "typed",
        """
        The temperature of the ocean rose by 0.13 degrees per decade over the last hundred years. Hello, my name is {{full:Rose Delacroix}}, and I
        want to talk about coral. NOAA reported in 2024 that more than 54 percent of the reef area in the world had seen bleaching-level heat. You can read it
        at noaa.gov. When I snorkeled near Key Largo two summers ago, everything was white. My lab partner, {{full:Minh Anh Tran}}, said it looked like
        a parking lot after snow. As {{common:Summer}} told us last week, hope is not a plan. So what can you do? First, wear mineral sunscreen. Second, eat less beef.
        Third, come to the beach club meeting on Thursday at 7 in room 118. Ask {{first:Wojciech}} or {{initial:E. Hunter}} for a ride.""",
    ),
    Excerpt(
        "prairie",
        "Chase",
        "typed",
        """
        How many of you have ever been charged an overdraft fee? I have. Chase Bank took $34 from me for a $4 coffee. I'm {{common:Chase}}, and no, I get nothing from
        them. In 2023 large banks collected $5.8 billion in such fees (CFPB, 2024). {{first:Tariq}} in the front row is nodding, because {{poss:Tariq's}} bank did it
        three times in a day. {{first:Thi Hong}} works as a teller; {{full:Thi Hong Le}} told me the software sorts the big payments first. I ask you
        for one thing. Move your money to a credit union before the summer. There is one two blocks from {{institution:Northern Prairie State}}.
        Mine gave me a free account and a pen. Call me at {{phone:701-555-0127}} and I'll walk over with you. Don't chase points; chase lower fees.""",
    ),
    Excerpt(
        "prairie",
        "Oluwaseun",
        "typed",
        """
        Thank you, {{common:Summer}}, for that kind introduction. I am {{full:Oluwaseun Adeyemi}}; {{misspelt:Oluwasean}}, with an A, is my evil twin on the Zoom list.
        My central idea is that jollof rice is a Nigerian dish and that our friends from Ghana are mistaken. Let us go through the evidence. The Wolof people of
        Senegal cooked it in the fourteenth century; we perfected it. {{full:Fatima Zahra Benali}} says couscous is better. I respect {{first:Fatima Zahra}}, but
        no. You need long-grain parboiled rice, four tomatoes, two red peppers and one Scotch bonnet. Fry the paste until the oil rises. Cook for 30 minutes and do
        not open the lid. {{common:Angel}}, I can see you. On Saturday I'm cooking at {{address:77 Cottonwood Drive}}; bring a plate.""",
    ),
    Excerpt(
        "brendan",
        "Joy",
        "heard",
        """
        hi my name is {{full:joy kim}} and i'm a freshman and um it's a joy to be here i guess that was my one joke so i am from flushing queens and my parents run
        a dry cleaner's i was going to talk about kim kardashian and her law exam but {{instructor:ms winterbourne}} said pick something civic so i picked jury duty
        you get forty dollars a day and people hate it and i will tell you why they're wrong my friend {{common:jack}} skipped his jury duty and had to pay a fine so don't be
        {{common:jack}} also {{common:faith}} says you need faith in the system and she's right the first juries were at athens with five hundred people
        my email is {{email:j kim at saint brendans dot example dot edu}}""",
    ),
    Excerpt(
        "brendan",
        "Thomas",
        "heard",
        """
        when i was young my grandfather took me to every town meeting he never missed one he'd sit in the second row with a thermos so this is a tribute to him
        i'm {{common:thomas young}} you can call me {{nick:tom}} he was born in the dust bowl he fixed radios for the army in korea and he came home and never once
        talked about it but at the town meetings he talked oh boy he had an opinion about every stone in the road
        {{common:lily}} asked me yesterday was he ever wrong and i told her he was wrong about neil young he hated neil young i miss him i think
        {{common:dawn}} knows what i mean she lost hers at the same time thank you""",
    ),
    Excerpt(
        "brendan",
        "Juan Carlos",
        "heard",
        """
        so what's up everyone i am {{full:juan carlos de la cruz}} my friends say {{nick:jc}} and i am on the soccer team here at {{institution:saint brendan's}} i play left back
        and i want to talk about concussions in sports at dawn on the first day of preseason i hit heads with {{full:jack stone}} and i don't remember the rest of that day
        {{misspelt:shavat lana}} i mean {{first:svetlana}} from the training staff she tested me and she said no practice for two weeks one in five high school athletes gets one
        i was stone cold stubborn i told coach i'm fine i was not fine so if {{common:stone}} hits you sit down that's my message my instagram is {{handle:j c de la cruz eleven}}""",
    ),
    Excerpt(
        "brendan",
        "Aoife",
        "heard",
        """
        hello so i'm {{misspelt:eefa}} it's spelled {{spelt:a o i f e}} and the last name is even worse it's {{misspelt:nee gone il}} um i'm over from galway for the year
        and they put me in {{course:com one ten}} and i am delighted my speech is about the citizens assembly in ireland where they took ninety nine
        people at random and asked them the hard questions and they met at a hotel for a year and a half and the country voted in twenty eighteen
        {{common:ivy}} asked in practice could it work here i have faith that it could {{first:chukwuemeka}} said not a chance and
        {{poss:chukwuemeka's}} point is fair there's three hundred and thirty million of you but a jury is the very same idea""",
    ),
    Excerpt(
        "brendan",
        "Harpreet",
        "heard",
        """
        today i will show you how to tie a turban my name is {{full:harpreet gill}} this one is five meters long and i asked for a volunteer and {{common:ben price}} said yes
        so {{nick:benny}} please sit down okay step one is you fold it lengthwise four times the price is about twenty dollars online but you can get a good one
        at the gurdwara for less step two you hold one end in your teeth yes {{nick:ben}} in your teeth and {{first:yusuf}} can you hold the other end by the door
        thank you {{misspelt:you suf}} step three you wrap it at an angle up and down like the gill of a fish step four you tuck the end in
        and that takes me ten minutes every morning""",
    ),
    Excerpt(
        "brendan",
        "Faith",
        "typed",
        """
        Good morning. I am {{full:Faith Mbeki}}. I was named for what my mother needed most that year. People ask whether I am related to Thabo Mbeki, who was
        president of South Africa, and the answer is no, although my uncle tells it differently. Today I want to restore your faith in local newspapers.
        More than 2,900 of them have closed since 2005 (Abernathy & Stonbely, 2023). When a paper closes, fewer people vote, and the town borrows at
        a higher price. {{common:Lily}} told me last week that she gets her news from Faith Hill's fan page; I hope she was joking. {{full:Lily Banks}},
        were you joking? Subscribe. It is $5 a month. I edit ours at {{institution:Saint Brendan's College}}; pitch me at {{email:faith.mbeki.writes@gmail.com}}.""",
    ),
    Excerpt(
        "brendan",
        "Ivy",
        "typed",
        """
        My name is {{full:Ivy Chen}}, and I study botany, so yes: ivy, the plant, is where we start. English ivy covers more than half a million acres of forest in the
        Pacific Northwest. It climbs, it shades and it kills trees that stood for 300 years. {{full:Renée Beauchamp-Dubois}} and I pulled ivy along the river banks in
        April with Friends of the Trees. {{poss:Renée's}} gloves tore within an hour. {{common:Dawn}}, who is up at dawn anyway, brought coffee, and
        {{full:Dawn Redfeather}} knows every plant by two names. How do you remove it? Cut at your chest, cut at your ankle, and leave the top to die. Join us:
        {{web:https://www.ivychenbotany.net/pull}}. We meet at the east gate, and my cell is {{phone:+1 (207) 555-0119}}.""",
    ),
    Excerpt(
        "brendan",
        "Mohammed",
        "typed",
        """
        Peace be upon you. I'm {{full:Mohammed Hassan}}. There are about 150 million men with my first name, so here I go by {{nick:Mo}}, like Mo Farah. {{last:Hassan}} is my
        father's name as well. Our group for {{course:Public Speaking and Civic Life}} is {{full:Svetlana Ivanova}}, {{common:Benjamin Price}}, and me, and we argue that the
        voting age should be sixteen. {{first:Svetlana}} covers Austria, which did it in 2007. {{nick:Ben}} covers the brain research. I cover the money: the price of
        registering one new voter is about $12. Young people pay taxes; they work; some of them bury their parents. Malala Yousafzai addressed the United Nations at
        sixteen. If you disagree, {{common:Tom Young}} has cookies for you, and so does {{instructor:Ms. Winterbourne}}.""",
    ),
    Excerpt(
        "brendan",
        "Jack",
        "typed",
        """
        Raise your glass to {{first:Harpreet}}. I met {{full:Harpreet Gill}} on move-in day, when the elevator stuck between two and three with both of us in it, and a
        refrigerator. I'm {{common:Jack Stone}}, the one who panicked. {{first:Harpreet}} took a car jack from his bag. Who carries a jack? By the time the fire department
        came we were eating samosas. Since then he has taught {{first:Yusuf}} to drive, {{initial:Lily B.}} to swim and me to shut up. Emma Stone could play him in the movie,
        and she would have to learn the laugh. He was born on the {{dob:twenty-first of August, 2003}}, so he is old enough now to drink what is in the cup.
        To {{first:Harpreet}}, a stone on which to build: may the road rise to meet you.""",
    ),
    Excerpt(
        "brendan",
        "Lily",
        "typed",
        """
        Have you ever tried to open an account when two banks have left your town? I'm {{common:Lily}}. I have, and it took me five weeks. Postal banking is my
        proposal. From 1911 to 1967 the post office held people's savings, at its peak $3.4 billion. {{full:Chukwuemeka Eze}} reminded me that Japan still does it, and
        {{last:Eze}} lived there for a year. {{common:Joy}} found the numbers: the average household without an account pays $2,400 a year in fees. What joy for
        the lenders! I ask everyone in this room to write to the committee. I brought stamps, and Thomas Jefferson is on them. My own bank is the coffee can at
        {{address:9 Quarry Hill Road}}. Questions? {{first:Aoife}}? {{misspelt:Muhammad}}? {{common:Dawn}}?""",
    ),
    Excerpt(
        "mesa",
        "Autumn",
        "heard",
        """
        ya'at'eeh my name is {{full:autumn begay}} and i'm diné from chinle arizona and i was named that because i was born in the autumn on {{dob:october fourteenth two thousand five}}
        i'm in the welding program here at {{institution:mesa linda}} and my speech is about how water comes to the reservation about thirty percent of the homes
        don't have running water so my aunt hauls it two hundred and seventy five gallons at a time it's twelve miles each way
        {{common:robin}} came with me once in the fall and {{common:robin}} said she never takes a long shower now {{common:sky}} filmed it the sky was so clear that day
        {{instructor:doctor raghunathan}} you asked for a source it's the indian health service""",
    ),
    Excerpt(
        "mesa",
        "Bill",
        "heard",
        """
        howdy i'm {{common:bill cook}} i'm fifty three years old so i'm your oldest classmate i drove a truck for twenty six years and my back gave out so now i'm learning to cook for real
        in the culinary program no kidding {{common:cook}} is my name and i couldn't fry an egg when the electric bill came in i knew i needed a degree
        bill gates dropped out and he did fine but i am not him so today i'll tell you how to season a cast iron pan
        {{common:christian}} and {{nick:lupe}} had me practice this in the hallway you heat it at four hundred and fifty for an hour with a thin coat of oil
        and then you do that three times my number if you have pan trouble is {{phone:nine two eight five five five zero one seven four}}""",
    ),
    Excerpt(
        "mesa",
        "Hye-jin",
        "heard",
        """
        hello everyone my name is {{full:hye jin song}} in korea we say {{full:song hye jin}} and here some people say {{misspelt:hey gin}} i want to inform you about why a song gets stuck in your head
        it is called an earworm ninety percent of people have one every week a robin has one too it sings the same song over and over all morning
        {{full:robin fox}} told me hers is from robin thicke and i am sorry for her {{misspelt:kwami}} has a drum pattern the trick is to chew gum because your jaw
        cannot sing when it's busy that was studied at reading in england in two thousand fifteen
        try it with a baby shark song and then tell me or write to me at {{email:hye jin song at naver dot com}}""",
    ),
    Excerpt(
        "mesa",
        "Kwame",
        "heard",
        """
        so good morning my name is {{full:kwame mensah}} in ghana your name tells which day you were born and {{first:kwame}} means saturday i will tell you about mobile money
        when {{common:miles}} here wants to pay me he walks to a machine and then he walks miles back to me with the cash in accra my grandmother sends it from
        her phone at the market and she is seventy eight forty percent of adults use it the fee is one percent {{common:patience}} is from zimbabwe and
        {{poss:patience's}} mother does it too i had no patience for cash any more {{misspelt:zeinab}} asked is it safe yes you need a pin
        {{initial:miles c}} still owes me four dollars and he can pay at {{handle:kwame mensah dash gh}} on cash app""",
    ),
    Excerpt(
        "mesa",
        "Patience",
        "typed",
        """
        Patience is a virtue; {{common:Patience}} is also the person in front of you. I'm {{common:Patience Moyo}}, and I study nursing at {{institution:Mesa Linda Technical Institute}}.
        Today's speech is on hand washing. In 1847 Ignaz Semmelweis asked doctors to wash their hands, and deaths on his ward fell from 18 percent to 2. They laughed at him.
        {{common:Christian}}, would you come up? {{common:Christian Baker}} washed before class, he says. Look at him under the black light. {{poss:Christian's}}
        thumbs glow, and so does his watch. It takes twenty seconds, or one "Happy Birthday" twice. As a Christian, and as a future nurse, I call it loving your neighbor.
        {{first:Zainab}} timed me: nineteen seconds. Learn more at cdc.gov, or from me, at {{phone:928.555.0150}}.""",
    ),
    Excerpt(
        "mesa",
        "Ahmed",
        "typed",
        """
        Hello, I'm {{full:Ahmed El-Masry}}. {{last:El-Masry}} only means "the Egyptian," so it's a bit like being called Joe America. I want to persuade you to fix
        things instead of buying them. Our group opened a repair table in the field house: {{first:Katarzyna}} does lamps, {{full:Luis Ángel Peña}} does bikes, and {{common:Drew}}
        drew the signs. {{common:Drew Field}} also fixed a blender in a field of study that is not his. In six Saturdays we saved 212 pounds of things. Europe passed a right
        to repair law in 2024. My own toaster is from 1987. What can you do? Bring it in, at ten, in room B-12. Write to {{email:fixit.ahmed@proton.me}}, or to my partner,
        {{email:kwisniewska@mesalinda.example.edu}}. {{nick:Kasia}} answers faster. {{instructor:Anita}}, if I may call you that, your kettle is done.""",
    ),
    Excerpt(
        "mesa",
        "Miles",
        "typed",
        """
        It was 1959. Miles Davis walked into a studio on 30th Street with five men and some sketches, and nine hours later they had Kind of Blue. I'm {{common:Miles Carter}},
        and yes, my dad named me for him. I play the trumpet badly. Today I'll inform you about three songs on that record. {{common:Sky}}, could you get the lights? The first is "So What."
        Listen to the bass ask and the horns answer. {{full:Tuan Pham}}, who tunes pianos, told me the tape ran slightly slow, so side one was sharp for decades.
        {{first:Tuan}} has perfect pitch and no patience with us. The record has sold five million copies. I drove 400 miles to hear the remaining drummer in 2011, with
        {{common:Bill}}. Come to the jam session, and follow {{handle:@milesplaysbadly}}.""",
    ),
    Excerpt(
        "mesa",
        "Saoirse",
        "typed",
        """
        You've all seen me fall asleep in {{course:CAS 100A}}, so let me explain. I'm {{full:Saoirse Byrne}} (it's "{{misspelt:seer-sha}}"; {{misspelt:Sersha}} is fine on a cup), and I have
        narcolepsy. One in 2,000 people has it; the average diagnosis takes eight to fifteen years. {{common:Autumn}} has woken me eleven times since the start of
        autumn, and {{initial:Luis P.}} takes notes for both of us. It isn't laziness. My brain has lost the cells that make a thing called orexin (Nishino et al., 2000).
        What should you do? Do what {{full:Guadalupe Hernández}} does: tap my desk, say nothing. Robin Williams once said that comedy is acting out optimism, and I try. My disability
        form lists me as {{sis:M5521955}}, {{instructor:Dr. Raghunathan}}; the office wants your signature by Friday at noon.""",
    ),
    Excerpt(
        "tidewater",
        "Daisy",
        "heard",
        """
        hey y'all i'm {{full:daisy rivers}} and my mom really did that she named me {{common:daisy}} so today i'm gonna show you how to press a daisy or any flower so you need two
        sheets of paper and a heavy book i use the one from {{course:coms twenty sixty}} sorry {{instructor:professor hargreave}} you put it in and you wait for two weeks
        the rivers back home flood in spring and that's when i pick them {{common:violet}} over here brought me a violet which is funny and {{common:frank}} to be frank
        brought me a weed i sell the cards online at {{web:daisy presses flowers dot com}} they are six dollars each and {{misspelt:anna stasia}} has bought nine""",
    ),
    Excerpt(
        "tidewater",
        "Javier",
        "heard",
        """
        what's going on everybody my name is {{full:javier de los santos}} most people here say {{nick:javi}} i'm a transfer from san antonio and i study criminal justice
        at {{institution:tidewater}} and today i want to talk about cash bail so in two thousand ten a sixteen year old in new york his name was kalief browder was held for three years over a backpack
        he never had a trial his bail was three thousand dollars {{common:art}} said to me that's the art of the deal and {{common:destiny}} told him that isn't funny
        illinois ended it in september of twenty twenty three and crime did not go up {{first:hassan}} and {{misspelt:thandeeway}} helped me find the report
        so call your delegate the number is on the slide""",
    ),
    Excerpt(
        "tidewater",
        "Lakshmi",
        "heard",
        """
        good evening um we are gathered to say goodbye to our group project i'm {{first:lakshmi}} and i've been asked to give the eulogy it was born in week two and it died last night at
        eleven fifty eight two minutes before the deadline it is survived by {{full:sean mcallister}} who wrote it {{common:pearl}} who rewrote it and {{misspelt:may ling}} who found
        the file when it was lost {{common:art king}} never met it in september we dreamed of an a by october we prayed for a c every king must fall
        and {{common:king}} fell asleep there were pearls of wisdom in the google doc and somebody deleted them {{poss:jesus's}} slides are gone too
        i mean {{full:jesus maldonado}} rest in peace""",
    ),
    Excerpt(
        "tidewater",
        "Destiny",
        "typed",
        """
        I'm {{common:Destiny Green}}, and no, I don't believe in destiny; I believe in recycling. Let me be frank. Only about 5 to 6 percent of our plastic was recycled in
        2021. The green arrow on the bottle means less than you think. {{common:Frank}}, {{full:Kalani Kealoha}} and I went through the bins behind the dining hall for a week. We found 61 pounds
        of clean bottles and, for some reason, a violin. {{first:Kalani}} comes from Hilo, where the beaches catch all of it. {{common:Violet}} called our photos art. What
        works is a deposit: in Oregon, ten cents brings back 88 percent. Al Green would sing about it. Sign the letter to the president of {{institution:Tidewater Valley University}}
        tonight; text {{phone:757 555 0198}} for a copy.""",
    ),
    Excerpt(
        "tidewater",
        "Hassan",
        "typed",
        """
        Assalamu alaikum, and good afternoon. I am {{full:Hassan Ali}}, and my hero has my last name: Muhammad Ali. He was born in Louisville in 1942, and in 1967 he refused to go
        to Vietnam. They took his title, his license and four years of his career. {{common:Pearl}} asked me on Monday, "Would you have done it?" I have thought about it all
        week. {{full:Bao Xiong}}, whose grandfather fought there, said something I won't forget: everybody lost years. I asked my father, too. He said that a day of
        courage costs more than a year of comfort. {{common:Violet Day}}, you're going to quote me on that. My thesis: Ali's greatest fight was not in a ring. My draft is at
        {{web:hassanalispeaks.wordpress.com}}, and I'm {{handle:@hassan_ali_757}} everywhere else.""",
    ),
    Excerpt(
        "tidewater",
        "Olga",
        "typed",
        """
        My name is {{full:Olga Sidorenko}}. I came from Kharkiv on April 2, 2022, with one bag and a cat. My date of birth is {{dob:May 17, 2004}}, so I turned eighteen here, in a
        church gym, with strangers who sang. One of those strangers was {{full:Thandiwe Nkosi}}; another was {{first:Mei-Ling}}, who made a cake out of rice. Today I will teach you to make
        borscht. You need two beets, a quarter of a cabbage, and time. Do not hurry; it is an art. {{common:Art}}, you may stir. {{last:McAllister}} may not. He knows why.
        It was red like wood in the fire when my grandmother made it. I live with the Baptist students at {{address:1305 Chestnut Ridge Lane}}, and the soup is free. Questions, {{first:Javier}}?""",
    ),
    Excerpt(
        "tidewater",
        "Frank",
        "typed",
        """
        Frank Lloyd Wright said that the physician can bury his mistakes, but the architect can only advise his clients to plant vines. I'm {{common:Frank Wood}}. I build
        with wood; try growing up with that. Mass timber is wood glued in layers, and it can hold up a tower of 25 floors, as in Milwaukee. {{first:Anastasia}} doubts me; {{last:Volkova}}
        is an engineer, so she should. Will it burn? Slowly. A beam chars at about an inch and a half per hour, and the char protects it. {{nick:Nastya}}, does that help? Steel
        bends at 1,000 degrees. {{common:Pearl Washington}} asked about price: about the same. George Washington's house is wood, and it has stood since 1758. Email
        {{email:frank.wood@tidewater.example.edu}}; I have samples. {{sis:000729650}} is my ID for the shop sign-up.""",
    ),
)
