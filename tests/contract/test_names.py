"""Names that messages carry as text: the contract lists them, the service says those and no others, the portal knows
them all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from services.talent.cases import rules
from services.talent.service import METHODS
from services.talent.showing import LISTED

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "protos/mainstay/talent/v1/cases.proto"
PLACEMENTS = ROOT / "gateway/portal/src/placements"
STEPS, TASKS = set(get_args(rules.Step)), set(get_args(rules.TaskName))


def listed_in_proto(message: str, field: str) -> set[str]:
    """The names between backticks in a field's comment."""
    text = CASES.read_text(encoding="utf-8")
    body = re.search(rf"\nmessage {message} {{\n(.*?)\n}}", text, re.DOTALL)
    assert body, message
    lines = body[1].split("\n")
    at = next(number for number, line in enumerate(lines) if re.search(rf"\b{field} = \d+", line))
    comment = []
    while lines[at - 1].lstrip().startswith("//"):
        at -= 1
        comment.append(lines[at])
    return set(re.findall(r"`(\w+)`", " ".join(comment)))


def listed_in_portal(file: str, name: str) -> set[str]:
    """The names in a constant list of the portal."""
    found = re.search(rf"\bconst {name} = \[(.*?)\]", (PLACEMENTS / file).read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    return set(re.findall(r'"(\w+)"', found[1]))


def test_the_steps_of_a_case() -> None:
    assert listed_in_proto("CaseStep", "step") == STEPS
    # That of progress is said by its milestone.
    assert listed_in_portal("TimelinePanel.tsx", "known") == STEPS - {"progress"}
    assert {*rules.RUNNING, *rules._ABOUT_ONE, *rules._ABOUT_QUESTIONS, *rules._OPEN_NOTES} <= STEPS


def test_what_people_are_asked_for_in_cases() -> None:
    assert listed_in_proto("CaseTask", "task") == listed_in_portal("steps.ts", "taskWords") == TASKS


def test_the_parts_of_a_case_that_are_hidden() -> None:
    assert listed_in_proto("Case", "hidden") == listed_in_portal("steps.ts", "hiddenParts") == set(rules.NAMED)


def test_what_may_be_done_in_a_case_are_names_of_methods() -> None:
    assert {f"PlacementService.{action}" for action in rules.ACTIONS} <= METHODS.keys()
    # Taking somebody out is offered where they stand, not among the commands.
    assert listed_in_portal("steps.ts", "commands") == set(rules.ACTIONS) - {rules.REMOVE}


def test_several_wishes_are_taken_apart_where_they_were_put_together() -> None:
    shown = (ROOT / "gateway/portal/src/matching/Conditions.tsx").read_text(encoding="utf-8")
    assert f'.split("{LISTED}")' in shown
    assert f"`{LISTED}`" in (ROOT / "protos/mainstay/talent/v1/matching.proto").read_text(encoding="utf-8")
