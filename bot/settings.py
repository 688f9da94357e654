"""The environment becomes one frozen object; unsafe combinations are refused at the start."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""Where flows/, content/ and nlu/ lie, beside bot/."""

KEY_BYTES = 32
_TOKEN = re.compile("[A-Za-z0-9_-]{16,256}")


class SettingsError(Exception):
    """The settings cannot be used; the message says which one and how to mend it."""


class Settings(BaseSettings):
    """What the environment (prefix `HELPLINE_`) and `.env` say. Secrets are never printed."""

    model_config = SettingsConfigDict(
        env_prefix="HELPLINE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = Field(default=None, description="a PostgreSQL URL; embedded")
    data_dir: Path = Field(default=Path("var"), description="embedded database, key file")
    content_dir: Path = Field(default=ROOT / "content", description="answers, phrases, directory")
    flows_dir: Path = Field(default=ROOT / "flows", description="the scripted dialogues")
    key: SecretStr | None = Field(default=None, description="master key, 32 bytes in base64")
    telegram_token: SecretStr | None = Field(default=None, description="from BotFather")
    telegram_api: str | None = Field(default=None, description="base URL of a Bot API server")
    telegram_secret: SecretStr | None = Field(default=None, description="webhook secret token")
    telegram_desk: int | None = Field(default=None, description="chat id of the operators' group")
    desk_language: str = Field(default="en", description="in which operators are spoken to")
    public_url: str | None = Field(default=None, description="turns the webhook on; else polling")
    rasa_url: str | None = Field(default=None, description="a Rasa server; else the export")
    rasa_token: SecretStr | None = Field(default=None, description="auth token of the Rasa server")
    host: str = Field(default="127.0.0.1", description="web chat, webhook, health")
    port: int = Field(default=8080, ge=0, le=65535)
    metrics_token: SecretStr | None = Field(default=None, description="opens metrics and health")
    retention_days: int = Field(default=7, ge=1, le=90, description="idle conversations live so")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("public_url", "telegram_api", "rasa_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else value

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.public_url and self.telegram_token and not self.telegram_secret:
            raise ValueError(
                "HELPLINE_PUBLIC_URL turns the webhook on, which needs HELPLINE_TELEGRAM_SECRET: "
                "1-256 characters of A-Z a-z 0-9 _ - (make one: openssl rand -hex 32)"
            )
        if self.database_url and not self.key:
            raise ValueError(
                "HELPLINE_DATABASE_URL needs HELPLINE_KEY: 32 random bytes in base64 "
                "(make one: openssl rand -base64 32). Keep it apart from the database's backups"
            )
        if self.key:
            _decode_key(self.key)
        token = self.metrics_token
        if token and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                "HELPLINE_METRICS_TOKEN must be 16-256 characters of A-Z a-z 0-9 _ - "
                "(make one: openssl rand -hex 32)"
            )
        return self

    def master_key(self) -> bytes | None:
        """The master key, 32 bytes; None when a key file in the data directory holds it."""
        return _decode_key(self.key) if self.key else None


def _decode_key(key: SecretStr) -> bytes:
    try:
        raw = base64.b64decode(key.get_secret_value(), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(
            "HELPLINE_KEY must be 32 bytes in base64 (make one: openssl rand -base64 32)"
        )
    return raw


def read() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a setting is missing, malformed or unsafe.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_context=False, include_url=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            text = problem["msg"].removeprefix("Value error, ")
            lines.append(f"HELPLINE_{name}: {text}" if name else text)
        raise SettingsError("\n".join(lines)) from None
