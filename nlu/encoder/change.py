"""What tuning changed in the encoder, small enough for a repository: `model/encoder.npz`.

Tuning moves the weights by a few percent, so the difference needs few bits: each row of a matrix is
kept as codes of 4 bits and one half-precision scale, each vector in half precision.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from encoder.base import NAME, Base, EncoderError

VERSION = 1
_LEVELS = 7
_CLIPS = np.linspace(0.35, 1.0, 14, dtype=np.float32)


def write(path: Path, base: Base, tuned: dict[str, np.ndarray], about: dict[str, Any]) -> None:
    """Write how `tuned` (names of `Base.tensors`) differs from the base, with its card."""
    stored: dict[str, np.ndarray] = {}
    for name, weights in tuned.items():
        difference = weights.astype(np.float32) - base.tensors[name]
        if difference.ndim == 1:
            stored[name] = difference.astype(np.float16)
        else:
            codes, scales = _quantise(difference)
            stored[name] = (codes[:, ::2] & 15) | ((codes[:, 1::2] & 15) << 4)
            stored[f"{name}.scale"] = scales
    meta = {"version": VERSION, "encoder": NAME, **about}
    stored["meta"] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    new = path.with_name(f"new-{path.name}")
    np.savez_compressed(new, **stored)
    new.replace(path)


def apply(path: Path, base: Base) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tuned weights (float32, names of `Base.tensors`), and the card of the change.

    Raises EncoderError when the file is missing, damaged, or made for another encoder.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            meta = json.loads(stored["meta"].tobytes())
            if (meta["version"], meta["encoder"]) != (VERSION, NAME):
                raise EncoderError(f"{path}: made for {meta['encoder']}; run `make train`")
            tuned = {
                name: weights + _difference(stored, name) if name in stored.files else weights
                for name, weights in base.tensors.items()
            }
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise EncoderError(f"{path}: cannot be read ({error}); take it from git again") from error
    return tuned, meta


def _difference(stored: Any, name: str) -> np.ndarray:  # noqa: ANN401 - numpy's NpzFile
    if f"{name}.scale" not in stored.files:
        return np.asarray(stored[name], dtype=np.float32)
    packed = stored[name]
    codes = np.empty((packed.shape[0], packed.shape[1] * 2), np.int8)
    codes[:, ::2], codes[:, 1::2] = (packed << 4).view(np.int8) >> 4, packed.view(np.int8) >> 4
    difference: np.ndarray = codes * stored[f"{name}.scale"].astype(np.float32)
    return difference


def _quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (-7 to 7, as uint8) and scales (rows, 1): those with the least square error."""
    largest = np.maximum(np.abs(matrix).max(1, keepdims=True), 1e-8)
    best = np.full(largest.shape, np.inf, np.float32)
    scales = np.zeros(largest.shape, np.float16)
    for clip in _CLIPS:
        scale = (largest * clip / _LEVELS).astype(np.float16)
        error = ((_codes(matrix, scale) * scale.astype(np.float32) - matrix) ** 2).sum(
            1, keepdims=True
        )
        scales = np.where(error < best, scale, scales)
        best = np.minimum(best, error)
    return _codes(matrix, scales).view(np.uint8), scales


def _codes(matrix: np.ndarray, scale: np.ndarray) -> np.ndarray:
    safe = np.maximum(scale.astype(np.float32), np.finfo(np.float16).tiny)
    return np.clip(np.rint(matrix / safe), -_LEVELS, _LEVELS).astype(np.int8)
