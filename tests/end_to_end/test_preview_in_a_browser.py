"""The editors' preview in a real Chromium: chosen, searched, played, edited, on any screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.preview import Preview, previewed
from tests.support.webchat_browser import WATCH, chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
LEAST_TARGET = 24
"""WCAG 2.2, 2.5.8: CSS pixels of what is touched, where it does not stand in a sentence."""
PAGES = (
    "", "answers/visa_overstay?language=ur", "phrases?language=my", "phrases/welcome?language=am",
    "facts", "facts/ke_embassy_bangkok?language=sw&day=2027-04-01", "flows", "flows/find_shelter",
    "texts?q=012813282", "texts?mark=missing", "tasks", "problems",
)  # fmt: skip
SCREENS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 320), ("dark", 320), ("light", 1400),
)  # fmt: skip
CONTRASTS = """() => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        const colour = parse(getComputedStyle(element).backgroundColor);
        return colour.length === 4 && colour[3] === 0 ? behind(element.parentElement) : colour;
    };
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const own = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    return [...document.body.querySelectorAll("*")]
        .filter((element) => own(element) && element.checkVisibility())
        .filter((element) => !element.closest("option"))
        .map((element) => [`${element.tagName} ${element.className} ${element.textContent.trim()}`,
            ratio(light(parse(getComputedStyle(element).color)), light(behind(element)))]);
}"""
TARGETS = """() => [...document.querySelectorAll("button, select, input, .cell, .chip, nav a")]
    .filter((element) => element.checkVisibility() && element.type !== "hidden")
    .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SAID_AGAIN = """() => new Promise((resolve) => {
    let times = 0;
    const watch = new MutationObserver(() => { times += 1; });
    watch.observe(document.getElementById("live"), { childList: true, characterData: true });
    setTimeout(() => resolve(times), 1500);
})"""
"""How often a screen reader would read the note out once more."""
DIRECTION = "(element) => getComputedStyle(element).direction"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preview(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Preview]:
    async with previewed(tmp_path_factory.mktemp("preview")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@asynccontextmanager
async def looking(browser: Browser, preview: Preview, **options: Any) -> AsyncIterator[Page]:  # noqa: ANN401
    """Open the overview; at the end nothing may have been refused, failed or fetched elsewhere."""
    context = await browser.new_context(**({"viewport": {"width": 1200, "height": 800}} | options))
    complaints: list[str] = []
    await context.add_init_script(WATCH)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    context.on(
        "request",
        lambda request: (
            complaints.append(request.url) if not request.url.startswith(preview.url) else None
        ),
    )
    page = await context.new_page()
    await page.goto(preview.url)
    yield page
    await context.close()
    assert complaints == []


async def test_a_language_is_chosen_and_shown_as_a_phone_would_beside_the_english(
    browser: Browser, preview: Preview
) -> None:
    async with looking(browser, preview) as page:
        await page.get_by_role("link", name="visa_overstay, id: machine-written").click()
        await page.get_by_role("combobox", name="Language").select_option("ur")
        urdu = page.get_by_role("region", name="Urdu")
        await expect(urdu).to_be_visible()
        first = urdu.locator(".said").first
        assert await first.evaluate(DIRECTION) == "rtl"
        english = page.get_by_role("region", name="English").locator(".said").first
        assert await english.evaluate(DIRECTION) == "ltr"
        await page.get_by_role("combobox", name="Passport of").select_option("ID")
        await expect(page.locator(".chip[aria-current]", has_text="Indonesia")).to_be_visible()
        await page.get_by_label("As on the day").fill("2027-04-01")
        await page.get_by_label("As on the day").press("Enter")
        await expect(page.get_by_role("link", name="Back to 2026-11-24")).to_be_visible()
        await expect(page.locator(".details .marks")).to_contain_text("out of date")


async def test_a_number_is_searched_and_leads_to_an_answer_that_shows_it(
    browser: Browser, preview: Preview
) -> None:
    async with looking(browser, preview) as page:
        await page.get_by_role("searchbox").fill("012 813 282")
        await page.get_by_role("searchbox").press("Enter")
        row = page.get_by_role("row", name="held captive")
        await row.get_by_role("link", name="my").click()
        await expect(page.get_by_role("region", name="Burmese")).to_contain_text("+855 12 813 282")


async def test_a_flow_is_played_to_its_end_with_its_buttons(
    browser: Browser, preview: Preview
) -> None:
    async with looking(browser, preview) as page:
        await page.goto(preview.url + "flows?language=id")
        await page.get_by_role("button", name="Play find_shelter").click()
        where = page.get_by_role("region", name="Where the flow is")
        await expect(where).to_contain_text("waits for safe_tonight")
        await page.get_by_role("button", name="Ya", exact=True).click()
        await expect(where).to_contain_text("the flow is over")
        await expect(page.locator(".message.own")).to_have_text("Ya")
        last = page.locator(".message").last
        await expect(last).to_be_in_viewport()
        await page.get_by_role("button", name="Start over").click()
        await expect(page.locator(".message.own")).to_have_count(0)


async def test_a_saved_file_changes_the_page_and_a_broken_one_is_explained(
    browser: Browser, preview: Preview
) -> None:
    file = "content/answers/held_captive/fr.md"
    async with looking(browser, preview) as page:
        await page.goto(preview.url + "answers/held_captive?language=fr")
        phone = page.get_by_role("region", name="French")
        preview.edit(file, "\n---\n", "\n---\nBonjour, ici.\n\n")
        await expect(phone).to_contain_text("Bonjour, ici.", timeout=4000)
        preview.edit(file, "language: fr", "language: frr")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text(f"{file}:3", timeout=4000)
        await expect(alert).to_contain_text("Mend: write language: fr")
        await expect(phone).to_contain_text("Bonjour, ici.")
        preview.edit(file, "language: frr", "language: fr")
        await expect(alert).to_have_count(0, timeout=4000)


async def test_what_somebody_is_writing_is_not_lost_when_a_file_is_saved(
    browser: Browser, preview: Preview
) -> None:
    async with looking(browser, preview) as page:
        await page.get_by_role("searchbox").fill("passport of my")
        preview.edit("content/answers/held_captive/sw.md", "\n---\n", "\n---\nHabari.\n\n")
        await expect(page.get_by_role("status")).to_contain_text("has changed", timeout=4000)
        await expect(page.get_by_role("searchbox")).to_have_value("passport of my")
        assert await page.evaluate(SAID_AGAIN) == 0


async def test_everything_is_reached_with_a_keyboard(browser: Browser, preview: Preview) -> None:
    async with looking(browser, preview) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the text")).to_be_focused()
        await page.get_by_role("link", name="All phrases").focus()
        for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
            await page.keyboard.press(key)
        focused = page.locator(":focus")
        await expect(focused).to_have_attribute("title", "embassy_wait, id: machine-written")
        stops = await page.locator("[data-grid] a:not([tabindex='-1'])").count()
        assert stops == 1
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("embassy wait")


async def test_every_page_can_be_read_by_day_and_night_on_any_screen(
    browser: Browser, preview: Preview
) -> None:
    file = "content/answers/embassy_wait/fr.md"
    preview.edit(file, "language: fr", "language: frr")  # so that each page tells of a mistake
    await preview.shows("/", "cannot be shown")
    async with looking(browser, preview, reduced_motion="reduce") as page:
        for path in PAGES:
            await page.goto(preview.url + path)
            for scheme, width in SCREENS:
                await page.emulate_media(color_scheme=scheme)
                await page.set_viewport_size({"width": width, "height": 640})
                found = f"{path} {scheme} {width}"
                assert await page.evaluate(OVERFLOW) == 0, found
                contrasts: list[tuple[str, float]] = await page.evaluate(CONTRASTS)
                assert len(contrasts) > 10
                assert [one for one in contrasts if one[1] < LEAST_CONTRAST] == [], found
                targets: list[tuple[str, float]] = await page.evaluate(TARGETS)
                assert [one for one in targets if one[1] < LEAST_TARGET] == [], found
    preview.edit(file, "language: frr", "language: fr")


async def test_it_works_without_scripts(browser: Browser, preview: Preview) -> None:
    async with looking(browser, preview, java_script_enabled=False) as page:
        await page.goto(preview.url + "answers/visa_overstay")
        await page.get_by_role("combobox", name="Language").select_option("th")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("region", name="Thai")).to_be_visible()
