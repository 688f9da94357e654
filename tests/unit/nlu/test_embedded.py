"""The export loads quickly, judges any text the same every time, and is refused when damaged."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.understanding import Tier
from bot.nlu.embedded import Export, ExportError
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

PATH = ROOT / "nlu" / EXPORT
LOADED = Export.load(PATH)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("they locked the gate and took our phones, we cannot leave the compound", "held_captive"),
        ("where is the embassy of nepal in phnom penh?", "embassy_contact"),
        ("saya mau hapus semua chat ini", "delete_data"),
        ("terima kasih banyak kak", "thanks"),
    ],
)
def test_plain_messages_are_understood(text: str, intent: str) -> None:
    assert LOADED.judge(text).ranking[0].name == intent


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_every_text_gets_a_whole_ranking_of_probabilities(text: str) -> None:
    judgement = LOADED.judge(text)
    assert {intent.name for intent in judgement.ranking} == set(LOADED.tiers)
    assert math.isclose(sum(intent.confidence for intent in judgement.ranking), 1)
    confidences = [intent.confidence for intent in judgement.ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 <= judgement.urgency <= 1


def test_the_same_text_gets_the_same_judgement_from_every_thread() -> None:
    texts = ["help me please", "saya di bavet", "救命", "x" * 3000] * 4
    alone = [LOADED.judge(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(LOADED.judge, texts)) == alone


def test_a_new_process_judges_its_first_message_within_a_second_or_two() -> None:
    program = (
        "import time; started = time.process_time()\n"
        "from pathlib import Path; from bot.nlu.embedded import Export\n"
        f"Export.load(Path({str(PATH)!r})).judge('help')\n"
        "print(time.process_time() - started)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert float(run.stdout) < 2.5  # under 1 s on an idle machine; the bound is for a busy one


def test_a_very_long_text_takes_no_longer_than_a_long_one() -> None:
    started = time.process_time()
    LOADED.judge("saya dikurung " * 100_000)
    assert time.process_time() - started < 5


def test_the_tiers_of_the_export_are_those_of_the_file() -> None:
    assert set(LOADED.tiers.values()) == set(Tier)
    assert LOADED.thresholds.keys() == {"page", "ask", "unsure", "lost"}
    assert LOADED.thresholds["ask"] < LOADED.thresholds["page"]


def test_a_missing_export_is_an_export_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        Export.load(tmp_path / "none.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"garbage" * 100])
def test_a_file_that_is_no_export_is_an_export_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "helpline.npz"
    path.write_bytes(content)
    with pytest.raises(ExportError):
        Export.load(path)


def test_half_an_export_is_an_export_error(tmp_path: Path) -> None:
    path = tmp_path / "helpline.npz"
    whole = PATH.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ExportError):
        Export.load(path)


@pytest.mark.parametrize("change", ["version", "encoder", "weights", "pickle"])
def test_an_export_for_another_bot_is_an_export_error(tmp_path: Path, change: str) -> None:
    with np.load(PATH) as stored:
        arrays = {name: stored[name] for name in stored.files}
    meta = json.loads(arrays["meta"].tobytes())
    if change in meta:
        meta[change] = "another"
        arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    elif change == "weights":
        arrays["weights"] = arrays["weights"][:, :-1]
    else:
        arrays["idf"] = np.array([{"evil": print}], dtype=object)
    path = tmp_path / "helpline.npz"
    np.savez(path, **arrays)
    with pytest.raises(ExportError):
        Export.load(path)
