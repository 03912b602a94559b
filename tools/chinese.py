"""How Chinese is written here, as code that can fail: the marks of a sentence are full-width, as its characters are.

Half-width marks stay inside codes, numbers, times, addresses and phrases in Latin letters, and where a mark is what the
sentence speaks of and stands between spaces: `只含数字和 + - ( ) 空格`. Quotation marks are those of GB/T 15834, “ ”.
Chinese and a Latin word or a number have a space between them, Chinese and Chinese none. What is put in for a
placeholder, `{name}`, counts as Chinese beside a mark.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships none

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_WIDE = rf"{_HAN}。，、；：？！（）“”《》…"
_BEFORE = re.compile(rf"[{_WIDE}}}]")
_AFTER = re.compile(rf"[{_WIDE}{{]")
_MARK = re.compile(r"[,;:?!]")
_BRACKETS = re.compile(r"\(([^()]*)\)")
# Before the brackets of a formula: `ln R ± 1.96 × √(1/a − 1/n)`.
_OPERATOR = re.compile(r"[√×÷+−=] ?$")
_IS_HAN = re.compile(rf"[{_HAN}]")
_PLAIN_FAULTS = {
    "a half-width stop": re.compile(rf"[{_HAN}”）}}]\.(?=\s|$|[{_HAN}])"),
    "a space beside a full-width mark": re.compile(r"[ \u3000][。，、；：？！（）]|[。，、；：？！（）][ \u3000]"),
    "a space between Chinese and Chinese": re.compile(rf"[{_HAN}] +[{_HAN}]"),
    "quotation marks that are not “ ”": re.compile(rf"[「」『』]|[\"'](?=[{_HAN}])|(?<=[{_HAN}])[\"']"),
}
_TIGHT = re.compile(rf"[{_HAN}][A-Za-z0-9]|[A-Za-z0-9%][{_HAN}]")


@dataclass(frozen=True)
class Text:
    """A text of a catalogue. `typed`: another spelling that people type, which may lack spaces."""

    file: str
    key: str
    words: str
    typed: bool = False


def faults(words: str, *, typed: bool = False) -> list[str]:
    """What a careful editor would mend in a text of a Chinese catalogue; nothing where it is in Latin letters."""
    if not _IS_HAN.search(words) and "{" not in words:
        return []
    found = [f"half-width {mark.group()}" for mark in _MARK.finditer(words) if _in_chinese(words, mark)]
    found += ["half-width brackets" for one in _BRACKETS.finditer(words) if _brackets_in_chinese(words, one)]
    found += [name for name, pattern in _PLAIN_FAULTS.items() if pattern.search(words)]
    if not typed and _TIGHT.search(words):
        found.append("no space between Chinese and Latin letters or digits")
    return found


def _in_chinese(words: str, mark: re.Match[str]) -> bool:
    before, after = words[: mark.start()].rstrip(), words[mark.end() :].lstrip()
    if before[-1:].isdigit() and after[:1].isdigit():
        return False
    return bool(_BEFORE.match(before[-1:]) or _AFTER.match(after[:1]))


def _brackets_in_chinese(words: str, one: re.Match[str]) -> bool:
    if _OPERATOR.search(words[: one.start()]):
        return False
    touching = _BEFORE.match(words[: one.start()][-1:]) or _AFTER.match(words[one.end() :][:1])
    return bool(touching or _IS_HAN.search(one.group(1)))


# Where Chinese is written for people. A catalogue in Chinese is read whole, of other files what has Chinese in it.
_TABLES = ("services/*/messages/zh-CN.toml", "libs/*/messages/zh-CN.toml", "gateway/messages/zh-CN.toml")
_BOTH = (
    *("services/talent/*.toml", "services/talent/catalogue/data/*.toml", "tools/dashboards/*.toml"),
    "charts/mainstay/files/alerts/*.yaml",
)
_PORTAL = "gateway/portal/src/i18n/zh-CN/*.ts"
_PROPERTIES = "charts/mainstay/files/theme/**/messages_zh_CN.properties"
_CODE = ("services/**/*.py", "gateway/**/*.py", "libs/**/*.py")
_LINE = re.compile(r'(?:(\w+):\s*)?"((?:[^"\\]|\\.)*)"')
# Rows of a file with commas between the cells.
_NO_SENTENCES = {"services/employees/demo/crowd.py"}


def texts(root: Path) -> Iterator[Text]:
    """Every Chinese text of the catalogues and of the code, with its file and key (in code its line)."""
    for pattern in _TABLES:
        for path in sorted(root.glob(pattern)):
            yield from _leaves(path.relative_to(root).as_posix(), "", tomllib.loads(path.read_text(encoding="utf-8")))
    for pattern in _BOTH:
        for path in sorted(root.glob(pattern)):
            read = yaml.safe_load if path.suffix == ".yaml" else tomllib.loads
            found = _leaves(path.relative_to(root).as_posix(), "", read(path.read_text(encoding="utf-8")))
            yield from (one for one in found if _IS_HAN.search(one.words))
    for path in sorted(root.glob(_PORTAL)):
        yield from _portal(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    for path in sorted(root.glob(_PROPERTIES)):
        yield from _properties(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    for pattern in _CODE:
        for path in sorted(root.glob(pattern)):
            name = path.relative_to(root).as_posix()
            if name not in _NO_SENTENCES and "node_modules" not in path.parts:
                yield from _code(name, path.read_text(encoding="utf-8"))


def _leaves(file: str, key: str, value: Any) -> Iterator[Text]:
    if isinstance(value, str):
        yield Text(file, key, value, typed=".also." in f".{key}.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(file, f"{key}.{name}".lstrip("."), inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(file, f"{key}.{at}", inner)


def _portal(file: str, source: str) -> Iterator[Text]:
    key = ""
    for at, line in enumerate(source.splitlines(), start=1):
        for found in _LINE.finditer(line):
            yield Text(file, found[1] or key or f"line {at}", found[2])
        # A long text stands on the line after its key.
        key = line.strip().removesuffix(":") if line.rstrip().endswith(":") else ""


def _properties(file: str, source: str) -> Iterator[Text]:
    for line in source.splitlines():
        key, given, words = line.partition("=")
        if given and not line.startswith("#"):
            yield Text(file, key, words)


def _code(file: str, source: str) -> Iterator[Text]:
    tree = ast.parse(source, file)
    no_texts = set(map(id, _no_texts(tree)))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in no_texts:
            continue
        if _IS_HAN.search(node.value):
            yield Text(file, f"line {node.lineno}", node.value, typed=True)


def _no_texts(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, which are English, and patterns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
            yield from ast.walk(node)
