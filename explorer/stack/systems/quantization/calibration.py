"""Calibration: what the inputs of each matrix look like while the decoder reads real text.

An error in a weight costs what the input makes of it. For a matrix y = x W^T and the n inputs X that it met, rounding W
to Q moves its outputs by X (W - Q)^T, so that all that a method must know of the text is one matrix of its inputs::

    H = 2/n X^T X         2/n |X (W - Q)^T|^2 = tr((W - Q) H (W - Q)^T)

(the Hessian of the layer's squared error: Hassibi & Stork 1993; Frantar et al. 2022, arXiv 2210.17323). Its diagonal is
twice the mean square of each channel: what importance-weighted rounding asks for (llama.cpp's imatrix). AWQ wants the
mean |x| of a channel, SmoothQuant its largest. Everything is a sum over tokens, taken window by window.

Q, K and V read the same rows, and so do W_gate and W_in: they share one object. An expert sees only the tokens that
chose it; beside the experts' own stands what all of them read together, under the name of the layer. From fewer than
`LEAST` tokens nothing is concluded: such an expert's Hessian is the identity, and GPTQ rounds it to nearest.

Worked example: two tokens, two channels.

>>> sums = Sums(2)
>>> sums.add(torch.tensor([[1.0, 2.0], [3.0, -2.0]]))
>>> inputs = sums.inputs()
>>> inputs.mean_square.tolist(), inputs.mean_abs.tolist(), inputs.largest.tolist()
([5.0, 4.0], [2.0, 2.0], [3.0, 2.0])
>>> inputs.second_moment.tolist(), inputs.enough
([[5.0, -2.0], [-2.0, 4.0]], False)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.experts import Experts

#: Tokens from which on an expert's own inputs are believed.
LEAST = 32
#: Roles that read what another reads.
READS_AS = {"W_K": "W_Q", "W_V": "W_Q", "W_in": "W_gate"}


def unheard(done: int, total: int) -> None:
    """Nobody asks how far it is."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of one matrix, summed over tokens."""

    tokens: int
    mean_square: Float64[Tensor, " in"]
    mean_abs: Float64[Tensor, " in"]
    largest: Float[Tensor, " in"]
    """The largest |x| of each channel."""
    second_moment: Float64[Tensor, "in in"] | None
    """X^T X / n; None where it was not asked for."""
    rows: Float[Tensor, "token in"] | None = None
    """The inputs themselves, where they were asked for."""

    @property
    def enough(self) -> bool:
        """Whether so many tokens say what the next ones will be."""
        return self.tokens >= LEAST

    @property
    def hessian(self) -> Float64[Tensor, "in in"]:
        """2/n X^T X; the identity where there were too few tokens. Raises LookupError where it was not collected."""
        if not self.enough:
            return torch.eye(len(self.mean_square), dtype=torch.float64)
        if self.second_moment is None:
            raise LookupError("These inputs were collected without their products.")
        return 2 * self.second_moment


class Sums:
    """What is added up while the text is read."""

    def __init__(self, width: int, products: bool = True, keep: bool = False) -> None:
        """products: whether X^T X is wanted too (8 bytes times the square of the width); keep: the rows as well."""
        self.tokens = 0
        self._rows: list[Tensor] | None = [] if keep else None
        self._square, self._abs = (torch.zeros(width, dtype=torch.float64) for _ in range(2))
        self._largest = torch.zeros(width)
        self._products = torch.zeros(width, width, dtype=torch.float64) if products else None

    def add(self, x: Float[Tensor, "*token in"]) -> None:
        x = x.detach().flatten(0, -2).float()  # token in
        if not len(x):
            return
        self.tokens += len(x)
        self._square += x.square().sum(0)
        self._abs += x.abs().sum(0)
        self._largest = torch.maximum(self._largest, x.abs().amax(0))
        if self._products is not None:
            self._products += x.T @ x
        if self._rows is not None:
            self._rows.append(x)

    def inputs(self) -> Inputs:
        n = max(self.tokens, 1)
        products = None if self._products is None else self._products / n
        rows = torch.cat(self._rows) if self._rows else None
        return Inputs(self.tokens, self._square / n, self._abs / n, self._largest, products, rows)


@contextmanager
def listening(
    parts: nn.Module, prefix: str = "", products: bool = True, keep: bool = False
) -> Iterator[dict[str, Sums]]:
    """Sums of what the matrices in `parts` read while this lasts, by their names (`matrices`) with this prefix."""
    sums: dict[str, Sums] = {}
    hooks = []
    for name, part in parts.named_modules():
        path = f"{prefix}{name}"
        if isinstance(part, nn.Linear):
            where, _, role = path.rpartition(".")
            first = f"{where}.{READS_AS.get(role, role)}".lstrip(".")
            if first in sums:
                sums[path] = sums[first]
                continue
            sums[path] = Sums(part.in_features, products, keep)
            hooks.append(part.register_forward_pre_hook(_linear(sums[path])))
        elif isinstance(part, Experts):
            d_expert, d_model = part.out.shape[2], part.out.shape[1]
            sums[path] = Sums(d_model, products=False, keep=keep)
            for expert in range(part.n_experts):
                sums[f"{path}.{expert}.gate_in"] = Sums(d_model, products, keep)
                sums[f"{path}.{expert}.out"] = Sums(d_expert, products, keep)
            hooks.append(part.register_forward_pre_hook(_experts(part, path, sums)))
    try:
        yield sums
    finally:
        for hook in hooks:
            hook.remove()


def _linear(sums: Sums) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    return lambda _, read: sums.add(read[0])


def _experts(layer: Experts, path: str, sums: dict[str, Sums]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    """Each expert hears the tokens that chose it; what its second matrix reads is computed for that."""

    def hear(_: nn.Module, read: tuple[Tensor, ...]) -> None:
        x, indices = read[0], read[1]
        sums[path].add(x)
        for expert in indices.unique().tolist():
            mine = x[(indices == expert).any(-1)]
            gate, up = F.linear(mine, layer.gate_in[expert].to(mine.dtype)).chunk(2, dim=-1)
            sums[f"{path}.{expert}.gate_in"].add(mine)
            sums[f"{path}.{expert}.out"].add(F.silu(gate) * up)

    return hear


@torch.inference_mode()
def collected(
    decoder: Decoder,
    windows: Iterable[Int[Tensor, "batch pos"]],
    layers: Iterable[int] | None = None,
    products: bool = True,
    keep: bool = False,
    progress: Callable[[int, int], None] = unheard,
) -> dict[str, Inputs]:
    """The inputs of every matrix while the decoder reads these windows of token ids; of these layers alone, if given.

    progress: told how many windows are read; what it raises stops the reading. The unembedding is among them where no
    layers are given. Raises BadRequestError where there is nothing to read.
    """
    texts = list(windows)
    if not texts:
        raise BadRequestError("There is no text to calibrate with.", "Give it a window of tokens.")
    last = decoder.config.n_layers if layers is None else max(layers := set(layers)) + 1
    reader = decoder if layers is None else decoder.shallow(last)
    with listening(
        decoder if layers is None else decoder.blocks, "" if layers is None else "blocks.", products, keep
    ) as sums:
        for done, ids in enumerate(texts):
            progress(done, len(texts))
            reader(ids, last_only=layers is not None)
        progress(len(texts), len(texts))
    wanted = {name: each for name, each in sums.items() if layers is None or int(name.split(".")[1]) in layers}
    made = {id(each): each.inputs() for each in wanted.values()}
    return {name: made[id(each)] for name, each in wanted.items()}
