"""A Rasa featurizer: the meaning of a sentence as 384 numbers, in any of about 100 languages.

The encoder is multilingual-e5-small, tuned to our intents, from the files that
`encoder/build.py` writes. Only `encode` knows that; whoever changes it changes
`bot/nlu/encoder.py` too, which a test holds to the same numbers.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sentencepiece import SentencePieceProcessor
from tqdm import tqdm

from components.arabizi import in_arabic_letters
from components.text import normalise, query

BUILT = Path(__file__).resolve().parent.parent / "encoder" / "built"
SIZE = 384
MOST = 512
_TAIL = 170

_BATCH = 64
_START, _END = 0, 2


def name() -> str:
    """Which encoder the weights are trained for; the export carries it."""
    return str(json.loads((BUILT / "built.json").read_text(encoding="utf-8"))["encoder"])


def encode(text: str) -> np.ndarray:
    """The embedding (384,) of a normalised text, of length 1, float32."""
    tokens, words, session = _engine()
    ids = tokens.encode(query(in_arabic_letters(text, tokens)))
    rows = _dequantise(words[[_START, *_shortened(ids), _END]])
    mean = session.run(None, {"words": rows[np.newaxis]})[0][0]
    embedded: np.ndarray = mean / np.float32(np.sqrt((mean.astype(np.float64) ** 2).sum()))
    return embedded


def encode_all(texts: Sequence[str]) -> list[np.ndarray]:
    """The embeddings of normalised texts: a thread a core, one text each."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(encode, texts))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds the sentence embedding of each message as dense features."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: the encoder cuts text into its own pieces."""
        return []

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed for this component."""
        return ["onnxruntime", "sentencepiece"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No settings of its own."""
        return dict(DenseFeaturizer.get_default_config())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Make the component; the encoder itself loads with the first message."""
        del model_storage, resource
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration: there is nothing to set."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to each message; called for every parse."""
        for message in messages:
            self._add(message, encode(normalise(message.get(TEXT) or "")))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training sentence, showing how far it has come."""
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        for start in tqdm(range(0, len(examples), _BATCH), desc="  encoding", unit="batch"):
            batch = examples[start : start + _BATCH]
            rows = encode_all([normalise(example.get(TEXT)) for example in batch])
            for example, row in zip(batch, rows, strict=True):
                self._add(example, row)
        return training_data

    def _add(self, message: Message, row: np.ndarray) -> None:
        origin = self._config[FEATURIZER_CLASS_ALIAS]
        message.add_features(Features(row.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, origin))


@functools.lru_cache(maxsize=1)
def _engine() -> tuple[SentencePieceProcessor, np.ndarray, onnxruntime.InferenceSession]:
    if not (BUILT / "built.json").is_file():
        raise FileNotFoundError(f"{BUILT} is empty: run `make setup`, which builds the encoder")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(BUILT / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
    )
    tokens = SentencePieceProcessor(model_file=str(BUILT / "tokens.model"))
    return tokens, np.load(BUILT / "words.npy", mmap_mode="r"), session


def _shortened(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MOST - 2 else [*ids[: MOST - 2 - _TAIL], *ids[-_TAIL:]]


def _dequantise(blocks: np.ndarray) -> np.ndarray:
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    codes = blocks[..., 2:]
    numbers = np.concatenate([codes & 15, codes >> 4], axis=-1).astype(np.float32) - 8
    return (numbers * scales).reshape(len(blocks), SIZE)
