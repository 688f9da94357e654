"""`python -m tests.support.pictures.editors`: draws docs/pictures/editors-*.png anew.

The machine needs fonts for all languages (Debian: fonts-noto-core, fonts-noto-cjk).
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import date
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot.settings import ROOT
from tests.support.preview import Preview, copy, showing
from tests.support.webchat_browser import CHROMIUM, FLAGS

PICTURES = ROOT / "docs" / "pictures"
WIDTH = 1100
DAY = date(2026, 12, 12)
"""Some weeks on: the first facts have to be looked at again."""
READ = {"id": "translator of Indonesian", "fil": "translator of Filipino"}
"""Languages in which people have read texts, in the scene."""


async def draw() -> None:
    """Show a week of editors' work, and photograph it."""
    with tempfile.TemporaryDirectory() as directory:
        copy(Path(directory), few=False)
        _work(Path(directory) / "content")
        async with (
            showing(Path(directory), judged=False, day=DAY) as preview,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": WIDTH, "height": 860})
            await _scenes(preview, page)
            await browser.close()


async def _scenes(preview: Preview, page: Page) -> None:
    await page.goto(preview.url)
    await _keep(page, "overview")
    await page.set_viewport_size({"width": WIDTH, "height": 830})
    await page.goto(f"{preview.url}answers/held_captive?language=ur&nationality=PK")
    await _keep(page, "answer")
    await page.set_viewport_size({"width": WIDTH, "height": 800})
    await page.goto(f"{preview.url}flows?language=ne")
    await page.get_by_role("button", name="Play find_embassy").click()
    await page.get_by_placeholder("Write as the contact").fill("नेपाल")
    await page.get_by_placeholder("Write as the contact").press("Enter")
    await page.locator(".message.own").wait_for()
    await page.evaluate("scrollTo(0, 0)")
    await _keep(page, "flow")
    answer = preview.content / "answers/visa_overstay/hi.md"
    text = answer.read_text(encoding="utf-8").replace("figures.overstay_fine", "figures.overstay")
    answer.write_text(text.replace("review_by: 2027", "review_by: Feb 2027"), encoding="utf-8")
    await page.set_viewport_size({"width": WIDTH, "height": 620})
    await page.goto(f"{preview.url}answers/visa_overstay?language=hi")
    await page.get_by_role("alert").wait_for()
    await _keep(page, "problem")


async def _keep(page: Page, name: str) -> None:
    path = PICTURES / f"editors-{name}.png"
    await page.screenshot(path=path)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB\n")


def _work(content: Path) -> None:
    """Let people have read some texts, forgotten some and changed one."""
    for language, role in READ.items():
        for path in content.glob(f"answers/*/{language}.md"):
            text = path.read_text(encoding="utf-8")
            read = f"reviewed: {{by: {role}, on: 2026-12-01}}"
            if language == "id" or path.parent.name < "h":
                path.write_text(re.sub(r"reviewed: machine", read, text), encoding="utf-8")
    for name in ("held_captive/sw.md", "suicide_risk/am.md", "basic_needs/am.md"):
        (content / "answers" / name).unlink()
    for name in ("sexual_violence/vi.md", "sexual_violence/th.md", "being_sold/ur.md"):
        path = content / "answers" / name
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"review_by: .*", "review_by: 2026-12-10", text), encoding="utf-8")
    path = content / "answers/medical_emergency/en.md"
    text = path.read_text(encoding="utf-8").rstrip()
    path.write_text(f"{text} Stay calm.\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw())
