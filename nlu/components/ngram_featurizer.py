"""A Rasa featurizer: which groups of letters a text holds, so that names and misspellings count."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from components.text import char_ngrams, normalise

FILE = "ngrams.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Adds sublinear tf-idf of character n-grams within words as sparse features."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: n-grams are cut from the text itself."""
        return []

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed for this component."""
        return ["scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`longest` n-gram in characters, `least` sentences that hold it, `weight` of the block."""
        return {**SparseFeaturizer.get_default_config(), "longest": 4, "least": 3, "weight": 2.5}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        """Make an untrained component."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> NgramFeaturizer:
        """Load what training stored."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder, np.load(folder / FILE) as stored:
            component.use(decode_vocabulary(stored["vocabulary"]), stored["idf"])
        return component

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing that Rasa could check before training."""

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, {**self.get_default_config(), **config})
        self._storage = storage
        self._resource = resource
        self._vocabulary: dict[str, int] = {}
        self._idf = np.zeros(0)

    def train(self, training_data: TrainingData) -> Resource:
        """Choose the n-grams and their weights from the training sentences."""
        texts = [e.get(TEXT) for e in training_data.training_examples if e.get(TEXT)]
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(char_ngrams(normalise(text), self._config["longest"]).keys())
        kept = sorted(ngram for ngram, count in seen.items() if count >= self._config["least"])
        self._vocabulary = {ngram: index for index, ngram in enumerate(kept)}
        counts = np.array([seen[ngram] for ngram in kept], dtype=np.float64)
        # Stored in 16 bits, so trained with what will be stored: both engines see the same number.
        self._idf = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float16).astype(float)
        with self._storage.write_to(self._resource) as folder:
            np.savez(
                folder / FILE,
                vocabulary=encode_vocabulary(kept),
                idf=self._idf.astype(np.float16),
                longest=np.int64(self._config["longest"]),
                weight=np.float64(self._config["weight"]),
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to each message; called for every parse."""
        for message in messages:
            features = Features(
                self.row(normalise(message.get(TEXT) or "")),
                FEATURE_TYPE_SENTENCE,
                TEXT,
                self._config[FEATURIZER_CLASS_ALIAS],
            )
            message.add_features(features)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training sentence."""
        self.process([e for e in training_data.training_examples if e.get(TEXT)])
        return training_data

    def use(self, vocabulary: dict[str, int], idf: np.ndarray) -> None:
        """Featurize with these n-grams from now on."""
        self._vocabulary = vocabulary
        self._idf = idf.astype(np.float64)

    def row(self, text: str) -> csr_matrix:
        """The weighted, normalised tf-idf of one normalised text, of shape (1, n-grams)."""
        counts = char_ngrams(text, self._config["longest"])
        found = sorted((self._vocabulary[n], c) for n, c in counts.items() if n in self._vocabulary)
        columns = np.array([column for column, _ in found], dtype=np.int32)
        values = np.array([count for _, count in found], dtype=np.float64)
        values = (1 + np.log(values)) * self._idf[columns]
        length = np.sqrt((values**2).sum())
        values *= self._config["weight"] / length if length else 0.0
        shape = (1, len(self._vocabulary))
        return csr_matrix((values, (np.zeros(len(columns), dtype=np.int32), columns)), shape=shape)


def encode_vocabulary(ngrams: list[str]) -> np.ndarray:
    """N-grams as one array of UTF-8 bytes; none holds a line break."""
    return np.frombuffer("\n".join(ngrams).encode("utf-8"), dtype=np.uint8)


def decode_vocabulary(stored: np.ndarray) -> dict[str, int]:
    """The inverse of `encode_vocabulary`: each n-gram and its column."""
    text = stored.tobytes().decode("utf-8")
    return {ngram: index for index, ngram in enumerate(text.split("\n"))} if text else {}
