"""What editors are told at the desk: in a topic of their own, once, and after what is urgent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from aiogram import Bot

from bot import clock
from bot.content.directory import Directory
from bot.content.library import Library
from bot.domain.problems import Problem
from bot.domain.understanding import Tier
from bot.handoff import floods
from bot.handoff.paging import rota
from bot.handoff.rooms import editors, posting
from bot.handoff.rooms.posting import PostLater
from bot.publishing.edition import Edition, Press
from bot.storage import missed
from bot.storage.posts import EDITORS, Post, PostKind
from tests.support.desk_scene import CONTENT, FLOWS, DeskScene, opened
from tests.support.parts import Parts
from tests.support.telegram_line import hurry
from tests.support.telegram_simulator.chats import Topic
from tests.support.telegram_simulator.simulator import TelegramSimulator

DAY = timedelta(days=1)
FIRST = Problem("content/answers/visa/en.md", 12, "unknown slot <price>", "write `{price}`")
SECOND = Problem("flows/menu.yml", 3, "no such step", "name a step")
LIVE = "All is live again. What was wrong with the edit is mended."


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, simulator: TelegramSimulator, bot: Bot, parts: Parts
) -> AsyncIterator[DeskScene]:
    """A forum, or the group that a test asks for by an indirect parameter."""
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        async with opened(simulator, bot, parts, getattr(request, "param", "forum")) as scene:
            yield scene


def _today() -> date:
    return rota.local_day(clock.now())


def _with_facts(*reviews: date) -> Library:
    """The content with so many figures and nothing else, to be looked at again on these days."""
    figure = next(iter(CONTENT.directory.figures.values()))
    figures = {
        f"figure_{number}": replace(
            figure,
            id=f"figure_{number}",
            line=number,
            evidence=replace(figure.evidence, review_by=review),
        )
        for number, review in enumerate(reviews)
    }
    english = tuple(language for language in CONTENT.languages if language.code == "en")
    directory = Directory(all_missions=(), services={}, figures=figures)
    return replace(CONTENT, languages=english, answers={}, directory=directory)


async def _morning(desk: DeskScene) -> None:
    """The morning's job, and what it lets be shown."""
    await editors.add_tasks(desk.parts(desk.desk), {})
    await desk.fill(EDITORS)


async def _edited(desk: DeskScene, *problems: Problem) -> None:
    """A process of the line has read an edit."""
    press = Press(Edition(desk.content, FLOWS), clock.now(), problems)
    await editors.hear(desk.parts(desk.desk), press)


def _topics(desk: DeskScene) -> list[Topic]:
    return [topic for topic in desk.group.topics.values() if topic.name == "Editors"]


def _topic(desk: DeskScene) -> Topic:
    (topic,) = [topic for topic in _topics(desk) if not topic.deleted]
    return topic


async def test_the_morning_names_what_presses_in_a_topic_that_is_made_once(desk: DeskScene) -> None:
    today = _today()
    desk.content = _with_facts(today - 9 * DAY, today - DAY, today + 3 * DAY, today + 90 * DAY)
    await _morning(desk)
    with clock.moved(DAY):
        desk.restart()
        await _morning(desk)
    first, second = desk.texts(_topic(desk))
    lines = first.splitlines()
    assert lines[0].startswith("To look after, ")
    assert lines[1] == "past review: 2, to review within two weeks: 1, new today: 1"
    file = next(iter(CONTENT.directory.figures.values())).file
    assert lines[3].startswith("• New: figure_1 is past its review (by ")
    assert lines[5].startswith("• figure_0 is past its review")
    assert lines[7].startswith("• figure_2 has to be reviewed")
    assert (today + 3 * DAY).isoformat() in lines[7]
    assert lines[4::2] == [f"{file}:1", file, f"{file}:2"]
    assert "figure_3" not in first
    assert second.splitlines()[1] == "past review: 2, to review within two weeks: 1"
    assert desk.calls().count("createForumTopic") == 1
    assert desk.sounds() == []


async def test_a_name_of_a_file_is_no_link(desk: DeskScene) -> None:
    await _edited(desk, FIRST)
    await desk.fill(EDITORS)
    (shown,) = desk.shown(_topic(desk))
    kinds = [entity["type"] for entity in shown.body["entities"]]
    assert set(kinds) == {"bold", "code"}


async def test_the_morning_comes_once_whoever_brings_it(desk: DeskScene) -> None:
    desk.content = _with_facts(_today() - DAY)
    await asyncio.gather(*(editors.add_tasks(desk.parts(desk.desk), {}) for _ in range(2)))
    await _morning(desk)
    assert len(desk.texts(_topic(desk))) == 1


async def test_a_morning_without_anything_to_do_is_silent(desk: DeskScene) -> None:
    desk.content = _with_facts(_today() + 90 * DAY)
    await _morning(desk)
    assert desk.calls() == []


async def test_of_much_the_new_is_named_first_and_the_rest_counted(desk: DeskScene) -> None:
    today = _today()
    desk.content = _with_facts(*[today - 40 * DAY] * 13, today - DAY)
    await _morning(desk)
    (text,) = desk.texts(_topic(desk))
    lines = text.splitlines()
    named = [line for line in lines if line.startswith("•")]
    assert len(named) == editors.MOST_TASKS
    assert "figure_13" in named[0]
    assert lines[1] == "past review: 14, new today: 1"
    assert lines[-1].startswith("And 4 more.")


async def test_a_list_that_could_not_be_shown_gives_way_to_the_next(desk: DeskScene) -> None:
    desk.content = _with_facts(_today() - 9 * DAY)
    await editors.add_tasks(desk.parts(desk.desk), {})
    with clock.moved(DAY):
        await _morning(desk)
    assert await desk.statuses(EDITORS) == [("notice", "unposted"), ("notice", "posted")]


async def test_an_edit_that_is_not_live_is_told_once_and_so_is_its_mend(desk: DeskScene) -> None:
    for _ in range(2):
        await asyncio.gather(*(_edited(desk, FIRST, SECOND) for _ in range(2)))
        await desk.fill(EDITORS)
    (refused,) = desk.shown(_topic(desk))
    assert refused.text.splitlines()[0].startswith("An edit is not live.")
    assert refused.text.splitlines()[2:] == [
        "• unknown slot <price> (to mend it: write {price})",
        "content/answers/visa/en.md:12",
        "• no such step (to mend it: name a step)",
        "flows/menu.yml:3",
    ]
    await asyncio.gather(*(_edited(desk) for _ in range(2)))
    await desk.fill(EDITORS)
    _, mended = desk.shown(_topic(desk))
    assert mended.text == LIVE
    assert mended.body["reply_to_message"]["message_id"] == refused.message_id
    await _edited(desk, FIRST, SECOND)
    await desk.fill(EDITORS)
    assert len(desk.texts(_topic(desk))) == 3
    assert desk.sounds() == []


async def test_whoever_saves_at_every_word_leaves_the_group_to_the_cases(desk: DeskScene) -> None:
    parts = desk.parts(desk.desk)
    edition = Edition(desk.content, FLOWS)

    async def saved(*problems: Problem) -> bool:
        await editors.hear(parts, Press(edition, clock.now(), problems))
        try:
            await posting.fill(parts, EDITORS)
        except PostLater:
            return False
        return True

    shown = [await saved(replace(FIRST, line=line)) for line in range(1, 20)]
    shown += [await saved(), await saved(SECOND)]
    assert sum(shown) == floods.EDITORS.most
    with clock.moved(timedelta(minutes=2)):
        await posting.fill(parts, EDITORS)
    texts = desk.texts(_topic(desk))
    assert len(texts) == floods.EDITORS.most + 1
    assert "menu.yml" in texts[-1]


async def test_what_nobody_was_shown_is_told_again(desk: DeskScene) -> None:
    await _edited(desk, FIRST, SECOND)
    desk.simulator.faults.fail("sendMessage", 400)
    await desk.fill(EDITORS)
    assert await desk.statuses(EDITORS) == [("notice", "unposted")]
    for _ in range(2):
        await _edited(desk, SECOND, FIRST)  # another process may list them in another order
    await desk.fill(EDITORS)
    await _edited(desk)
    await posting.fill(desk.parts(None), EDITORS)  # the line ran without a desk for a while
    await _edited(desk)
    await desk.fill(EDITORS)
    refused, mended = desk.texts(_topic(desk))
    assert refused.startswith("An edit is not live.")
    assert mended == LIVE


async def test_a_good_edit_is_no_news(desk: DeskScene) -> None:
    await _edited(desk)
    await desk.fill(EDITORS)
    assert desk.calls() == []


async def test_a_newer_edit_stands_for_the_one_before(desk: DeskScene) -> None:
    await _edited(desk, FIRST)
    await _edited(desk, *(replace(SECOND, line=line) for line in range(1, 8)))
    await desk.fill(EDITORS)
    (text,) = desk.texts(_topic(desk))
    assert "content/answers" not in text
    assert text.count("\n•") == editors.MOST_PROBLEMS
    assert text.splitlines()[-1].startswith("And 2 more.")


async def test_a_deleted_topic_is_made_anew_with_what_still_holds(desk: DeskScene) -> None:
    desk.content = _with_facts(_today() - DAY)
    await _morning(desk)
    await _edited(desk, FIRST)
    await desk.fill(EDITORS)
    lost = _topic(desk)
    await desk.group.delete_topic(lost.thread_id)
    await _edited(desk, SECOND)
    await desk.fill(EDITORS)
    assert _topic(desk) is not lost
    today, refused = desk.texts(_topic(desk))
    assert "figure_0" in today
    assert "menu.yml" in refused
    await desk.group.delete_topic(_topic(desk).thread_id)
    await _edited(desk)
    await desk.fill(EDITORS)
    assert [text.splitlines()[0] for text in desk.texts(_topic(desk))] == [
        today.splitlines()[0],
        LIVE,
    ]
    assert len(_topics(desk)) == 3


async def test_a_crash_after_the_topic_was_noted_opens_no_second_one(desk: DeskScene) -> None:
    await _edited(desk, FIRST)
    desk.simulator.faults.fail("sendMessage", 502)
    with pytest.raises(PostLater):
        await desk.fill(EDITORS)
    desk.restart()
    await desk.fill(EDITORS)
    assert len(desk.texts(_topic(desk))) == 1
    assert len(_topics(desk)) == 1


@pytest.mark.parametrize("desk", ["supergroup", "group"], indirect=True)
async def test_in_a_group_without_topics_the_group_is_told(desk: DeskScene) -> None:
    await _edited(desk, FIRST)
    await desk.fill(EDITORS)
    (shown,) = desk.shown()
    assert shown.topic_id is None
    assert "An edit is not live." in shown.text


async def test_without_a_desk_nothing_is_posted(desk: DeskScene) -> None:
    desk.content = _with_facts(_today() - DAY)
    parts = desk.parts(None)
    await editors.add_tasks(parts, {})
    await editors.hear(parts, Press(Edition(desk.content, FLOWS), clock.now(), (FIRST,)))
    async with desk.store.database.transaction() as session:
        assert list(await session.scalars(sa.select(Post))) == []


async def test_what_people_ask_is_named_in_the_words_of_an_editor(desk: DeskScene) -> None:
    desk.content = _with_facts()
    async with desk.store.database.transaction() as session:
        missed.ask(session, "How do I get my **passport** back?", "id", 7)
    await _morning(desk)
    (text,) = desk.texts(_topic(desk))
    assert text.splitlines()[1:] == [
        "questions without an answer: 1",
        "",
        "• Number 1, asked 7 times: How do I get my passport back?",
        "content/answers",
    ]


async def test_what_belongs_to_cases_goes_before_what_editors_are_told(
    simulator: TelegramSimulator, bot: Bot, parts: Parts
) -> None:
    async with opened(simulator, bot, parts, "forum") as desk:
        await _edited(desk, FIRST)
        await desk.fill(EDITORS)
        cases = []
        for _ in range(2):
            cases.append(await desk.case(tier=Tier.ELEVATED, reason="detained"))
            desk.contact = simulator.user(started=True)
            await desk.fill(cases[-1])
        for case in cases:
            await desk.post(
                case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7}
            )
        await _edited(desk)
        simulator.limits.enable()
        jobs = [asyncio.ensure_future(desk.fill(room)) for room in (EDITORS, *cases)]
        await asyncio.gather(*jobs)
        assert [message.text for message in desk.shown()[-3:]] == ["7 h", "7 h", LIVE]
