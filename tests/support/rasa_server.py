"""Trains a Rasa model when there is none for the data as it is, and starts the real `rasa run`."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.embedded import Export
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

NLU = ROOT / "nlu"
VENV = Path(os.environ.get("NLU_VENV", NLU / ".venv"))
"""Rasa's own environment; `make test` builds it."""

TOKEN = "only-for-this-test"
LONGEST_START = 120.0

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True, slots=True)
class Trained:
    """A Rasa archive and the export that was written with it."""

    archive: Path
    export: Path


@dataclass(frozen=True, slots=True)
class Server:
    """A running `rasa run`."""

    url: str
    token: str
    process: int
    log: Path
    seconds_to_start: float


def is_installed() -> bool:
    """Whether Rasa's environment is there."""
    return (VENV / "bin" / "rasa").exists()


def trained() -> Trained:
    """A model of the data as it is: that of `make train`, or one trained now (some minutes)."""
    committed = NLU / EXPORT
    export = Export.load(committed)
    stamp = f"{export.data_sha256} {export.encoder_name}"
    ours = Trained(NLU / "models" / "helpline.tar.gz", committed)
    if _is_of(ours, stamp):
        return ours
    folder = NLU / "models" / "of_tests"
    theirs = Trained(folder / "helpline.tar.gz", folder / "helpline.npz")
    if not _is_of(theirs, stamp):
        command = [
            VENV / "bin" / "python",
            NLU / "train.py",
            "--output",
            folder,
            "--export",
            folder,
        ]
        subprocess.run(
            [str(word) for word in command],
            check=True,
            capture_output=True,
            env={**os.environ, **QUIET},
        )
    return theirs


def _is_of(model: Trained, stamp: str) -> bool:
    """Whether a model is there, of this data and for this encoder."""
    written = model.archive.parent / "helpline.sha256"
    files = (model.archive, model.export, written)
    return all(f.exists() for f in files) and written.read_text(encoding="utf-8").strip() == stamp


@contextmanager
def running(archive: Path, log: Path) -> Iterator[Server]:
    """Start `rasa run` as nlu/Dockerfile does, wait until it answers, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(VENV / "bin" / "rasa"), "run", "--enable-api", "--model", str(archive),
        "--credentials", "credentials.yml", "--interface", "127.0.0.1", "--port", str(port),
        "--auth-token", TOKEN,
    ]  # fmt: skip
    started = time.monotonic()
    environment = {**os.environ, **QUIET, "LOG_LEVEL": "WARNING"}
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=NLU, env=environment, stdout=sink, stderr=sink)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(f"{url}/status?token={TOKEN}", process, started)
        yield Server(url, TOKEN, process.pid, log, time.monotonic() - started)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(url: str, process: subprocess.Popen[bytes], started: float) -> None:
    while time.monotonic() - started < LONGEST_START:
        if process.poll() is not None:
            raise RuntimeError(f"rasa run ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError("rasa run did not answer in time")
