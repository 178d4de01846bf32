"""Made-up excerpts of student speeches, written by hand by somebody who had not seen the anonymizer.

Every identifier stands in ``{{kind:words}}``; what is unmarked must stay. "heard" texts are as a speech recognizer
writes them, "typed" ones have punctuation. A set that is tuned on loses its worth: mend marks, add no rules to it.
"""

from .heldout_classes import Excerpt
from .heldout_heard_speeches import HEARD

TYPED = (
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
SPEECHES = (*HEARD, *TYPED)
