"""The five made-up classes in which the held-out speeches are given."""

from typing import NamedTuple

from speechgrade_shared.roster import Person, Roster

_CLASSES = {
    "lakeridge": (
        ("COMM 101", "Fundamentals of Public Speaking"),
        ("Lakeridge Community College",),
        """
        Eleanor | Whitcombe | ewhitcombe@lakeridge.example.edu |
        Noor | Haddad | nhaddad4@lakeridge.example.edu | L00418837
        Will | Brown | wbrown12@lakeridge.example.edu | L00420915
        Grace | Okonkwo | gokonkwo@lakeridge.example.edu | L00417702
        May | Nguyen | mnguyen31@lakeridge.example.edu | L00422240
        Mark | Villanueva | mvillanueva@lakeridge.example.edu | L00419056
        José | Ramírez-Ortega | jramirezortega@lakeridge.example.edu | L00421183
        Siobhán | O'Connell | soconnell2@lakeridge.example.edu | L00418129
        Xiaoyu | Zhang | xzhang9@lakeridge.example.edu | L00423377
        Dmitri | Kuznetsov | dkuznetsov@lakeridge.example.edu | L00416690
        Abdul Rahman | al-Sayed | aalsayed@lakeridge.example.edu | L00420048
        Katherine | Long | klong7@lakeridge.example.edu | L00419971
        DeShawn | Parker | dparker20@lakeridge.example.edu | L00422816
        Priya | Venkataraman | pvenkataraman@lakeridge.example.edu | L00417345
        Michael | Kowalczyk | mkowalczyk@lakeridge.example.edu | L00421569
        """,
    ),
    "prairie": (
        ("SPCH 1315", "Introduction to Speech Communication"),
        ("Northern Prairie State University",),
        """
        Marcus | Bellweather | marcus.bellweather@npsu.example.edu |
        Hope | Anderson | hope.anderson@npsu.example.edu | 80031472
        Rose | Delacroix | rose.delacroix@npsu.example.edu | 80029916
        Summer | Jackson | summer.jackson@npsu.example.edu | 80033058
        Chase | Whitfield | chase.whitfield@npsu.example.edu | 80030727
        Ji-hoon | Park | jihoon.park@npsu.example.edu | 80032284
        Minh Anh | Tran | minhanh.tran@npsu.example.edu | 80031639
        Oluwaseun | Adeyemi | oluwaseun.adeyemi@npsu.example.edu | 80028850
        María Fernanda | López Castillo | maria.lopez@npsu.example.edu | 80033411
        Nikolai | Petrov | nikolai.petrov@npsu.example.edu | 80030193
        Fatima Zahra | Benali | fatima.benali@npsu.example.edu | 80032975
        Anthony | D'Angelo | anthony.dangelo@npsu.example.edu | 80029304
        Thi Hong | Le | thihong.le@npsu.example.edu | 80031108
        Elizabeth | Hunter | elizabeth.hunter@npsu.example.edu | 80033786
        Tariq | Aziz | tariq.aziz@npsu.example.edu | 80030541
        Wojciech | Nowak | wojciech.nowak@npsu.example.edu | 80032617
        Angel | Cruz | angel.cruz@npsu.example.edu | 80029088
        """,
    ),
    "brendan": (
        ("COM 110", "Public Speaking and Civic Life"),
        ("Saint Brendan's College",),
        """
        Carla | Winterbourne | cwinterbourne@saintbrendans.example.edu |
        Joy | Kim | jkim@saintbrendans.example.edu | SB-20418
        Faith | Mbeki | fmbeki@saintbrendans.example.edu | SB-20533
        Jack | Stone | jstone@saintbrendans.example.edu | SB-19987
        Ivy | Chen | ichen@saintbrendans.example.edu | SB-20671
        Dawn | Redfeather | dredfeather@saintbrendans.example.edu | SB-20102
        Juan Carlos | de la Cruz | jdelacruz@saintbrendans.example.edu | SB-20849
        Aoife | Ní Dhomhnaill | anidhomhnaill@saintbrendans.example.edu | SB-20390
        Yusuf | Demir | ydemir@saintbrendans.example.edu | SB-20715
        Chukwuemeka | Eze | ceze@saintbrendans.example.edu | SB-20266
        Harpreet | Gill | hgill@saintbrendans.example.edu | SB-20907
        Svetlana | Ivanova | sivanova@saintbrendans.example.edu | SB-20054
        Thomas | Young | tyoung@saintbrendans.example.edu | SB-20488
        Lily | Banks | lbanks@saintbrendans.example.edu | SB-20631
        Renée | Beauchamp-Dubois | rbeauchampdubois@saintbrendans.example.edu | SB-20175
        Mohammed | Hassan | mhassan@saintbrendans.example.edu | SB-20792
        Benjamin | Price | bprice@saintbrendans.example.edu | SB-20319
        """,
    ),
    "mesa": (
        ("CAS 100A", "Effective Speech"),
        ("Mesa Linda Technical Institute",),
        """
        Anita | Raghunathan | araghunathan@mesalinda.example.edu |
        Autumn | Begay | abegay@mesalinda.example.edu | M5520173
        Sky | Morales | smorales@mesalinda.example.edu | M5518846
        Drew | Field | dfield@mesalinda.example.edu | M5521390
        Bill | Cook | bcook@mesalinda.example.edu | M5519527
        Guadalupe | Hernández | ghernandez@mesalinda.example.edu | M5522081
        Luis Ángel | Peña | lpena@mesalinda.example.edu | M5520664
        Tuan | Pham | tpham@mesalinda.example.edu | M5518312
        Saoirse | Byrne | sbyrne@mesalinda.example.edu | M5521955
        Ahmed | El-Masry | aelmasry@mesalinda.example.edu | M5519108
        Zainab | Yusuf | zyusuf@mesalinda.example.edu | M5522479
        Kwame | Mensah | kmensah@mesalinda.example.edu | M5520036
        Katarzyna | Wiśniewska | kwisniewska@mesalinda.example.edu | M5521247
        Hye-jin | Song | hsong@mesalinda.example.edu | M5519893
        Robin | Fox | rfox@mesalinda.example.edu | M5518765
        Patience | Moyo | pmoyo@mesalinda.example.edu | M5522730
        Christian | Baker | cbaker@mesalinda.example.edu | M5520918
        Miles | Carter | mcarter@mesalinda.example.edu | M5521602
        """,
    ),
    "tidewater": (
        ("COMS 2060", "Oral Communication"),
        ("Tidewater Valley University",),
        """
        Judith | Hargreave | judith.hargreave@tidewater.example.edu |
        Daisy | Rivers | daisy.rivers@tidewater.example.edu | 000731184
        Frank | Wood | frank.wood@tidewater.example.edu | 000729650
        Pearl | Washington | pearl.washington@tidewater.example.edu | 000732417
        Art | King | art.king@tidewater.example.edu | 000730902
        Destiny | Green | destiny.green@tidewater.example.edu | 000733365
        Javier | de los Santos | javier.delossantos@tidewater.example.edu | 000728843
        Thandiwe | Nkosi | thandiwe.nkosi@tidewater.example.edu | 000731796
        Mei-Ling | Wu | meiling.wu@tidewater.example.edu | 000732058
        Hassan | Ali | hassan.ali@tidewater.example.edu | 000730271
        Sean | McAllister | sean.mcallister@tidewater.example.edu | 000733914
        Anastasia | Volkova | anastasia.volkova@tidewater.example.edu | 000729127
        Lakshmi | Iyer | lakshmi.iyer@tidewater.example.edu | 000731533
        Olga | Sidorenko | olga.sidorenko@tidewater.example.edu | 000732689
        Violet | Day | violet.day@tidewater.example.edu | 000730468
        Jesús | Maldonado | jesus.maldonado@tidewater.example.edu | 000733002
        Bao | Xiong | bao.xiong@tidewater.example.edu | 000729379
        Kalani | Kealoha | kalani.kealoha@tidewater.example.edu | 000732940
        """,
    ),
}


class Excerpt(NamedTuple):
    """One text: in which class, on whom or by whom (a first name of that class), how it was written down."""

    class_name: str
    speaker: str
    written: str
    text: str


def class_roster(class_name: str, speaker: str) -> Roster:
    """The roster of one class on the day when the person with this first name speaks. The first line teaches."""
    courses, institutions, lines = _CLASSES[class_name]
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in lines.strip().splitlines()]
    roles = ["instructor", *("speaker" if first == speaker else "peer" for first, *_ in rows[1:])]
    if roles.count("speaker") != 1:
        raise ValueError(f"nobody named {speaker} is in {class_name}")
    people = tuple(Person(role, *row) for role, row in zip(roles, rows, strict=True))
    return Roster(people, courses, institutions)
