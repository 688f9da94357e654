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

OF_TESTS = NLU / "models" / "of_tests"
_training: subprocess.Popen[bytes] | None = None

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


def begin() -> None:
    """Begin to train a model of the data as it is, beside all else, unless there is one.

    It takes minutes on both processors, and gives way to whatever tests run meanwhile.
    """
    global _training  # noqa: PLW0603 - one training, whoever asks for it
    if _training is not None or not is_installed() or _there() is not None:
        return
    OF_TESTS.mkdir(parents=True, exist_ok=True)
    command = ["nice", "-n", "19", str(VENV / "bin" / "python"), str(NLU / "train.py")]
    command += ["--output", str(OF_TESTS), "--export", str(OF_TESTS)]
    with (OF_TESTS / "training.log").open("wb") as log:
        _training = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **QUIET})


def trained() -> Trained:
    """A model of the data as it is: that of `make train`, or one trained now (some minutes)."""
    begin()
    if _training is not None and _training.wait() != 0:
        raise RuntimeError((OF_TESTS / "training.log").read_text(encoding="utf-8")[-4000:])
    model = _there()
    if model is None:
        raise RuntimeError("training ended, and wrote no model of the data as it is")
    return model


def end() -> None:
    """End a training that nobody waits for any more."""
    if _training is not None:
        _training.terminate()
        _training.wait()


def _there() -> Trained | None:
    """A model of the data as it is, if there is one."""
    committed = NLU / EXPORT
    export = Export.load(committed)
    stamp = f"{export.data_sha256} {export.encoder_name}"
    ours = Trained(NLU / "models" / "helpline.tar.gz", committed)
    theirs = Trained(OF_TESTS / "helpline.tar.gz", OF_TESTS / "helpline.npz")
    return next((model for model in (ours, theirs) if _is_of(model, stamp)), None)


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
