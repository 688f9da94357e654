"""A case's room on Telegram: what operators see of it, and in which order."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from aiogram import Bot

from bot.domain.cases import Move, Outcome
from bot.domain.messages import Kind
from bot.domain.understanding import Tier
from bot.storage.posts import PostKind
from tests.support.desk_scene import DeskScene, opened
from tests.support.parts import Parts
from tests.support.telegram_line import hurry
from tests.support.telegram_simulator.simulator import TelegramSimulator

TEXT = "they will beat me tonight"


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, simulator: TelegramSimulator, bot: Bot, parts: Parts
) -> AsyncIterator[DeskScene]:
    """A forum, or the group that a test asks for by an indirect parameter."""
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        async with opened(simulator, bot, parts, getattr(request, "param", "forum")) as scene:
            yield scene


async def test_a_critical_case_gets_a_room_its_call_with_sound_and_a_pinned_card(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    topic = desk.topic()
    row = await desk.row(case)
    assert topic.name.startswith(f"#{row.number} ‼ ")
    assert topic.name.endswith(" · id")
    page, card = desk.shown(topic)
    assert page.text == f"‼ critical: They hurt me or threaten me\n{TEXT}"
    assert [button.data for button in page.buttons] == [
        f"case:{row.number}:take",
        f"case:{row.number}:seen",
    ]
    assert desk.card(topic) is card
    assert "Country: Indonesia" in card.text
    assert desk.sounds() == ["<b>‼ critical: They hurt me or threaten me</b>"]
    assert (row.topic, row.card, row.card_stale) == (topic.thread_id, str(card.message_id), False)
    assert await desk.statuses(case) == [("history", "unposted"), ("page", "posted")]
    before = len(desk.calls())
    await desk.fill(case)
    assert len(desk.calls()) == before


async def test_what_is_not_urgent_begins_with_its_card(desk: DeskScene) -> None:
    case = await desk.case("I need a doctor", tier=Tier.ELEVATED, reason="medical_help")
    await desk.fill(case)
    card, page = desk.shown(desk.topic())
    assert desk.card(desk.topic()) is card
    assert page.text.startswith("! elevated: A doctor or medicine")


async def test_posts_come_in_order_each_in_its_own_way(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    reply = await desk.answered("**Thank you.** Where are you?")
    await desk.post(case, PostKind.REPLY, case=case, message=reply)
    row = await desk.wrote("near <the> **river**")
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    values = {"ring": 2, "count": 3, "minutes": 4}
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_never_written", values=values)
    await desk.fill(case)
    name = (await desk.row(case)).number and desk.topic().name.split(" ‼ ")[1].split(" · ")[0]
    page, card, *rest = desk.texts(desk.topic())
    assert page.endswith(TEXT)
    assert card.startswith("#")
    assert rest == [
        "Line\nThank you. Where are you?",
        f"{name}\nnear <the> **river**",
        "7 h",
        "desk never written",
    ]
    assert {status for _, status in (await desk.statuses(case))[1:]} == {"posted"}


async def test_media_are_copied_and_never_forwarded(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    user = desk.contact
    for kind, sent in (
        (Kind.PHOTO, await user.send_photo(caption="the gate")),
        (Kind.VOICE, await user.send_voice()),
        (Kind.VIDEO, await user.send_video()),
        (Kind.STICKER, await user.send_sticker()),
        (Kind.DOCUMENT, await user.send_document()),
    ):
        row = await desk.wrote(sent.text, sent=sent, kind=kind)
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    media = desk.shown(desk.topic())[2:]
    assert [message.kind for message in media] == [
        *("photo", "voice", "video", "sticker", "document"),
    ]
    assert media[0].text == "the gate"
    assert all("forward_origin" not in message.body for message in media)


async def test_a_call_by_a_photo_shows_the_photo(desk: DeskScene) -> None:
    row = await desk.wrote("", sent=await desk.contact.send_photo(), kind=Kind.PHOTO)
    case = await desk.case(row=row)
    await desk.fill(case)
    page, photo, _ = desk.shown(desk.topic())
    assert page.buttons
    assert photo.kind == "photo"


async def test_a_medium_that_is_gone_is_named(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    sent = await desk.contact.send_photo(caption="the gate")
    row = await desk.wrote("the gate", sent=sent, kind=Kind.PHOTO)
    await desk.contact.delete(sent)
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    assert desk.texts(desk.topic())[-1].endswith("\n(photo) the gate")


async def test_places_and_contact_cards_are_shown_as_text(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    for kind, attachment in (
        (Kind.LOCATION, {"latitude": "11.5564", "longitude": "104.9282"}),
        (Kind.CONTACT, {"phone_number": "+85512000000"}),
    ):
        row = await desk.wrote("", kind=kind, attachment=attachment)
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    place, friend = desk.texts(desk.topic())[2:]
    assert "location: 11.55640, 104.92820\nhttps://www.openstreetmap.org/?mlat=11.55640" in place
    assert friend.endswith("contact card: +85512000000")


async def test_replies_stay_replies(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    rina = await desk.new_operator("Rina", desk.operator)
    asked = await desk.answered("Where are you?")
    await desk.post(case, PostKind.REPLY, case=case, message=asked)
    await desk.fill(case)
    theirs = await desk.group.send(desk.operator, "Who is there?", topic=desk.topic().thread_id)
    await desk.answered("Who is there?", by=rina, reference=str(theirs.message_id))
    line, operator = desk.contact.chat.from_bot
    for answered in (line, operator):
        row = await desk.wrote("this", reply_to=str(answered.message_id))
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    reply, first, second = desk.shown(desk.topic())[2:]
    assert first.body["reply_to_message"]["message_id"] == reply.message_id
    assert second.body["reply_to_message"]["message_id"] == theirs.message_id


async def test_a_message_whose_answered_one_is_gone_comes_without_it(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    await desk.post(
        case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7, "reference": "999"}
    )
    await desk.fill(case)
    assert desk.texts(desk.topic())[-1] == "7 h"


async def test_what_the_line_alone_has_said_is_no_history(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.answered("Nobody has answered for 2 minutes.")
    await desk.fill(case)
    assert await desk.statuses(case) == [("history", "unposted"), ("page", "posted")]


async def test_a_history_leaves_out_what_will_still_be_shown(desk: DeskScene) -> None:
    await desk.wrote("hello")
    await desk.wrote("what is this?")
    await desk.answered("Choose one:")
    case = await desk.case(TEXT)
    await desk.fill(case)
    history, page, _ = desk.texts(desk.topic())
    assert history.splitlines() == [
        "So far:",
        "Contact: hello",
        "Contact: what is this?",
        "Line: Choose one:",
    ]
    assert page.endswith(TEXT)


async def test_a_room_follows_its_case(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    rina = await desk.new_operator("Rina", desk.operator)
    await desk.fill(case)
    topic = desk.topic()
    await desk.move(case, Move.CLAIM, rina)
    await desk.fill(case)
    assert topic.name.endswith(" · Rina")
    assert "Rina has it" in desk.card(topic).text
    await desk.move(case, Move.RESOLVE, rina, Outcome.SAFE)
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    await desk.fill(case)
    assert topic.closed
    assert " ✓ " in topic.name
    assert "In safety" in desk.card(topic).text
    assert desk.texts(topic)[-1] == "7 h"
    await desk.move(case, Move.REOPEN, rina)
    desk.restart()
    await desk.fill(case)
    assert not topic.closed
    assert " ‼ " in topic.name
    assert "Reopened: 1 times" in desk.card(topic).text
    assert len(desk.group.topics) == 1


async def test_a_room_that_a_person_closed_is_open_again_when_the_card_changes(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    topic = desk.topic()
    await desk.group.close_topic(desk.operator, topic.thread_id)
    await desk.change(case, card_stale=True)
    await desk.fill(case)
    assert not topic.closed


async def test_a_card_with_nothing_new_is_no_error_and_a_deleted_one_comes_anew(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    topic = desk.topic()
    card = desk.card(topic)
    await desk.change(case, card_stale=True)
    await desk.fill(case)
    assert not (await desk.row(case)).card_stale
    card.deleted = True
    desk.group.chat.pinned.remove(card.message_id)
    await desk.change(case, card_stale=True)
    await desk.fill(case)
    assert desk.card(topic) is not card
    assert (await desk.row(case)).card == str(desk.card(topic).message_id)


async def test_ten_things_a_job_and_then_another_job(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    for number in range(12):
        row = await desk.wrote(f"message {number}")
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    async with desk.store.database.transaction() as session:
        await session.execute(sa.text("DELETE FROM procrastinate_jobs"))
    await desk.fill(case)
    texts = desk.texts(desk.topic())[2:]
    assert [text.splitlines()[1] for text in texts] == [f"message {n}" for n in range(10)]
    async with desk.store.database.transaction() as session:
        jobs = await session.execute(sa.text("SELECT task_name, args FROM procrastinate_jobs"))
        assert [(name, args["row"]) for name, args in jobs] == [("post", str(case))]
    await desk.fill(case)
    assert desk.texts(desk.topic())[-1].endswith("message 11")


async def test_marks_show_whether_an_operators_message_arrived(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    rina = await desk.new_operator("Rina", desk.operator)
    await desk.fill(case)
    for text, emoji in (("delivered", "👌"), ("failed", "👎")):
        theirs = await desk.group.send(desk.operator, "hello", topic=desk.topic().thread_id)
        row = await desk.answered("hello", by=rina, reference=str(theirs.message_id))
        await desk.post(case, PostKind.MARK, case=case, message=row, text=text)
        await desk.fill(case)
        assert [reaction["emoji"] for reaction in theirs.reactions] == [emoji]
    theirs.deleted = True
    mark = {"reference": str(theirs.message_id)}
    await desk.post(case, PostKind.MARK, case=case, text="failed", values=mark)
    await desk.fill(case)
    assert (await desk.statuses(case))[-1] == ("mark", "posted")


async def test_what_a_contact_changed_is_changed_at_the_desk(desk: DeskScene) -> None:
    first = await desk.wrote(TEXT)
    case = await desk.case(row=first)
    second = await desk.wrote("near the river")
    await desk.post(case, PostKind.MESSAGE, case=case, message=second)
    await desk.fill(case)
    for row in (first, second):
        await desk.rewrote(row, "nothing, sorry")
        await desk.post(case, PostKind.REVISE, case=case, message=row)
    await desk.fill(case)
    page, _, message = desk.shown(desk.topic())
    assert page.text == "‼ critical: They hurt me or threaten me (changed)\nnothing, sorry"
    assert page.buttons
    assert message.text.splitlines()[0].endswith(" (changed)")
    assert message.text.splitlines()[1] == "nothing, sorry"


async def test_a_changed_message_that_cannot_be_changed_at_the_desk_comes_anew(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    photo = await desk.wrote("gate", sent=await desk.contact.send_photo(), kind=Kind.PHOTO)
    gone = await desk.wrote("near the river")
    for row in (photo, gone):
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    desk.shown(desk.topic())[-1].deleted = True
    for row, text in ((photo, "the other gate"), (gone, "near the bridge")):
        await desk.rewrote(row, text)
        await desk.post(case, PostKind.REVISE, case=case, message=row)
    await desk.fill(case)
    shown = desk.shown(desk.topic())
    assert [message.text.splitlines()[-1] for message in shown[-2:]] == [
        "(photo) the other gate",
        "near the bridge",
    ]
    assert shown[-2].body["reply_to_message"]["message_id"] == shown[-3].message_id


async def test_long_texts_come_whole_and_make_one_sound(desk: DeskScene) -> None:
    text = " ".join(f"word{number}" for number in range(1200))
    case = await desk.case(text)
    await desk.fill(case)
    first, *rest, _ = desk.shown(desk.topic())
    assert len(rest) >= 1
    said = f"{first.text.partition(chr(10))[2]} {' '.join(message.text for message in rest)}"
    assert said.split() == text.split()
    assert first.buttons == []
    assert rest[-1].buttons
    assert len(desk.sounds()) == 1


async def test_a_room_of_nothing_that_is_known_waits_for_nothing(desk: DeskScene) -> None:
    nobody = uuid.uuid4()
    await desk.post(nobody, PostKind.PAGE)
    await desk.fill(nobody)
    assert await desk.statuses(nobody) == [("page", "unposted")]
