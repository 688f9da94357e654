"""Our small Markdown as Telegram's HTML, with everything else escaped; buttons as keyboards."""

from __future__ import annotations

import html
import re

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.domain.messages import Button

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"^- ", re.MULTILINE)

PAYLOAD_BYTES = 64
"""Bot API: `callback_data` holds 1-64 bytes."""


def to_html(text: str) -> str:
    """A message's text as Telegram's HTML. Nothing that a contact or editor wrote is a tag."""
    escaped = html.escape(text, quote=False)
    return _ITEM.sub("• ", _BOLD.sub(r"<b>\1</b>", escaped))


def keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    """Rows of buttons as an inline keyboard; None when there are none."""
    lines = [
        [
            InlineKeyboardButton(text=button.title, callback_data=button.payload)
            for button in row
            if 0 < len(button.payload.encode()) <= PAYLOAD_BYTES
        ]
        for row in rows
    ]
    lines = [line for line in lines if line]
    return InlineKeyboardMarkup(inline_keyboard=lines) if lines else None
