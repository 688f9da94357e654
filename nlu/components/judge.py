"""A Rasa classifier: the intent, and beside it whether a human is needed at once."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack

from components import corpus, fitting
from components.sentence_encoder import name as encoder_name

FILE = "judge.npz"
URGENCY = "urgency"
"""Key of the urgency in the answer of `POST /model/parse`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Judge(IntentClassifier, GraphComponent):
    """Linear models of intent and urgency on the embedding and the n-grams."""

    @classmethod
    def required_components(cls) -> list[type]:
        """The two featurizers."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed for this component."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See config.yml, which says what each number means."""
        return {"scale": 4.0, "intent_c": 3.0, "urgency_c": 1.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Judge:
        """Make an untrained component."""
        del execution_context
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> Judge:
        """Load what training stored."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder, np.load(folder / FILE) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if arrays["encoder"].tobytes().decode() != encoder_name():
            raise InvalidConfigException(
                "this model was trained on another sentence encoder than that of encoder/built:"
                " run `make refit`"
            )
        component.use(arrays)
        return component

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing that Rasa could check before training."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self._intents: list[str] = []
        self._mean = self._weights = self._biases = np.zeros(0)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit both models, calibrate and measure them on held-out sentences, and store them."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        labels = np.array([example.get(INTENT) for example in examples])
        urgent = np.array(corpus.urgent(texts, list(labels)))
        dense = np.vstack([_dense(example) for example in examples])
        self._mean = dense.mean(axis=0).astype(np.float32)
        features = hstack([self._scaled(dense), _stack(examples)], format="csr")

        stored, report = _fit(texts, features, labels, urgent, self._config)
        stored["mean"] = self._mean
        stored["encoder"] = np.frombuffer(encoder_name().encode(), dtype=np.uint8)
        stored["scale"] = np.float64(self._config["scale"])
        stored["report"] = np.frombuffer(
            json.dumps(report, sort_keys=True).encode(), dtype=np.uint8
        )
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / FILE, **stored)
        self.use(stored)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put intent, the whole ranking and the urgency into each message's answer."""
        for message in messages:
            row = hstack([self._scaled(_dense(message)), _sparse(message)], format="csr")
            scores = np.asarray(row @ self._weights.T).ravel() + self._biases
            confidences = np.exp(scores[:-1] - scores[:-1].max())
            confidences /= confidences.sum()
            order = np.argsort(-confidences, kind="stable")
            ranking = [
                {"name": self._intents[i], "confidence": float(confidences[i])} for i in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(URGENCY, float(1 / (1 + np.exp(-scores[-1]))), add_to_output=True)
        return messages

    def use(self, stored: dict[str, np.ndarray]) -> None:
        """Judge with these arrays from now on."""
        self._intents = stored["intents"].tobytes().decode().split("\n")
        self._mean = stored["mean"]
        self._weights = np.vstack([stored["weights"], stored["urgency_weights"]]).astype(np.float64)
        self._biases = np.append(stored["biases"], stored["urgency_bias"]).astype(np.float64)

    def _scaled(self, dense: np.ndarray) -> csr_matrix:
        centred = dense.astype(np.float64) - self._mean.astype(np.float64)
        return csr_matrix(centred * self._config["scale"])


def _fit(
    texts: list[str],
    features: csr_matrix,
    labels: np.ndarray,
    urgent: np.ndarray,
    config: dict[str, Any],
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays to store and the figures to report."""
    # Of the sentences that the encoder was tuned to, the classifier would only see how well it
    # learned them: calibration and thresholds come from the others.
    out = np.array([corpus.is_held_out(text) for text in texts])
    known = fitting.fit_intents(features[~out], labels[~out], config["intent_c"])
    alarm = fitting.fit_urgency(features[~out], urgent[~out], config["urgency_c"])
    names = known.classes_
    scores = known.decision_function(features[out])
    softness = fitting.temperature(scores, np.searchsorted(names, labels[out]))
    ranked = fitting.softmax(scores / softness)
    top, right = names[ranked.argmax(axis=1)], labels[out]
    alarmed, called = alarm.decision_function(features[out]), urgent[out]
    slope, offset = fitting.platt(alarmed, called)
    probable = 1 / (1 + np.exp(-(slope * alarmed + offset)))
    page, ask = fitting.urgency_thresholds()
    unsure = fitting.unsure_threshold(ranked.max(axis=1), top == right)
    lost = fitting.lost_threshold(ranked, names, right, unsure)
    report = {
        "sentences": int(out.sum()),
        "urgent_sentences": int(called.sum()),
        "accuracy": round(float((top == right).mean()), 4),
        "accuracy_per_intent": fitting.figures(list(right), list(top)),
        "temperature": round(softness, 3),
        "calibration_error_intent": round(
            fitting.calibration_error(ranked.max(axis=1), top == right), 4
        ),
        "calibration_error_urgency": round(fitting.calibration_error(probable, called), 4),
        "urgent_paged": round(float((probable[called] >= page).mean()), 4),
        "urgent_paged_or_asked": round(float((probable[called] >= ask).mean()), 4),
        "not_urgent_paged": round(float((probable[~called] >= page).mean()), 4),
        "not_urgent_paged_or_asked": round(float((probable[~called] >= ask).mean()), 4),
        "below_unsure": round(float((ranked.max(axis=1) < unsure).mean()), 4),
        "accuracy_above_unsure": round(
            float((top == right)[ranked.max(axis=1) >= unsure].mean()), 4
        ),
        "thresholds": {"page": page, "ask": ask, "unsure": unsure, "lost": lost},
    }
    final, alarm = known.fit(features, labels), alarm.fit(features, urgent)  # on all, from there
    # 16 bits: both engines load these very numbers, and the export stays small.
    stored = {
        "intents": np.frombuffer("\n".join(final.classes_).encode(), dtype=np.uint8),
        "weights": (final.coef_ / softness).astype(np.float16),
        "biases": (final.intercept_ / softness).astype(np.float32),
        "urgency_weights": (slope * alarm.coef_[0]).astype(np.float16),
        "urgency_bias": (slope * alarm.intercept_[:1] + offset).astype(np.float32),
    }
    return stored, report


def _dense(message: Message) -> np.ndarray:
    return message.get_dense_features(TEXT)[1].features


def _sparse(message: Message) -> csr_matrix:
    return message.get_sparse_features(TEXT)[1].features


def _stack(messages: list[Message]) -> csr_matrix:
    return vstack([_sparse(message) for message in messages], format="csr")
