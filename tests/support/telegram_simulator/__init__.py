"""A Telegram Bot API server for tests: speaks the protocol, keeps a ledger, fails on demand."""
