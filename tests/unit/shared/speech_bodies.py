"""Paragraphs of student speeches that name nobody of the course, full of words that look like names and numbers."""

BODIES = (
    """Imagine that it is two o'clock in the morning and you are still scrolling. According to the National Sleep
    Foundation, young adults need between seven and nine hours each night, but a 2018 survey of 1,200 students found that
    62.5 percent get less than six. As Walker wrote in 2017, sleep is the price that we pay for learning. I will not tell
    you to throw your phone away, nor will I tell you to go to bed at nine. What I hope is that you may try one small
    change this week: set an alarm for going to bed, not just for getting up. It will feel long and strange at first. Mark
    my words, by the end of the month you will grow to like it. A young brain is not a machine, and grace is what it needs
    on a hard day.""",
    """Plastic is everywhere. Between 1950 and 2015 the world made 8.3 billion tons of it, and only nine percent was ever
    recycled. When Rachel Carson published her book in 1962, nobody spoke about plastic at all. Today a single bottle marked
    with the little triangle may travel ten thousand miles before it comes to rest on a beach. My first point is simple: we
    buy what we do not need. My second point is that a green label on a brown box is no proof of anything. Third, there is
    hope. In Rwanda plastic bags have been against the law since 2008, and the streets are so clean that visitors think
    they will have to take their shoes off. If a country can do it, so can a college campus with five thousand people.""",
    """In 1955 Rosa Parks kept her seat on a bus in Montgomery, and 381 days later the boycott was won. Martin Luther King was
    only twenty six at the time. What made that possible was not one speech but a long chain of small choices, and every
    one of them was made by somebody young. I chose this topic because my grandmother was there in the summer of 1963, and
    she says that the heat was worse than the fear. She is not a famous woman. She will be ninety in May. When I asked her
    what she would change, she laughed and said that she would wear better shoes. Faith, she told me, is walking when your
    feet hurt. I may never be that brave, but I can at least be on time for the bus.""",
    """Have you ever tried to learn an instrument as an adult? I bought a used guitar for 85 dollars in January 2021, right
    after the second lockdown, and I was terrible. The research is encouraging, though. A study by Smith and Jones (2019)
    followed 240 beginners over twelve weeks, and the group that practiced fifteen minutes a day did better than the group
    that practiced two hours on the weekend. There is a chart on page 47 with a red dot at every week, and the dots go up and
    up. So do not drive yourself crazy. Start with three chords. Four if you must. Count one, two, three, four, and let
    the strings ring. The joy comes later, usually around week nine, when your fingers find the notes before you do.""",
    """Let me take you to the kitchen of my family's restaurant. The price of rice rose by forty percent between 2020 and
    2023, and the price of oil nearly doubled, yet the menu still says 9.99 for the lunch plate. My parents work from 10 to
    10, six days a week. A baker down the road told us that she throws out 30 pounds of bread every night. The Department
    of Agriculture says that Americans waste between 30 and 40 percent of their food. That is about 219 pounds for each of
    us each year. A good cook wastes nothing. The bones become stock, the peels become stock, and whatever is left becomes
    lunch for the staff. It is an old rule, as old as stone, and it will outlive every app on your phone.""",
    """Most people believe that the brain stops growing at the age of 25. Carol Dweck of Stanford has spent thirty years
    showing that what we believe about ability changes what we do with it. In one experiment, 373 seventh graders were taught
    that the mind is like a muscle, and their grades went up while the others' went down. Albert Einstein did not speak
    until he was four. Marie Curie had to study in secret. Michael Jordan was cut from his team. You have heard these
    stories, and maybe you are tired of them. So here is mine: I failed algebra twice. I did not have a gift. I had a
    stubborn sister, a bag of frozen peas, and a rule that said ten problems a day, rain or shine.""",
    """Every day 28 people in the United States die in crashes that involve a drunk driver. That is one person every 52
    minutes, according to the National Highway Traffic Safety Administration. We live on a two lane road with no lights, and
    I pass three white crosses on my way to work. The speed limit is 45, but nobody drives 45. My argument today is that our
    county should bring back the night bus that was cut in 2016. It cost 1.2 million dollars a year, which is less than two
    dollars for each of us per month. Some will say that a bus is a waste. I say look at the numbers. Look at Portland,
    where crashes at night fell by a third. At some point we have to ask what a life is worth, dot the last i, and sign.""",
    """Video games taught me English. When we moved here in 2014, I knew maybe two hundred words, and most of them were food.
    Online, nobody could see my face or laugh at my accent. I typed "how do I open the chest" and a stranger from Ohio spent
    an hour helping me. Researchers at Oxford looked at 38,935 players in 2022 and found no link between time played and
    well-being, good or bad. Of course there is a dark side. A good friend of mine lost a scholarship because he could not
    stop. But a hammer can build a house or break a window. What matters is the hand. I would rather we teach that than ban
    the hammer, and I suspect that a lot of parents, given a free evening and a controller, would come to agree.""",
    """Honey bees have been on this planet for about 100 million years. A hive of fifty thousand bees has one queen, and she
    can lay two thousand eggs a day in the spring. In the winter of 2022 to 2023 American beekeepers lost 48 percent of their
    colonies. Think of your breakfast without almonds, apples, blueberries, or coffee. The causes are known: mites, chemicals,
    and fields that stretch for miles with nothing in bloom. The cure is known as well. Plant clover. Leave a corner of the
    lawn alone until June. Stop spraying in the middle of the day. If one yard in ten did that, the scientists say, the wild
    ones would come back on their own. It is not hard. It is just slow, and we are not very good at slow.""",
    """The dot com boom ended in March 2000, and by the fall of 2002 the market had lost 78 percent of its value. My uncle had
    put his savings into a company that sold pet food on the internet. He likes to say that he paid for a very expensive
    lesson. So when people my age ask whether they should buy crypto, I tell them about the sock puppet. Rule number one: never
    invest money that you will need in the next five years. Rule number two: if you cannot explain it in ten words, you do
    not understand it. An index fund that grows at seven percent doubles in about ten years. That is not exciting. It is
    arithmetic, and arithmetic has never once tried to sell me anything. Warren Buffett made 99 percent of his money after
    the age of 50.""",
    """Stage fright is older than the stage. Mark Twain is supposed to have said that there are two types of speakers: those
    who get nervous, and those who are liars. My heart rate during my first presentation was 142; I know because my watch
    asked me if I was all right. What helps is not to fight it. A psychologist at Harvard, Alison Wood Brooks, asked people to
    say out loud that they were excited, and those people spoke better than the ones who had told themselves to stay calm.
    Try it. Stand up, put your feet flat on the floor, and breathe out longer than you breathe in. Then find one friendly
    face, not the frank one who frowns, and start there. It is only five minutes, and five minutes have an end.""",
    """When the hurricane came through in September 2017, we had eleven inches of rain in a day. The water was at the third
    step by noon and in the kitchen by two. I was fifteen. I remember the silence after the power went out, and then the
    sound of a boat where the street used to be. About 13,000 people were rescued in our county alone. Nobody asked who you
    had voted for. A man with a bass boat and a bad knee took my grandfather, our neighbor, four cats, and a parrot, and he
    came back for the rest of us. That is what I want to argue today: the plan on paper matters less than the people next
    door. Learn who lives to the left and the right of you. Knock. It costs nothing, and someday it may be everything.""",
)
