"""`helpline simulate`: the Telegram bot against a simulated Telegram, to try it without one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.settings import ROOT

TOKEN = "42:SIMULATOR"  # noqa: S105 - the simulator's, known to nobody else
PORT = 8081


def main(arguments: Sequence[str]) -> int:
    """Start the simulator with its prompt, and the help line beside it; its exit status."""
    if not (ROOT / "tests" / "support" / "telegram_simulator").is_dir():
        sys.stderr.write("The simulator is part of the checkout's tests/, which is not here.\n")
        return 1
    environment = os.environ | {
        "HELPLINE_TELEGRAM_TOKEN": TOKEN,
        "HELPLINE_TELEGRAM_API": f"http://127.0.0.1:{PORT}",
        "HELPLINE_PORT": os.environ.get("HELPLINE_PORT", "8082"),
        "HELPLINE_LOG_LEVEL": "ERROR",
    }
    with tempfile.TemporaryDirectory(prefix="helpline-simulate-") as directory:
        environment.setdefault("HELPLINE_DATA_DIR", str(Path(directory) / "var"))
        line = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            simulator = [sys.executable, "-m", "tests.support.telegram_simulator"]
            options = ["--port", str(PORT), "--token", TOKEN, *arguments]
            return subprocess.call([*simulator, *options], cwd=ROOT)  # noqa: S603
        finally:
            line.terminate()
            line.wait(20)
