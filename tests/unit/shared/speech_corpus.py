"""Speeches with planted identifiers, made from Faker's people of several countries by a fixed seed.

Knows nothing of the anonymizer: its names, words and ways to misspell are its own. A speech comes as an editor would
write it, or as a plain speech recognizer does: small letters, no marks.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from faker import Faker
from speechgrade_shared.roster import Person, Roster

from .speech_bodies import BODIES

LOCALES = ("en_US", "en_GB", "es_MX", "de_DE", "fr_FR", "pl_PL", "pt_BR", "tr_TR", "it_IT", "nl_NL", "en_IN", "vi_VN")
ROMANIZED = ("zh_CN", "ja_JP")
EVERYDAY = (
    "Will Okonkwo",
    "Grace Miller",
    "May Chen",
    "Mark Young",
    "Hope Delgado",
    "Rose Whitaker",
    "Faith Adeyemi",
    "Joy Park",
    "Summer Lindqvist",
    "Chase Romano",
    "Drew Long",
    "Art Kowalski",
    "Frank Brown",
    "Dawn Price",
    "Jack Stone",
    "Bill Rivers",
    "Rich Nakamura",
    "Penny Wood",
    "Will Young",
    "Grace Hill",
    "Amber Rose",
    "Christian Wolf",
    "Jade Summers",
    "Autumn Bright",
    "Noor Haddad",
    "Marc Said",
)
INSTITUTIONS = (
    "Northfield College",
    "Ohio Valley University",
    "Santa Lucia Community College",
    "Hartwick State University",
)
COURSES = (
    ("SPCH-101", "Public Speaking"),
    ("COMM 2110", "Introduction to Communication"),
    ("SPC1608", "Speech Fundamentals"),
)
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Plant:
    """An identifier in a speech: its kind, and where it stands."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class PlantedSpeech:
    text: str
    roster: Roster
    plants: tuple[Plant, ...]


@dataclass
class _Writer:
    parts: list[str] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, kind: str = "") -> None:
        if kind:
            self.plants.append(Plant(kind, self.length, self.length + len(text)))
        self.parts.append(text)
        self.length += len(text)


def planted_speeches(count: int, seed: int) -> Iterator[PlantedSpeech]:
    """The same speeches for the same seed."""
    choose = random.Random(seed)
    fakers = {}
    for locale in (*LOCALES, *ROMANIZED):
        fakers[locale] = Faker(locale)
        fakers[locale].seed_instance(seed)
    for number in range(count):
        yield _speech(choose, _roster(choose, fakers), recognized=number % 2 == 1, fake=fakers["en_US"])


def _roster(choose: random.Random, fakers: dict[str, Faker]) -> Roster:
    people = []
    for index in range(28):
        first, last = _name(choose, fakers, index)
        local = choose.choice((f"{first[0]}{last}", f"{first}.{last}", f"{last}{choose.randrange(10, 99)}"))
        email = (
            re.sub(r"[^a-z0-9.]", "", local.casefold())
            + "@"
            + choose.choice(("northfield.edu", "students.ohiovalley.edu", "gmail.com"))
        )
        sis_id = choose.choice(
            (
                f"u{choose.randrange(10**5, 10**6)}",
                str(choose.randrange(10**6, 10**8)),
                f"N{choose.randrange(10**7, 10**8)}",
            )
        )
        role = "speaker" if index == 0 else "instructor" if index == 1 else "peer"
        people.append(Person(role, first, last, email, sis_id))
    code, title = choose.choice(COURSES)
    return Roster(tuple(people), (code, title), (choose.choice(INSTITUTIONS),))


def _name(choose: random.Random, fakers: dict[str, Faker], index: int) -> tuple[str, str]:
    if index % 4 == 2 or (index == 0 and choose.random() < 0.4):
        first, _, last = choose.choice(EVERYDAY).partition(" ")
        return first, last
    if index % 9 == 5:
        fake = fakers[choose.choice(ROMANIZED)]
        return fake.first_romanized_name(), fake.last_romanized_name()
    fake = fakers[choose.choice(LOCALES)]
    first, last = fake.first_name(), fake.last_name()
    return first, f"{last}-{fake.last_name()}" if choose.random() < 0.1 else last


INTRODUCTIONS = (
    "Good morning everyone, my name is {speaker}. ",
    "Hi, I'm {speaker_first}, and today I want to talk about something that matters to me. ",
    "Hello, my name is {speaker_first}. ",
    "Good afternoon. This is {speaker} from section four. ",
    "For those of you who don't know me, my name's {speaker} and I'm a sophomore. ",
    "I'm {speaker} and I am a student here at {institution}. ",
    "Welcome, my name is {speaker_first} and this is my speech for {course}. ",
)
MENTIONS = (
    "As {peer_first} said last week, it is never too late. ",
    "I want to thank {peer} for helping me with the slides. ",
    "I agree with {peer_first} on this one. ",
    "{peer_possessive} speech about dogs made me think about this again. ",
    "My roommate {peer_first} is the best example I know. ",
    "Last month I interviewed {peer} about it. ",
    "{peer_first} and I went to the library together. ",
    "Just ask {peer_first}. ",
    "Like {peer_first} mentioned on Monday, numbers only tell half of it. ",
    "I sat next to {peer_first} when I heard that. ",
    "A big thank you to {peer} and to all of you. ",
    "My partner for this project was {peer}. ",
    "My friend {peer_first} told me that I was wrong. ",
    "I talked to {peer_first} and to some others about it. ",
    "In our group we had {peer_first}, {other_first} and me. ",
    "{instructor_title} would probably call that a hasty generalization. ",
    "Thank you, {instructor_title}. ",
    "I know that {instructor_title} told us not to read from the screen. ",
    "Thanks, {peer_first}. ",
    "{peer} gave a great talk on this. ",
    "The outline was checked by {initial_last} before I came up here. ",
    "You may remember {peer} from the debate. ",
    "{nickname} helped me find the survey. ",
    "My classmate {misspelt} has a different opinion. ",
    "I borrowed this chart from {misspelt_full}. ",
    "We practiced it with {lower_peer} twice. ",
    "I am going to tell you a story about {peer}. ",
    "{peer_first} is from the same town as I am. ",
    "{peer_first} was the one who found the numbers. ",
    "Some of you know {peer_first} from the radio station. ",
    "I got the idea from {peer_first} in the first place. ",
    "Both {peer_first} and {other_first} voted against it. ",
    "Raise your hand if you are friends with {peer_first}. ",
    "I called {peer_first} last night to check. ",
    "Yesterday {peer_first} sent me the article. ",
    "The photo was taken by {peer}. ",
    "{peer_first} lost a brother to it. ",
    "To quote {peer_first}, we are all guests here. ",
    "Earlier {peer_first} showed us a map of the river. ",
)
ADDRESSED = ("So {peer_first}, this one is for you. ", "Right, {peer_first}? ")
"""Only marks tell who is spoken to: without them nobody could."""

CONTACTS = (
    "You can reach me at {email}. ",
    "If you have questions, write to {email} after class. ",
    "My email is {spoken_email} if you want the sources. ",
    "Send it to {spoken_email}. ",
    "My number is {phone}. ",
    "Call or text {phone} any time. ",
    "My cell is {spoken_phone}. ",
    "You can text me at {spoken_phone}. ",
    "All my sources are on {url}. ",
    "I put the video on {url}. ",
    "Follow me on Instagram, I am {handle}. ",
    "My student id is {student_id}. ",
    "I signed the form with {student_id}. ",
    "I live at {address}, so I walk past it every day. ",
    "The meeting is at {address}. ",
    "I was born on {birth_date}, two weeks too early. ",
    "My birthday is {birth_date}, so you can still buy me a cake. ",
    "I chose {institution} because of its speech team. ",
    "Before I took {course} I could not have done this. ",
)


def _speech(choose: random.Random, roster: Roster, *, recognized: bool, fake: Faker) -> PlantedSpeech:
    bodies = " ".join(" ".join(body.split()) for body in choose.sample(BODIES, 5))
    sentences = re.findall(r".+?[.?!](?= |$)", bodies)
    planted = [*choose.sample(MENTIONS, 9), *choose.sample(CONTACTS, 6)]
    planted += [] if recognized else [choose.choice(ADDRESSED)]
    places = sorted(choose.sample(range(1, len(sentences)), len(planted)))
    choose.shuffle(planted)
    writer, slots = _Writer(), _Slots(choose, roster, fake, recognized)
    _write(writer, choose.choice(INTRODUCTIONS), slots, recognized)
    for number, sentence in enumerate(sentences):
        if number in places:
            _write(writer, planted[places.index(number)], slots, recognized)
        writer.add(_said(sentence.strip(), recognized) + " ")
    return PlantedSpeech("".join(writer.parts), roster, tuple(writer.plants))


def _write(writer: _Writer, template: str, slots: "_Slots", recognized: bool) -> None:
    for literal, slot in re.findall(r"([^{]*)(?:\{(\w+)\})?", template):
        if literal:
            writer.add(_said(literal, recognized))
        if slot:
            for text, kind in slots.fill(slot):
                writer.add(text if kind.startswith("written") else _said(text, recognized), kind)


def _said(text: str, recognized: bool) -> str:
    """What a recognizer without marks and capitals would make of it."""
    if not recognized:
        return text
    return re.sub(r"[^\w\s'’$%@:/+.-]|(?<!\d)\.(?!\w)|(?<=\w)\.(?=\s|$)", "", text.lower())


Filled = list[tuple[str, str]]


class _Slots:
    """Makes the text of each slot, and says of which kind each part of it is."""

    def __init__(self, choose: random.Random, roster: Roster, fake: Faker, recognized: bool) -> None:
        self._choose, self._roster, self._fake, self._recognized = choose, roster, fake, recognized
        self._speaker, self._instructor, *self._peers = roster.people

    def fill(self, slot: str) -> Filled:
        peer = self._choose.choice(self._peers)
        makers: dict[str, Callable[[], Filled]] = {
            "speaker": lambda: self._full(self._speaker, "speaker"),
            "speaker_first": lambda: [(self._speaker.first_name, self._kind(self._speaker, "speaker"))],
            "peer": lambda: self._full(peer, "full name"),
            "lower_peer": lambda: [(f"{peer.first_name} {peer.last_name}".lower(), "full name")],
            "peer_first": lambda: [(peer.first_name, self._kind(peer, "first name"))],
            "other_first": lambda: [(peer.first_name, self._kind(peer, "first name"))],
            "peer_possessive": lambda: [(peer.first_name, self._kind(peer, "possessive")), ("'s", "")],
            "instructor_title": lambda: [("Professor ", ""), (self._instructor.last_name, "instructor")],
            "initial_last": self._initial_last,
            "nickname": self._nickname,
            "misspelt": lambda: [(self._misspelt(peer.first_name), "misspelt name")],
            "misspelt_full": lambda: [
                (peer.first_name, "first name"),
                (" ", ""),
                (self._misspelt(peer.last_name), "misspelt name"),
            ],
            "institution": lambda: [(self._roster.institutions[0], "institution")],
            "course": lambda: [(self._roster.courses[0], "course")],
            "email": lambda: [(self._choose.choice((self._speaker.email, self._fake.email())), "written e-mail")],
            "spoken_email": lambda: [(self._spoken_email(), "spoken e-mail")],
            "phone": lambda: [(self._fake.phone_number(), "written phone")],
            "spoken_phone": lambda: [(self._spoken_phone(), "spoken phone")],
            "url": lambda: [(self._url(), "written web address")],
            "handle": lambda: [("@" + self._fake.user_name(), "written handle")],
            "student_id": lambda: [(self._choose.choice((self._speaker, peer)).sis_id, "student id")],
            "address": self._address,
            "birth_date": self._birth_date,
        }
        return makers[slot]()

    def _kind(self, person: Person, kind: str) -> str:
        return "everyday name" if f"{person.first_name} {person.last_name}" in EVERYDAY else kind

    def _full(self, person: Person, kind: str) -> Filled:
        return [(f"{person.first_name} {person.last_name}", self._kind(person, kind))]

    def _initial_last(self) -> Filled:
        # In small letters nobody could tell "a bright" from A. Bright.
        peer = self._choose.choice([person for person in self._peers if person.first_name[0] not in "AI"])
        return [(f"{peer.first_name[0]}. {peer.last_name}", "initial and last name")]

    def _nickname(self) -> Filled:
        known = {
            "Robert": "Bob",
            "Katherine": "Katie",
            "Jennifer": "Jen",
            "Michael": "Mike",
            "Elizabeth": "Liz",
            "William": "Billy",
            "Jessica": "Jess",
            "Matthew": "Matt",
            "Daniel": "Danny",
            "Joseph": "Joe",
            "Rebecca": "Becky",
            "Christopher": "Chris",
            "Thomas": "Tommy",
            "Samantha": "Sam",
            "Nicholas": "Nick",
            "Patricia": "Trish",
            "Steven": "Steve",
            "Timothy": "Tim",
            "Susan": "Susie",
            "Kimberly": "Kim",
            "Benjamin": "Ben",
            "Anthony": "Tony",
            "Margaret": "Maggie",
            "Andrew": "Andy",
            "Joshua": "Josh",
            "Amanda": "Mandy",
            "James": "Jimmy",
            "Deborah": "Debbie",
            "Christina": "Tina",
            "Jonathan": "Jon",
        }
        short = [known[person.first_name] for person in self._peers if person.first_name in known]
        return [(self._choose.choice(short), "nickname")] if short else [("Someone", "")]

    def _misspelt(self, name: str) -> str:
        letters = name if self._choose.random() < 0.5 else name.lower()
        swaps = (
            ("ph", "f"),
            ("c", "k"),
            ("k", "c"),
            ("y", "i"),
            ("i", "y"),
            ("s", "z"),
            ("ee", "ea"),
            ("ai", "ay"),
            ("er", "ar"),
            ("ll", "l"),
            ("nn", "n"),
            ("tt", "t"),
            ("th", "t"),
            ("e", "a"),
            ("o", "u"),
            ("n", "nn"),
            ("l", "ll"),
        )
        possible = [(old, new) for old, new in swaps if old in letters[1:]]
        if len(name) < 5 or not possible:
            return name
        old, new = self._choose.choice(possible)
        return letters[0] + letters[1:].replace(old, new, 1)

    def _spoken_email(self) -> str:
        first, last = (
            re.sub(r"[^a-z]", "", name.lower()) or "me" for name in (self._speaker.first_name, self._speaker.last_name)
        )
        local = self._choose.choice(
            (
                f"{first} dot {last}",
                f"{first[0]} {last}",
                f"{last} underscore {first}",
                f"{first}{last}",
                f"{last} {' '.join(self._choose.choices(DIGITS, k=2))}",
            )
        )
        host = self._choose.choice(
            ("gmail dot com", "northfield dot edu", "students dot ohiovalley dot edu", "yahoo dot com", "gmail.com")
        )
        return f"{local} at {host}"

    def _spoken_phone(self) -> str:
        digits = [self._choose.randrange(10) for _ in range(10)]
        words = ["oh" if digit == 0 and self._choose.random() < 0.6 else DIGITS[digit] for digit in digits]
        if self._choose.random() < 0.5:
            words[2] += ","
            words[5] += ","
        if digits[6] == digits[7] and self._choose.random() < 0.7:
            words[6:8] = [f"double {DIGITS[digits[6]]}"]
        return " ".join(words)

    def _url(self) -> str:
        return self._choose.choice(
            (
                self._fake.url(),
                f"www.{self._fake.domain_name()}/{self._fake.word()}",
                f"{self._fake.domain_name()}/{self._fake.word()}",
                f"linkedin.com/in/{self._fake.user_name()}",
            )
        )

    def _address(self) -> Filled:
        number, street = self._choose.randrange(12, 9999), self._fake.last_name()
        kind = self._choose.choice(("Street", "Avenue", "Road", "Lane", "Drive", "Court", "St.", "Ave"))
        flat = self._choose.choice(("", "", f", Apt {self._choose.randrange(1, 40)}"))
        return [(f"{number} {street} {kind}{flat}".rstrip("."), "address")]

    def _birth_date(self) -> Filled:
        born = self._fake.date_of_birth(minimum_age=18, maximum_age=24)
        month = born.strftime("%B")
        shown = self._choose.choice(
            (
                f"{month} {born.day}, {born.year}",
                f"{month} {born.day}th",
                f"the {born.day}th of {month} {born.year}",
                f"{born.month}/{born.day}/{born.year}",
            )
        )
        return [(shown, "birth date")]
