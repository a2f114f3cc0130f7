"""Lenses on one run, held against the model's last word, and against what it says when a concept is exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside import activations
from explorer.experiments.inside.activations import carried_on
from explorer.experiments.inside.lens_training import all_streams
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.lenses.lens import KINDS, Kind, Lens, exchanged, reading
from explorer.stack.frontier.lenses.tuned import least_squares
from explorer.tracing.derived.lens import likeliest
from explorer.zoo import lenses

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

#: Positions that are read, tokens named of each cell.
MOST, TOP = 32, 3
#: Windows of each kind of passage that a least-squares lens is fitted to where none lies on the shelf.
WINDOWS = 3
#: Blocks at which lenses are compared at most; tokens of a held-out text that are read.
BLOCKS, TOKENS = 8, 12


@lru_cache(maxsize=2)
def _fitted_here(model: Model) -> Lens:
    corpus = activations.corpus(model, "passages", False, WINDOWS)
    return least_squares(all_streams(model.plain_decoder, corpus.ids), model.dims.d_model)


def of_model(model: Model, progress: Progress = silent) -> dict[Kind, Lens]:
    """Those of the shelf; where there is no least-squares lens, it is fitted to the passages: no training is needed."""
    found = lenses.of_model(model)
    if "least_squares" not in found:
        progress("Streams of the passages, for the least-squares lens", 0, 1)
        found["least_squares"] = _fitted_here(model)
    return {kind: found[kind] for kind in KINDS if kind in found}


def some_blocks(n_layers: int) -> list[int]:
    """Blocks to compare at, evenly from the first to the last but one.

    >>> some_blocks(30), some_blocks(3)
    ([0, 4, 8, 12, 16, 20, 24, 28], [0, 1])
    """
    last = n_layers - 2
    if last < BLOCKS:
        return list(range(last + 1))
    return [round(at * last / (BLOCKS - 1)) for at in range(BLOCKS)]


@dataclass(frozen=True, eq=False)
class Read:
    """What one lens says at every block and position."""

    lens: Lens
    ids: Int[Tensor, "layer pos top"]
    p: Float[Tensor, "layer pos top"]


def read(trace: Trace, lens: Lens, positions: slice) -> Read:
    """By the model's own readout, so that the run's interventions are in it."""
    ids, p = likeliest(trace, lens.mapped(trace.resid_post[:, positions]).contiguous(), TOP)
    return Read(lens, ids, p)


# ---- on held-out texts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Held:
    """How far each lens is from what the model says in the end."""

    kinds: tuple[Kind, ...]
    blocks: list[int]
    kl: Float[Tensor, "text lens block"]
    """Nats, the mean over a text's tokens that are read."""
    of: int
    """Texts that will be read."""
    by_transformers: float | None = None
    """Of the first text, the logit lens' KL at the middle block, from transformers' hidden states, less ours."""


@torch.no_grad()
def held_out(
    model: Model, decoder: Decoder, found: Mapping[Kind, Lens], texts: int, progress: Progress
) -> Iterator[Held]:
    """Excerpts that no lens was fitted to, one after the other."""
    corpus = activations.corpus(model, "passages", True, 4)
    every = max(1, len(corpus.ids) // texts)
    chosen = corpus.ids[::every][:texts]
    kinds, blocks = tuple(found), some_blocks(decoder.config.n_layers)
    rows: list[Tensor] = []
    for done, ids in enumerate(chosen):
        progress("Held-out texts", done, len(chosen))
        stream = all_streams(decoder, ids[None])[:, :: len(ids) // TOKENS]
        rows.append(kl_of(decoder, [found[kind] for kind in kinds], stream, blocks))
        made = Held(kinds, blocks, torch.stack(rows), len(chosen))
        if done + 1 < len(chosen):
            yield made
    middle = len(blocks) // 2
    theirs = _by_transformers(model, chosen[0], blocks[middle])
    ours = float(rows[0][kinds.index("logit"), middle])
    yield Held(kinds, blocks, torch.stack(rows), len(chosen), abs(theirs - ours))


def kl_of(
    decoder: Decoder, found: Sequence[Lens], stream: Float[Tensor, "layer token d_model"], blocks: list[int]
) -> Float[Tensor, "lens block"]:
    """KL(model || lens), nats, the mean over the tokens."""
    final = decoder.unembedded(stream[None, -1])[0].log_softmax(-1)
    made = torch.empty(len(found), len(blocks))
    for row, lens in enumerate(found):
        mapped = lens.at(blocks).mapped(stream[blocks])
        for column, h in enumerate(mapped):
            said = decoder.unembedded(h[None])[0].log_softmax(-1)
            made[row, column] = (final.exp() * (final - said)).sum(-1).mean()
    return made


def _by_transformers(model: Model, ids: Int[Tensor, " pos"], block: int) -> float:
    """The same of the logit lens, from transformers' own hidden states, norm and head."""
    hf = model.hf
    inner = hf.get_decoder()
    out = hf(ids[None].to(hf.device), output_hidden_states=True, use_cache=False)
    h = out.hidden_states[block + 1][0, 1:][:: len(ids) // TOKENS]
    said = hf.get_output_embeddings()(inner.norm(h)).float().log_softmax(-1)
    final = out.logits[0, 1:][:: len(ids) // TOKENS].float().log_softmax(-1)
    return float(torch.nn.functional.kl_div(said, final, reduction="none", log_target=True).sum(-1).mean())


# ---- a concept exchanged ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Swapped:
    """The log odds of b over a at the last token, once both concepts are exchanged behind one block."""

    kinds: tuple[Kind, ...]
    blocks: list[int]
    a: int
    b: int
    before: float
    after: Float[Tensor, "lens block"]
    placebo: Float[Tensor, " block"]
    """Along two random directions, the change as long as the longest lens' is."""
    by_hook: float | None = None
    """The largest difference from the same exchange by a hook in a whole run, of the last block compared."""


@torch.no_grad()
def swapped(
    decoder: Decoder, found: Mapping[Kind, Lens], ids: Int[Tensor, " pos"], a: int, b: int, progress: Progress
) -> Iterator[Swapped]:
    """Exchanged at every token but the first, block by block."""
    kinds, blocks = tuple(found), some_blocks(decoder.config.n_layers)
    rows = reading(decoder, [a, b])
    stream = _whole_streams(decoder, ids)
    before = _odds(decoder.unembedded(stream[None, -1, -1:])[0, 0], a, b)
    after = torch.full((len(kinds), len(blocks)), torch.nan)
    placebo = torch.full((len(blocks),), torch.nan)
    generator = torch.Generator().manual_seed(0)
    made = Swapped(kinds, blocks, a, b, before, after, placebo)
    by_hook = 0.0
    for column in reversed(range(len(blocks))):
        block = blocks[column]
        progress("Blocks at which concepts are exchanged", len(blocks) - 1 - column, len(blocks))
        pulled = [found[kind].pulled(block, rows) for kind in kinds]
        changed = [_exchanged(stream[block], *pair) for pair in pulled]
        longest = torch.stack([(each - stream[block])[1:] for each in changed]).norm(dim=-1).amax(0)
        random = torch.nn.functional.normalize(torch.randn(stream[block, 1:].shape[1], generator=generator), dim=0)
        sham = stream[block].clone()
        sham[1:] += longest[:, None] * random
        streams = torch.stack([*changed, sham])
        logits = carried_on(decoder, ids.expand(len(streams), -1), streams, block)[:, -1]
        odds = torch.tensor([_odds(each, a, b) for each in logits])
        after[:, column], placebo[column] = odds[:-1], odds[-1]
        if column == len(blocks) - 1:
            by_hook = abs(_by_hook(decoder, ids, block, pulled[0], (a, b)) - float(odds[0]))
        if column:
            yield Swapped(kinds, blocks, a, b, before, after.clone(), placebo.clone())
    yield Swapped(kinds, blocks, a, b, made.before, after, placebo, by_hook)


def _whole_streams(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, "layer pos d_model"]:
    x, at = decoder.entered(ids[None])
    found: list[Tensor] = []
    for block in decoder.blocks:
        x = block(x, at)
        found.append(x[0])
    return torch.stack(found)


def _exchanged(stream: Float[Tensor, "pos d_model"], a: Tensor, b: Tensor) -> Float[Tensor, "pos d_model"]:
    """The first token stays: it is a sink."""
    return torch.cat([stream[:1], exchanged(stream[1:], a, b)])


def _odds(logits: Float[Tensor, " d_vocab"], a: int, b: int) -> float:
    return float(logits[b] - logits[a])


def _by_hook(
    decoder: Decoder, ids: Int[Tensor, " pos"], block: int, pair: Float[Tensor, "two d_model"], tokens: tuple[int, int]
) -> float:
    """In a whole run, by solving the two readings' equations."""

    def instead(stream: Tensor, **_: object) -> Tensor:
        out = stream.clone()
        x = out[0, 1:]
        apart = x @ (pair[1] - pair[0])  # pos
        change = torch.linalg.solve(pair @ pair.T, pair)  # two d_model
        out[0, 1:] = x + apart[:, None] * (change[0] - change[1])
        return out

    hook = (f"blocks.{block}.hook_resid_post", instead)
    logits = decoder.run_with_hooks(ids[None], fwd_hooks=[hook], last_only=True)[0, -1]
    return _odds(logits, *tokens)
