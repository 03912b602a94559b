"""Which mapping is suggested, from headings and from values."""

import random
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.cells import Cell
from services.employees.importing.matching import best_assignment
from services.employees.importing.suggesting import suggest
from services.employees.importing.targets import ImportKind

ROSTER: dict[str, tuple[str, list[Cell]]] = {
    "工号": ("number", ["E001", "E002", "E003"]),
    "姓名": ("name", ["王小明", "李四", "欧阳娜娜"]),
    "性别": ("", ["男", "女", "女"]),
    "部门": ("unit", ["品质部", "生产部", "生产部"]),
    "职务": ("post", ["质检员", "操作员", "操作员"]),
    "入职时间": ("hired_on", ["2020/1/2", "2021年3月4日", "20220506"]),
    "手机号码": ("mobile", ["13800138000", "13900139000", "13700137000"]),
    "电子邮箱": ("work_mail", ["a@b.example", "c@b.example", ""]),
    "身份证号码": ("national_id", ["110101199003078515", "11010119900307851X", "110101199003078516"]),
    "直接上级工号": ("manager_number", ["", "E001", "E001"]),
}


def suggested(kind: ImportKind, columns: dict[str, list[Cell]]) -> dict[str, str]:
    headings = list(columns)
    rows = list(zip(*columns.values(), strict=True))
    return {headings[each.column]: each.field for each in suggest(kind, headings, rows)}


def test_a_chinese_roster_is_understood_in_any_order_of_columns() -> None:
    columns = {heading: values for heading, (_, values) in ROSTER.items()}
    expected = {heading: field for heading, (field, _) in ROSTER.items() if field}
    for seed in range(20):
        order = random.Random(seed).sample(list(columns), len(columns))
        assert suggested(ImportKind.PEOPLE, {heading: columns[heading] for heading in order}) == expected


def test_headings_of_the_usual_samples_are_understood() -> None:
    oracle = suggested(
        ImportKind.PEOPLE,
        {
            "employee_id": ["100", "101"], "first_name": ["Steven", "Neena"], "last_name": ["King", "Yang"],
            "email": ["SKING", "NYANG"], "phone_number": ["1.515.555.0100", "1.515.555.0101"],
            "hire_date": ["17-06-2013", "21-09-2015"], "job_id": ["AD_PRES", "AD_VP"], "salary": ["24000", "17000"],
            "manager_id": ["", "100"], "department_id": ["90", "90"],
        },
    )  # fmt: skip
    assert oracle == {
        "employee_id": "number", "first_name": "first_name", "last_name": "last_name", "phone_number": "mobile",
        "hire_date": "hired_on", "job_id": "post", "manager_id": "manager_number", "department_id": "unit",
    }  # fmt: skip


def test_values_that_contradict_the_heading_are_not_suggested() -> None:
    assert "email" not in suggested(ImportKind.PEOPLE, {"emp_no": ["1", "2"], "email": ["SKING", "NYANG"]})
    assert suggested(ImportKind.PEOPLE, {"工号": ["E1"], "直接上级": ["王小明"]}) == {"工号": "number"}


def test_values_that_tell_are_suggested_whatever_the_heading() -> None:
    columns: dict[str, list[Cell]] = {"联络": ["13800138000"] * 2, "x": ["110101199003078515", "11010119900307851X"]}
    assert suggested(ImportKind.PEOPLE, columns) == {"联络": "mobile", "x": "national_id"}


def test_numbers_of_a_workbook_count_as_they_read() -> None:
    assert suggested(ImportKind.PEOPLE, {"编号": [1.0, 2.0], "电话": [13800138000.0, 13900139000.0]}) == {
        "编号": "number",
        "电话": "mobile",
    }


def test_the_same_heading_means_another_thing_in_another_kind() -> None:
    assert suggested(ImportKind.UNITS, {"department_id": ["10"], "department_name": ["IT"], "manager_id": ["103"]}) == {
        "department_id": "code",
        "department_name": "name",
        "manager_id": "head_number",
    }
    assert suggested(ImportKind.PAY, {"emp_no": ["1"], "salary": ["60117"], "from_date": ["1986-06-26"]}) == {
        "emp_no": "number",
        "salary": "amount",
        "from_date": "starts_on",
    }


def test_two_columns_that_could_be_the_same_make_the_suggestion_unsure() -> None:
    headings = ["联系电话", "手机"]
    sure = suggest(ImportKind.PEOPLE, headings[:1], [["13800138000"]])[0].confidence
    both = suggest(ImportKind.PEOPLE, headings, [["13800138000", "13900139000"]])
    assert len(both) == 1
    assert both[0].confidence < sure


def test_a_column_that_only_counts_the_rows_is_hardly_the_number() -> None:
    columns: dict[str, list[Cell]] = {"编号": ["1", "2", "3"], "工号": ["E7", "E9", "E8"]}
    assert suggested(ImportKind.PEOPLE, columns) == {"工号": "number"}
    (alone,) = suggest(ImportKind.PEOPLE, ["BusinessEntityID"], [["1"], ["2"]])
    assert (alone.field, alone.confidence) == ("number", 70)


@given(st.lists(st.text(max_size=12), max_size=12), st.sampled_from(ImportKind), st.data())
def test_every_suggestion_is_a_mapping(headings: list[str], kind: ImportKind, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(st.lists(st.text(max_size=8), min_size=len(headings), max_size=len(headings)), max_size=3)
    )
    found = suggest(kind, headings, rows)
    assert len({each.column for each in found}) == len({each.field for each in found}) == len(found)
    assert all(0 < each.confidence <= 100 for each in found)


@given(st.lists(st.lists(st.integers(-3, 9), min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_matching_is_the_best_there_is(scores: list[list[int]]) -> None:
    found = sum(scores[row][column] for row, column in best_assignment(scores))
    gains = [[max(score, 0) for score in row] for row in scores] + [[0, 0, 0]] * 3
    best = max(
        sum(gains[row][column] for column, row in enumerate(rows)) for rows in permutations(range(len(gains)), 3)
    )
    assert found == best
