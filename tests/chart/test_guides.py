"""The pages for whoever runs it on a cluster: what they say to type is what the chart has and Helm and bash take."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from libs.kit.admin import MEANINGS
from libs.kit.bus.topics import plans
from tests.support.chart import CASES, CHART, PROFILES, RELEASE, case, render
from tools.contract import ROOT

GUIDES = [
    ROOT / "docs/guides" / f"{name}.md"
    for name in (
        "install",
        "upgrade",
        "backup",
        "rotate",
        "scale",
        "incidents",
        "air-gapped",
        "sizing",
        "images",
        "slo",
    )
]
BLOCK = re.compile(r"^ *```(sh|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# What a reader puts in: `<id>`, `…`, POD.
TO_FILL_IN = re.compile(r"<[a-z ]+>")
# Kinds by the words that kubectl takes for them.
KINDS = {
    "deploy": "Deployment",
    "deployment": "Deployment",
    "svc": "Service",
    "cronjob": "CronJob",
    "job": "Job",
    "secret": "Secret",
    "hpa": "HorizontalPodAutoscaler",
    "scaledobject": "ScaledObject",
    "certificate": "Certificate",
}
NAMED = re.compile(rf"\b({'|'.join(KINDS)})[/ ](mainstay-[a-z-]*[a-z])(?![a-z{{$-])")


def blocks(guide: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(guide.read_text(encoding="utf-8")) if kind == language]


@cache
def values() -> Any:
    return yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


def is_value(path: str) -> bool:
    """Whether values have such a path; a service's and the gateway's own are also those of `defaults`."""
    *_, last = steps = re.sub(r"\[\d+\]", "", path).split(".")
    if steps[0] == "services" and len(steps) > 2:
        steps = ["defaults", *steps[2:]]
    starts = [values()]
    if steps[0] in {"gateway", "networkPolicy"}:
        starts.append({"gateway": values()["defaults"]})
    return any(_leads(start, steps) for start in starts) and bool(last)


def _leads(start: Any, steps: list[str]) -> bool:
    for step in steps:
        if step == "*":
            start = {name: inner for one in start.values() for name, inner in one.items()}
        elif not (isinstance(start, dict) and step in start):
            return False
        else:
            start = start[step]
    return True


@cache
def there() -> frozenset[tuple[str, str]]:
    """Kind and name of all that some combination makes, and Secrets that it names, of a release `mainstay`."""
    rendered = [case(name) for name in CASES]
    made = {(one["kind"], one["metadata"]["name"]) for one in chain(*(each.resources for each in rendered))}
    secrets = re.findall(rf"(?:secretName|name): \"?({RELEASE}-[a-z-]+)", "\n".join(each.text for each in rendered))
    every = made | {("Secret", name) for name in secrets}
    return frozenset((kind, name.replace(f"{RELEASE}-", "mainstay-", 1)) for kind, name in every)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
class TestEveryGuide:
    def test_what_it_says_to_type_is_read_by_bash(self, guide: Path) -> None:
        for block in blocks(guide, "sh"):
            done = subprocess.run(
                ["bash", "-n"], input=TO_FILL_IN.sub("x", block), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (block, done.stderr)

    def test_what_it_gives_helm_is_a_value(self, guide: Path) -> None:
        for block in blocks(guide, "sh"):
            for path in re.findall(r"--set '?([\w.\[\]]+)=", block):
                assert is_value(path), path

    def test_every_value_it_speaks_of_is_one(self, guide: Path) -> None:
        """A word with a dot in backticks that begins as a value does, and is no file's name."""
        text = BLOCK.sub("", guide.read_text(encoding="utf-8"))
        for path in re.findall(r"`([a-z]\w+(?:\.[\w*]+)+)(?:: \w+|=[^`]+)?`", text):
            if path.partition(".")[0] in values() and not path.endswith(".prom"):
                assert is_value(path), path

    def test_what_it_asks_the_cluster_for_is_there(self, guide: Path) -> None:
        for block in blocks(guide, "sh"):
            for word, name in NAMED.findall(block):
                assert (KINDS[word], name) in there(), name

    def test_files_it_names_are_there(self, guide: Path) -> None:
        text = guide.read_text(encoding="utf-8")
        for path in set(re.findall(r"\b(?:charts|tests|tools|docs|libs)/[\w./-]*\w\.(?:py|yaml|json|md|xml)\b", text)):
            assert (ROOT / path).is_file(), path

    def test_values_it_shows_are_taken_over_every_profile_for_production(self, guide: Path) -> None:
        for block in blocks(guide, "yaml"):
            shown = yaml.safe_load(block.replace("sha256:…", "sha256:" + "0" * 64))
            for profile in PROFILES[1:]:
                assert render(profile, shown).pods


def told() -> Iterator[str]:
    yield from chain(*(blocks(guide, "sh") for guide in GUIDES))


def test_the_checks_above_have_something_to_look_at() -> None:
    said = "\n".join(told())
    assert len(NAMED.findall(said)) > 10
    assert len(re.findall(r"--set ", said)) >= 3
    assert not is_value("services.employees.replica")
    assert not is_value("backup.keycloack")


def test_kafka_is_emptied_of_every_topic_of_mainstay_and_of_no_other() -> None:
    [expression] = re.findall(r"--delete --topic '([^']+)'", "\n".join(told()))
    assert [one.name for one in plans() if not re.fullmatch(expression, one.name)] == []
    assert not re.fullmatch(expression, "erp.employees")


RUNBOOKS = sorted((ROOT / "docs/guides/runbooks").glob("*.md"))


@pytest.mark.parametrize("page", [*RUNBOOKS, *GUIDES], ids=lambda page: page.stem)
def test_what_is_not_ready_is_shown_by_what_is_typed(page: Path) -> None:
    """`urlopen` shows a traceback in place of a 503's body, and a port-forward just begun is not there yet."""
    for block in blocks(page, "sh"):
        assert not re.search(r"urlopen\(.*readyz", block)
        assert not re.search(r"port-forward .*&\n *curl", block)


def test_the_page_of_what_is_not_ready_names_each_part_it_may_be() -> None:
    page = (ROOT / "docs/guides/runbooks/MainstayNotReady.md").read_text("utf-8")
    assert [part for part in MEANINGS if f"`{part}`" not in page] == []


def test_who_scales_by_hand_is_told_what_the_next_upgrade_then_wants() -> None:
    """Helm applies on the server's side: a number that somebody else said is a conflict, and ends an upgrade."""
    by_hand = [page for page in GUIDES if re.search(r"kubectl -n mainstay scale deploy/", page.read_text("utf-8"))]
    assert {page.stem for page in by_hand} == {"incidents", "scale"}
    assert all("upgrade.md#when-it-fails" in page.read_text("utf-8") for page in by_hand)
    told = (ROOT / "docs/guides/upgrade.md").read_text("utf-8")
    assert "## When it fails" in told
    assert "--force-conflicts" in told


def test_the_checks_of_a_release_are_shown_once() -> None:
    """Every page says `--logs`; a hook whose log Helm shows by itself would be shown twice."""
    notes = case("standard").named("Pod", "check")["metadata"]["annotations"]
    assert "helm.sh/hook-output-log-policy" not in notes
    assert all("--logs" in line for line in re.findall(r"^helm test .*", "\n".join(told()), re.MULTILINE))
