"""The commands that Telegram shows in its menu; apart, since aiogram takes seconds to load."""

COMMANDS = ("menu", "human", "language", "privacy", "wipe", "help")
"""The phrase `command_<name>` says what each does."""
