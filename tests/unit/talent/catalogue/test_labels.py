"""A skill is found under any of its names, whole, however it is spelled, and never inside another word."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.talent.catalogue.folding import fold
from services.talent.catalogue.labels import Found, Labels
from services.talent.catalogue.own import own_catalogue

NAMES = [
    *("会计", "计算机辅助设计", "三坐标测量", "测量", "沟通", "供应商沟通"),
    *("C", "C++", "C#", ".NET", "net", "Node.js", "ERP", "MES", "SPC", "5S", "R&D", "GD&T", "CI/CD", "Café"),
    *("machine learning", "supplier quality assurance", "Six Sigma", "quality data entry", "data entry", "ISO 9001"),
]
LABELS = Labels((name, name) for name in NAMES)


def found_in(text: str) -> list[str]:
    return [key for found in LABELS.find(text) for key in found.keys]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Machine\n  Learning, machine-learning", ["machine learning", "machine learning"]),
        ("sharper ERPs and sERP", []),
        ("ERP/MES", ["ERP", "MES"]),
        ("C/C++ or C#, not C+", ["C", "C++", "C#"]),
        ("ASP.NET", []),
        (".NET and net.", [".NET", "net"]),
        ("node.js. SPC.", ["Node.js", "SPC"]),
        ("javanode.js", []),
        ("熟悉ERP系统、三坐标测量和测量", ["ERP", "三坐标测量", "测量"]),
        ("我会计算机辅助设计", ["计算机辅助设计"]),
        ("供应商 沟通;沟通", ["供应商沟通", "沟通"]),
        ("ＥＲＰ与Ｃ＋＋", ["ERP", "C++"]),
        ("five 15S, one 5S管理", ["5S"]),
        ("non-ERP, ERP-based, IQC-ERP", ["ERP", "ERP"]),
        ("C-level, vitamin-C, C 语言", ["C"]),
        ("R&D, R & D, R&C", ["R&D"]),
        ("GD&T (CI/CD)", ["GD&T", "CI/CD"]),
        ("Excel+SPC", ["SPC"]),
        ("quality data entry; data entry", ["quality data entry", "data entry"]),
        ("cafe\u0301 CAFÉ", ["Café", "Café"]),
        ("six‐sigma SIX\u00a0SIGMA si\u00adx sigma", ["Six Sigma"] * 3),
        ("ERP_MES xERPx", []),
        ("supplier quality, assurance", []),
        ("", []),
    ],
)
def test_finds_whole_labels_and_nothing_inside_other_words(text: str, expected: list[str]) -> None:
    assert found_in(text) == expected


def test_says_where_in_the_written_text_a_label_stands() -> None:
    text = "㍿ ﬁnds ＥＲＰ and cafe\u0301, 三坐标 测量"
    places = [text[one.first : one.last] for one in LABELS.find(text)]
    assert places == ["ＥＲＰ", "cafe\u0301", "三坐标 测量"]


def test_a_label_of_two_skills_is_ambiguous_and_names_both() -> None:
    labels = Labels([("检验", "incoming"), ("检验", "final"), ("IQC", "incoming"), ("iqc", "incoming")])
    assert labels.find("检验") == [Found(0, 2, "检验", ("incoming", "final"))]
    assert [one.keys for one in labels.find("ＩＱＣ")] == [("incoming",)]


def test_a_label_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        Labels([(" \u200b", "nothing")])


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u00ad", "\ufe0f", "\u034f", "\u3164", "\U000e0100"])
def test_marks_that_nobody_sees_make_no_other_label(mark: str) -> None:
    assert fold(f"数据{mark}录入").text == "数据录入"
    assert not fold(mark).units


WORDS = ("a", "b", "ab", "中", "文")
pieces = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)


def _joined(words: list[str]) -> str:
    """Words as one writes them: a space between two in Latin letters."""
    return re.sub(r"([ab]) (?=中|文)|(中|文) (?=\S)", r"\1\2", " ".join(words))


def _naive(labels: set[str], text: str) -> list[str]:
    """Tries every label at every place and takes the longest, by regular expressions and nothing of ours."""
    hits = []
    for label in labels:
        signs = [re.escape(sign) if sign != " " else " +" for sign in label]
        body = "".join(
            sign + (" *" if after and {sign, after} & {"中", "文"} else "")
            for sign, after in zip(signs, [*signs[1:], ""], strict=True)
        )
        pattern = re.compile("(?<![ab])" * (label[0] in "ab") + body + "(?![ab])" * (label[-1] in "ab"))
        hits += [
            (-len(label), place, hit.end(), label) for place in range(len(text)) if (hit := pattern.match(text, place))
        ]
    chosen: list[tuple[int, int, str]] = []
    for _, first, last, label in sorted(hits):
        if all(last <= other_first or other_last <= first for other_first, other_last, _ in chosen):
            chosen.append((first, last, label))
    return [label for _, _, label in sorted(chosen)]


@given(st.sets(pieces.map(_joined), max_size=6), st.text(alphabet="ab中文 ,/", max_size=25))
@example({"ab 中", "ab"}, "ab 中ab")
@example({"中a", "中 a b".replace("中 ", "中")}, "中 a  b,中a")
def test_finds_the_same_as_a_naive_matcher(labels: set[str], text: str) -> None:
    index = Labels((label, label) for label in labels)
    canonical = {fold(label).text for label in labels}
    assert [one.label for one in index.find(text)] == _naive(canonical, text)


@given(st.lists(st.sampled_from(NAMES), max_size=6), st.sampled_from([", ", "、", "; ", " | "]))
def test_every_label_written_down_is_found_again_in_order(names: list[str], between: str) -> None:
    text = between.join(names)
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    assert found_in(text) == found_in(text.upper()) == found_in(wide) == names


@given(st.text(max_size=40))
def test_folding_any_text_keeps_places_in_order_and_forgives_width_and_composition(text: str) -> None:
    folded = fold(text)
    assert all(0 <= unit.first < unit.last <= len(text) for unit in folded.units)
    assert all(one.first <= other.first for one, other in zip(folded.units, folded.units[1:], strict=False))
    assert fold(unicodedata.normalize("NFC", text)).text == folded.text


def test_every_label_of_our_own_set_leads_to_its_skill_and_to_no_other() -> None:
    own = own_catalogue()
    for skill in own.values():
        for label in () if skill.group else skill.labels:
            assert [one.keys for one in own.labels.find(f"熟悉{label}。")] == [(skill.key,)], label
