"""Posts are found by their titles and codes, in the whole company or in one unit, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from libs.kit.access.scopes import Scope
from mainstay.employees.v1 import organization_pb2
from tests.integration.employees.conftest import Office
from tests.integration.employees.test_lifecycle import refused

POSTS = {
    "QA-1": ("质量检验员", "Quality inspector"),
    "QA-2": ("100%检验员", "Full inspection"),
    "QA_3": ("检验组长", "Team Leader"),
    "QB-4": ("叉车司机", "Forklift driver"),
}


@pytest.fixture
async def units(office: Office) -> dict[str, str]:
    """QA with a unit below it that has one post, and the four posts of POSTS in it."""
    root = await office.unit("QA")
    below = await office.unit("QC", root.unit_id)
    for code, (title, title_en) in POSTS.items():
        await opened(office, root.unit_id, code, title, title_en)
    await opened(office, below.unit_id, "QC-5", "来料检验员", "Incoming Inspector")
    return {"QA": root.unit_id, "QC": below.unit_id}


async def opened(office: Office, unit_id: str, code: str, title: str, title_en: str) -> None:
    request = organization_pb2.OpenPostRequest(
        code=code, title=title, title_en=title_en, unit_id=unit_id, headcount=1, opens_on=office.day(-10)
    )
    await office.ask("OrganizationService.OpenPost", request)


async def found(office: Office, query: str = "", **more: Any) -> list[str]:
    """Codes of the posts found, in the order of the answer."""
    request = organization_pb2.ListPostsRequest(query=query, **more)
    return [post.code for post in (await office.ask("OrganizationService.ListPosts", request)).posts]


@pytest.mark.usefixtures("units")
async def test_a_post_is_found_by_a_part_of_its_title_in_either_language_or_the_start_of_its_code(
    office: Office,
) -> None:
    assert await found(office, "检验员") == ["QA-1", "QA-2", "QC-5"]
    assert await found(office, " 组长 ") == ["QA_3"]
    assert await found(office, "INSPECT") == ["QA-1", "QA-2", "QC-5"]
    assert await found(office, "team lead") == ["QA_3"]
    assert await found(office, "qb") == ["QB-4"]
    assert await found(office, "b-4") == []
    assert await found(office, "厨师") == []
    assert await found(office) == sorted([*POSTS, "QC-5"])


@pytest.mark.usefixtures("units")
async def test_signs_that_mean_anything_to_the_database_mean_themselves(office: Office) -> None:
    assert await found(office, "%") == ["QA-2"]
    assert await found(office, "0%检") == ["QA-2"]
    assert await found(office, "QA_") == ["QA_3"]
    assert await found(office, "_") == []
    assert await found(office, "\\") == []
    assert await found(office, "' OR true --") == []


async def test_a_unit_narrows_what_is_found_with_or_without_those_below_it(
    office: Office, units: dict[str, str]
) -> None:
    assert await found(office, "检验", unit_id=units["QA"]) == ["QA-1", "QA-2", "QA_3", "QC-5"]
    assert await found(office, "检验", unit_id=units["QA"], own_only=True) == ["QA-1", "QA-2", "QA_3"]
    assert await found(office, "检验", unit_id=units["QC"]) == ["QC-5"]
    assert await found(office, own_only=True) == sorted([*POSTS, "QC-5"])


@pytest.mark.usefixtures("units")
async def test_what_is_found_is_read_page_by_page(office: Office) -> None:
    first = organization_pb2.ListPostsRequest(query="检验", page_size=2)
    page = await office.ask("OrganizationService.ListPosts", first)
    assert [post.code for post in page.posts] == ["QA-1", "QA-2"]
    token = page.next_page_token
    assert await found(office, "检验", page_size=2, page_token=token) == ["QA_3", "QC-5"]
    # A token is good for the question it was given for.
    with refused("PAGE_TOKEN_INVALID"):
        await found(office, "组长", page_size=2, page_token=token)


@pytest.mark.usefixtures("units")
async def test_whoever_may_read_the_organisation_finds_posts_and_nobody_else(office: Office) -> None:
    request = organization_pb2.ListPostsRequest(query="组长")
    held = {"employees.organization.read": (Scope("self"),)}
    listed = await office.ask("OrganizationService.ListPosts", request, held)
    assert [post.code for post in listed.posts] == ["QA_3"]
    with refused("PERMISSION_MISSING"):
        await office.ask("OrganizationService.ListPosts", request, {"employees.card.read": (Scope("all"),)})
