"""Payloads of buttons: what they mean, and what is none."""

from __future__ import annotations

import pytest

from bot.flows.payloads import GiveAnswer, Payload, SetSlots, StartIntent, read, set_slot

UNDERSTOOD: list[tuple[str, Payload]] = [
    ("/SetSlots(a=b)", SetSlots((("a", "b"),))),
    ("/SetSlots(a=b, c=Phnom Penh)", SetSlots((("a", "b"), ("c", "Phnom Penh")))),
    ("/talk_to_human", StartIntent("talk_to_human")),
    ("/answer(wages_scam)", GiveAnswer("wages_scam")),
]


@pytest.mark.parametrize(("payload", "meaning"), UNDERSTOOD)
def test_payload_is_understood(payload: str, meaning: Payload) -> None:
    assert read(payload) == meaning


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "hello",
        "/",
        "/SetSlots()",
        "/SetSlots(a)",
        "/SetSlots(a=)",
        "/SetSlots(=b)",
        "/SetSlots(a=b",
        "/SetSlots(a=b) and more",
        "/SetSlots(a=b,a=c)",
        "/SetSlots(a=(b))",
        "/SetSlots(A=b)",
        "/setslots(a=b)",
        "/answer(../secret)",
        "/answer()",
        "/Intent",
        "/intent{}",
        "/flow:danger_now",
        "/SetSlots(a=" + "ក" * 20 + ")",
        "/SetSlots(" + ",".join(f"{letter}=1" for letter in "abcdefghijk") + ")",
        "\ud800",
    ],
)
def test_other_payloads_are_none_of_ours(payload: str) -> None:
    assert read(payload) is None


def test_written_payloads_are_read_back() -> None:
    assert read(set_slot("language", "id")) == SetSlots((("language", "id"),))
