"""What the buttons of the desk do, on a whole line with a simulated Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.storage.operators import Role
from tests.support.desk import (
    CRITICAL,
    DELIVERED,
    FAILED,
    OperatorsDesk,
    Room,
    mark,
    open_desk,
)
from tests.support.telegram_line import payloads, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str, template: str) -> AsyncIterator[OperatorsDesk]:
    async with open_desk(postgres, template) as found:
        yield found


def _read(room: Room) -> list[str]:
    """What the line, or an operator through it, has said to the contact."""
    return [shown.text for shown in room.contact.screen if shown.from_bot]


async def test_taking_a_case_silences_the_bot_and_giving_it_back_lets_it_speak(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    assert await room.press(operator, "take") == desk.scene.phrase("desk_press_taken")
    assert _read(room)[-1] == desk.scene.phrase("handoff_operator_here")
    assert await room.contact.write("are you there?") == []
    assert await room.press(operator, "release") == desk.scene.phrase("desk_press_released")
    assert _read(room)[-1] == desk.scene.phrase("handoff_released")
    assert (await room.row()).status == "waiting"
    assert await room.press(operator, "release") == desk.scene.phrase("desk_press_waiting")


async def test_seen_lets_the_calls_rest_and_takes_nothing(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    assert await room.press(operator, "seen") == desk.scene.phrase("desk_press_seen")
    case = await room.row()
    assert (case.status, case.acknowledged_at is not None) == ("waiting", True)
    other = await desk.operator("Quick")
    await room.press(other, "take")
    assert "Quick" in await room.press(operator, "seen")


async def test_a_case_is_handed_to_a_colleague_by_name(desk: OperatorsDesk) -> None:
    first, second = await desk.operator("Giver"), await desk.operator("Receiver")
    room = await desk.urgent()
    await room.press(first, "take")
    await room.press(first, "hand")
    card = await room.card()
    names = [button.text for button in card.buttons]
    assert any("Receiver" in name for name in names)
    assert not any("Giver" in name for name in names)
    wanted = next(button for button in card.buttons if "Receiver" in button.text)
    query = await first.press(card, wanted.data or "", chat=desk.group.chat)
    await first.expect_answer(query)
    await desk.quiet()
    assert "Receiver" in query.answer_text
    assert _read(room)[-1] == desk.scene.phrase("handoff_other_operator")
    assert f"#{(await room.row()).number}" in (await second.expect("handed to you")).text
    assert not any(":hand:" in (button.data or "") for button in (await room.card()).buttons)
    before = len(room.contact.screen)
    assert mark(await room.write(first, "one more thing")) == FAILED
    assert len(room.contact.screen) == before
    assert mark(await room.write(second, "hello again")) == DELIVERED


async def test_only_supervisors_take_over(desk: OperatorsDesk) -> None:
    owner, other = await desk.operator("Owner"), await desk.operator()
    boss, room = await desk.operator(role=Role.SUPERVISOR), await desk.urgent()
    await room.press(owner, "take")
    assert "Owner" in await room.press(other, "takeover")
    assert "Owner" in await room.press(other, "release")
    assert await room.press(boss, "takeover") == desk.scene.phrase("desk_press_taken")
    assert _read(room)[-1] == desk.scene.phrase("handoff_other_operator")


async def test_urgency_goes_up_and_down(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    assert await room.press(operator, "up") == desk.scene.phrase("desk_press_urgent_already")
    await room.press(operator, "take")
    assert await room.press(operator, "down") == desk.scene.phrase("desk_press_lowered")
    assert (await room.row()).tier == "elevated"
    assert await room.press(operator, "up") == desk.scene.phrase("desk_press_raised")
    assert (await room.row()).tier == "critical"


async def test_a_case_ends_with_an_outcome_and_a_question_and_is_taken_up_again_by_an_answer(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await room.press(operator, "resolve")
    assert any((one.data or "").endswith(":resolve:safe") for one in (await room.card()).buttons)
    assert await room.press(operator, "resolve:safe") == desk.scene.phrase("desk_press_done")
    case = await room.row()
    assert (case.status, case.outcome) == ("resolved", "safe")
    assert _read(room)[-1] == desk.scene.phrase("handoff_resolved")
    asked = payloads([room.contact.screen[-1]])
    assert asked == [f"/feedback({case.number},good)", f"/feedback({case.number},bad)"]
    assert await room.press(operator, "take") == desk.scene.phrase("desk_press_resolved")
    message = await room.write(operator, "one more thing: take the papers")
    assert mark(message) == DELIVERED
    case = await room.row()
    assert (case.status, case.reopened) == ("claimed", 1)
    assert _read(room)[-1] == "one more thing: take the papers"


async def test_who_wrote_in_bad_faith_is_not_asked_how_it_was(desk: OperatorsDesk) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await room.press(operator, "resolve:abuse")
    assert _read(room)[-1] == desk.scene.phrase("handoff_ended")
    assert room.contact.screen[-1].buttons == []


async def test_a_blocked_contact_is_kept_and_not_answered_until_unblocked(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    await room.press(operator, "take")
    await room.press(operator, "block")
    await room.press(operator, "resolve:abuse")
    before, stored = len(room.contact.screen), len(await room.contact.stored())
    assert await room.contact.write(CRITICAL) == []
    assert len(await room.contact.stored()) == stored + 1
    assert len(room.contact.screen) == before + 1
    assert (await room.row()).status == "resolved"
    assert await room.press(operator, "unblock") == desk.scene.phrase("desk_press_unblocked")
    assert await room.contact.write("where is the embassy of Kenya?") != []
    assert await desk.audited("contact_block") == 1
    assert await desk.audited("contact_unblock") == 1


async def test_in_an_own_chat_the_desks_buttons_work_for_operators_and_are_nothing_for_others(
    desk: OperatorsDesk,
) -> None:
    operator, room = await desk.operator(), await desk.urgent()
    number = (await room.row()).number
    page = await operator.expect(f"#{number}", timeout=10)
    query = await operator.press_stale(page, f"case:{number}:take")
    await operator.expect_answer(query)
    assert query.answer_text == desk.scene.phrase("desk_press_taken")
    stranger = desk.scene.contact()
    await stranger.write("/start")
    anything = stranger.user.chat.from_bot[-1]
    unknown = await stranger.after(stranger.user.press_stale(anything, f"case:{number}:release"))
    nothing = await stranger.after(stranger.user.press_stale(anything, "whatever"))
    assert text_of(unknown) == text_of(nothing)
    assert (await room.row()).status == "claimed"


async def test_an_operator_may_need_help_as_anybody_does(desk: OperatorsDesk) -> None:
    operator = await desk.operator()
    await operator.send("where is the embassy of Indonesia?")
    await desk.quiet()
    await operator.expect("KBRI")
