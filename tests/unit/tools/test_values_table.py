"""Files that are made from others are as their sources are now, and a value without a word about it is refused."""

from __future__ import annotations

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tools import demo_access
from tools.values_table import CHART, README, Uncommented, rendered, values

VALUES = """\
# Not about any value

image:
  # Where it is
  repository: mainstay
  # Who may
  # pull it
  pullSecrets: []
defaults:
  # What a pod gets
  resources:
    requests: {cpu: 250m}
"""


def test_each_value_comes_with_its_path_its_default_and_its_words() -> None:
    assert [(one.path, one.default, one.about) for one in values(VALUES)] == [
        ("image.repository", "mainstay", "Where it is"),
        ("image.pullSecrets", "[]", "Who may pull it"),
        ("defaults.resources", "{requests: {cpu: 250m}}", "What a pod gets"),
    ]


def test_a_value_without_a_word_about_it_is_refused() -> None:
    with pytest.raises(Uncommented, match=r"^image\.tag$"):
        list(values("image:\n  # Where it is\n  repository: mainstay\n  tag: ''\n"))


def test_the_table_has_every_value_of_the_chart() -> None:
    told = [one.path for one in values((CHART / "values.yaml").read_text(encoding="utf-8"))]
    leaves = set(paths(yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))))
    assert {leaf for leaf in leaves if not any(leaf == one or leaf.startswith(f"{one}.") for one in told)} == set()
    assert len(told) == len(set(told))


def paths(value: object, before: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [path for name, inner in value.items() for path in paths(inner, f"{before}{name}.")]
    return [before.rstrip(".")]


def test_the_charts_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert rendered(text, (CHART / "values.yaml").read_text(encoding="utf-8")) == text, "python -m tools.values_table"


def test_the_demo_jobs_file_is_current() -> None:
    assert demo_access.rendered() == demo_access.FILE.read_text(encoding="utf-8"), "python -m tools.demo_access"
