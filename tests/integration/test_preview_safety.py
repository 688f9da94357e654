"""The editors' preview is for this machine and its own pages only, and runs nothing of a file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from bot.cli.content.preview.server import HEADERS
from tests.support.preview import Preview, copy, previewed, showing, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>document.title='hit'</script><img src=x onerror=alert(1)>\"'"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preview(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Preview]:
    async with previewed(tmp_path_factory.mktemp("preview")) as opened_preview:
        yield opened_preview


async def test_every_response_carries_the_headers_that_protect(preview: Preview) -> None:
    for path, headers in (
        ("", {}),
        ("static/preview.js", {}),
        ("now", {}),
        ("no", {}),
        ("", {"Host": "evil.example"}),
    ):
        async with preview.session.get(preview.url + path, headers=headers) as response:
            assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
            assert "Server" not in response.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_nothing_on_a_page_comes_from_elsewhere(preview: Preview) -> None:
    for path in ("/", "/answers/visa_overstay", "/texts?q=visa", "/flows"):
        page = await preview.get(path)
        fetched = re.findall(r"<(?:script|link|img)[^>]*?(?:src|href)=\"([^\"]+)\"", page)
        assert fetched
        assert all(re.match(r"/[a-z]", address) for address in fetched)
        assert "style=" not in page
        assert not re.search(r"<script(?! src=)", page)


async def test_no_other_page_can_keep_it_busy_but_may_have_a_link_to_it(preview: Preview) -> None:
    for site in ("cross-site", "same-site"):
        for dest, status in (("image", 403), ("iframe", 403), ("empty", 403), ("document", 200)):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest}
            async with preview.session.get(preview.url, headers=headers) as response:
                assert response.status == status, (site, dest)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "10.0.0.1", "[::1", ""]
)
async def test_a_page_that_leads_its_name_here_is_refused(preview: Preview, host: str) -> None:
    assert "for this machine only" in await preview.get("/", status=403, Host=host)


async def test_only_this_machine_can_ask(preview: Preview) -> None:
    port = int(preview.url.rstrip("/").rpartition(":")[2])
    listening = [
        found.laddr.ip
        for found in psutil.Process().net_connections()
        if found.status == psutil.CONN_LISTEN and found.laddr.port == port
    ]
    assert listening == ["127.0.0.1"]
    assert "Overview" in await preview.get("/", Host=f"localhost:{port}")


async def test_no_other_page_can_play(preview: Preview) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        async with preview.session.post(
            preview.url + "play", data={"flow": "find_shelter"}, headers={"Origin": origin}
        ) as response:
            assert response.status == 403


async def test_what_a_file_holds_is_shown_as_text(tmp_path: Path) -> None:
    copy(tmp_path)
    quoted = HOSTILE.replace("'", "''")
    for name in ("visa_overstay/ur.md", "visa_overstay/en.md"):
        _replace(tmp_path / "content/answers" / name, "\n---\n", f"\n---\n{HOSTILE}\n")
    for language in ("ur", "en"):
        book = tmp_path / f"content/phrases/{language}.yml"
        _replace(book, "\nphrases:\n", f"\nphrases:\n  hostile: '{quoted}'\n")
    _replace(tmp_path / "content/directory/missions.yml", "    note: '", f"    note: '{quoted}")
    flow = tmp_path / "flows/find_shelter.yml"
    _replace(flow, "description: Where", f"description: {HOSTILE} Where")
    async with showing(tmp_path) as hostile:
        for path in (
            "/", "/answers/visa_overstay", "/phrases", "/phrases/hostile", "/flows", "/tasks",
            "/flows/find_shelter", "/facts/id_embassy_phnom_penh", "/problems",
            "/texts?q=%3Cscript%3E", "/texts?q=%22%3E%3Cscript%3E",
        ):  # fmt: skip
            page = await hostile.get(f"{path}{'&' if '?' in path else '?'}language=ur")
            assert (
                "<img" not in page or "onerror" not in page.partition("<img")[2].partition(">")[0]
            )
            assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/preview.js" defer>']
        page = await hostile.get("/answers/visa_overstay?language=ur")
        assert HOSTILE in words(page)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
