"""The sentence encoder: the meaning of a text as 384 numbers, in any of about 100 languages.

multilingual-e5-small, tuned to our intents, with weights of 8 bits on ONNX Runtime. `make setup`
builds its files (`nlu/encoder/build.py`). Nothing else in the bot knows that; who changes it also
changes `nlu/components/sentence_encoder.py`, which a test holds to the same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from bot.nlu.arabizi import in_arabic_letters
from bot.nlu.text import query

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentencepiece import SentencePieceProcessor

SIZE = 384
"""Numbers in an embedding."""

BUILT = Path(__file__).resolve().parents[2] / "nlu" / "encoder" / "built"
"""Where the files are."""

MOST = 512
"""Tokens that are read of a text, with the marks of its beginning and end."""

_TAIL = 170  # of a longer text, how many tokens of its end are read beside its beginning

_START, _END = 0, 2


class EncoderError(Exception):
    """The encoder's files are missing or damaged; `make setup` builds them."""


@dataclass(frozen=True, slots=True)
class _Engine:
    tokens: SentencePieceProcessor
    words: NDArray[np.uint8]  # (pieces, 12, 18): blocks of 32 numbers in 4 bits
    session: InferenceSession

    @classmethod
    def load(cls, folder: Path) -> Self:
        # Here, because without them the danger words must still work.
        import onnxruntime  # noqa: PLC0415
        from sentencepiece import SentencePieceProcessor  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        # One thread a text: several texts at once share the cores without waiting for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        tokens = SentencePieceProcessor(model_file=str(folder / "tokens.model"))
        return cls(tokens, np.load(folder / "words.npy", mmap_mode="r"), session)

    def encode(self, text: str) -> NDArray[np.float32]:
        ids = self.tokens.encode(query(in_arabic_letters(text, self.tokens)))
        rows = _dequantise(self.words[[_START, *_shortened(ids), _END]])
        mean: NDArray[np.float32] = self.session.run(None, {"words": rows[np.newaxis]})[0][0]
        return mean / np.float32(np.sqrt((mean.astype(np.float64) ** 2).sum()))


class Encoder:
    """Embeds normalised texts; safe in several threads."""

    def __init__(self, folder: Path = BUILT) -> None:
        """Load the files of a folder, in about 0.6 s and 130 MB, half of it mapped.

        Raises EncoderError if they are missing, damaged, or exchanged in the meantime.
        """
        self.name = _name(folder)
        """Which encoder this is; an export must have been trained for it."""
        with _as_encoder_error(folder):
            self._engine = _Engine.load(folder)
        if _name(folder) != self.name:
            raise EncoderError(f"{folder} was built anew just now; try again")
        self._folder = folder

    def encode(self, text: str) -> NDArray[np.float32]:
        """The embedding, of length 1, of a text that `text.normalise` has made safe.

        Raises EncoderError if the engine fails.
        """
        with _as_encoder_error(self._folder):
            return self._engine.encode(text)


def _name(folder: Path) -> str:
    try:
        built = json.loads((folder / "built.json").read_text(encoding="utf-8"))
        return str(built["encoder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{folder}: run `make setup` to build it") from error


@contextmanager
def _as_encoder_error(folder: Path) -> Iterator[None]:
    """ONNX Runtime has a dozen classes of its own for what it can't read or do."""
    try:
        yield
    except Exception as error:
        raise EncoderError(f"{folder} can't be used: run `make setup` to build it") from error


def _shortened(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MOST - 2 else [*ids[: MOST - 2 - _TAIL], *ids[-_TAIL:]]


def _dequantise(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Numbers of q4_0 blocks: (n, 12, 18) to (n, 384). See `nlu/encoder/base.py`."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    codes = blocks[..., 2:]
    numbers = np.concatenate([codes & 15, codes >> 4], axis=-1).astype(np.float32) - 8
    return (numbers * scales).reshape(len(blocks), SIZE)
