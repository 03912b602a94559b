"""By which words people are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from services.employees.names import MOST_SURE, family_and_given, pinyin_name, token_to_search, tokens_to_store

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗曾单仇查解任区吕"
GIVEN = "伟芳娜敏静丽磊军洋勇艳杰娟涛明超秀霞平刚桂英玉兰建国文博绿女"
HAN_NAMES = st.builds(
    "{}{}".format, st.sampled_from([*SURNAMES, "欧阳", "司马"]), st.text(GIVEN, min_size=1, max_size=2)
)
LATIN_WORDS = st.from_regex(r"[A-Z][a-z]{1,9}", fullmatch=True)


def found(query: str, name: str, name_en: str = "", number: str = "") -> bool:
    return token_to_search(query) in tokens_to_store(name, name_en, number)


@given(HAN_NAMES, st.builds("{} {}".format, LATIN_WORDS, LATIN_WORDS), st.from_regex(r"[A-Z]\d{4}", fullmatch=True))
def test_everybody_is_found_by_every_part_of_their_name(name: str, name_en: str, number: str) -> None:
    for end in range(1, len(name) + 1):
        assert found(name[:end], name, name_en, number)
        assert found(name[-end:], name, name_en, number)
    whole = pinyin_name(name).split()
    given, family = whole[0].lower(), whole[1].lower()
    first, last = name_en.split()
    queries = [given, family, family + given, f"{family} {given}", number, number.lower(), first, last, name_en]
    for query in [*queries, f"{last} {first}", f"{last}{first}".upper()]:
        assert found(query, name, name_en, number), query


@given(HAN_NAMES)
def test_everybody_is_found_by_initials_and_by_typing_on(name: str) -> None:
    given, family = pinyin_name(name).lower().split()
    surname = 2 if name[:2] in {"欧阳", "司马"} else 1
    syllables = [*(["ou", "yang"] if family == "ouyang" else ["si", "ma"] if surname == 2 else [family])]
    syllables += lazy_pinyin(list(name[surname:]), style=Style.NORMAL, v_to_u=False)
    initials = "".join(each[0] for each in syllables)
    for end in range(1, len(initials) + 1):
        assert found(initials[:end], name)
    assert found(initials[surname:], name)
    assert "".join(syllables) == family + given
    if len(name) <= 3:
        for end in range(1, len(family + given) + 1):
            assert found((family + given)[:end], name)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("单雄信", "shanxiongxin"), ("仇英", "qiuying"), ("曾国藩", "zengguofan"), ("解缙", "xiejin"), ("查良镛",
        "zha"),
        ("尉迟恭", "yuchigong"), ("万俟卨", "moqi"), ("任我行", "renwoxing"), ("任我行", "renwohang"), ("张乐",
        "zhangyue"),
        ("张乐", "zl"), ("吕布", "lv"), ("吕布", "lubu"), ("吕布", "lyubu"), ("吕布", "lübu"), ("王小明", "WXM"),
        ("王小明", "王 小 明"), ("王小明", "WangXiaoming"), ("Steven King", "steve"), ("Steven King", "King, Steven"),
        ("José García", "jose"), ("José García", "GARCÍA"), ("O'Brien Pat", "obrien"), ("阿迪力·买买提",
        "阿迪力·买买提"),
    ],
)  # fmt: skip
def test_names_are_found_the_way_people_type_them(name: str, query: str) -> None:
    assert found(query, name)


def test_others_are_not_found() -> None:
    for query in ("李", "wxx", "wangda", "xiaowang", "明小"):
        assert not found(query, "王小明", "Xiaoming Wang", "E0107")


def test_nothing_is_found_by_nothing() -> None:
    assert token_to_search(" ·-") == ""
    assert "" not in tokens_to_store("", "", "")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=12))
def test_any_name_has_few_words_and_each_of_them_finds_it(name: str, name_en: str, number: str) -> None:
    tokens = tokens_to_store(name, name_en, number)
    assert len(tokens) == len(set(tokens)) <= MOST_SURE
    assert all(token_to_search(token) == token for token in tokens)


@pytest.mark.parametrize(
    ("name", "name_en", "family", "personal"),
    [
        ("王小明", "Leo Wang", "王", "小明"),
        ("欧阳晓", "", "欧阳", "晓"),
        ("李雷", "", "李", "雷"),
        ("Maria da Silva", "", "Silva", "Maria da"),
        ("", "Leo Wang", "Wang", "Leo"),
        ("Madonna", "", "Madonna", ""),
        ("", "", "", ""),
    ],
)
def test_family_and_given_name_fill_two_fields(name: str, name_en: str, family: str, personal: str) -> None:
    assert family_and_given(name, name_en) == (family, personal)
