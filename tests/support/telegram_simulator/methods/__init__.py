"""The Bot API methods, grouped as Telegram's own documentation groups them."""
