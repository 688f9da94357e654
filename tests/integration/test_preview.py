"""The editors' preview: every text of every language is shown, safely, and to this machine only."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot import clock, spoken
from bot.cli import tiers
from bot.cli.content import preview as command
from bot.cli.content.preview.newest import Reader
from bot.cli.content.preview.server import Options, opened
from bot.content import answers
from bot.content.library import Library, load
from bot.domain.events import Answered
from bot.flows import loading
from bot.flows.definition import LinkStep
from bot.nlu.understand import EXPORT
from bot.settings import ROOT
from tests.support.preview import DAY, Preview, copy, previewed, showing, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOTLINE = "+855 12 813 282"
"""Of the embassy of Indonesia."""
SPELLINGS = (
    "012 813 282", "012813282", "12-813-282", "+855 12 813 282", "+855(0)12813282",
    "0085512813282", "855 12813282", "০১২ ৮১৩ ২৮২", "٠١٢٨١٣٢٨٢", "၀၁၂ ၈၁၃ ၂၈၂",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Preview]:
    """All texts; tests only look."""
    async with previewed(tmp_path_factory.mktemp("whole"), few=False) as opened_preview:
        yield opened_preview


@pytest_asyncio.fixture(loop_scope="module")
async def edited(tmp_path: Path) -> AsyncIterator[Preview]:
    """A few texts, for a test to change."""
    async with previewed(tmp_path) as opened_preview:
        yield opened_preview


@pytest.fixture(scope="module")
def content() -> Library:
    return load(ROOT / "content")


async def test_every_answer_is_shown_in_every_language_as_the_line_says_it(
    whole: Preview, content: Library
) -> None:
    for topic in sorted(content.topics()):
        for language in content.languages:
            page = await whole.get(f"/answers/{topic}?language={language.code}")
            said = words(page)
            for message in answers.render(content, [Answered(topic)], language.code, DAY):
                for line in message.text.replace("**", "").split("\n"):
                    assert line.removeprefix("- ") in said, (topic, language.code)
                for button in (button for row in message.buttons for button in row):
                    assert button.title in said, (topic, language.code)


async def test_every_phrase_fact_and_flow_has_a_page(whole: Preview, content: Library) -> None:
    facts = content.directory
    ids = [fact.id for fact in facts.all_missions] + [*facts.services, *facts.figures]
    flows = loading.load(ROOT / "flows").flows
    for path in (
        *(f"/phrases/{key}" for key in content.phrases["en"].phrases),
        *(f"/facts/{identity}" for identity in ids),
        *(f"/flows/{flow}" for flow in flows),
        *("/", "/texts", "/phrases", "/facts", "/flows", "/tasks", "/problems"),
    ):
        page = await whole.get(f"{path}?language=ur&nationality=KE")
        assert "</html>" in page


async def test_what_is_not_there_is_said_and_not_an_error(whole: Preview) -> None:
    for path in ("/answers/no", "/phrases/no", "/facts/no", "/flows/no", "/play/no", "/no"):
        assert "This is not here" in await whole.get(path, status=404)
    odd = "?language=xx&nationality=Zz&day=yesterday&mark=no&kind=no"
    await whole.get("/texts" + odd)
    await whole.get("/tasks?day=9999-12-31")
    await whole.get("/texts?q=%5B%28%2A&day=0001-01-01")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_number_is_found_however_it_is_written(whole: Preview, spelling: str) -> None:
    page = words(await whole.get(f"/texts?q={spelling.replace('+', '%2B')}"))
    assert "Numbers 1" in page
    assert HOTLINE in page
    assert "Answers that show it to people from Indonesia" in page


async def test_a_number_leads_to_the_answers_of_all_languages_that_show_it(
    whole: Preview, content: Library
) -> None:
    page = await whole.get("/texts?q=012813282")
    shown = set(re.findall(r"/answers/(\w+)\?language=(\w+)&amp;nationality=ID", page))
    for topic in content.topics():
        for language in content.languages:
            [message] = answers.render(content, [Answered(topic, "ID")], language.code, DAY)
            assert (HOTLINE in message.text) is ((topic, language.code) in shown), topic


async def test_words_are_found_in_any_language(whole: Preview, content: Library) -> None:
    for language in content.languages:
        book = content.phrases[language.code]
        word = book.phrases["button_passport"].text
        page = words(await whole.get(f"/texts?q={word}&language={language.code}&only=1"))
        assert "button passport" in page, language.code


async def test_on_a_later_day_stale_facts_carry_their_warning(whole: Preview) -> None:
    address = "/answers/emergency_numbers?language=id"
    today = await whole.get(address)
    later = await whole.get(address + "&day=2027-03-15")
    assert "out of date" not in words(today)
    assert "as of 23 November 2026, may have changed" in words(later)
    assert "day=2027-03-15" in later
    assert "out of date" in words(await whole.get("/?day=2027-03-15"))


async def test_a_nationality_changes_the_text(whole: Preview) -> None:
    general = await whole.get("/answers/visa_overstay?language=id")
    indonesian = await whole.get("/answers/visa_overstay?language=id&nationality=ID")
    assert HOTLINE not in general
    assert HOTLINE in words(indonesian)
    assert "content/answers/visa_overstay/id.ID.md" in indonesian


async def test_the_card_of_a_mission_says_what_is_missing(whole: Preview) -> None:
    page = words(await whole.get("/facts/ke_embassy_bangkok?language=sw"))
    assert "Ubalozi wa Kenya, Bangkok" in page
    assert "we found no number" in page
    assert "content/directory/missions.yml:" in page
    assert "Checked by" in page


async def test_tasks_lead_to_what_they_are_about(whole: Preview) -> None:
    page = await whole.get("/tasks?language=id&day=2027-03-15")
    for path in ("/facts/id_embassy_phnom_penh", "/answers/emergency_numbers"):
        assert f'<a href="{path}?language=id&amp;day=2027-03-15">' in page
    assert "is past its review (by 2026-12-23)" in words(page)


async def test_gaps_are_found_and_named(edited: Preview) -> None:
    (edited.content / "answers/visa_overstay/th.md").unlink()
    english = "The fine for an overstay is {{ figures.overstay_fine }} for each day."
    (path,) = edited.content.glob("answers/visa_overstay/en.md")
    front = path.read_text().rpartition("---\n")[0]
    path.write_text(f"{front}---\n{english}\n")
    await edited.shows("/answers/visa_overstay?language=th", "There is no text in Thai")
    missing = await edited.get("/texts?kind=answer&mark=missing&language=th&only=1")
    assert "visa overstay" in words(missing)
    changed = words(await edited.get("/texts?kind=answer&mark=changed"))
    assert "visa overstay answer, ur" in changed
    assert "visa overstay answer, th" not in changed
    assert "content/answers/visa_overstay/th.md" in await edited.get(
        "/answers/visa_overstay?language=th"
    )


async def test_a_saved_file_is_shown_within_two_seconds(edited: Preview) -> None:
    number = await edited.number()
    edited.edit("content/phrases/id.yml", "Bicara dengan tim kami", "Bicara dengan kami di sini")
    page = await edited.shows("/answers/visa_overstay?language=id", "kami di sini", within=2.0)
    assert "Bicara dengan tim kami" not in page
    assert await edited.number() > number


async def test_a_broken_file_is_explained_and_what_was_good_stays(edited: Preview) -> None:
    before = words(await edited.get("/answers/visa_overstay?language=ur"))
    path = edited.content / "answers/visa_overstay/ur.md"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("language: ur", "language: th"), encoding="utf-8")
    page = await edited.shows("/answers/visa_overstay?language=ur", "cannot be shown: 1 mistake")
    assert "content/answers/visa_overstay/ur.md:3" in page
    assert "write language: ur" in words(page)
    own = good.rpartition("---\n")[2].strip().split("\n")[-1].replace("**", "")
    assert own in before
    assert own in words(page)
    path.write_text(good, encoding="utf-8")
    until = asyncio.get_running_loop().time() + 5
    while "cannot be shown" in await edited.get("/"):
        assert asyncio.get_running_loop().time() < until
        await asyncio.sleep(0.05)


async def test_files_that_never_could_be_read_are_explained_until_they_can(tmp_path: Path) -> None:
    copy(tmp_path)
    flow = tmp_path / "flows/find_shelter.yml"
    good = flow.read_text(encoding="utf-8")
    flow.write_text(good.replace("- collect: safe_tonight", "- collect: [nothing"), "utf-8")
    async with showing(tmp_path, judged=False) as preview:
        page = words(await preview.get("/answers/visa_overstay", status=503))
        assert "flows/find_shelter.yml:" in page
        assert "The files cannot be shown" in page
        assert "The files cannot be shown" in await preview.get("/no", status=503)
        number = await preview.number()
        flow.write_text(good, encoding="utf-8")
        until = asyncio.get_running_loop().time() + 5
        while (await preview.number()) == number:
            assert asyncio.get_running_loop().time() < until
            await asyncio.sleep(0.05)
        await preview.shows("/", "Overview")


async def test_directories_that_are_put_back_are_followed(tmp_path: Path) -> None:
    copy(tmp_path)
    (tmp_path / "flows").rename(tmp_path / "gone")
    async with showing(tmp_path, judged=False) as preview:
        await preview.get("/", status=503)
        shutil.copytree(tmp_path / "gone", tmp_path / "flows")
        number = await preview.number()
        until = asyncio.get_running_loop().time() + 5
        while (await preview.number()) == number:
            assert asyncio.get_running_loop().time() < until
            await asyncio.sleep(0.05)
        shutil.rmtree(tmp_path / "content")
        await preview.shows("/", "cannot be shown")
        copy_again = tmp_path / "again"
        copy(copy_again)
        (copy_again / "content").rename(tmp_path / "content")
        preview.edit("content/phrases/id.yml", "Bicara dengan tim kami", "Bicara di sini")
        await preview.shows("/answers/visa_overstay?language=id", "Bicara di sini")


async def test_a_page_of_a_preview_that_was_stopped_is_not_taken_for_the_newest(
    tmp_path: Path,
) -> None:
    files = spoken.files(tmp_path / "content", tmp_path / "flows", tiers.read())
    assert Reader(files, lambda: DAY).now.number != Reader(files, lambda: DAY).now.number


async def test_mistakes_of_a_newer_file_are_never_told_of_the_one_that_is_shown(
    tmp_path: Path,
) -> None:
    copy(tmp_path)
    files = spoken.files(tmp_path / "content", tmp_path / "flows", tiers.read())
    reader = Reader(files, lambda: DAY)
    await reader.read()
    path = tmp_path / "content/answers/visa_overstay/ur.md"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("language: ur", "language: th"), encoding="utf-8")
    await reader.judge()
    await reader.read()
    assert reader.now.broken
    path.write_text(good, encoding="utf-8")
    await reader.read()
    assert not reader.now.broken
    assert reader.now.errors == ()


async def test_without_a_chosen_day_it_is_today_past_midnight_too(tmp_path: Path) -> None:
    copy(tmp_path)
    async with showing(tmp_path, judged=False, day=None) as preview:
        today = clock.today()
        assert f"as on {today}" in await preview.get("/tasks")
        with clock.moved(timedelta(days=1)):
            assert f"as on {today + timedelta(days=1)}" in await preview.get("/tasks")


async def test_what_keeps_texts_from_going_live_is_listed(tmp_path: Path) -> None:
    copy(tmp_path)
    async with showing(tmp_path) as preview:
        preview.edit("content/answers/visa_overstay/fr.md", "\n---\n", "\n---\n# <b>Non</b>\n")
        page = await preview.shows("/problems", "a heading", within=15)
        assert "from going live" in words(page)
        answer = words(await preview.get("/answers/visa_overstay?language=fr"))
        assert "a heading" in answer


async def test_every_flow_can_be_begun_in_a_language_and_played_by_its_buttons(
    whole: Preview,
) -> None:
    for flow in loading.load(ROOT / "flows").flows:
        place, page = await whole.post("/play", flow=flow, language="ur", nationality="PK")
        assert place.startswith("/play/")
        assert "bubble" in page, flow
        press = re.findall(r'name="press" value="([^"]+)"', page)
        if press:
            _, after = await whole.post(place, press=press[0])
            assert after.count('class="message own"') == 1, flow


async def test_a_flow_is_played_to_its_end(whole: Preview) -> None:
    place, page = await whole.post("/play", flow="find_embassy", language="id", nationality="")
    assert "waits for nationality" in words(page)
    _, page = await whole.post(place, press="/SetSlots(nationality=ID)")
    assert "the flow is over" in words(page)
    assert "showed the entry id_embassy_phnom_penh" in words(page)
    assert HOTLINE in words(page)


async def test_buttons_that_were_never_shown_do_nothing(whole: Preview) -> None:
    place, _ = await whole.post("/play", flow="find_embassy", language="id")
    _, page = await whole.post(place, press="/SetSlots(nationality=VN)x")
    assert 'class="message own"' not in page


@pytest.mark.skipif(not (ROOT / "nlu" / EXPORT).is_file(), reason="no model")
async def test_typed_words_are_understood_as_on_the_line(whole: Preview) -> None:
    place, _ = await whole.post("/play", flow="find_embassy", language="en")
    _, page = await whole.post(place, text="i am from kenya")
    assert "showed the entry ke_embassy_bangkok" in words(page)
    _, page = await whole.post(place, text="/menu")
    assert "a command" in words(page)
    _, page = await whole.post(place, text="they locked us in and they beat us tonight")
    assert "called a human at once" in words(page)


async def test_a_talk_goes_on_with_the_flow_that_it_began_with(edited: Preview) -> None:
    place, _ = await edited.post("/play", flow="find_shelter", language="en")
    edited.edit("flows/find_shelter.yml", "collect: safe_tonight", "collect: unpaid_by")
    await edited.shows("/flows", "Find shelter".lower())
    _, page = await edited.post(place, press="/SetSlots(safe_tonight=true)")
    assert "the flow is over" in words(page)


@pytest.mark.parametrize("damaged", [False, True], ids=["no model", "a damaged one"])
async def test_without_a_model_only_buttons_work(tmp_path: Path, *, damaged: bool) -> None:
    copy(tmp_path)
    nlu = tmp_path / "nlu"
    shutil.copytree(ROOT / "nlu" / "danger", nlu / "danger")
    if damaged:
        (nlu / EXPORT).parent.mkdir()
        (nlu / EXPORT).write_bytes(b"no model")
    options = Options(tmp_path / "content", tmp_path / "flows", DAY, nlu=nlu, judged=False)
    async with opened(options) as url, aiohttp.ClientSession() as session:
        preview = Preview(url, options.content, options.flows, session)
        place, page = await preview.post("/play", flow="find_embassy", language="id")
        assert ("Only the buttons work" in words(page)) is not damaged
        _, page = await preview.post(place, text="Kenya")
        assert "Only the buttons work" in words(page)
        assert 'class="message own"' not in page
        _, page = await preview.post(place, press="/SetSlots(nationality=ID)")
        assert "the flow is over" in words(page)


async def test_a_picture_leads_to_the_pages_of_other_flows(whole: Preview) -> None:
    page = await whole.get("/flows/leave_country")
    assert 'href="/flows/leave_country/picture.svg?' in page
    linked = {
        (flow.id, step.flow)
        for flow in loading.load(ROOT / "flows").flows.values()
        for step in flow.steps.values()
        if isinstance(step, LinkStep)
    }
    assert linked
    for flow, other in linked:
        assert f'href="/flows/{other}"' in await whole.get(f"/flows/{flow}/picture.svg")


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    copy(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = Options(
            tmp_path / "content", tmp_path / "flows", DAY, port=taken.getsockname()[1]
        )
        with pytest.raises(OSError, match="in use"):
            async with opened(options):
                pass


async def test_a_day_or_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--date", "tomorrow"])
    assert "write a day as 2027-03-01" in capsys.readouterr().err
    for port in ("99999", "-1", "x"):
        with pytest.raises(SystemExit):
            command.main([f"--port={port}"])
        assert "write a number up to 65535" in capsys.readouterr().err
    assert command._day("2027-03-01") == date(2027, 3, 1)
