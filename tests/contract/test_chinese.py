"""Chinese is written as Chinese everywhere people read it, and each rule can fail."""

from __future__ import annotations

import pytest

from tools import chinese
from tools.chinese import Text
from tools.contract import ROOT


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return list(chinese.texts(ROOT))


def test_every_text_is_written_as_a_careful_editor_would(texts: list[Text]) -> None:
    wrong = [
        f"{one.file} {one.key}: {', '.join(found)}: {one.words}"
        for one in texts
        if (found := chinese.faults(one.words, typed=one.typed))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_catalogue_is_passed_over(texts: list[Text]) -> None:
    catalogues = [
        *(ROOT / "services").rglob("zh-CN.toml"),
        *(ROOT / "libs").rglob("zh-CN.toml"),
        ROOT / "gateway/messages/zh-CN.toml",
        *(ROOT / "gateway/portal/src/i18n/zh-CN").glob("*.ts"),
        *(ROOT / "services/talent/catalogue/data").glob("*.toml"),
        *(ROOT / "charts").rglob("messages_zh_CN.properties"),
        *(ROOT / "charts/mainstay/files/alerts").glob("*.yaml"),
        ROOT / "services/talent/job_templates.toml",
        ROOT / "services/talent/catalogue/problems.py",
    ]
    missing = {path.relative_to(ROOT).as_posix() for path in catalogues if path.name != "index.ts"}
    assert not missing - {one.file for one in texts}
    keys = {one.key for one in texts if one.file == "services/talent/messages/zh-CN.toml"}
    assert {"dossier.page", "case_rules.months_needed", "pools.by_rule"} <= keys


@pytest.mark.parametrize(
    "words",
    [
        "已登录,正在进入",
        "请用 UTF-8,或留空。",
        "下一步:{detail}",
        "{source},{day}",
        "第 3 行; 第 4 行",
        "确定要退出登录吗?",
        "另存为 CSV(UTF-8)后",
        "上限(最多 5 MB)",
        "记录到发布(p99)",
        "没有内容.",
        "没有内容。 请填写。",
        "例如 品质部。",
        "还没有指定「姓名」。",
        "不满1年",
        "在 95%置信区间内",
        "共 {count}项,{limit} 项",
    ],
)
def test_a_slip_is_found(words: str) -> None:
    assert chinese.faults(words)


@pytest.mark.parametrize(
    "words",
    [
        "只含数字和 + - ( ) 空格。",
        "由字母、数字和 . _ - 组成，最多 32 位。",
        "应为时刻，如 2026-03-31T08:30:00Z。",
        "如 name@example.com，或 12,000.50。",
        "高 / 中 / 低 (high / medium / low)",
        "用法：python -m services.talent import-skills esco|onet 文件…（文件、文件夹或 zip）",
        "Performance counts 70 %, behaviour (30 %).",
        "{name} {number}",
        "“{label}”已经（直接或间接）属于这项能力",
        "{groups}：不足 5 人",
        "其中 ln R ± 1.96 × √(1/a − 1/n)，共 n 人",
    ],
)
def test_codes_numbers_and_latin_phrases_keep_their_marks(words: str) -> None:
    assert not chinese.faults(words)


def test_another_spelling_is_written_as_people_type_it() -> None:
    assert not chinese.faults("WPS表格", typed=True)
    assert chinese.faults("WPS表格,电子表格", typed=True)
