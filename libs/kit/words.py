"""Sentences for people, in their language: `messages/zh-CN.toml` and `messages/en.toml` beside the code that says them.

A file's tables are addressed with dots: `say("en", "employees", "reasons.POST_CLOSED", {"closed_on": …})`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh-CN", "en")
ROOT = Path(__file__).resolve().parents[2]


def folder(context: str) -> Path:
    """Where a context keeps its sentences; the contract's own are the kit's."""
    if context == "contract":
        return ROOT / "libs/kit/messages"
    if context == "gateway":
        return ROOT / "gateway/messages"
    return ROOT / "services" / context / "messages"


@cache
def book(context: str, language: str) -> Mapping[str, Any]:
    path = folder(context) / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


class _Kept(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def find(language: str, context: str, name: str) -> str | None:
    entry: Any = book(context, language)
    for part in name.split("."):
        if not isinstance(entry, Mapping) or part not in entry:
            return None
        entry = entry[part]
    return entry if isinstance(entry, str) else None


def say(language: str, context: str, name: str, values: Mapping[str, Any] | None = None) -> str:
    """The sentence with its values put in; its name when no language has it."""
    pattern = find(language, context, name) or find("en", context, name)
    if pattern is None:
        return name
    return pattern.format_map(_Kept({key: str(value) for key, value in (values or {}).items()}))


def best_language(header: str, default: str = "zh-CN") -> str:
    """The first of our languages in an Accept-Language header, by its order of preference."""
    ranked = []
    for position, item in enumerate(header.split(",")[:20]):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, position, tag.strip().lower()))
    for _, _, tag in sorted(ranked):
        for language in LANGUAGES:
            if tag.split("-")[0] == language.split("-")[0].lower():
                return language
    return default
