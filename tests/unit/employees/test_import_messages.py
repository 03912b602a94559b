"""Every problem and every field has its words, the same in both languages."""

import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.employees.importing.problems import Code
from services.employees.importing.targets import TARGETS

FOLDER = Path(__file__).resolve().parents[3] / "services/employees/messages"
LANGUAGES = ("zh-CN", "en")


def words(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_says_what_is_wrong_and_what_to_do(language: str) -> None:
    problems = words(language)["import_problems"]
    assert set(problems) == {code.value for code in Code}
    for code in Code:
        assert set(problems[code]) == {"problem", "fix"}
        said = placeholders(problems[code]["problem"]) | placeholders(problems[code]["fix"])
        assert said <= code.parameters, code


def test_both_languages_use_the_same_parameters() -> None:
    chinese, english = (words(language)["import_problems"] for language in LANGUAGES)
    for code in Code:
        for part in ("problem", "fix"):
            assert placeholders(chinese[code][part]) == placeholders(english[code][part]), (code, part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label_and_a_help(language: str) -> None:
    targets = words(language)["import_targets"]
    named = {each.messages.removeprefix("import_targets.") for every in TARGETS.values() for each in every}
    assert set(targets) == named
    for entry in targets.values():
        assert set(entry) == {"label", "help"}
        assert all(entry.values())
