"""A chat on a web page, for people without Telegram and for trying the line."""
