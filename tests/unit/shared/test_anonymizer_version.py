"""What the anonymizer makes of one fixed text names its version, so that a drift cannot go unnoticed."""

from speechgrade_shared.anonymize import ANONYMIZER_VERSION, Anonymizer
from speechgrade_shared.digest import sha256_hex
from speechgrade_shared.roster import Person, Roster

ROSTER = Roster(
    people=(
        Person("speaker", "Katherine", "García-López", "kgarcia@uni.example", "u123456"),
        Person("peer", "Will", "Okafor", "wokafor@uni.example", "4711023"),
        Person("peer", "Maya", "van der Berg"),
        Person("peer", "Grace", "Miller"),
        Person("peer", "Noor", "Haddad"),
        Person("instructor", "Stephen", "O'Brien", "sobrien@uni.example"),
    ),
    courses=("SPCH-101", "Public Speaking"),
    institutions=("Northfield College",),
)
SAID = (
    "Hi, my name is Katie Garcia Lopez, and I go to Northfield.",
    "my name is grace miller and grace is from the same town, nor is she marked; she will say that grace is a gift",
    "Maya, Will and I thanked Professor O'Brien. As Will said, I will. M. van der Berg's car, K.G., Steven obrien, maja",
    "write to kgarcia at uni dot edu or k dot garcia at gmail.com or kgarcia@uni.example or w okafor at gmail dot com",
    "call five five five, oh one two, three four double five or (555) 123-4567 ext. 12, id u one two three four five six",
    "see www.example.com/a, faulkner.biz/set and https://new.example/x, @kgarcia on Instagram; the dot com boom of 2000",
    "I live at 1204 Maple Street, Apt 4. I was born on May 3rd, 2004. Einstein was born on March 14, 1879 in 1879.",
    "4111 1111 1111 1111, 10.0.0.12, 078-05-1120, 3.1415926, 2019 2020 2021, 1,000,000 people on a two lane road",
    "Will, would you wait? Grace, who sat with May and Noor, heard Grace Hopper. Will will help; will b. has may help",
    "people call me Naff, and Noor is n o o r; may a had dadd; my class is spch one oh one; see cdc.gov",
    "I was born in a small town on June 1st, 2003, at 12 Chestnut Ridge Lane, and read Introduction to Speaking",
    "in SPCH 101, our public speaking class, I learned that public speaking is hard at 10 to 10",
)


def test_the_version_is_the_one_that_examples_were_made_with() -> None:
    anonymizer = Anonymizer(ROSTER)
    made = "\n".join(anonymizer.redact(line).text for line in SAID)
    digest = sha256_hex(made.encode())[:12]
    assert f"a2-{digest}" == ANONYMIZER_VERSION, f"The anonymizer makes something else now; say so.\n{made}"
