from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot import settings
from bot.settings import SettingsError

GOOD_KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's


def _with(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"HELPLINE_{name}", value)


def test_nothing_needs_to_be_set() -> None:
    found = settings.read()
    assert found.host == "127.0.0.1"
    assert found.telegram_token is None


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, TELEGRAM_TOKEN="", TELEGRAM_DESK="", PUBLIC_URL="")
    assert settings.read().telegram_token is None


def test_a_webhook_without_a_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, PUBLIC_URL="https://line.example", TELEGRAM_TOKEN="42:x")
    with pytest.raises(SettingsError, match="HELPLINE_TELEGRAM_SECRET"):
        settings.read()


def test_a_database_of_ones_own_needs_a_key_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, DATABASE_URL="postgresql://somewhere/db")
    with pytest.raises(SettingsError, match="HELPLINE_KEY"):
        settings.read()
    _with(monkeypatch, KEY=GOOD_KEY)
    assert settings.read().master_key() == bytes(32)


@pytest.mark.parametrize("key", ["short", "not base64 !", base64.b64encode(bytes(31)).decode()])
def test_a_bad_key_is_refused_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    _with(monkeypatch, KEY=key)
    with pytest.raises(SettingsError) as caught:
        settings.read()
    assert key not in str(caught.value)


@pytest.mark.parametrize("token", ["short", "with a blank in it, and long"])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    _with(monkeypatch, METRICS_TOKEN=token)
    with pytest.raises(SettingsError, match="HELPLINE_METRICS_TOKEN") as caught:
        settings.read()
    assert token not in str(caught.value)


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, TELEGRAM_TOKEN="42:canary", KEY=GOOD_KEY)
    assert "canary" not in repr(settings.read())
    assert GOOD_KEY not in repr(settings.read())


def test_a_bad_value_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, PORT="canary")
    with pytest.raises(SettingsError) as caught:
        settings.read()
    assert "HELPLINE_PORT" in str(caught.value)
    assert "canary" not in str(caught.value)
