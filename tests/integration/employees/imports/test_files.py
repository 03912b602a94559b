"""Imports, from the upload to the tree that fills: with mistakes, again, in other encodings."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from libs.kit.tables import deadlines
from mainstay.employees.v1 import imports_pb2, organization_pb2, people_pb2
from services.employees import demo, placing
from services.employees.importing.targets import ImportKind
from tests.integration.employees.conftest import Office
from tests.integration.employees.imports.conftest import CSV, Desk, table
from tests.integration.employees.test_last_days import said
from tests.integration.employees.test_lifecycle import refused
from tests.integration.employees.test_restating import Restating


async def test_a_file_with_mistakes_is_corrected_imported_and_imported_again_without_effect(desk: Desk) -> None:
    made = await desk.upload(CSV, "people.xlsx", demo.second_company())
    assert made.state == imports_pb2.IMPORT_STATE_MAPPING
    assert all("****" not in one or len(one) < 20 for column in made.columns for one in column.samples)
    by_heading = {column.heading: column.index for column in made.columns}
    from services.employees.demo import second

    mapping = imports_pb2.ImportMapping(
        columns=[
            imports_pb2.ImportColumnTarget(column=by_heading[heading], field=field)
            for heading, field in second.MAPPING.items()
        ]
    )
    checked = await desk.dry_run(made, mapping)
    assert checked.state == imports_pb2.IMPORT_STATE_PROBLEMS
    problems = await desk.problems(made)
    assert checked.rows_wrong == 12, [(p.row, p.code) for p in problems]
    assert {p.row: p.code for p in problems} == {row: code.value for row, code in second.MISTAKES.items()}
    assert all(p.problem and p.fix and "{" not in p.problem + p.fix for p in problems)
    with refused("IMPORT_HAS_PROBLEMS"):
        await desk.apply(made)

    fixed = await desk.upload(CSV, "people.xlsx", demo.second_company(corrected=True))
    checked = await desk.dry_run(fixed, mapping)
    assert checked.state == imports_pb2.IMPORT_STATE_READY, await desk.problems(fixed)
    done = await desk.apply(fixed)
    assert done.state == imports_pb2.IMPORT_STATE_DONE
    assert done.rows_new == done.rows == checked.rows_new
    listed = await desk.office.ask(
        "PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(page_size=500, with_total=True)
    )
    assert 0 < listed.total <= done.rows
    tree = await desk.office.ask("OrganizationService.ListUnits", organization_pb2.ListUnitsRequest())
    assert sum(unit.people for unit in tree.units) == listed.total

    before = await desk.counts()
    again = await desk.upload(CSV, "people.xlsx", demo.second_company(corrected=True))
    checked = await desk.dry_run(again, mapping)
    assert (checked.rows_same, checked.rows_new, checked.rows_changed) == (checked.rows, 0, 0)
    done = await desk.apply(again)
    assert done.state == imports_pb2.IMPORT_STATE_DONE
    assert await desk.counts() == before


STAYING = (people_pb2.EMPLOYEE_STATUS_ACTIVE, people_pb2.EMPLOYEE_STATUS_LEAVING)
PEOPLE = (
    "工号,姓名,部门,岗位,直接上级工号,入职日期,手机号",
    "D001,王小明,德铭/生产,厂长,,2015-03-01,13812345678",
    "D002,李四,德铭/生产,操作工,D001,2018-05-02,13812345679",
    "D003,张三,德铭/品质,检验员,D001,2019-06-03,13812345670",
)


async def test_a_changed_row_changes_the_person_from_today_on(desk: Desk) -> None:
    done = await desk.bring(CSV, table(*PEOPLE))
    assert (done.rows_new, done.units_new, done.posts_new) == (3, 3, 3)
    changed = (*PEOPLE[:2], "D002,李四四,德铭/品质,检验员,D003,2018-05-02,13900000000", PEOPLE[3])
    done = await desk.bring(CSV, table(*changed))
    assert (done.rows_new, done.rows_changed, done.rows_same) == (0, 1, 2)
    listed = await desk.office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query="D002"))
    person = await desk.office.get(listed.employees[0].employee_id)
    assert (person.name, person.mobile) == ("李四四", "139****0000")
    assert person.primary.unit_name == "品质"
    assert person.primary.manager_name == "张三"
    assert person.primary.starts_on == desk.office.day()
    before = await desk.office.get(person.employee_id, desk.office.day(-1))
    assert (before.name, before.primary.unit_name, before.primary.manager_name) == ("李四", "生产", "王小明")
    facts = await desk.office.facts(person.employee_id)
    assert facts == ["EmployeeHired", "PersonPlaced", "EmployeeCorrected", "EmployeeTransferred", "PersonPlaced"]
    # On the same day once more: what began today is called off, not ended.
    await desk.bring(CSV, table(*PEOPLE))
    person = await desk.office.get(person.employee_id)
    assert person.primary.unit_name == "生产"


async def test_gb18030_is_read_as_it_is(desk: Desk) -> None:
    content = "\r\n".join(PEOPLE).encode("gb18030")
    made = await desk.upload(CSV, "people.csv", content)
    assert made.encoding == "gb18030"
    done = await desk.bring(CSV, content)
    assert done.rows_new == 3


async def test_a_last_day_in_the_file_lets_go_and_hands_over(desk: Desk) -> None:
    header, *rows = PEOPLE
    await desk.bring(CSV, table(header, *rows, "D004,赵六,德铭/生产,操作工,D002,2020-01-01,"))
    gone = (f"{header},离职日期", f"{rows[0]},", f"{rows[1]},{desk.office.day(-3)}", f"{rows[2]},")
    done = await desk.bring(CSV, table(*gone))
    assert done.rows_changed == 1
    listed = await desk.office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query="D004"))
    assert listed.employees[0].manager_name == "王小明"
    left = await desk.office.ask(
        "PeopleService.ListEmployees",
        people_pb2.ListEmployeesRequest(query="D002", statuses=[people_pb2.EMPLOYEE_STATUS_LEFT]),
    )
    assert left.employees[0].last_day == desk.office.day(-3)
    before = await desk.counts()
    done = await desk.bring(CSV, table(*gone))
    assert done.rows_same == 3
    assert await desk.counts() == before


async def test_of_those_a_file_brings_or_changes_the_last_day_ahead_is_told(desk: Desk) -> None:
    def rows(last: str) -> bytes:
        header, *people = PEOPLE
        days = ("", last, desk.office.day(-4))
        return table(f"{header},离职日期", *(f"{one},{day}" for one, day in zip(people, days, strict=True)))

    async def told(number: str) -> list[str]:
        found = people_pb2.ListEmployeesRequest(query=number, statuses=[people_pb2.EMPLOYEE_STATUS_LEFT, *STAYING])
        (person,) = (await desk.office.ask("PeopleService.ListEmployees", found)).employees
        return await said(desk.office, person.employee_id)

    ahead, later = desk.office.day(40), desk.office.day(50)
    await desk.bring(CSV, rows(ahead))
    assert [await told(one) for one in ("D001", "D002", "D003")] == [[""], [ahead], [""]]
    scene = Restating(desk.office)
    assert await scene.so() == await scene.said_last()
    await desk.bring(CSV, rows(later))
    assert [await told(one) for one in ("D001", "D002", "D003")] == [[""], [ahead, later], [""]]


async def test_units_posts_histories_and_pay_come_from_their_own_files(desk: Desk) -> None:
    units = table("部门编码,部门名称,上级部门", "D0,德铭,", "D10,生产,D0", "D20,品质,D0")
    assert (await desk.bring(ImportKind.UNITS.value, units)).rows_new == 3
    assert (await desk.bring(ImportKind.UNITS.value, units)).rows_same == 3
    posts = table("岗位编码,岗位名称,部门,编制", "D10-1,操作工,D10,5", "D20-1,检验员,D20,5")
    assert (await desk.bring(ImportKind.POSTS.value, posts)).rows_new == 2
    assert (await desk.bring(ImportKind.POSTS.value, posts)).rows_same == 2
    people = table("工号,姓名,部门,岗位,入职日期", "D1,王小明,D20,D20-1,2020-01-01", "D2,李四,D10,D10-1,2021-01-01")
    await desk.bring(CSV, people)
    histories = table(
        "工号,部门,岗位,开始日期,结束日期",
        "D1,D10,D10-1,2020-01-01,2022-12-31",
        "D1,D20,D20-1,2023-01-01,",
        "D1,D10,D10-1,2015-01-01,2016-12-31",
    )
    done = await desk.bring(ImportKind.ASSIGNMENTS.value, histories)
    assert (done.rows_new, done.rows_same) == (2, 1)
    assert (await desk.bring(ImportKind.ASSIGNMENTS.value, histories)).rows_same == 3
    listed = await desk.office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query="D1"))
    employee_id = listed.employees[0].employee_id
    assert (await desk.office.get(employee_id, "2021-05-05")).primary.unit_name == "生产"
    assert (await desk.office.get(employee_id, "2015-05-05")).hired_on == "2015-01-01"
    assert not (await desk.office.get(employee_id, "2018-05-05")).HasField("primary")
    assert (await desk.office.get(employee_id)).primary.unit_name == "品质"
    pay = table("工号,工资,开始日期", "D1,8000.50,2020-01-01", "D1,9000,2022-01-01", "D2,7000,2021-01-01")
    assert (await desk.bring(ImportKind.PAY.value, pay)).rows_new == 3
    done = await desk.bring(ImportKind.PAY.value, pay.replace(b"9000", b"9500"))
    assert (done.rows_same, done.rows_changed) == (2, 1)


async def test_an_import_belongs_to_its_account(desk: Desk, office: Office) -> None:
    made = await desk.upload(CSV, "people.csv", table(*PEOPLE))
    with refused("IMPORT_NOT_FOUND"):
        await office.ask("ImportService.GetImport", imports_pb2.GetImportRequest(import_id=made.import_id))


async def test_an_import_that_is_given_up_leaves_no_file(desk: Desk) -> None:
    made = await desk.upload(CSV, "people.csv", table(*PEOPLE))
    given_up = await desk.ask("CancelImport", imports_pb2.CancelImportRequest(import_id=made.import_id))
    assert given_up.state == imports_pb2.IMPORT_STATE_CANCELLED
    assert not given_up.parts
    with refused("IMPORT_WRONG_STATE"):
        await desk.apply(made)


async def test_what_is_no_table_is_refused_with_the_reason(desk: Desk) -> None:
    with refused("IMPORT_FILE_UNREADABLE"):
        await desk.upload(CSV, "people.csv", b"%PDF-1.7 not a table at all")


async def test_a_part_sent_twice_counts_once(desk: Desk) -> None:
    content = table(*PEOPLE)
    made = await desk.upload(CSV, "people.csv", content)
    again = await desk.ask(
        "UploadPart", imports_pb2.UploadPartRequest(import_id=made.import_id, part=0, content=content)
    )
    assert list(again.parts) == [0]
    with refused("IMPORT_WRONG_STATE"):
        await desk.ask("UploadPart", imports_pb2.UploadPartRequest(import_id=made.import_id, part=0, content=b"other"))


async def test_the_number_of_somebody_who_was_erased_stays_closed(desk: Desk) -> None:
    header, *rows = PEOPLE
    await desk.bring(CSV, table(header + ",离职日期", *(f"{row}," for row in rows[:2]), f"{rows[2]},2024-01-01"))
    listed = await desk.office.ask(
        "PeopleService.ListEmployees",
        people_pb2.ListEmployeesRequest(query="D003", statuses=[people_pb2.EMPLOYEE_STATUS_LEFT]),
    )
    await desk.office.ask(
        "PeopleService.EraseEmployee",
        people_pb2.EraseEmployeeRequest(employee_id=listed.employees[0].employee_id, reason="本人申请"),
    )
    made = await desk.upload(CSV, "people.csv", table(*PEOPLE))
    checked = await desk.dry_run(made)
    assert checked.state == imports_pb2.IMPORT_STATE_PROBLEMS
    assert [(p.row, p.code) for p in await desk.problems(made)] == [(4, "NUMBER_ERASED")]


def test_ids_are_uuids_of_version_seven() -> None:
    from itertools import islice

    from services.employees.applying import ids

    made = [UUID(bytes=one) for one in islice(ids.stream(), 10_000)]
    assert {one.version for one in made} == {7}
    assert made == sorted(set(made))
    assert ids.text(made[0].bytes) == str(made[0])


async def test_an_imported_person_begins_on_their_own_first_day(desk: Desk) -> None:
    header, *rows = PEOPLE
    later = rows[2].replace("2019-06-03", desk.office.day(5))
    content = table(f"{header},时区", f"{rows[0]},", f"{rows[1]},", f"{later},America/Los_Angeles")
    made = await desk.upload(CSV, "file.csv", content)
    if not any(one.field == "time_zone" for one in made.mapping.columns):
        made.mapping.columns.add(column=7, field="time_zone")
    await desk.apply(await desk.dry_run(made))
    listed = await desk.office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query="D003"))
    person = listed.employees[0]
    assert person.status == people_pb2.EMPLOYEE_STATUS_JOINING
    async with desk.office.database.reading() as db:
        due = await db.value(select(deadlines.c.due_at).where(deadlines.c.key == person.employee_id))
    assert due == placing.start_of(date.fromisoformat(desk.office.day(5)), "America/Los_Angeles")
