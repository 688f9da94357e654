"""The command `helpline` as a person types it, in this process or as one of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import cli
from bot.settings import ROOT


@dataclass(frozen=True)
class Printed:
    """What a command said, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def plain(self) -> str:
        """The output with every run of spaces and line breaks as one space."""
        return " ".join(self.output.split())

    @property
    def complaint(self) -> str:
        """The same of what went to the standard error."""
        return " ".join(self.errors.split())


@dataclass
class Command:
    """Runs commands in a thread of this process, so that the test's own loop goes on."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def settings(self, **values: str) -> None:
        """Set settings: `telegram_token=...` is HELPLINE_TELEGRAM_TOKEN."""
        for name, value in values.items():
            self.patch.setenv(f"HELPLINE_{name.upper()}", value)

    async def __call__(self, *words: object) -> Printed:
        self.capture.readouterr()
        status = await asyncio.to_thread(_status, [str(word) for word in words])
        output, errors = self.capture.readouterr()
        assert "\x1b" not in output + errors  # it is no terminal that reads
        return Printed(status, output, errors)

    async def succeeds(self, *words: object) -> Printed:
        """Run a command that must do what it was asked for."""
        printed = await self(*words)
        assert printed.status == 0, printed
        return printed


def _status(words: list[str]) -> int:
    try:
        return cli.main(words)
    except SystemExit as end:  # argparse
        return int(end.code or 0)


async def as_process(data_dir: Path, *program: str, **environment: str) -> Printed:
    """Run Python with these words, and with the settings of nobody but the test."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", *program),
        cwd=ROOT,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("HELPLINE_")},
            "HELPLINE_DATA_DIR": str(data_dir),
            **environment,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    return Printed(process.returncode or 0, output.decode(), errors.decode())
