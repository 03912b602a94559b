"""Pages of `docs/` that are written from the contract: written by a command, held fresh by a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tools import contract


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a cell's own bars are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sentence(comment: str) -> str:
    """A comment on one line."""
    return " ".join(comment.split())


def write(path: Path, text: str) -> None:
    """Writes a page and says so; an unchanged one is left alone."""
    name = path.relative_to(contract.ROOT)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        print(f"{name} is up to date")
        return
    path.write_text(text, encoding="utf-8")
    print(f"{name} written")
