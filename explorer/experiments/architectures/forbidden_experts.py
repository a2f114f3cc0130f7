"""What a mixture loses over texts that it did not learn from, with one expert of one block forbidden to every token.

Text by text, the same tokens are read twice: as the model routes them, and with the expert's logit at -inf, so that
the next likeliest takes its place and the weights of the chosen still add up to one. The loss added is the difference
of the two mean cross-entropies, in nats a token. Rounds take one text of each kind, so that every picture on the way is
of all kinds; a change in block l starts from the stream that entered block l.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.corpora import passages
from explorer.errors import BadRequestError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked, reroute
from explorer.tracing.capturing.capture import vetted
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.routing_edits import ForbidExpert, Rerouting
from explorer.tracing.probes.causes import BlockArguments, call_block

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Experts of all blocks together that are forbidden in turn; of more, those of each block that are taken most.
MOST = 256


@dataclass(frozen=True, eq=False)
class ForbiddenLosses:
    """What has been measured so far."""

    kinds: tuple[str, ...]
    layers: tuple[int, ...]
    """The blocks that have experts."""
    texts: tuple[tuple[int, ...], ...]
    """Token ids; they follow one another kind by kind, round by round."""
    loss: Float[Tensor, " text"]
    """Mean cross-entropy of a text as the model routes it, nats a token."""
    added: Float[Tensor, "layer expert text"]
    """NaN where it has not been measured, or is not to be."""
    share: Float[Tensor, "layer expert text"]
    """Of each text's tokens, those that take the expert."""

    @property
    def kind(self) -> Int[Tensor, " text"]:
        return torch.arange(len(self.texts)) % len(self.kinds)

    @property
    def predicted(self) -> int:
        """Tokens whose loss is taken: all that follow another."""
        return sum(len(ids) - 1 for ids in self.texts)

    @property
    def chosen(self) -> tuple[int, int]:
        """The block and expert whose loss is greatest over the texts, as indices."""
        mean = self.added.nanmean(-1).nan_to_num(-torch.inf)
        return divmod(int(mean.argmax()), mean.shape[-1])


@dataclass(frozen=True, eq=False)
class _Round:
    """One text of each kind, read as the model routes it."""

    ids: Int[Tensor, "text pos"]
    """Padded on the right, which nothing before it sees."""
    streams: list[Float[Tensor, "text pos d_model"]]
    """What enters each block."""
    arguments: list[BlockArguments]
    real: Float[Tensor, "text pos"]
    """1 for each token of a text."""
    loss: Float[Tensor, " text"]
    taken: Float[Tensor, "layer expert text"]


def forbid_each(model: Model, texts: int, width: int, progress: Progress = silent) -> Iterator[ForbiddenLosses]:
    """`texts` of each kind, `width` tokens of each; what there is after each block, and at the end all.

    Raises NotApplicableError where the router cannot be edited.
    """
    vetted(model).require("routing")
    firing, dims, read = anatomy(model.bridge).firing, model.dims, passages.read()
    layers = tuple(at for at in range(dims.n_layers) if hooks.found(firing, at, "expert_weights"))
    if not layers:
        raise NotApplicableError(
            "The experts of this model cannot be read.", "Choose a mixture of experts from the shelf."
        )
    kept, whole = min(dims.n_experts, max(1, MOST // len(layers))), None
    done, steps, tried = 0, texts * len(layers) * kept, None
    for at in range(texts):
        rows = [model.vocabulary.encode(each.excerpts[at].text)[: min(width, dims.n_ctx)] for each in read]
        begun = _read(model, rows, layers)
        fresh = torch.full_like(begun.taken, torch.nan)
        kinds, ids = tuple(each.kind for each in read), tuple(map(tuple, rows))
        part = ForbiddenLosses(kinds, layers, ids, begun.loss, fresh, begun.taken)
        tried = begun.taken.sum(-1).topk(kept).indices.sort(-1).values if tried is None else tried  # layer kept
        for place, layer in enumerate(layers):
            for expert in tried[place].tolist():
                progress("Experts forbidden", done, steps)
                fresh[place, expert] = _forbidden(model, begun, layer, expert) - begun.loss
                done += 1
            yield _joined(whole, part)
        whole = _joined(whole, part)
    progress("Experts forbidden", steps, steps)


def _joined(before: ForbiddenLosses | None, part: ForbiddenLosses) -> ForbiddenLosses:
    """A copy of both: what is being measured goes on."""
    both = [part] if before is None else [before, part]
    loss, added, share = (torch.cat([getattr(each, name) for each in both], -1) for name in _BY_TEXT)
    texts = tuple(ids for each in both for ids in each.texts)
    return ForbiddenLosses(part.kinds, part.layers, texts, loss, added, share)


_BY_TEXT = ("loss", "added", "share")


def _read(model: Model, rows: list[list[int]], layers: Sequence[int]) -> _Round:
    """The texts side by side, with what enters each block and what its router chose."""
    ids = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)  # text pos
    real = (torch.arange(ids.shape[1]) < torch.tensor([[len(row)] for row in rows])).float()
    streams: list[Tensor] = []
    arguments: list[BlockArguments] = []
    weights: dict[str, Tensor] = {}

    def enter(_block: object, args: tuple[Tensor, ...], named: dict[str, object]) -> None:
        stream = args[0] if args else named["hidden_states"]
        assert isinstance(stream, Tensor)
        streams.append(stream.clone())
        arguments.append((args[1:], {name: value for name, value in named.items() if name != "hidden_states"}))

    def keep(given: Tensor, hook: object = None) -> None:
        weights[str(getattr(hook, "name", ""))] = here(given).clone()

    names = [hooks.found(anatomy(model.bridge).firing, layer, "expert_weights") or "" for layer in layers]
    with RUNNING, torch.inference_mode(), hooked(model, [(name, keep) for name in names]):
        handles = [each.register_forward_pre_hook(enter, with_kwargs=True) for each in model.bridge.blocks]
        try:
            logits = here(model.bridge(ids.to(model.device), return_type="logits", use_cache=False))
        finally:
            for handle in handles:
                handle.remove()
    taken = torch.stack([(weights[name] > 0).float() for name in names])  # layer text*pos expert
    taken = (taken.unflatten(1, ids.shape) * real[..., None]).sum(2) / real.sum(1)[:, None]  # layer text expert
    return _Round(ids, streams, arguments, real, losses(logits, ids, real), taken.transpose(1, 2).contiguous())


def losses(
    logits: Float[Tensor, "text pos d_vocab"], ids: Int[Tensor, "text pos"], real: Float[Tensor, "text pos"]
) -> Float[Tensor, " text"]:
    """Mean of -ln p(next token) over each text's own tokens, float64.

    >>> even = torch.zeros(1, 3, 4)  # two predictions among four tokens, the second of padding
    >>> round(float(losses(even, torch.tensor([[1, 2, 0]]), torch.tensor([[1.0, 1.0, 0.0]])).exp()), 4)
    4.0
    """
    each = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    each = each.view(len(ids), -1).double() * real[:, 1:]
    return each.sum(1) / real[:, 1:].sum(1)


def _forbidden(model: Model, begun: _Round, layer: int, expert: int) -> Float[Tensor, " text"]:
    """The texts' losses without the expert, from the block's own input on. Raises NotApplicableError."""
    run = Run(n_prompt=begun.ids.shape[1], width=begun.ids.shape[1])
    stream = begun.streams[layer]
    edits = reroute(model, layer, Rerouting([ForbidExpert(layer, None, expert)], run))
    try:  # one expert at a time, so that a visitor's run need not wait for all of them
        with RUNNING, torch.inference_mode(), hooked(model, edits):
            for at in range(layer, model.dims.n_layers):
                stream = call_block(model.bridge.blocks[at], stream, begun.arguments[at])
            return losses(vetted(model).logits(here(stream)), begun.ids, begun.real)
    except BadRequestError as error:
        raise NotApplicableError(error.message, error.hint) from error


# ---- another way to the same numbers ---------------------------------------------------------------------------------


class Shut(nn.Module):
    """In the place of a router's hook point: the logit of one expert becomes -inf."""

    def __init__(self, expert: int) -> None:
        super().__init__()
        self.expert = expert

    def forward(self, logits: Float[Tensor, "*rows expert"]) -> Float[Tensor, "*rows expert"]:
        return logits.index_fill(-1, torch.tensor(self.expert, device=logits.device), -torch.inf)


def loss_otherwise(
    model: Model, decoder: Decoder | None, ids: Sequence[int], shut: tuple[int, int] | None = None
) -> float:
    """The loss of one text alone, from its first token on, without the expert (block, expert) that is shut.

    Through the explorer's own decoder, whose router gets a logit of -inf and chooses by its own rule: no hook of the
    bridge, no padding, no stored stream. Without a decoder, through the model itself.
    """
    row = torch.tensor([list(ids)])
    with RUNNING, torch.inference_mode():
        if decoder is None:
            edits = (ForbidExpert(shut[0], None, shut[1]),) if shut else ()
            with hooked(model, edit_hooks(model, edits, Run(row.shape[1], width=row.shape[1]))):
                logits = here(model.bridge(row.to(model.device), return_type="logits", use_cache=False))
        else:
            x, at = decoder.entered(row)
            for layer, block in enumerate(decoder.blocks):
                x = (_shut(block, shut[1]) if shut and shut[0] == layer else block)(x, at)
            logits = decoder.unembedded(x)
        return float(losses(logits, row, torch.ones(row.shape))[0])


def _shut(block: nn.Module, expert: int) -> nn.Module:
    """The same block, and none of its weights copied."""
    return with_parts(block, mlp=with_parts(block.get_submodule("mlp"), hook_router_logits=Shut(expert)))
