"""Chinese and English are both whole: what the portal says is in one language, what people entered stays theirs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.browser.places import places_of_hr
from tests.support.company import Company
from tests.support.visitor import Visitor

HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
# What stays as it is in a Chinese sentence.
KNOWN = re.compile(r"(?<![A-Za-z])(Ctrl K|HRBP|HR|IT|IPQC|CSV|XLSX|UTF-8|GB18030|MB|YYYY-MM-DD)(?![A-Za-z])")

# The portal's own words: never those of the data, nor the switch that names the other language in its own words.
OWN_WORDS = """() => {
  const own = "header, nav, h1, h2, th, label, button, legend, dt, [role=tab]";
  const texts = [];
  for (const element of document.querySelectorAll(own)) {
    if (element.closest("[lang]:not(html)") || !element.checkVisibility()) continue;
    const copy = element.cloneNode(true);
    for (const other of copy.querySelectorAll("[lang], [data-testid=person-menu], td")) other.remove();
    texts.push(copy.textContent.trim());
  }
  for (const element of document.querySelectorAll("[placeholder]")) texts.push(element.placeholder.trim());
  return [...new Set(texts.filter(Boolean))];
}"""


async def own_words(visitor: Visitor) -> list[str]:
    words: list[str] = await visitor.page.evaluate(OWN_WORDS)
    assert words
    return words


@pytest.mark.drawn
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_no_page_mixes_its_languages(enter: Enter, company: Company, language: str) -> None:
    hr = await enter("hr.admin", language=language)
    foreign = HAN if language == "en" else LATIN
    mixed = []
    for place in await places_of_hr(company):
        await hr.open(place.path)
        await hr.settled()
        await expect(hr.page.locator("html")).to_have_attribute("lang", language)
        title = await hr.page.locator("main h1").inner_text()
        words = [text for text in await own_words(hr) if not (place.named_by_data and text == title)]
        mixed += [f"{place.path}: {text}" for text in words if foreign.search(KNOWN.sub("", text))]
    assert not mixed, "\n".join(mixed)


async def test_switching_changes_every_word_of_the_frame_and_is_remembered(enter: Enter) -> None:
    hr = await enter("hr.admin")
    await hr.open("/people?q=E0003")
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("人员")
    await expect(hr.at("people-table")).to_contain_text("品质部经理")

    await hr.at("switch-language").click()
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("People")
    await expect(hr.page).to_have_url(re.compile(r"q=E0003"))
    await expect(hr.at("people-table")).to_contain_text("Quality Manager")
    await expect(hr.page).to_have_title("People · Mainstay")
    assert not [text for text in await own_words(hr) if HAN.search(text)]
    await hr.page.reload()
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("People")

    await hr.at("switch-language").click()
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("人员")
    await expect(hr.page).to_have_title("人员 · 中坚")
