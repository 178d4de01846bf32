# ruff: noqa: E501 - a pattern is one line
r"""How orders to a grading model are worded: in English, and in the other languages that students speak.

Texts are lower case and without accents, as ``speechgrade_shared.lookalikes`` reads them. A pattern is one line, and a
word in capitals in it stands for one of ``_PARTS``. The patterns look for who is spoken to: a speech may well say that
rules are ignored, or that somebody was given full marks.
"""

import re

_PARTS = {
    "GRADER": r"(?:KINDS)*(?:ai|a\.i\.|llm|language model|grader|evaluator|scorer|rater|chatbot|chatgpt|gpt|SYSTEM)",
    "KINDS": r"(?:ai|a\.i\.|artificial intelligence|automated|automatic|machine|large|language|grading|scoring) ",
    "SYSTEM": r"(?:grading|scoring|evaluation|ai) (?:system|model|engine|bot|assistant|software|machine|program|algorithm)",
    "GRADING": r"(?:grading|scoring|evaluating|reading|rating|processing|judging|grades?|scores?|evaluates?|reads?|rates?)",
    "SPEECH": r"(?:speech|talk|presentation|speaker|student|essay|transcript|performance|work)",
    "CRITERIA": r"(?:criterion|criteria|category|categories|sections?|items?|parts?|fields?)",
    "OWN": r"(?:me|us|it|him|her|this|everything|every one|(?:this|my|the|that|our|every|each|all) (?:\w+ ){0,2}OWNED)",
    "OWNED": r"(?:SPEECH|CRITERIA)",
    "POINTS": r"(?:points?|scores?|marks?|grades?|credits?|ratings?|stars?|values?|number)",
    "MOST": r"(?:full|maximum|maximal|max|highest|top|perfect|best|greatest|complete|all(?: of)?(?: the)?|every(?: single)?)",
    "COUNT": r"(?:\d+|ten|five|four|twenty|(?:one |a )?hundred|ninety(?:[ -]\w+)?)",
    "BEST": r"(?:MOST(?: (?:possible|available|allowed|number of|amount of))* ?POINTS|LIMIT|HUNDRED|TOPLETTER)",
    "LIMIT": r"(?:maximum|max|top score|highest)\b",
    "HUNDRED": r"(?:(?:a )?(?:hundred|100) ?(?:percent|%|points|out of)|COUNT ?(?:/|out of) ?COUNT)",
    "TOPLETTER": r"(?:an? a\+|an? a plus|an a\b(?! \w)|(?:a )?straight a)",
    "DROP": r"(?:(?:ignore|disregard|forget|override|overrule|bypass|discard|neglect|drop|dismiss)|SETASIDE)",
    "SETASIDE": r"(?:(?:stop following|[sp][eu]t aside|pay no attention to)|NOT (?:follow|obey|apply|use|consider))",
    "NOT": r"(?:do not|don't|never)",
    "ALL": r"(?:(?:all|any|every|each|of|the|those|these|your|my|its|both) )*",
    "EARLIER": r"(?:previous|prior|above|earlier|preceding|foregoing|initial|original|existing|system)",
    "ORDERS": r"(?:instructions?|prompts?|directives?|guidelines?|commands?|messages?|orders?)",
    "STAFF": r"(?:instructor|professor|teacher|administrator|admin|developer|dean|supervisor|examiner|lecturer|OFFICE)\b(?!'s)",
    "OFFICE": r"(?:course staff|grading team|head of (?:the )?department|department|programmer|operator)",
    "MATTER": r"(?:scor\w+|grad(?:es?|ed|ing)|points|marks|full credit|rubric|overrid\w+|override|exempt\w*|maximum)",
    "RULED": r"(?:approv|authori[sz]|confirm|decid|grant|agree|verif|instruct|order|waiv|pre-?approv|certif|require|expect)",
    "MODE": r"(?:developer|debug|maintenance|god|admin|test|jailbreak|dan|calibration) mode",
    "KEYS": r"(?:sections?|overall_?comments?|points|feedback|scores?|total_?score|letter_?grade|grade|percentage)",
    "ROLE": r"(?:system|assistant|user|developer|evaluator|grader)",
    "DATA": r"(?:transcript|speech|student \w+|input|data|user \w+|prompt|instructions|rubric)",
    "SMALL": r"(?:the|this|my|student|student's)",
    "PERSONA": r"(?:GRADER|professor|teacher|instructor|judge|examiner|grandmother|friend|parent|assistant|fan)",
}


def _compiled(lines: str) -> re.Pattern[str]:
    patterns = [line.strip() for line in lines.strip().splitlines()]
    # Whether a word begins here is asked once and not for each pattern.
    at_words = "|".join(line.removeprefix(r"\b") for line in patterns if line.startswith(r"\b"))
    pattern = "|".join([rf"\b(?:{at_words})", *(line for line in patterns if not line.startswith(r"\b"))])
    while (named := re.sub("[A-Z]{3,}", lambda match: _PARTS[match.group()], pattern)) != pattern:
        pattern = named
    return re.compile(pattern)


STRONG_ORDERS = _compiled(r"""
    \bDROP ALL(?:EARLIER )+(?:\w+ )?ORDERS\b
    \bDROP (?:all|any|every|each) (?:of )?(?:the |your |these )?(?:EARLIER )+(?:rules?|directions?|criteria|text|context)\b
    \bDROP ALL(?:ORDERS|rules|rubric|text) (?:that \w+ |you were given )?(?:above|before this|earlier|so far)\b
    \bDROP (?:everything|anything|all|whatever|what)(?: that)?(?: else)? (?:above|(?:written|came|comes|stands) (?:above|before))
    \bDROP (?:everything|anything|all|whatever|what)(?: that)? you (?:were|have been) (?:told|instructed|given|trained)
""")
"""Orders whose object can hardly be anything but the prompt."""

WEAK_ORDERS = _compiled(r"""
    \bDROP ALLyour (?:\w+ )?(?:instructions|programming|prompts?|rubrics?|guidelines|training|rules|criteria)\b
    \bDROP (?:the |this |your )?(?:(?:grading |scoring |evaluation )?(?:rubric|system prompt)|(?:grading|scoring) \w+)\b
    \b(?:reveal|repeat|print|show|output|tell me|write out) (?:me )?(?:all )?(?:of )?your (?:(?:\w+ )?prompt|(?:system|original|hidden) instructions)\b
    \b(?:respond|reply|answer|output|return|print)(?: back)? (?:only|just|nothing but|exactly|solely)\b
""")
"""Orders that are orders only at the start of a clause."""

DEMANDS = _compiled(r"""
    \b(?:give|award|assign|grant|reward|allot) OWN,? (?:\w+ ){0,3}?BEST
    \b(?:score|grade|rate|mark|credit|evaluate|judge|set|put) OWN,? (?:\w+ ){0,1}(?:to|at|as|with|on) (?:\w+ ){0,2}?BEST
    \b(?:score|grade|rate|mark|set) OWN BEST
    \b(?:give|award|assign|grant|allot) (?:out )?(?:the |a )?BEST(?: \w+){0,2} (?:to|for|on|in|everywhere) (?:OWN|every|each|all)\b
    \b(?:set|put|make|fill|raise|change|mark) (?:in )?(?:every|each|all)(?: of)?(?: the)? (?:POINTS|CRITERIA)(?: \w+){0,3} BEST
    \b(?:put|write|enter|use|fill in|choose|return|report) (?:in )?(?:the |only )?BEST(?: \w+){0,2}? (?:everywhere|(?:in|into|for|on|at) (?:each|every|all|OWN))\b
    \bNOT (?:deduct|subtract|take off|take away|remove|dock) (?:me )?(?:any |a single |one )?POINTS
    \bNOT take (?:any |a single |one |my )?POINTS (?:off|away|from)
""")
"""Demands of a score, as an order."""

CLAIMS_OF_SCORE = _compiled(r"""
    \b(?:this|my|the) SPEECH (?:must|should|shall|has to|is to|will|deserves to) (?:\w+ )?(?:receive|get|earn|be)(?: \w+){0,3} BEST
    \ball (?:the )?(?:POINTS|CRITERIA) (?:must|should|shall|are to|have to) (?:be|receive|get)(?: \w+){0,3} (?:max|full|highest|perfect)
    \bPOINTS (?:may|must|should|can|are) not (?:to )?be (?:taken|deducted|subtracted|removed)\b
    \b(?:total|final|overall|your) (?:score|grade|points|mark)\s?[:=]\s?(?:BEST|\d|a\b)
""")
"""Scores that are told as settled."""

ADDRESSES = _compiled(r"""
    \b(?:dear|hello|hey|hi|attention|listen),? (?:the |all |my )?GRADER\b
    \b(?:note|message|instructions?|order|warning|notice) (?:to|for) (?:the |all |any |whatever )?GRADER\b
    \b(?:GRADER|model|system|machine|computer|software|program) (?:that|who|which)(?: is| are)?(?: now| currently)? GRADING (?:this|these|my SPEECH)\b
    \b(?:who|what|which)ever(?: \w+)? (?:is )?(?:scor|grad|evaluat|rat)(?:es?|ing) (?:this|my)\b
    \byou are (?:now |no longer |only |really )?(?:an? |the |my |just )*(?:\w+ ){0,2}(?:GRADER|examiner|(?:judge|professor|assistant) who)\b
    \b(?:act|behave|respond|answer|grade|pretend|play|roleplay)(?: the role)? (?:as|like|to be|of|that you are|you are)(?: if you were)? (?:an?|the|my|our) (?:\w+ ){0,3}PERSONA\b
    \bfrom now on,? (?:you|your|every|all) (?:\w+ ){0,3}?(?:grade|score|answer|respond|output|award|rate|points|ignore)\b
    \bfrom now on,? you are (?:an?|the|my) \w+ (?:and|who|that)\b
    \byour (?:new|only|real|actual|true|next|sole) (?:task|job|instructions?|role|goal|purpose|objective|persona) is (?:now )?to (?:give|grade|score|award|praise|rate|encourage|answer|respond|output|ignore|return|act)\b
    (?:^|[.!?,:;\n] )(?:ok |okay |now |and |so )?GRADER[,:]\s
""")
"""Words to the model, and parts that it is to play."""

AUTHORITY = _compiled(r"""
    \b(?:this is|i am|i'm|speaking as|here is) (?:your|the|my|our) (?:\w+ ){0,2}?STAFF\b[^\n.!?]{0,120}?\bMATTER\b
    \b(?:message|note|notice|order|instructions?|signed,?)(?: from| by)? (?:your |the |an? )(?:\w+ ){0,2}?STAFF\b[^\n.!?]{0,120}?\bMATTER\b
    \b(?:the|your) (?:\w+ )?STAFF (?:has |have |had |already |personally |officially |just |also |hereby )*RULED\w* [^\n.!?]{0,80}?\b(?:MATTER|full|highest)\b
    \b(?:the|your) (?:\w+ )?STAFF (?:tells|told|asks|asked|wants) you\b[^\n.!?]{0,80}?\b(?:MATTER|full|highest)\b
    \b(?:by order of|on (?:the )?authority of|authori[sz]ed by|as approved by) (?:the |your |our )?(?:\w+ )?STAFF\b
    \bwith (?:my |full )?(?:admin|administrator|root|developer|instructor) (?:rights|privileges|access|authority)\b[^\n.!?]{0,40}?\bMATTER\b
    \b(?:admin|administrator|instructor|developer|master) (?:code|password|key|token|override)\b
""")
"""Claims to speak for those who may decide."""

ROLES = _compiled(r"""
    (?:^|[.!?\n"'()*#>=-] ?)ROLE(?: (?:message|prompt|notice|note|override|says|update|command|ORDERS))*(?: \(\w+\))? ?:
    \b(?:system|developer|admin|administrator|grader) (?:override|overrule)\b
    \bsystem (?:message|prompt|notice|instruction) ?(?:[:.!]|ends?\b|begins?\b|follows\b|from\b|to\b)
    \bMODE (?:is |now |has been )*(?:enabled|activated|active|on|engaged)\b
    \b(?:enter|enable|activate|switch to|go into) (?:\w+ )?MODE\b
    \b(?:new|updated|revised|real|actual|true|hidden|secret) (?:system )?(?:ORDERS|rubric|rules) ?:
    (?:^|[.!?:\n*#=-] ?)(?:here )?(?:this is |is |ends )?(?:the )?(?:end|begin|beginning|start|close) (?:of )?(?:SMALL )*DATA(?: here)? ?[.:!*#=\n-]+ ?(?=\S+ \S)
    \b(?:speech|transcript|student text|data|recording) (?:ends|is over|has ended|stops|ended)(?: here| now)?[.,;:]? (?:and )?(?:now|new|the following|what|here begins|grader|evaluator)
""")
"""Headings of turns that are not the student's, and ends of the speech inside it."""

ANSWERS = _compiled(r"""
    ["'`\\]KEYS["'`\\]+ ?:
    \{ ?["']?\w[\w ]*["']? ?: ?[\[{"'\d]
    \b(?:open|left|opening) (?:curly |square )?(?:brace|bracket|curly)\b.{0,80}\bKEYS\b
    \bKEYS ?[:=] ?\d+(?:\.\d+)?(?: ?/ ?\d+)?\b.{0,120}?\b\w+ ?[:=] ?\d
    \b(?:correct|right|expected|final|only|valid|required) (?:json|output|evaluation|response|scores?)(?: for this speech)? (?:is|are|should be|must be|reads)\b
    (?:\b[a-z]+ ?: ?\d+[,;.]? (?:and )?){2}[a-z]+ ?: ?\d
    \bjson\b.{0,60}\bKEYS\b.{0,60}\d
    \bKEYS (?:colon|equals) (?:COUNT|maximum|full|one hundred)
""")
"""What looks like the answer itself, written or spoken."""

FOREIGN = _compiled(r"""
    \b(?:ignor[ae]|olvid[ae]|descart[ae]) (?:todas? )?(?:(?:las|tus|sus) )?(?:instrucciones|(?:reglas|indicaciones) (?:anteriores|previas))
    \b(?:dame|da|de|dale|pon|ponme|ponle|otorga|asigna)\b.{0,40}\b(?:puntuacion|nota|calificacion|puntaje) (?:maxim|complet|perfect|mas alta)
    \b(?:dame|da|de|dale|pon|ponme|ponle|otorga|asigna)\b.{0,40}\b(?:maxima (?:puntuacion|nota|calificacion)|todos los puntos)
    \b(?:ignorez?|oubliez?) (?:toutes? )?(?:les|tes|vos|ces) (?:instructions|consignes|(?:directives|regles) (?:preced|anterieur))
    \b(?:donne|donnez|attribue|attribuez|accorde|accordez|mets|mettez)\b.{0,40}\b(?:(?:note|score) (?:maxim|parfait)|tous les points)
    \b(?:ignoriere?n?|vergiss|vergessen|vergesst)(?: sie)? (?:alle |die |deine |ihre )*(?:\w+igen )?(?:anweisungen|instruktionen|vorgaben)
    \b(?:gib|geben|vergib|vergeben|bewerte|bewerten)\b.{0,40}\b(?:volle|maximale|hochste|hochst)\w* (?:punkt|note|bewertung)
    \b(?:ignore|esqueca|desconsidere|ignora) (?:todas )?(?:as |suas )?(?:instrucoes|regras anteriores)
    \b(?:de|da|atribua|conceda)(?:-me)?\b.{0,40}\b(?:(?:pontuacao|nota) (?:maxim|complet)|todos os pontos)
    \b(?:ignora|dimentica|ignorate) (?:tutte )?(?:le |queste )?(?:istruzioni|regole precedenti)
    \b(?:dammi|dai|assegna|date|dia)\b.{0,40}\b(?:(?:punteggio|voto) (?:massimo|pieno)|massimo dei (?:punti|voti))
    \b(?:negeer|vergeet) (?:alle )?(?:vorige|eerdere|bovenstaande|voorgaande) (?:instructies|regels|opdrachten)
    \bgeef\b.{0,40}\b(?:volle|maximale|hoogste) (?:punten|score|cijfer)
    \b(?:zignoruj|zapomnij|pomin)\w*.{0,25}\b(?:instrukcj|polecen)
    \bonceki (?:tum )?(?:talimatlari|kurallari)\b.{0,15}(?:yok say|unut|gormezden)
""")
"""Orders and demands in other languages of the Latin script."""

FOREIGN_SCRIPTS = _compiled(r"""
    \b(?:игнорируй|игнорируйте|забудь|забудьте)\b.{0,25}(?:инструкци|указани)
    \b(?:поставь|поставьте|дай|дайте)\b.{0,40}(?:максимальн|высш|полн)\w* (?:балл|оценк|количество баллов)
    (?:忽略|无视|忘记|忽視|無視|忘掉).{0,8}(?:指令|指示|提示|說明|说明)
    (?:给|打|給|评).{0,12}(?:满分|滿分|最高分)
    (?:指示|命令|プロンプト).{0,8}(?:無視|忘れ)
    満点.{0,6}(?:くだ|付け|つけ|与え|して)
    (?:지시|명령|지침).{0,8}(?:무시|잊)
    (?:만점|최고 ?점수).{0,6}(?:주|부여)
    (?:تجاهل|انس).{0,20}(?:التعليمات|الأوامر)
    (?:أعط|امنح).{0,25}(?:الدرجة الكاملة|العلامة الكاملة|أعلى درجة)
    निर्देशों?.{0,15}(?:अनदेखा|नज़रअंदाज़|भूल)
    (?:पूरे|पूर्ण|अधिकतम) अंक (?:दो|दें|दीजिए)
""")
"""The same in other scripts, in lower case as they stand."""
