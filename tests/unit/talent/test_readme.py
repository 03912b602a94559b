"""The service's page leads to all there is, and to nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TALENT = ROOT / "services/talent"
# Of every service, explained in the architecture.
EVERYWHERE = {"__main__", "service", "messages", "migrations", "README"}


def section(title: str) -> str:
    page = (TALENT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def test_every_module_of_the_service_has_its_place_on_the_page() -> None:
    there = {path.name.removesuffix(".py") + "/" * path.is_dir() for path in TALENT.iterdir()}
    there -= {"__pycache__/", *EVERYWHERE, *(f"{name}/" for name in EVERYWHERE)}
    modules = {name for name in there if not name.endswith((".md", ".toml"))}
    page = section("Where things are")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert modules - set(re.findall(r"`([\w/]+)`", page)) == set()
    assert {name for row in rows for name in re.findall(r"`([\w/]+)`", row)} - modules == set()


def test_what_a_thing_is_called_where_is_so() -> None:
    rows = [line.split("|")[1:-1] for line in section("What a thing is called where").splitlines() if ".proto" in line]
    protos, portal = set(), set()
    for _, proto, _, _, _, pages in rows:
        protos |= set(re.findall(r"`(\w+\.proto)`", proto))
        portal |= set(re.findall(r"`(\w+)/`", pages))
    contract = {path.name for path in (ROOT / "protos/mainstay/talent/v1").iterdir()}
    assert protos == contract - {"errors.proto", "events.proto"}
    assert all((ROOT / "gateway/portal/src" / name).is_dir() for name in portal)


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(
        r"`((?:unit|integration|scenarios|tests)/[\w/]+(?:\.py)?)`", (TALENT / "README.md").read_text("utf-8")
    )
    assert len(named) > 10
    missing = [name for name in named if not (ROOT / "tests" / name.removeprefix("tests/")).exists()]
    assert missing == []
