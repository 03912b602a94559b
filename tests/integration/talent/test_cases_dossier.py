"""The dossier prints what its reader sees of a case, in their language, and says who printed it when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import update

from libs.kit.tables import outbox
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent.tables import cases
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.placing import Company

FIRST_PAGE = 0


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def pages(company: Company, case: pb.Case, who: str, **meta: str) -> list[str]:
    """The text of each page."""
    dossier = await company.ask(who, "GetDossier", pb.GetDossierRequest(case_id=case.case_id), **meta)
    with pypdfium2.PdfDocument(dossier.content) as document:
        return [page.get_textpage().get_text_range() for page in document]


async def words(company: Company, case: pb.Case, who: str, **meta: str) -> str:
    """All of it in one line: text breaks where the column ends."""
    return "".join(await pages(company, case, who, **meta)).replace("\r\n", "").replace("\n", "")


async def test_it_holds_the_case_from_its_reason_to_the_hash_of_its_evidence(company: Company) -> None:
    case = await company.decided()
    found = await words(company, case, company.hr)
    for expected in (
        "岗位安置档案",
        case.number,
        "供应商质量保证",
        placing.REASON,
        "配偶",
        "talks能力",
        "可培养的差距",
        "班次：常日班（办公室） → 常日班（办公室），满足",
        placing.WORDS,
        "行政助理",
        "标准不能降低,先试用",
        "差距可以培养,试用观察",
        case.decision.evidence_hash,
        "证据完整",
    ):
        assert expected in found


async def test_every_page_says_who_printed_it_and_which_of_how_many_it_is(company: Company) -> None:
    case = await company.decided()
    found = await pages(company, case, company.hr)
    for number, page in enumerate(found, start=1):
        assert f"第 {number} 页，共 {len(found)} 页" in page
        # Four times across the page and once below it.
        assert page.count("tester E0003") == 5


@pytest.mark.parametrize("who", ["quality", "engineering", "candidate", "adviser"])
async def test_nobody_prints_what_they_may_not_see(company: Company, who: str) -> None:
    case = await company.decided()
    found = await words(company, case, getattr(company, who))
    assert ("可培养的差距" in found) == (who != "engineering")
    assert (placing.WORDS in found) == (who in {"quality", "candidate"})
    assert ("配偶" in found) == (placing.REASON in found) == (who == "quality")
    assert ("标准不能降低" in found) == (who == "quality")
    assert ("按您的角色不显示" in found) is True


async def test_it_speaks_the_readers_language(company: Company) -> None:
    case = await company.decided()
    found = await words(company, case, company.hr, **{"accept-language": "en"})
    for expected in ("Placement dossier", "Supplier quality", "trainable gap", "Conflict of interest", "Page 1 of"):
        assert expected in found
    assert "匹配报告" not in found


async def test_words_are_words_and_never_markup(company: Company) -> None:
    strange = '<b>&amp;</b> <img src="file:///etc/hostname"/> ' + "长" * 1900
    case = await company.open(reason=strange)
    found = await words(company, case, company.hr)
    assert '<b>&amp;</b> <img src="file:///etc/hostname"/>' in found
    assert found.count("长") == 1900


async def test_an_altered_decision_and_an_erased_candidate_are_told_apart(company: Company, desk: Desk) -> None:
    case = await company.decided()
    async with desk.database.transaction() as db:
        await db.run(update(cases).where(cases.c.case_id == UUID(case.case_id)).values(decision=3))
    assert "证据已被改动" in await words(company, case, company.hr)
    async with desk.database.transaction() as db:
        await desk.gate.house.vault.erase(db, UUID(company.candidate), desk.clock.now())
    found = await words(company, case, company.hr)
    assert "本人信息已删除" in found
    assert case.decision.evidence_hash in found


async def test_every_printing_is_on_record(company: Company, desk: Desk) -> None:
    case = await company.decided()
    desk.clock.move(timedelta(hours=1))
    await company.ask(company.engineering, "GetDossier", pb.GetDossierRequest(case_id=case.case_id))
    async with desk.database.reading() as db:
        rows = await db.rows(outbox.select().where(outbox.c.type.endswith("CallAudited")))
    assert any(b"GetDossier" in row["value"] and company.candidate.encode() in row["value"] for row in rows)
