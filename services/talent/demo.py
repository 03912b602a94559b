"""Pure: what is known of the demo company's people, as the files an HR department would import, and which posts ask for
what. The same number always comes to the same profile.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_AWARD,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_REVIEW,
    ENTRY_KIND_SKILL,
    SHIFT_DAY,
    SHIFT_OFFICE,
    SHIFT_ROTATING,
    Aspirations,
)

# Posts of the demo company with the template their job profile comes from.
JOBS: Mapping[str, str] = {
    "QA-IQA-SQ": "iqa",
    "AD-AA": "administrative-assistant",
    "QA-ST": "data-statistics",
    "PD-PC": "planner",
    "ET-EQ-EE": "equipment-engineer",
}
# What people of a job family can do, most of them; by code of the catalogue. What operators cannot show in their work
# (communication, say) is left out: it is unknown, not missing.
_OF_FAMILY: Mapping[str, Sequence[str]] = {
    "production": ("machine-operation", "equipment-care", "work-safety", "five-s", "execution", "shift-handover"),
    "quality": ("measuring-tools", "spc", "eight-d", "carefulness", "quality-data-entry", "communication"),
    "research": ("research-engineering", "cad", "design-of-experiments", "problem-solving", "document-writing"),
    "engineering": ("drawing-reading", "cad", "equipment-repair", "root-cause-analysis", "project-management"),
    "administration": ("excel", "data-entry", "document-control", "communication", "carefulness"),
    "purchasing": ("purchasing", "negotiation", "supplier-communication", "erp", "excel"),
    "logistics": ("warehousing", "forklift", "erp", "execution"),
    "sales": ("customer-support", "product-knowledge", "presentation", "communication", "english"),
    "finance": ("bookkeeping", "excel", "carefulness", "erp"),
    "hr": ("labour-law", "communication", "confidentiality", "excel", "recruiting-interview"),
    "it": ("programming", "problem-solving", "english", "project-management"),
}
# Where people of a job family look next, beside their own.
_NEXT: Mapping[str, Sequence[str]] = {
    "production": ("quality", "logistics", "administration"),
    "quality": ("production", "engineering"),
    "research": ("engineering", "quality"),
    "engineering": ("research", "production"),
    "administration": ("hr", "logistics"),
    "logistics": ("purchasing", "administration"),
}
_SHIFTS: Mapping[str, Sequence[int]] = {
    "production": (SHIFT_DAY, SHIFT_DAY, SHIFT_ROTATING, SHIFT_OFFICE),
    "logistics": (SHIFT_DAY, SHIFT_OFFICE),
}
_USUAL: Sequence[str] = ("communication", "excel", "execution")


@dataclass(frozen=True, slots=True)
class Worker:
    """A person of the demo company and the job family of their post."""

    number: str
    family: str


def files(workers: Iterable[Worker], today: date) -> dict[int, bytes]:
    """By kind of entry, a CSV file of them; two reviews each, the newest of the half-year before today."""
    everybody = sorted(workers, key=lambda one: one.number)
    return {
        ENTRY_KIND_SKILL: _file(("工号", "能力", "等级", "评估日期"), _skills(everybody, today)),
        ENTRY_KIND_REVIEW: _file(("工号", "考核周期", "得分", "满分", "考核日期"), _reviews(everybody, today)),
        ENTRY_KIND_POTENTIAL: _file(("工号", "潜力", "评级", "评估日期"), _potential(everybody, today)),
        ENTRY_KIND_AWARD: _file(("工号", "奖项", "获奖日期"), _awards(everybody, today)),
    }


def wishes(workers: Iterable[Worker]) -> Mapping[str, Aspirations]:
    """By number, what those want who have said so: about two of five, and one of three of them takes nothing else."""
    said = {}
    for worker in workers:
        chance = random.Random(f"wishes {worker.number}")  # noqa: S311 - as below
        if chance.random() < 0.4:
            said[worker.number] = Aspirations(
                shift=chance.choice(_SHIFTS.get(worker.family, (SHIFT_OFFICE,))),  # type: ignore[arg-type]
                shift_firm=chance.random() < 1 / 3,
                families=[worker.family, chance.choice(_NEXT.get(worker.family, ("administration",)))],
                mobile=chance.random() < 0.3,
            )
    return said


def _of(worker: Worker) -> random.Random:
    """Chance that always falls the same for a person."""
    return random.Random(f"talent {worker.number}")  # noqa: S311 - a demo company, not a secret


def _skills(workers: Sequence[Worker], today: date) -> Iterable[tuple[str, ...]]:
    for worker in workers:
        chance = _of(worker)
        for code in _OF_FAMILY.get(worker.family, _USUAL):
            seen = today - timedelta(days=chance.randrange(30, 900))
            level = chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 5))
            if chance.random() < 0.8:
                yield worker.number, code, str(level), seen.isoformat()


def _reviews(workers: Sequence[Worker], today: date) -> Iterable[tuple[str, ...]]:
    for worker in workers:
        chance = _of(worker)
        usual = chance.triangular(3.0, 5.0, 4.1)
        for before in (1, 2):
            period, closed = _half_year(today, before)
            score = min(5.0, max(1.0, usual + chance.uniform(-0.3, 0.3)))
            yield worker.number, period, f"{score:.1f}", "5", closed.isoformat()


def _half_year(today: date, before: int) -> tuple[str, date]:
    """A half-year before the one of today: its name and last day."""
    year, half = today.year, 1 if today.month <= 6 else 2
    for _ in range(before):
        year, half = (year, 1) if half == 2 else (year - 1, 2)
    return f"{year}H{half}", date(year, 6, 30) if half == 1 else date(year, 12, 31)


def _potential(workers: Sequence[Worker], today: date) -> Iterable[tuple[str, ...]]:
    _, closed = _half_year(today, 1)
    for worker in workers:
        chance = _of(worker)
        if chance.random() < 0.5:
            yield worker.number, "学习速度", str(chance.choice((1, 2, 2, 2, 3))), closed.isoformat()


def _awards(workers: Sequence[Worker], today: date) -> Iterable[tuple[str, ...]]:
    _, closed = _half_year(today, 2)
    for worker in workers:
        if _of(worker).random() < 0.04:
            yield worker.number, "季度之星", closed.isoformat()


def _file(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()
