"""The second company's file goes wrong in twelve ways and right once corrected; the crowd is as large as asked for."""

import csv
import io
from datetime import date
from typing import Literal

import pytest

from services.employees.demo import crowd, second_company
from services.employees.demo.second import MAPPING, MISTAKES, SUGGESTED_WRONGLY
from services.employees.importing.checking import Checker
from services.employees.importing.existing import Existing
from services.employees.importing.mapping import Mapping
from services.employees.importing.reading import Table, open_table
from services.employees.importing.suggesting import suggest
from services.employees.importing.targets import ImportKind

TODAY = date(2026, 11, 23)
FORMS: list[Literal["xlsx", "csv"]] = ["xlsx", "csv"]


def run(table: Table, fields: dict[str, str]) -> Checker:
    columns = tuple((table.headings.index(heading), field) for heading, field in fields.items())
    mapping = Mapping(columns, create_missing=True)
    checker = Checker(ImportKind.PEOPLE, table.headings, mapping, Existing(), TODAY, header_row=table.header_row)
    checker.survey(table.rows())
    list(checker.read(table.rows()))
    checker.finish()
    return checker


def suggested(table: Table) -> dict[str, tuple[str, int]]:
    found = suggest(ImportKind.PEOPLE, table.headings, table.sample())
    return {table.headings[each.column]: (each.field, each.confidence) for each in found}


@pytest.mark.parametrize("form", FORMS)
def test_exactly_twelve_rows_have_a_problem_each_its_own(form: Literal["xlsx", "csv"]) -> None:
    checker = run(open_table(second_company(form)), MAPPING)
    assert {problem.row: problem.code for problem in checker.problems} == MISTAKES
    assert len(checker.problems) == len(checker.wrong_rows) == len(set(MISTAKES.values())) == 12


@pytest.mark.parametrize("form", FORMS)
def test_the_corrected_file_has_none(form: Literal["xlsx", "csv"]) -> None:
    table = open_table(second_company(form, corrected=True))
    checker = run(table, MAPPING)
    assert not checker.problems
    assert sum(1 for _ in table.rows()) == 62
    assert len(checker.new_units) == 10


@pytest.mark.parametrize("form", FORMS)
def test_the_suggestion_is_right_but_for_one_column_of_which_it_is_unsure(form: Literal["xlsx", "csv"]) -> None:
    found = suggested(open_table(second_company(form)))
    wrong = {heading: field for heading, (field, _) in found.items() if MAPPING.get(heading) != field}
    assert wrong == {SUGGESTED_WRONGLY: "number"}
    assert {heading for heading in MAPPING if heading not in found} == {"员工代码"}
    unsure = min(found, key=lambda heading: found[heading][1])
    assert unsure == SUGGESTED_WRONGLY
    assert found[unsure][1] <= 80


@pytest.mark.parametrize("form", FORMS)
def test_the_file_is_the_same_every_time(form: Literal["xlsx", "csv"]) -> None:
    assert second_company(form) == second_company(form)


def test_the_csv_is_gb18030() -> None:
    assert open_table(second_company("csv")).encoding == "gb18030"


@pytest.mark.parametrize("n", [1, 2, 13, 2500])
def test_a_crowd_has_as_many_sound_people_as_asked_for(n: int) -> None:
    table = open_table(b"".join(crowd(n, seed=3)))
    assert suggested(table).keys() == set(table.headings)
    checker = run(table, {heading: field for heading, (field, _) in suggested(table).items()})
    assert not checker.problems
    assert sum(1 for _ in table.rows()) == n


def test_a_crowd_s_managers_stand_anywhere_and_there_is_one_top() -> None:
    rows = list(csv.DictReader(io.StringIO(b"".join(crowd(5000)).decode())))
    at = {row["工号"]: position for position, row in enumerate(rows)}
    assert len(at) == len({row["身份证号"] for row in rows}) == 5000
    managers = [row["直接上级工号"] for row in rows]
    assert managers.count("") == 1
    later = sum(at[manager] > position for position, manager in enumerate(managers) if manager)
    assert 1000 < later < 4000


def test_a_crowd_is_the_same_for_a_seed() -> None:
    assert list(crowd(100, 1)) == list(crowd(100, 1))
    assert list(crowd(100, 1)) != list(crowd(100, 2))
