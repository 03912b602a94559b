"""People who do not exist: names, numbers and addresses that have the right form and belong to nobody.

Identity numbers begin with 990101: GB/T 2260 gives no region a code above 91, so no real number begins so, while the
check character is right. Mobile numbers begin with 1990000, mails end in `.example` (RFC 2606), addresses lie in
streets of an invented district. Names are put together by chance from common characters.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from services.employees.demo.model import DemoPerson
from services.employees.importing.national_ids import check_character
from services.employees.names import pinyin_name

REGION = "990101"
MOBILE_PREFIX = "1990000"
DOMAIN = "hengyuan.example"

# Surnames roughly as often as they are in China (the first ones most), some whose reading is their own.
_SURNAMES = (
    "王王王王李李李李张张张张刘刘刘陈陈陈杨杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭肖田董潘"
    "袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪石傅贾范夏韦方邹熊孟秦邱江尹薛闫段雷侯龙陶单仇解"
)
_LONG_SURNAMES = ("欧阳", "司马", "上官", "诸葛")
_MEN = (
    "伟强磊军勇杰涛超刚平辉鹏飞斌波宇浩凯健俊峰志明建国文博海龙俊豪子轩思远天佑嘉诚永康晓东旭东立新学文振华"
    "向阳家伟志强国栋云飞一鸣泽宇承志"
)
_WOMEN = (
    "芳娜敏静丽艳娟霞秀英玉兰桂香慧莉婷雪梅玲燕红晓雯欣怡雨桐梦洁佳琪思琪诗涵婉清若曦海燕春梅小红美玲淑珍"
    "雅静文君丹阳可欣依诺"
)
_STREETS = ("望湖街", "恒远路", "听涛路", "云栖巷", "揽月路", "松风街", "临溪路", "晴川街")
_DISTRICTS = ("安和新村", "湖畔花园", "恒远家园", "听涛雅苑", "云栖公寓")


def identities(chance: Random) -> Iterator["Identity"]:
    """People without end, no two with one name, mail, mobile or identity number."""
    names: set[str] = set()
    mails: dict[str, int] = {}
    serial = 0
    while True:
        woman = chance.random() < 0.42
        name = _name(chance, woman=woman)
        if name in names:
            continue
        names.add(name)
        name_en = pinyin_name(name)
        base = name_en.lower().replace(" ", ".")
        mails[base] = mails.get(base, 0) + 1
        mail = base if mails[base] == 1 else f"{base}{mails[base]}"
        serial += 1
        yield Identity(name, name_en, f"{mail}@{DOMAIN}", serial, woman=woman, chance=chance)


class Identity:
    """Somebody before it is known when they were born and what number they get."""

    def __init__(self, name: str, name_en: str, work_mail: str, serial: int, *, woman: bool, chance: Random) -> None:
        self._name, self._name_en, self._work_mail, self._serial = name, name_en, work_mail, serial
        # The last digit of the sequence is odd for men and even for women.
        self._sequence = 2 * (serial % 500) + (0 if woman else 1)
        self._address = f"虚拟市示范区{chance.choice(_STREETS)}{chance.randint(1, 299)}号{chance.choice(_DISTRICTS)}"
        self._address += f"{chance.randint(1, 40)}幢{chance.randint(1, 18)}0{chance.randint(1, 4)}室"
        self._birthday = timedelta(days=chance.randrange(365))

    def person(self, number: str, *, hired_on: date, age: int, time_zone: str) -> DemoPerson:
        """The person, so old in years on the first day."""
        born = date(hired_on.year - age - 1, 1, 1) + self._birthday
        digits = f"{REGION}{born:%Y%m%d}{self._sequence:03}"
        return DemoPerson(
            number, self._name, self._name_en, self._work_mail, f"{MOBILE_PREFIX}{self._serial:04}",
            digits + check_character(digits), born, self._address, time_zone,
        )  # fmt: skip


def _name(chance: Random, *, woman: bool) -> str:
    surname = chance.choice(_LONG_SURNAMES) if chance.random() < 0.01 else chance.choice(_SURNAMES)
    given = _WOMEN if woman else _MEN
    first = chance.choice(given)
    if chance.random() < 0.2:
        return surname + first
    return surname + first + chance.choice(given)
