"""What engines say instead of an answer: right ones written in many ways, and wrong ones of every kind we know."""

import json
import random
import unicodedata
from collections.abc import Callable
from typing import Any

from speechgrade_shared.answer import MAX_COMMENTS, MAX_FEEDBACK
from speechgrade_shared.rubric import Rubric, parse_rubric
from speechgrade_shared.sections import whole

_NAMES = (
    *("Hook", "Proof", "Hoök", "Hoo\u0308k", 'Say "hi"', "back\\slash", "emoji 😀 𓂀", "sections", "points", "feedback"),
    *("x" * 200, "<b>", "{", "a,b:c", "$ref", "enum", "\u202eright", "0", "null", "tab"),
)
_MAXIMA = (1, 2.5, 4, 5, 7, 7.5, 10, 33.33, 100)
_STEPS = (0.25, 0.5, 1.0)
_PROSE = ("", "Clear and warm.", 'He said "no".', "line\nbreak", "naïve 😀", "\\", "{}", "3.5")


class Written(str):
    """Goes into the text as it is."""

    __slots__ = ()


Tree = list[tuple[str, Any]]
"""An object: names and values in order, so that a name can come twice."""


def some_rubric(chance: random.Random) -> Rubric:
    names = chance.sample(_NAMES, 3)
    categories = [
        {
            "name": name,
            "points": chance.choice(_MAXIMA),
            "subcategories": [
                {"name": criterion, "points": chance.choice(_MAXIMA)}
                for criterion in chance.sample(_NAMES, chance.randrange(4))
            ],
        }
        for name in names[: chance.randint(1, 3)]
    ]
    # Hoök is one name in two forms of writing, and a rubric takes a name once.
    try:
        return parse_rubric({"pointStep": chance.choice(_STEPS), "categories": categories})
    except ValueError:
        return some_rubric(chance)


def right_tree(rubric: Rubric, chance: random.Random) -> Tree:
    sections = [
        (
            category.name,
            [
                ("feedback", chance.choice(_PROSE)),
                ("points", [(c.name, Written(whole(chance.choice(c.grid())))) for c in category.criteria]),
            ],
        )
        for category in rubric.categories
    ]
    return [("sections", sections), ("overallComments", chance.choice(_PROSE))]


def text_of(value: Any, *, blank: str = "", as_ascii: bool = False) -> str:
    if isinstance(value, Written):
        return value
    if isinstance(value, list):
        pairs = (
            f"{json.dumps(name, ensure_ascii=as_ascii) if not isinstance(name, Written) else name}{blank}:{blank}"
            f"{text_of(member, blank=blank, as_ascii=as_ascii)}"
            for name, member in value
        )
        return f"{{{blank}" + f"{blank},{blank}".join(pairs) + f"{blank}}}"
    return json.dumps(value, ensure_ascii=as_ascii)


def written_otherwise(tree: Tree, chance: random.Random) -> str:
    return text_of(tree, blank=chance.choice(["", " ", "\n", "\t \r\n"]), as_ascii=chance.random() < 0.5)


def equal_number(tree: Tree, chance: random.Random) -> str:
    points, place = _some_points(tree, chance)
    name, value = points[place]
    forms = [f"{value}e0", f"{float(value):.6f}", f"{float(value) * 10:.5f}E-1", f"{float(value) / 10:.6f}e+1"]
    points[place] = (
        name,
        Written(chance.choice(forms) if float(value) else chance.choice(["-0", "0.0", "-0.0", "0e9"])),
    )
    return text_of(tree)


def wrong_number(tree: Tree, chance: random.Random) -> str:
    points, place = _some_points(tree, chance)
    name, value = points[place]
    near = [f"{value}.{'0' * 30}1" if "." not in value else f"{value}{'0' * 30}1", f"{float(value) + 0.1:.2f}"]
    huge = ["1e400", "-1e400", "1e99999999999999999999", "1" * 400, "1" * 5000, "1e-400", "0.5e-99999999999999999999"]
    beyond = ["-0.5", "-1", "100.5", "1001", f"-{value}1"]
    points[place] = (name, Written(chance.choice([*near, *huge, *beyond])))
    return text_of(tree)


def no_number(tree: Tree, chance: random.Random) -> str:
    points, place = _some_points(tree, chance)
    name, value = points[place]
    words = ["NaN", "Infinity", "-Infinity", "true", "false", "null", "[]", "{}", '""']
    spelled = [
        f'"{value}"',
        f"[{value}]",
        f"0{value}",
        f"+{value}",
        f"{value}.",
        ".5",
        "0x1",
        "1_0",
        f"{value}f",
        "٣",
        f"{value} 1",
    ]
    points[place] = (name, Written(chance.choice([*words, *spelled])))
    return text_of(tree)


def a_part_is_missing(tree: Tree, chance: random.Random) -> str:
    some = _some_object(tree, chance)
    del some[chance.randrange(len(some))]
    return text_of(tree)


def a_part_too_many(tree: Tree, chance: random.Random) -> str:
    some = _some_object(tree, chance)
    extra = (chance.choice(["extra", "", "score", "total", *_NAMES]), chance.choice([Written("1"), "x", []]))
    some.insert(chance.randint(0, len(some)), extra)
    return text_of(tree)


def a_part_twice(tree: Tree, chance: random.Random) -> str:
    some = _some_object(tree, chance)
    name, value = chance.choice(some)
    escaped = Written(
        '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else json.dumps(c)[1:-1] for c in name) + '"'
    )
    some.insert(chance.randint(0, len(some)), (chance.choice([name, escaped]), value))
    return text_of(tree)


def another_order(tree: Tree, chance: random.Random) -> str:
    chance.shuffle(_some_object(tree, chance))
    return text_of(tree)


def another_name(tree: Tree, chance: random.Random) -> str:
    some = _some_object(tree, chance)
    place = chance.randrange(len(some))
    name, value = some[place]
    forms = [name.upper(), name + " ", " " + name, name[:-1], unicodedata.normalize("NFD", name), chance.choice(_NAMES)]
    some[place] = (chance.choice(forms), value)
    return text_of(tree)


def prose_of_another_length(tree: Tree, chance: random.Random) -> str:
    character = chance.choice(["x", "😀", "é", '"', "\n"])
    if chance.random() < 0.5:
        tree[1] = (tree[1][0], character * (MAX_COMMENTS + chance.randint(-1, 1)))
    else:
        section = chance.choice(tree[0][1])[1]
        section[0] = (section[0][0], character * (MAX_FEEDBACK + chance.randint(-1, 1)))
    return text_of(tree, as_ascii=chance.random() < 0.5)


def no_prose(tree: Tree, chance: random.Random) -> str:
    value = chance.choice([Written(word) for word in ("null", "7", "true", '["x"]', "{}", "'x'", "x")])
    if chance.random() < 0.5:
        tree[1] = (tree[1][0], value)
    else:
        section = chance.choice(tree[0][1])[1]
        section[0] = (section[0][0], value)
    return text_of(tree)


def odd_escapes(tree: Tree, chance: random.Random) -> str:
    right = [r"\ud83d\ude00", r"\u0000", r"\ud800", r"\/", r"\b\f", "\x7f", "\u2028", "\ufeff"]
    wrong = ["\x00", "\n", "\t", "\x1f", r"\x41", r"\u12", r"\u12g4", r"\u 123", r"\'", "\\\n"]
    tree[1] = (tree[1][0], Written(f'"{chance.choice(right + wrong)}"'))
    return text_of(tree)


def deep(tree: Tree, chance: random.Random) -> str:
    opened = chance.choice(["[", '{"a":', '{"sections":', "[{"])
    depth = chance.choice([2, 30, 3000])
    closed = {"[": "]", "[{": "}]"}.get(opened, "}")
    value = Written(opened * depth + "1" + closed * depth * chance.randint(0, 1))
    points, place = _some_points(tree, chance)
    if chance.random() < 0.5:
        points[place] = (points[place][0], value)
    else:
        tree[0] = (tree[0][0], value)
    return text_of(tree)


def cut_or_continued(tree: Tree, chance: random.Random) -> str:
    text = text_of(tree)
    around = [
        "\ufeff{}",
        "```json\n{}\n```",
        "{} done",
        "{}{}",
        "{},",
        "[{}]",
        '"{}"',
        "{}\x00",
        "{}\n",
        "\u00a0{}",
        "// x\n{}",
        "{}//",
        "{}]",
    ]
    if chance.random() < 0.4:
        return text[: chance.randrange(len(text))]
    return chance.choice(around).replace("{}", text)


def another_character(tree: Tree, chance: random.Random) -> str:
    text = text_of(tree)
    place = chance.randrange(len(text))
    new = chance.choice(
        ["", '"', "\\", ",", ":", "{", "}", "[", "]", " ", "0", ".", "e", "-", "5", "é", "\x00", "'", "\u2028"]
    )
    return text[:place] + new + text[place + chance.randint(0, 1) :]


def anything(tree: Tree, chance: random.Random) -> str:
    letters = '{}[]:," \\0123456789.eE+-truefalsnNaIiy\n\t\ufeff😀'
    loose = "".join(chance.choices(letters, k=chance.randint(0, 60)))
    whole_values = [
        "",
        "{}",
        "[]",
        "null",
        "0",
        '"x"',
        text_of(tree[0][1]),
        json.dumps(text_of(tree)),
        text_of(tree)[1:],
    ]
    return chance.choice([loose, loose, chance.choice(whole_values)])


Way = Callable[[Tree, random.Random], str]
WAYS: tuple[Way, ...] = (
    *(written_otherwise, equal_number, wrong_number, no_number, a_part_is_missing, a_part_too_many, a_part_twice),
    *(another_order, another_name, prose_of_another_length, no_prose, odd_escapes, deep, cut_or_continued),
    *(another_character, anything),
)


def _some_points(tree: Tree, chance: random.Random) -> tuple[Tree, int]:
    points = chance.choice(tree[0][1])[1][1][1]
    return points, chance.randrange(len(points))


def _some_object(tree: Tree, chance: random.Random) -> Tree:
    section = chance.choice(tree[0][1])[1]
    return chance.choice([tree, tree[0][1], section, section[1][1]])
