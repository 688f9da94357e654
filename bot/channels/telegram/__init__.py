"""Telegram, through aiogram: `receive` is hop 1, `send` is hop 10."""
