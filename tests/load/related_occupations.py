"""How well the matching score finds O*NET's related occupations, beside two plain measures:

    python -m tests.load.related_occupations ../shared/data/onet

Every occupation is a person, who holds its skills, and a post, which asks for them. Truth: `Related_Occupations`. For
each occupation all others are ranked; recall and nDCG are taken at 10 (nDCG: primary short 3, primary long 2,
supplemental 1). Beside it, over the same columns: the cosine of the level vectors, and sum(min) / sum(required). All
three are told twice, for levels as the model has them, in whole steps from 0 to 5, and as published, which is finer.

What may be chosen for ours is what a post asks for and with which weight (importance; or importance above that of the
average post, which leaves out what everybody needs), and whether one looks one way (can this person do that post) or
both ways. It is chosen on one half of the occupations, drawn by a hash of their codes, and told for the other half.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.talent.matching.inputs import Catalogue, HeldLevel, Name, Person, Post, Skill, SkillRequirement
from services.talent.matching.model import Key, Pace, Source
from services.talent.matching.report import match

Matrix = npt.NDArray[np.float64]

AT = 10
UNNAMED = Name("", "")
ON = date(2026, 11, 23)
GAINS = {"Primary-Short": 3, "Primary-Long": 2, "Supplemental": 1}


@dataclass(frozen=True)
class Occupations:
    """Rows are occupations, columns skills. `gains[row]`: what each related row is worth."""

    codes: list[str]
    elements: list[str]
    level: Matrix
    importance: Matrix
    gains: list[dict[int, int]]


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def read(folder: Path, files: list[str]) -> Occupations:
    values: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for name in files:
        for row in rows(folder, name):
            if row["Scale ID"] in {"IM", "LV"}:
                values[row["O*NET-SOC Code"]][row["Element ID"], row["Scale ID"]] = float(row["Data Value"])
    elements = sorted({element for of in values.values() for element, _ in of})
    codes = sorted(code for code, of in values.items() if len(of) == 2 * len(elements))
    at = {code: number for number, code in enumerate(codes)}
    gains: list[dict[int, int]] = [{} for _ in codes]
    for row in rows(folder, "Related_Occupations"):
        one, other = row["O*NET-SOC Code"], row["Related O*NET-SOC Code"]
        if one in at and other in at:
            gains[at[one]][at[other]] = GAINS[row["Relatedness Tier"]]
    level, importance = (
        np.array([[values[code][element, scale] for element in elements] for code in codes]) for scale in ("LV", "IM")
    )
    return Occupations(codes, elements, level, importance, gains)


# ── measures: [i, j] is how well occupation j as a person fits occupation i as a post ──


def cosine(data: Occupations) -> Matrix:
    unit = data.level / np.maximum(np.linalg.norm(data.level, axis=1, keepdims=True), 1)
    found: Matrix = unit @ unit.T
    return found


def overlap(data: Occupations) -> Matrix:
    return np.array([np.minimum(data.level, of).sum(axis=1) / max(of.sum(), 1) for of in data.level])


@dataclass(frozen=True)
class Choice:
    """`peculiar`: weights are the importance above the average post's; `both`: the mean of the two ways."""

    peculiar: bool
    both: bool

    def __str__(self) -> str:
        weighed = "importance above average" if self.peculiar else "importance"
        return f"{weighed}, {'both ways' if self.both else 'one way'}"


CHOICES = [Choice(peculiar, both) for peculiar in (False, True) for both in (False, True)]


def in_steps(data: Occupations) -> Occupations:
    return replace(data, level=np.rint(data.level * 5 / 7))


def weights(data: Occupations, choice: Choice) -> npt.NDArray[np.int64]:
    """In hundredths of a point of importance; 0 where nothing is asked."""
    floor = data.importance.mean(axis=0) if choice.peculiar else 1.0
    weight = np.rint((data.importance - floor) * 100).astype(np.int64).clip(0)
    return np.where(data.level > 0, weight, 0)


def ours(data: Occupations, choice: Choice) -> Matrix:
    """The model's score for all pairs at once; `checked` holds it to the model's own reports."""
    weight, score = weights(data, choice), np.zeros((len(data.codes), len(data.codes)))
    for post, asks in enumerate(weight):
        asked = np.flatnonzero(asks)
        if len(asked):
            fit = np.minimum(1, data.level[:, asked] / data.level[post, asked])
            score[post] = fit @ asks[asked] / asks.sum()
    return (score + score.T) / 2 if choice.both else score


def checked(data: Occupations, choice: Choice) -> None:
    """Some hundred pairs by `match` itself."""
    held, weight = data.level.astype(np.int64), weights(data, choice)
    score = ours(data, replace(choice, both=False))
    catalogue = Catalogue([Skill(element, Decimal(2)) for element in data.elements])
    for post in range(0, len(held), 29):
        asks = [
            SkillRequirement(
                data.elements[at], Name("", ""), int(weight[post, at]), must=False, level=int(held[post, at])
            )
            for at in np.flatnonzero(weight[post])
        ]
        for one in range(7, len(held), 97) if asks else ():
            holds: dict[Key, HeldLevel] = {
                element: HeldLevel(int(level), Source.IMPORT, ON)
                for element, level in zip(data.elements, held[one], strict=True)
            }
            person = Person(UUID(int=one), holds, {}, Pace.USUAL)
            report = match(person, Post(UUID(int=post), asks), catalogue, on=ON)
            if abs(float(report.score) - score[post, one]) > 1e-9:
                raise AssertionError(f"{data.codes[one]} as {data.codes[post]}: {report.score} and {score[post, one]}")


# ── how good ──


def quality(score: Matrix, data: Occupations, of: npt.NDArray[np.intp]) -> tuple[float, float]:
    """Mean recall and nDCG at 10 over the occupations `of`; equals in the order of codes."""
    recalls, gains = [], []
    discount = 1 / np.log2(np.arange(2, AT + 2))
    for post in of:
        truth = data.gains[post]
        if truth:
            order = np.argsort(-np.where(np.arange(len(score)) == post, -np.inf, score[post]), kind="stable")[:AT]
            found = np.array([truth.get(int(one), 0) for one in order], float)
            best = np.sort(np.array(list(truth.values()), float))[::-1][:AT]
            recalls.append(np.count_nonzero(found) / len(truth))
            gains.append((found * discount).sum() / (best * discount[: len(best)]).sum())
    return float(np.mean(recalls)), float(np.mean(gains))


def halves(data: Occupations) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    drawn = np.array([sha256(code.encode()).digest()[0] % 2 for code in data.codes])
    return np.flatnonzero(drawn == 0), np.flatnonzero(drawn == 1)


def tell(name: str, score: Matrix, data: Occupations, of: npt.NDArray[np.intp]) -> None:
    recall, ndcg = quality(score, data, of)
    print(f"  {name:58} recall@{AT} {recall:.3f}  nDCG@{AT} {ndcg:.3f}")


def compare(folder: Path, title: str, files: list[str]) -> None:
    data = read(folder, files)
    first, second = halves(data)
    print(f"\n{title}: {len(data.codes)} occupations, {len(data.elements)} columns, told for {len(second)}")
    related = sum(len(truth) for truth in data.gains) / len(data.gains)
    print(f"  {related:.1f} related each: recall@{AT} can be {AT / related:.2f} at most")
    for steps in (True, False):
        of = in_steps(data) if steps else data
        print(f" levels {'in whole steps, 0 to 5' if steps else 'as published'}")
        tell("cosine", cosine(of), of, second)
        one_way = overlap(of)
        tell("sum(min) / sum(required)", one_way, of, second)
        tell("sum(min) / sum(required), both ways", one_way + one_way.T, of, second)
        best = max(CHOICES, key=lambda choice: quality(ours(of, choice), of, first)[1])
        if steps:
            checked(of, best)
        for choice in CHOICES:
            tell(f"ours, {choice}{' (chosen)' if choice == best else ''}", ours(of, choice), of, second)


def main(folder: Path) -> None:
    compare(folder, "Skills", ["Skills"])
    compare(folder, "Skills and knowledge", ["Skills", "Knowledge"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
