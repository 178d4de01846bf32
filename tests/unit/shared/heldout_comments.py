"""Made-up comments of instructors, and one of a peer, marked as the held-out speeches are."""

from .heldout_classes import Excerpt

COMMENTS = (
    Excerpt(
        "lakeridge",
        "Noor",
        "typed",
        """{{poss:Noor's}} opening story was vivid, and I could hear the smile. {{first:Noor}}, watch the filler words: I counted 14. Next time
        pause where you would say "um." You may also look at the left side of the room more. {{full:Noor Haddad}}: 87/100. See me in room 312 or at {{email:ewhitcombe@lakeridge.example.edu}}.""",
    ),
    Excerpt(
        "lakeridge",
        "Will",
        "typed",
        """Great energy, {{common:Will}}! You will want to cite the Red Cross figure orally and not only on the slide. {{common:Mark}} noted on his peer form that he could not read it from
        the back. I'd mark the transition with a pause. Good use of {{poss:Siobhan's}} drive as an example. - {{instructor:E. Whitcombe}}""",
    ),
    Excerpt(
        "lakeridge",
        "Grace",
        "typed",
        """{{common:Grace}} handled the broken projector with grace. The thesis is clear, and Grace Hopper is a fine choice. {{common:Grace}}, slow down at the dates. The clock anecdote belongs
        in the introduction. {{common:Okonkwo, Grace}} - 91.""",
    ),
    Excerpt(
        "lakeridge",
        "Xiaoyu",
        "typed",
        """Strong evidence, {{first:Xiaoyu}}. Your sources were recent, and the comparison with Dayton in 1913 worked well. Please speak up; {{first:DeShawn}} and {{common:May}} in the last row leaned in to
        hear you. Long sentences are hard to follow by ear. It may help to practice with {{common:Katherine Long}} from the speech lab.""",
    ),
    Excerpt(
        "prairie",
        "Hope",
        "typed",
        """{{common:Hope}}, I hope you are proud of this one. Eye contact improved a lot since September. The conclusion came abruptly, at 5:40; aim at 6:30. {{common:Rose}} gave you a 4 on delivery, and so do I.
        Come by my office, Bell 204. {{instructor:Marcus Bellweather}}""",
    ),
    Excerpt(
        "prairie",
        "Wojciech",
        "typed",
        """{{first:Wojciech}} chose a topic close to home and it showed. {{misspelt:Wojcech}}, define "lustration" before you use it. {{common:Summer}} asked a good question and you answered it well. Citations: two out of the three
        required in {{course:SPCH 1315}}. The summer of 1989 deserves one more sentence.""",
    ),
    Excerpt(
        "prairie",
        "Elizabeth",
        "typed",
        """{{nick:Beth}}, your part of the group talk was the most polished. {{common:Ms. Hunter}} and {{last:Benali}} handed off smoothly; {{last:Aziz}} needs to know the slides. I liked the quote from Elizabeth Warren. Volume fine, pace
        fine, posture: hands out of the pockets.""",
    ),
    Excerpt(
        "prairie",
        "Angel",
        "typed",
        """good job {{common:angel}} you looked at everyone. the part about the park was funny. {{common:chase}} laughed so hard. maybe dont read the last card. {{initial:angel c}} gets a 9 from me.""",
    ),
    Excerpt(
        "prairie",
        "Nikolai",
        "typed",
        """{{nick:Kolya}} - or do you prefer {{first:Nikolai}}? - your demonstration ran to nine minutes; the limit is seven. Organization was excellent: preview, three steps, review. {{last:Petrov}} is ready for the next level.
        Resubmit the outline by October 3 to {{email:marcus.bellweather@npsu.example.edu}}.""",
    ),
    Excerpt(
        "brendan",
        "Dawn",
        "typed",
        """{{common:Dawn}}, the image of the river at dawn will stay with me. {{poss:Dawn's}} voice carried without a microphone. {{full:Dawn Redfeather}} also did the best audience analysis in the section. Work on: signposts. I lost
        count between points 2 and 3.""",
    ),
    Excerpt(
        "brendan",
        "Juan Carlos",
        "typed",
        """{{nick:JC}}, thank you for the courage to tell this story. {{last:De la Cruz}} has real presence. Facts about concussions need a source from the last five years. {{common:Stone}} was a good sport about it. Stone-cold silence is
        a tool; use it before the ending. {{instructor:C.W.}}""",
    ),
    Excerpt(
        "brendan",
        "Benjamin",
        "typed",
        """The price comparison was the heart of the speech, {{nick:Ben}}. {{common:Price}}, B., 84 points. {{common:Joy}} timed you at 4 minutes 12 seconds. It was a joy to see you leave the lectern. Your ID on the form ({{sis:SB-20319}}) was missing a digit.""",
    ),
    Excerpt(
        "brendan",
        "Aoife",
        "typed",
        """I still say it wrong, {{first:Aoife}}, forgive me; {{misspelt:Aiofe}} on the last sheet was my typo. Wonderful voice. You quoted Mary Robinson from memory. {{last:Ní Dhomhnaill}} should consider the debate team: {{common:Young}}
        and {{common:Banks}} are both on it. Young speakers often rush; you don't.""",
    ),
    Excerpt(
        "mesa",
        "Sky",
        "typed",
        """{{common:Sky}}, the sky is the limit for you. Great visuals. {{common:Sky Morales}} must still learn to let the slide breathe. {{initial:Tuan P.}} wrote that he could follow every step. Grade: B+. Rehearse at least twice in room 140.
        {{instructor:Dr. Raghunathan}}""",
    ),
    Excerpt(
        "mesa",
        "Drew",
        "typed",
        """{{common:Drew}} drew the audience in with a question. In the field of renewable energy, say which year the numbers are from. {{common:Field}} has a calm voice, which is good, but vary the pitch. {{common:Cook}} nodded throughout; {{first:Ahmed}} took notes.""",
    ),
    Excerpt(
        "mesa",
        "Katarzyna",
        "typed",
        """{{first:Katarzyna}}, dziękuję! The story about your grandfather's bakery moved people; {{common:Baker}} wiped his eyes. {{misspelt:Katarzina Wisniewska}} is how the program printed you; I'll have it fixed. Add an oral citation for the 1981 figures. {{poss:Katarzyna's}} outline is a model for {{course:Effective Speech}}.""",
    ),
    Excerpt(
        "tidewater",
        "Art",
        "typed",
        """{{common:Art}}, storytelling is your art. Let me be frank, though: {{common:Frank}} had rehearsed and you had not. {{common:Mr. King}} can get an A with two hours more. Martin Luther King's cadence, which you imitated, needs a slower build.
        {{instructor:J. Hargreave}}""",
    ),
    Excerpt(
        "tidewater",
        "Thandiwe",
        "typed",
        """A confident start, {{first:Thandiwe}}. {{last:Nkosi}} kept to the time (6:05) and looked at both sides. The green slide is hard to read. {{common:Green}} said so too. I can lend you my copy of Aristotle. Call the lab at {{phone:757-555-0106}}.""",
    ),
    Excerpt(
        "tidewater",
        "Violet",
        "typed",
        """{{common:Violet}}, this was your best day yet. {{common:Ms. Day}} has come a long way since the first round. Two corrections: it is "fewer people," and the study is from 2018. {{first:Olga}} and {{first:Jesús}} both praised your listening. See {{instructor:Judith Hargreave}} about the showcase.""",
    ),
    Excerpt(
        "tidewater",
        "Mei-Ling",
        "typed",
        """{{first:Mei-Ling}}, gestures are natural now. {{misspelt:Meiling}} on the sign-up sheet, is that a nickname? {{last:Wu}} and {{last:Xiong}} should present together at the {{institution:TVU}} showcase. The Wu-Tang Clan joke landed. Dress rehearsal: April 9 at 3, Hall 2.""",
    ),
)
