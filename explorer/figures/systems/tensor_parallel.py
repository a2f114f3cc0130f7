"""A block over ranks: which slices lie where, each rank's part of every token, and what is sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.experiments.systems.tensor_parallel import NAMES, SplitRun
from explorer.figures.payload import Payload
from explorer.stack.parallelism.slices import place, slices_of
from explorer.stack.parallelism.tensor import block_bytes


@dataclass(frozen=True, kw_only=True)
class SplitMatrix:
    """A matrix, as it multiplies rows from the right: as high as what it reads is long, as wide as what it gives."""

    name: str
    sublayer: str
    d_in: int
    d_out: int
    columns: bool
    """Whether it is cut into columns, or into rows."""
    held: tuple[tuple[int, int], ...]
    """By rank: from which column or row to which."""
    of_experts: int
    """How many there are of it; 0 where there are no experts."""


@dataclass(frozen=True, kw_only=True)
class SplitSublayer:
    """One sublayer on all tokens."""

    name: str
    inner: tuple[Float[np.ndarray, "pos n"], ...]
    """By rank: outputs of its heads, or its hidden neurons; empty for experts."""
    parts: tuple[Float[np.ndarray, "pos d_model"], ...]
    """By rank."""
    total: Float[np.ndarray, "pos d_model"]
    """What rank 0 has after the all-reduce."""
    alone: Float[np.ndarray, "pos d_model"]
    """One process's."""
    error: float
    largest: float


@dataclass(frozen=True, kw_only=True)
class SplitCollective:
    """One all-reduce."""

    sublayer: str
    backward: bool
    bytes: int
    formula: float
    """That each rank sends."""
    socket: int | None
    """That all ranks sent, headers too."""


@dataclass(frozen=True, kw_only=True)
class SplitGradient:
    """How far a gradient is from one process's, relative to its length."""

    name: str
    right: float
    without_f: float


@dataclass(frozen=True, kw_only=True)
class TensorBlock(Payload):
    """One block over the ranks."""

    layer: int
    layers: int
    ranks: int
    token_ids: Int[np.ndarray, " pos"]
    d_head: int
    heads: tuple[tuple[int, int], ...]
    """By rank."""
    kv_heads: tuple[tuple[int, int], ...]
    whole: int
    """Weights of the block."""
    each: int
    """Weights that a rank holds."""
    matrices: tuple[SplitMatrix, ...]
    sublayers: tuple[SplitSublayer, ...]
    collectives: tuple[SplitCollective, ...]
    block_formula: float
    """Bytes that each rank sends in both passes."""
    longer: SplitCollective
    longer_tokens: int
    gradients: tuple[SplitGradient, ...]


def block(run: SplitRun, ids: Int[np.ndarray, " pos"], longer_tokens: int) -> TensorBlock:
    one, ranks = run.one, run.ranks
    own = [slices_of(one.config, rank, ranks) for rank in range(ranks)]
    sizes = [sum(each.numel() for each in part.values()) for part in _parts(run)]
    return TensorBlock(
        layer=one.layer,
        layers=one.config.n_layers,
        ranks=ranks,
        token_ids=ids,
        d_head=one.config.d_head,
        heads=tuple((each.heads.start, each.heads.stop) for each in own),
        kv_heads=tuple((each.kv_heads.start, each.kv_heads.stop) for each in own),
        whole=sum(each.numel() for each in one.weights.values()),
        each=max(sizes),
        matrices=_matrices(run),
        sublayers=tuple(_sublayer(run, name) for name in NAMES),
        collectives=tuple(_collective(each) for each in run.right.records[0]),
        block_formula=block_bytes(one.x.nbytes, ranks),
        longer=_collective(run.longer),
        longer_tokens=longer_tokens,
        gradients=tuple(
            SplitGradient(
                name=name,
                right=run.gradient_error(run.right, name),
                without_f=run.gradient_error(run.without_f, name),
            )
            for name in ("entering", *one.gradients)
            if name == "entering" or one.gradients[name].norm() > 1e-6 * one.entering.norm()
        ),
    )


def _parts(run: SplitRun):
    from explorer.stack.parallelism.slices import cut

    return [cut(dict(run.one.weights), run.one.config, rank, run.ranks) for rank in range(run.ranks)]


def _matrices(run: SplitRun) -> tuple[SplitMatrix, ...]:
    config, found = run.one.config, list[SplitMatrix]()
    own = [slices_of(config, rank, run.ranks) for rank in range(run.ranks)]
    for name, weight in run.one.weights.items():
        at = [place(name, config, each) for each in own]
        if weight.dim() < 2 or at[0] is None:
            continue
        d_out, d_in = weight.shape[-2:]
        experts = weight.shape[0] if weight.dim() == 3 else 0
        axis = at[0][0] - (weight.dim() - 2)
        twice = 2 if name.endswith("gate_in") else 1  # W_gate above W_in, cut alike
        held = tuple((int(each[1][0]), int(each[1][len(each[1]) // twice - 1]) + 1) for each in at if each is not None)
        found.append(
            SplitMatrix(
                name=name.removesuffix(".weight").partition(".")[2],
                sublayer=NAMES[not name.startswith("attn")],
                d_in=d_in,
                d_out=d_out // twice,
                columns=axis == 0,
                held=held,
                of_experts=experts,
            )
        )
    return tuple(found)


def _sublayer(run: SplitRun, name: str) -> SplitSublayer:
    way, alone = run.right, run.one.outer[name]
    return SplitSublayer(
        name=name,
        inner=tuple(each[name][0].numpy() for each in way.inner if name in each),
        parts=tuple(each[name][0].numpy() for each in way.parts),
        total=way.outer[0][name][0].numpy(),
        alone=alone[0].numpy(),
        error=run.output_error(name),
        largest=float(alone.abs().max()),
    )


def _collective(record) -> SplitCollective:
    return SplitCollective(
        sublayer=record.what.removesuffix(", backward").partition(" ")[2],
        backward=record.what.endswith("backward"),
        bytes=record.bytes,
        formula=record.formula,
        socket=record.socket,
    )
