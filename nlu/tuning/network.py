"""The encoder in PyTorch, for tuning: the same numbers as `encoder/build.py`, with gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from encoder import base
from torch import Tensor, nn
from torch.nn import functional

_MASKED = -1e4  # within the range of 16 bits


class Layer(nn.Module):
    """One layer of BERT. Query, key and value are one matrix: fewer and larger products."""

    def __init__(self, weights: dict[str, np.ndarray], name: str) -> None:
        super().__init__()

        def join(*parts: str) -> nn.Parameter:
            found = [weights[f"{name}.{part}"] for part in parts]
            return nn.Parameter(torch.from_numpy(np.concatenate(found).astype(np.float32)))

        self.three, self.three_bias = join("q.w", "k.w", "v.w"), join("q.b", "k.b", "v.b")
        self.output, self.output_bias = join("ao.w"), join("ao.b")
        self.seen_scale, self.seen_shift = join("aln.w"), join("aln.b")
        self.inner, self.inner_bias = join("fi.w"), join("fi.b")
        self.outer, self.outer_bias = join("fo.w"), join("fo.b")
        self.scale, self.shift = join("oln.w"), join("oln.b")

    def forward(self, x: Tensor, mask: Tensor, dropout: float) -> Tensor:
        """(batch, tokens, 384) to the same."""
        batch, tokens, hidden = x.shape
        wide = hidden // base.HEADS

        def drop(values: Tensor) -> Tensor:
            return functional.dropout(values, dropout, self.training)

        three = functional.linear(x, self.three, self.three_bias)
        q, k, v = three.view(batch, tokens, 3, base.HEADS, wide).permute(2, 0, 3, 1, 4)
        # Written out: PyTorch's fused attention is 1.5 to 1.9 times slower on a CPU in 16 bits.
        attention = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(wide) + mask
        attention = drop(torch.softmax(attention.float(), -1).to(v.dtype))
        seen = torch.matmul(attention, v).transpose(1, 2).reshape(batch, tokens, hidden)
        seen = drop(functional.linear(seen, self.output, self.output_bias))
        shape = (hidden,)
        x = functional.layer_norm(x + seen, shape, self.seen_scale, self.seen_shift, base.EPSILON)
        inner = functional.gelu(functional.linear(x, self.inner, self.inner_bias))
        outer = drop(functional.linear(inner, self.outer, self.outer_bias))
        return functional.layer_norm(x + outer, shape, self.scale, self.shift, base.EPSILON)

    def tensors(self) -> dict[str, Tensor]:
        """The parameters under their names in `base.Base.tensors`, without the layer's."""
        named = {
            "ao.w": self.output,
            "ao.b": self.output_bias,
            "aln.w": self.seen_scale,
            "aln.b": self.seen_shift,
            "fi.w": self.inner,
            "fi.b": self.inner_bias,
            "fo.w": self.outer,
            "fo.b": self.outer_bias,
            "oln.w": self.scale,
            "oln.b": self.shift,
        }
        for kind, joined in (("w", self.three), ("b", self.three_bias)):
            parts = joined.chunk(3)
            named |= {f"{part}.{kind}": values for part, values in zip("qkv", parts, strict=True)}
        return named


class Network(nn.Module):
    """The encoder above a table of words that stays as it is."""

    def __init__(self, plain: base.Base, dropout: float) -> None:
        super().__init__()
        self._words = plain.words
        self._dropout = dropout
        self.layers = nn.ModuleList(
            Layer(plain.tensors, f"l{number}") for number in range(base.LAYERS)
        )
        places = plain.tensors["emb.pos"].reshape(base.POSITIONS, base.HIDDEN)
        self.register_buffer(
            "places", torch.from_numpy(places + plain.tensors["emb.type"][: base.HIDDEN])
        )
        for name in ("w", "b"):
            values = torch.from_numpy(plain.tensors[f"emb.ln.{name}"].copy())
            self.register_buffer(f"first_{name}", values)

    def forward(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Embeddings (texts, 384) of length 1, from the tokens of each text."""
        lengths = torch.tensor([len(text) for text in texts])
        longest = int(lengths.max())
        numbers = np.full((len(texts), longest), base.PAD)
        for row, text in enumerate(texts):
            numbers[row, : len(text)] = text
        kinds, places = np.unique(numbers, return_inverse=True)
        table = base.dequantise(self._words[kinds])
        x = torch.from_numpy(table[places].reshape(*numbers.shape, base.HIDDEN))
        x = functional.layer_norm(
            x + self.places[:longest], (base.HIDDEN,), self.first_w, self.first_b, base.EPSILON
        )
        x = functional.dropout(x, self._dropout, self.training)
        kept = torch.arange(longest)[None] < lengths[:, None]
        mask = torch.where(kept, 0.0, _MASKED)[:, None, None, :].to(_kind())
        for layer in self.layers:
            x = layer(x, mask, self._dropout)
        pooled = (x.float() * kept[..., None]).sum(1) / lengths[:, None]
        return functional.normalize(pooled, dim=1)

    def tensors(self) -> dict[str, np.ndarray]:
        """What tuning changed, under its names in `base.Base.tensors`."""
        return {
            f"l{number}.{name}": values.detach().float().numpy().copy()
            for number, layer in enumerate(self.layers)
            for name, values in layer.tensors().items()
        }


def _kind() -> torch.dtype:
    return torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
