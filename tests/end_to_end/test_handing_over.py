"""One case as people live it: called for, taken, talked through, handed on, resolved, reopened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot import clock, tasks
from bot.domain.cases import CaseStatus
from bot.storage.operators import Role
from tests.support.desk import DELIVERED, FAILED, OperatorsDesk, Room, mark, open_desk
from tests.support.handing_over import CRITICAL, copied_and_never_forwarded
from tests.support.line import eventually
from tests.support.telegram_line import Contact, payloads, text_of
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.people import SimulatedUser

RING = timedelta(minutes=2, seconds=1)
"""After which a critical case that nobody has seen calls more people (handoff/paging/timing.py)."""
Sending = Callable[..., Awaitable[StoredMessage]]
"""Sends a message as somebody, to wherever it is told."""


def _text(words: str) -> Sending:
    return lambda user, **where: user.send(words, **where)


FROM_CONTACT: tuple[tuple[Sending, str, str], ...] = (
    (_text("saya tunggu"), "text", "saya tunggu"),
    (
        lambda user, **where: user.send_photo(caption="ini fotonya", **where),
        "photo",
        "ini fotonya",
    ),
    (SimulatedUser.send_voice, "voice", ""),
    (_text("itu suaranya"), "text", "itu suaranya"),
    (SimulatedUser.send_document, "document", ""),
    (SimulatedUser.send_sticker, "sticker", ""),
    (SimulatedUser.send_location, "text", "11.55640, 104.92820"),
    (SimulatedUser.send_contact, "text", "+85512000000"),
    (_text("<b>ini</b> nomor *teman* saya"), "text", "<b>ini</b> nomor *teman* saya"),
    (_text("sebentar"), "text", "sebentar"),
)
"""What the contact sends, and how it stands at the desk: its kind, and how its text ends."""
FROM_OPERATOR: tuple[tuple[Sending, str, str], ...] = (
    (_text("Saya di sini. Di lantai berapa?"), "text", "Saya di sini. Di lantai berapa?"),
    (
        lambda user, **where: user.send_photo(caption="// dari polisi\nGedung ini?", **where),
        "photo",
        "Gedung ini?",
    ),
    (SimulatedUser.send_voice, "voice", ""),
    (SimulatedUser.send_document, "document", ""),
    (SimulatedUser.send_sticker, "sticker", ""),
    (SimulatedUser.send_location, "location", ""),
    (SimulatedUser.send_contact, "contact", ""),
    (_text("Orang itu akan menelepon."), "text", "Orang itu akan menelepon."),
    (_text("**Jangan** buka pintu.\n// ia takut"), "text", "**Jangan** buka pintu."),
    (_text("Kami datang"), "text", "Kami datang"),
)
"""What an operator sends, and how it stands at the contact."""


@dataclass
class Story:
    """Who there is, and what time it is."""

    desk: OperatorsDesk
    contact: Contact
    room: Room
    rina: SimulatedUser
    darma: SimulatedUser
    chief: SimulatedUser
    time: ExitStack
    silent: list[str] = field(default_factory=list)
    """What may have left the desk for nobody."""

    @property
    def group(self) -> dict[str, Any]:
        """Where operators write."""
        return {"chat": self.desk.group.chat}

    async def here(self) -> dict[str, Any]:
        """The room of the case."""
        return self.group | {"topic": await self.room.topic()}

    def phrase(self, key: str, language: str = "en", **slots: str) -> str:
        found = self.desk.scene.line.runtime.content.phrase(key, language)
        assert found is not None, key
        return found.fill(slots)

    def read(self) -> list[str]:
        """What the contact has been told."""
        return [shown.text for shown in self.contact.screen if shown.from_bot]

    def later(self, passes: timedelta) -> None:
        self.time.enter_context(clock.moved(passes))

    def calls(self, operator: SimulatedUser) -> list[StoredMessage]:
        """The lists of waiting cases in an operator's own chat that still stand."""
        shown = [one for one in operator.chat.visible if one.from_bot]
        return [one for one in shown if any(":take" in data for data in payloads([one]))]


@pytest.fixture
async def story(
    postgres: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Story]:
    monkeypatch.setattr(tasks, "SWEEP_EVERY", 0.2)
    async with open_desk(postgres, template) as desk:
        contact = desk.scene.contact(
            "id", first_name="Wulan", last_name="Lestari", username="wulan_l"
        )
        with ExitStack() as time:
            yield Story(
                desk,
                contact,
                Room(desk, contact),
                rina=await desk.operator("Rinawati", languages=("id", "en")),
                darma=await desk.operator("Darmawan", languages=("en",)),
                chief=await desk.operator("Supomo", Role.SUPERVISOR, rota="never"),
                time=time,
            )


async def test_an_urgent_case_reaches_a_human_and_stays_with_one_until_it_is_done(
    story: Story,
) -> None:
    await _is_called_for(story)
    await _is_called_for_again_by_two_rings(story)
    await _is_taken_by_one(story)
    await _is_talked_through_in_both_directions(story)
    await _is_answered_and_edited_and_taken_back(story)
    await _is_handed_to_another(story)
    await _is_no_business_of_strangers(story)
    await _is_resolved_and_judged(story)
    await _is_reopened_by_need_and_not_by_thanks(story)
    _names_nobody(story)


async def _is_called_for(story: Story) -> None:
    replies = await story.contact.write(CRITICAL)
    assert story.phrase("ask_can_write", "id") in text_of(replies)
    await story.desk.room(story.contact)
    page = await story.room.posted(CRITICAL)
    assert [data.rpartition(":")[2] for data in payloads([page])] == ["take", "seen"]
    assert _loud(story, page)
    await eventually(lambda: story.calls(story.rina), what="who writes Indonesian is called")
    assert not story.calls(story.darma)
    assert not story.calls(story.chief)
    await story.contact.press("/SetSlots(can_write=true)")
    await story.contact.write("di Sihanoukville, lantai tiga")
    await story.desk.quiet()
    assert story.phrase("place_kept", "id") in story.read()[-1]
    card = await story.room.card()
    assert "Indonesian" in card.text
    assert card.message_id in story.desk.group.chat.pinned


def _loud(story: Story, message: StoredMessage) -> bool:
    calls = story.desk.scene.simulator.ledger.calls("sendMessage", accepted=True)
    (made,) = [
        call
        for call in calls
        if (call.chat_id, call.message_id) == (story.desk.group.id, message.message_id)
    ]
    return made.parameters.get("disable_notification") != "true"


async def _is_called_for_again_by_two_rings(story: Story) -> None:
    for number, called, minutes in ((2, story.darma, "2"), (3, story.chief, "4")):
        story.later(RING)
        await eventually(lambda: story.calls(called), what=f"call {number}")  # noqa: B023 - awaited at once
        await story.desk.quiet()
        count = str(number)  # of those who are called, too
        await story.room.posted(story.phrase("desk_ring", ring=count, count=count, minutes=minutes))
    waited = story.phrase("handoff_minutes", "id", minutes="2")
    assert story.phrase("handoff_waiting_critical", "id", waited=waited) in story.read()
    assert len(story.calls(story.rina)) == 1  # a newer list takes the place of the older
    assert (await story.room.row()).rings == 3


async def _is_taken_by_one(story: Story) -> None:
    number, card = (await story.room.row()).number, await story.room.card()
    first = await story.rina.press(story.calls(story.rina)[0], f"case:{number}:take")
    second = await story.darma.press(card, f"case:{number}:take", chat=story.desk.group.chat)
    await story.rina.expect_answer(first)
    await story.darma.expect_answer(second)
    assert first.answer_text == story.phrase("desk_press_taken")
    assert second.answer_text == story.phrase("desk_press_quicker", operator="Rinawati")
    await story.desk.quiet()
    assert story.read()[-1] == story.phrase("handoff_operator_here", "id")
    assert "Rinawati" in (await story.room.card()).text
    said = len(story.read())
    await story.contact.write("apakah ada orang?")
    await story.desk.quiet()
    assert len(story.read()) == said  # the bot is silent
    await story.room.posted("apakah ada orang?")


async def _is_talked_through_in_both_directions(story: Story) -> None:
    faults = story.desk.scene.simulator.faults
    struck = faults.struck
    before, shown = len(story.contact.user.chat.from_bot), len(await story.room.shown())
    faults.fail("sendMessage", 429, retry_after=1, chat_id=story.contact.user.id)
    faults.fail("sendMessage", 500, chat_id=story.desk.group.id)
    answers = []
    for (asks, _, _), (answer, _, _) in zip(FROM_CONTACT, FROM_OPERATOR, strict=True):
        await asks(story.contact.user)
        answers.append(await answer(story.rina, **await story.here()))
    await story.desk.quiet()
    assert faults.struck == struck + 2
    _stand(story.contact.user.chat.from_bot[before:], FROM_OPERATOR)
    assert all(one.protected for one in story.contact.user.chat.from_bot)
    _stand((await story.room.shown())[shown:], FROM_CONTACT)
    assert [mark(answer) for answer in answers] == [DELIVERED] * len(answers)


def _stand(shown: list[StoredMessage], wanted: tuple[tuple[Sending, str, str], ...]) -> None:
    """What was sent stands there: all of it, once, in order."""
    assert [one.kind for one in shown] == [kind for _, kind, _ in wanted]
    for one, (_, _, text) in zip(shown, wanted, strict=True):
        found = one.text.splitlines()
        assert (text in found or any(line.endswith(text) for line in found)) if text else not found


async def _is_answered_and_edited_and_taken_back(story: Story) -> None:
    room, user = story.room, story.contact.user
    question = await room.write(story.rina, "Siapa yang sakit?")
    asked = story.contact.screen[-1]
    reply = await user.send("adik saya", reply_to=asked.message_id)
    await story.desk.quiet()
    shown = await room.posted("adik saya")
    assert shown.body["reply_to_message"]["message_id"] == question.message_id
    await room.write(story.rina, "Berapa umurnya?", reply_to=shown)
    assert story.contact.screen[-1].body["reply_to_message"]["message_id"] == reply.message_id
    await user.edit(reply, "adik teman saya")
    await story.rina.edit(question, "Siapa yang terluka?", **story.group)
    await story.desk.quiet()
    assert (asked.text, asked.earlier_texts) == ("Siapa yang terluka?", ["Siapa yang sakit?"])
    assert shown.text.endswith("adik teman saya")
    assert story.phrase("desk_edited") in shown.text
    wrong = await room.write(story.rina, "alamat yang salah")
    taken_back = story.contact.screen[-1]
    await room.write(story.rina, "/delete", reply_to=wrong)
    assert taken_back.deleted
    said = len(story.read())
    note = await room.write(story.rina, "// polisi bilang besok pagi")
    assert mark(note) is None
    assert len(story.read()) == said
    await room.write(story.rina, "/a shelter")
    assert len(story.read()) == said + 1
    assert "kedutaan" in story.read()[-1].lower()
    story.silent += ["besok pagi", "dari polisi", "ia takut", "/delete"]


async def _is_handed_to_another(story: Story) -> None:
    assert await story.room.press(story.rina, "hand") == story.phrase("desk_press_choose")
    name = (await story.room.card()).find_button("Darmawan")
    query = await story.rina.press(await story.room.card(), name.data or "", **story.group)
    await story.rina.expect_answer(query)
    await story.desk.quiet()
    assert query.answer_text == story.phrase("desk_press_handed", operator="Darmawan")
    assert story.read()[-1] == story.phrase("handoff_other_operator", "id")
    number = str((await story.room.row()).number)
    assert any(f"#{number} " in one.text for one in story.darma.chat.visible[-1:])
    said = len(story.read())
    late = await story.room.write(story.rina, "satu lagi dari saya")
    assert mark(late) == FAILED
    await story.room.posted(story.phrase("desk_not_yours", operator="Darmawan"))
    assert len(story.read()) == said
    answer = await story.room.write(story.darma, "Saya yang melanjutkan.")
    assert mark(answer) == DELIVERED
    assert story.read()[said:] == ["Saya yang melanjutkan."]
    story.silent.append("satu lagi dari saya")


async def _is_no_business_of_strangers(story: Story) -> None:
    stranger = story.desk.scene.simulator.user(first_name="Orang")
    story.desk.group.chat.members[stranger.id] = "member"
    said, reported = len(story.read()), len(story.desk.said_in_general())
    wrote = await story.room.write(stranger, "saya juga petugas")
    assert await story.room.press(stranger, "release") == story.phrase("desk_press_stranger")
    assert len(story.read()) == said
    assert mark(wrote) == FAILED
    assert story.desk.said_in_general()[reported:] == [story.phrase("desk_stranger")]
    story.silent.append("saya juga petugas")


async def _is_resolved_and_judged(story: Story) -> None:
    number = (await story.room.row()).number
    assert await story.room.press(story.darma, "resolve") == story.phrase("desk_press_how")
    assert await story.room.press(story.darma, "resolve:safe") == story.phrase("desk_press_done")
    case = await story.room.row()
    assert (case.status, case.outcome) == (CaseStatus.RESOLVED.value, "safe")
    assert story.read()[-1] == story.phrase("handoff_resolved", "id")
    assert story.desk.group.topics[case.topic or 0].closed
    replies = await story.contact.press(f"/feedback({number},good)")
    assert text_of(replies) == story.phrase("feedback_why_good", "id")
    replies = await story.contact.press(f"/feedback({number},good_kind)")
    assert text_of(replies) == story.phrase("feedback_thanks_good", "id")
    assert (await story.room.row()).feedback == "good_kind"


async def _is_reopened_by_need_and_not_by_thanks(story: Story) -> None:
    replies = await story.contact.write("terima kasih banyak")
    assert story.phrase("thanks", "id") in text_of(replies)  # the bot is back
    before = await story.room.row()
    assert before.status == CaseStatus.RESOLVED.value
    await story.contact.write("mereka kembali, tolong, mereka mau pukul kami lagi")
    await story.desk.quiet()
    case = await story.room.row()
    assert (case.number, case.topic) == (before.number, before.topic)
    assert (case.status, case.reopened) == (CaseStatus.WAITING.value, 1)
    assert not story.desk.group.topics[case.topic or 0].closed
    await story.room.posted("mau pukul kami lagi")
    await eventually(lambda: story.calls(story.rina), what="who is on duty is called again")


def _names_nobody(story: Story) -> None:
    """Nobody learns who the other is, nothing was forwarded, and nothing left that must not."""
    simulator, contact = story.desk.scene.simulator, story.contact.user
    team = (story.rina, story.darma, story.chief)
    told = str([one.body for one in contact.chat.messages if one.from_bot])
    for user in team:
        for secret in (user.person.first_name, user.person.username or "?", str(user.id)):
            assert secret not in told
    for secret in story.silent:
        assert secret not in told
    rooms = [story.desk.group.chat, *(user.chat for user in team)]
    shown = str([one.body for room in rooms for one in room.messages])
    for secret in ("Wulan", "Lestari", "wulan_l", str(contact.id)):
        assert secret not in shown
    assert "forward_origin" not in told + shown
    assert copied_and_never_forwarded(simulator.ledger)
    assert simulator.violations == []
    assert simulator.ledger.retry_after_broken() == 0
