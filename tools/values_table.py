"""Writes the table of values in charts/mainstay/README.md from values.yaml's comments: `python -m tools.values_table`.

A value's comment stands above it and says what it is; a comment above a group says what its values share. Every value
has to have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped]  # it ships none

from tools.contract import ROOT

CHART = ROOT / "charts" / "mainstay"
README = CHART / "README.md"
BEGIN, END = "<!-- values -->\n", "<!-- /values -->\n"
_KEY = re.compile(r"^( *)([A-Za-z][\w.-]*):(?: (.*))?$")


class Uncommented(Exception):
    """A value without a word about it; named by its path."""


@dataclass(frozen=True)
class Value:
    path: str
    default: str
    about: str


def values(text: str) -> Iterator[Value]:
    """Values of a file in its order. One that is a list or a map in itself counts as one value when it is commented."""
    whole = yaml.safe_load(text)
    trail: list[tuple[int, str]] = []
    words: list[str] = []
    told_to = -1
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            words.append(stripped.lstrip("# "))
            continue
        found = _KEY.match(line)
        if found is None:
            words = [] if not stripped else words
            continue
        indent = len(found[1])
        if told_to >= 0 and indent > told_to:
            # Inside of a value that was told as a whole.
            continue
        told_to = -1
        trail = [(at, name) for at, name in trail if at < indent] + [(indent, found[2])]
        path = [name for _, name in trail]
        default = _at(whole, path)
        group = not found[3] and isinstance(default, dict) and default
        if not group or (words and _as_one(".".join(path))):
            if not words:
                raise Uncommented(".".join(path))
            told_to = indent
            yield Value(".".join(path), _shown(default), " ".join(words))
        words = []


def _as_one(path: str) -> bool:
    """Maps and lists that people give as a whole."""
    return path.endswith(("resources", "labels", "topologySpread", "dns"))


def _at(whole: object, path: list[str]) -> object:
    for name in path:
        whole = whole[name] if isinstance(whole, dict) else None
    return whole


def _shown(default: object) -> str:
    text = str(yaml.safe_dump(default, default_flow_style=True, width=10_000, allow_unicode=True)).strip()
    return text.removesuffix("\n...").strip().replace("|", "\\|")


def rendered(readme: str, text: str) -> str:
    """The README with its table made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(f"| `{one.path}` | `{one.default}` | {one.about} |\n" for one in values(text))
    return f"{before}{BEGIN}\n| value | default | |\n| --- | --- | --- |\n{rows}\n{END}{after}"


def main() -> None:
    README.write_text(rendered(README.read_text(encoding="utf-8"), (CHART / "values.yaml").read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
