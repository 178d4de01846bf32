"""The held-out speeches as a speech recognizer writes them: small letters, hardly a mark, misheard names."""

from .heldout_classes import Excerpt

HEARD = (
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
)
