"""What the speeches are about: plain claims and concrete examples per topic, free of any behaviour that is graded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """``subject`` fits into a sentence; ``examples`` are sentences with a gap for a number and its unit."""

    title: str
    subject: str
    claims: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "Community gardens",
        "the garden",
        (
            "a garden brings neighbors together",
            "fresh food tastes better than frozen food",
            "children learn where food comes from",
            "an empty lot becomes a safe place",
            "old people share their skills",
            "working outside makes us calm",
        ),
        (
            ("one bed costs {}", "dollars"),
            ("I plant for {} a day", "minutes"),
            ("our harvest grew by {}", "percent"),
            ("the nearest farm is {} away", "miles"),
        ),
    ),
    Topic(
        "Sleep",
        "good sleep",
        (
            "sleep keeps the mind clear",
            "a tired driver is a danger",
            "phones keep us awake at night",
            "a dark room helps the body rest",
            "grades fall when students stay up late",
            "a short nap saves the afternoon",
        ),
        (
            ("a good curtain costs {}", "dollars"),
            ("my brother naps for {}", "minutes"),
            ("scores fell by {}", "percent"),
            ("a tired man drove {}", "miles"),
        ),
    ),
    Topic(
        "Riding the bus",
        "the bus",
        (
            "the bus keeps cars off the road",
            "a driver knows every street",
            "people read and rest on the way",
            "clean air helps the whole town",
            "parking near campus is hard to find",
            "a late bus makes workers worry",
        ),
        (
            ("a pass costs {}", "dollars"),
            ("my ride takes {}", "minutes"),
            ("traffic went down by {}", "percent"),
            ("my route is {} long", "miles"),
        ),
    ),
    Topic(
        "Learning to cook",
        "home cooking",
        (
            "cooking at home saves money",
            "a simple soup feeds the whole house",
            "friends enjoy a meal made by hand",
            "salt hides in every frozen dinner",
            "a sharp knife is safer than a dull one",
            "recipes carry family stories",
        ),
        (
            ("my soup costs {}", "dollars"),
            ("the bread needs {}", "minutes"),
            ("our waste went down by {}", "percent"),
            ("these beans grew {} from here", "miles"),
        ),
    ),
    Topic(
        "Volunteering",
        "volunteer work",
        (
            "helping others builds trust",
            "a shelter needs hands more than money",
            "new skills grow with every shift",
            "lonely people wait for a visit",
            "employers notice those that serve",
            "a town is stronger when people show up",
        ),
        (
            ("we raised {}", "dollars"),
            ("a visit takes {}", "minutes"),
            ("donations rose by {}", "percent"),
            ("we cleaned {} of road", "miles"),
        ),
    ),
    Topic(
        "Music practice",
        "music",
        (
            "music trains the ear and the hand",
            "slow practice beats fast practice",
            "a band teaches people to listen",
            "songs bring back our past",
            "playing for friends takes courage",
            "a cheap guitar is good enough",
        ),
        (
            ("my guitar cost {}", "dollars"),
            ("I practice {} a day", "minutes"),
            ("the choir grew by {}", "percent"),
            ("our band drove {} to play", "miles"),
        ),
    ),
    Topic(
        "Saving water",
        "clean water",
        (
            "clean water is easy to waste",
            "a leaking pipe drips every night",
            "farms suffer when the river is low",
            "short showers help the whole town",
            "rain barrels keep plants alive",
            "rivers carry our trash to the sea",
        ),
        (
            ("we saved {} on the bill", "dollars"),
            ("the repair took {}", "minutes"),
            ("our use fell by {}", "percent"),
            ("the river runs {} to the sea", "miles"),
        ),
    ),
    Topic(
        "Walking every day",
        "walking",
        (
            "walking is free and open to all",
            "the heart grows strong on a hill",
            "a walk clears an angry mind",
            "dogs make the best partners",
            "streets feel safe when people use them",
            "sitting all day hurts the back",
        ),
        (
            ("my shoes cost {}", "dollars"),
            ("I walk {} before class", "minutes"),
            ("my stress fell by {}", "percent"),
            ("the trail is {} long", "miles"),
        ),
    ),
)
