"""The skills as delivered are whole, say what their levels mean, and carry the story of the placement case."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest

from services.talent.catalogue.catalogue import Catalogue
from services.talent.catalogue.own import FOLDER, OwnSetWrong, own_catalogue, read_own
from services.talent.catalogue.skills import Kind, Origin, Skill


@pytest.fixture(scope="module")
def own() -> Catalogue:
    return own_catalogue()


def _skills(own: Catalogue) -> list[Skill]:
    return [skill for skill in own.values() if not skill.group]


def test_every_skill_is_said_in_both_languages_with_five_different_levels(own: Catalogue) -> None:
    assert len(_skills(own)) >= 60
    for skill in own.values():
        assert skill.name.zh
        assert skill.name.en
        assert len({level.zh for level in skill.levels}) == len({level.en for level in skill.levels}) == 5, skill.key
        assert all(level.zh and level.en for level in skill.levels), skill.key
        assert skill.source.origin is Origin.OWN


def test_every_skill_has_a_place_among_the_others_unless_it_is_an_attitude_or_a_language(own: Catalogue) -> None:
    alone = [skill for skill in _skills(own) if not own.broader(skill.key)]
    assert {skill.kind for skill in alone} <= {Kind.ATTITUDE, Kind.LANGUAGE}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("供应商资质审核", "supplier-audit"),
        ("质量数据录入", "quality-data-entry"),
        ("与供应商沟通", "supplier-communication"),
        ("沟通", "communication"),
        ("细心", "carefulness"),
        ("执行力", "execution"),
        ("data entry", "data-entry"),
        ("设备保养", "equipment-care"),
        ("machine learning", "machine-learning"),
        ("IQA", "supplier-quality"),
        ("GD&T", "gdt"),
    ],
)
def test_the_words_of_the_story_are_known(own: Catalogue, said: str, key: str) -> None:
    assert [one.keys for one in own.labels.find(said)] == [(key,)]


def test_communication_can_be_trained_and_supplier_communication_is_one_kind_of_it(own: Catalogue) -> None:
    assert own["communication"].trainable
    assert own.broader("supplier-communication") == {"communication"}
    assert "communication" in own.needs("supplier-audit")


def test_what_nothing_teaches_is_not_trainable(own: Catalogue) -> None:
    untaught = own["responsibility"]
    assert untaught.months_per_level is not None
    assert not untaught.taught_by
    assert not untaught.trainable


def _spoiled(folder: Path, file: str, before: str, after: str) -> tuple[str, ...]:
    copy = folder / "data"
    copytree(FOLDER, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(OwnSetWrong) as wrong:
        read_own(copy)
    return wrong.value.problems


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("office.toml", 'kind = "skill"', 'kind = "talent"', "office-work: kind is 'talent'"),
        ("office.toml", 'en = "Data entry"', 'en = ""', "data-entry: name is not said in both"),
        ("office.toml", "months = 1\n", "months = 0\n", "data-entry: months per level"),
        ("office.toml", "months = 1\n", 'months = "one"\n', "data-entry: months: says no number"),
        ("office.toml", "months = 1\n", "", "data-entry: months: says no number"),
        ("office.toml", "months = 1\n", "months = 1\nmouths = 2\n", "data-entry: has fields nobody knows: mouths"),
        ("office.toml", 'zh = ["会用键盘和输入法，照样本录过", ', "zh = [", "data-entry: levels: 4 in zh, 5 in en"),
        ("office.toml", '"会求和、排序、筛选"', '""', "excel: levels holds something that is no text"),
        ("office.toml", "excel = 0.5", "excel = 1.0", "closeness lies between 0 and 1"),
        (
            "office.toml",
            'needs = ["carefulness"]',
            'needs = ["cleverness"]',
            "needs names cleverness, which there is not",
        ),
        ("office.toml", 'levels = "tool"', 'levels = "toll"', "erp: levels: levels.toml has no template 'toll'"),
        ("office.toml", 'zh = ["Excel", ', 'zh = ["Excel", "Excel", ', "excel: also says Excel twice"),
        ("quality.toml", "[metrology]", "[communication]", "the key is used in another file too"),
        ("quality.toml", "[metrology]", "[metrology", "quality.toml: is no TOML"),
        (
            "people.toml",
            'broader = ["working-with-others"]',
            'broader = ["supplier-communication"]',
            "cannot be broader",
        ),
    ],
)
def test_a_mistake_in_the_files_is_said_with_file_and_key(
    tmp_path: Path, file: str, before: str, after: str, said: str
) -> None:
    assert any(said in problem for problem in _spoiled(tmp_path, file, before, after))


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    copytree(FOLDER, tmp_path / "data")
    (tmp_path / "data/more.toml").write_text('[one]\nkind = "x"\n[two]\nkind = "y"\n[data-entry]\n', encoding="utf-8")
    with pytest.raises(OwnSetWrong) as wrong:
        read_own(tmp_path / "data")
    assert [problem.partition(":")[0] for problem in wrong.value.problems] == [
        "more.toml, one",
        "more.toml, two",
        "more.toml, data-entry",
    ]


def test_months_are_decimals(own: Catalogue) -> None:
    assert own["quality-data-entry"].months_per_level == Decimal("1.5")
