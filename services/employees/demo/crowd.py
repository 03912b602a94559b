"""As many made-up people as a load test asks for, as the bytes of one CSV file.

Person i (from 0) reports to person (i − 1) // 12, so nobody is more than seven steps from the top even among a
million; a hundred people make a unit, eight units a plant, eight plants a division. Rows come in an order in which
managers stand anywhere. Everything is computed from i: the same n and seed give the same bytes, in constant memory.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from math import gcd

from services.employees.importing.national_ids import check_character

HEADINGS = (
    "工号", "姓名", "英文名", "工作邮箱", "手机号", "身份证号", "出生日期", "家庭住址", "入职日期", "试用期结束日期",
    "部门", "岗位", "直接上级工号",
)  # fmt: skip
_SPAN, _UNIT, _FAN = 12, 100, 8
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_SURNAMES_EN = (
    "Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Huang", "Zhao", "Wu", "Zhou", "Xu", "Sun", "Ma", "Zhu", "Hu",
    "Guo", "He", "Gao", "Lin", "Luo",
)  # fmt: skip
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文博"
_GIVEN_EN = (
    "wei", "fang", "na", "min", "jing", "li", "qiang", "lei", "jun", "yang", "yong", "yan", "jie", "juan", "tao",
    "ming", "chao", "xiu", "xia", "ping", "gang", "gui", "ying", "hua", "yu", "lan", "jian", "guo", "wen", "bo",
)  # fmt: skip
_POSTS = ("操作员", "检验员", "工程师", "统计员")
_BIRTHS = [date(1968, 1, 1) + timedelta(days=day) for day in range(12_000)]
_HIRES = [date(2008, 1, 1) + timedelta(days=day) for day in range(6_000)]
_PROBATION = timedelta(days=89)
_ROWS_PER_CHUNK = 2_000
_REGION = "990101"


def crowd(n: int, seed: int = 0) -> Iterator[bytes]:
    """The file in pieces of 2,000 rows, UTF-8, headings first. At most ten million people have numbers of their own."""
    step = _step(n, seed)
    hires = [(day.isoformat(), (day + _PROBATION).isoformat(), day.year) for day in _HIRES]
    births = [(day.isoformat(), f"{_REGION}{day:%Y%m%d}") for day in _BIRTHS]
    yield (",".join(HEADINGS) + "\r\n").encode()
    for start in range(0, n, _ROWS_PER_CHUNK):
        rows = []
        for at in range(start, min(start + _ROWS_PER_CHUNK, n)):
            i = at * step % n
            mixed = (i + seed) * 2_654_435_761 & 0xFFFFFFFF
            surname, first, second = mixed % 20, mixed // 20 % 30, mixed // 600 % 30
            born, digits = births[i % 12_000]
            # Eighteen at least: years run with i, so that birth date and sequence together stay unique.
            hired = hires[mixed // 18_000 % 6_000]
            if hired[2] < int(born[:4]) + 19:
                hired = hires[-1 - i % 1_500]
            digits += f"{i // 12_000 % 1000:03}"
            unit = i // _UNIT
            path = f"群星集团/{unit // _FAN // _FAN + 1}事业部/{unit // _FAN + 1}厂/{unit + 1}车间"
            manager = f"C{(i - 1) // _SPAN:07}" if i else ""
            name = f"{_SURNAMES[surname]}{_GIVEN[first]}{_GIVEN[second]}"
            given = _GIVEN_EN[first].capitalize() + _GIVEN_EN[second]
            rows.append(
                f"C{i:07},{name},{given} {_SURNAMES_EN[surname]},c{i:07}@crowd.example,1990{i:07},"
                f"{digits}{check_character(digits)},{born},虚拟市示范区群星路{i % 999 + 1}号,{hired[0]},{hired[1]},"
                f"{path},{_POSTS[mixed // 7 % 4]},{manager}\r\n"
            )
        yield "".join(rows).encode()


def _step(n: int, seed: int) -> int:
    """A stride without a common factor with n: going by it, modulo n, visits everybody once."""
    step = n * 618 // 1000 + seed % 97 | 1
    while gcd(step, n) != 1:
        step += 2
    return step % n if n > 1 else 0
