"""`python -m tests.support.pictures`: draws docs/pictures/desk-*.png anew."""

from __future__ import annotations

import asyncio
import sys

import psycopg
from playwright.async_api import async_playwright

from bot.settings import ROOT
from bot.storage.database import EmbeddedServer, migrate
from tests.support.parts import private_directory
from tests.support.pictures import scene
from tests.support.webchat_browser import CHROMIUM, FLAGS

PICTURES = ROOT / "docs" / "pictures"
WIDTH = 390
"""Pixels of CSS: a common phone."""
SHARP = 1.3
"""Pixels of the picture for one of CSS: legible when enlarged, and small to fetch."""


async def draw() -> None:
    """Drive the scene, and photograph each screen that it shows."""
    with private_directory() as directory:
        server = EmbeddedServer(directory)
        postgres = server.start()
        try:
            with psycopg.connect(postgres, autocommit=True) as connection:
                connection.execute("CREATE DATABASE template_of_pictures")
            migrate(postgres.replace("/postgres?", "/template_of_pictures?"))
            screens = [screen async for screen in scene.played(postgres, "template_of_pictures")]
        finally:
            server.stop()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(
            viewport={"width": WIDTH, "height": 200}, device_scale_factor=SHARP
        )
        for screen in screens:
            await page.set_content(screen.html)
            path = PICTURES / f"desk-{screen.name}.png"
            await page.screenshot(path=path, full_page=True)
            sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB\n")
        await browser.close()


asyncio.run(draw())
