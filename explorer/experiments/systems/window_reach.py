"""How far one token's influence reaches, block by block: the token is replaced, and all streams are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.transformer.decoder import Decoder

#: Other tokens that stand in the place, one after the other; what is shown is their mean.
REPLACEMENTS = 3
#: Positions from the replaced one on that are looked at.
MOST = 512
#: Positions whose logits are made at once: those of a text would take gigabytes.
AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Influence:
    """What the streams of the positions from `source` on become when its token is another."""

    source: int
    replaced_by: list[int]
    change: Float[Tensor, "depth pos"]
    """|x' - x| / |x|, the mean over the replacements: depth 0 is the embedding, l + 1 the stream after block l."""
    touched: Bool[Tensor, "depth pos"]
    """Whether any number of it has changed at all."""
    kl: Float[Tensor, " pos"]
    """KL divergence of the next token's distribution, nats, the largest of the replacements."""


@dataclass(frozen=True, eq=False)
class Reached:
    """The same token's influence with windows and without."""

    windows: tuple[int | None, ...]
    windowed: Influence
    whole: Influence | None = None
    """Without any window; None until it is run."""


def influences(
    decoder: Decoder, ids: Int[Tensor, " pos"], source: int, windows: tuple[int | None, ...]
) -> Iterator[Reached]:
    """First with these windows, then with none as well."""
    narrow = influence(decoder.with_windows(windows), ids, source)
    yield Reached(windows, narrow)
    yield Reached(windows, narrow, influence(decoder.with_windows((None,) * len(windows)), ids, source))


@torch.inference_mode()
def influence(decoder: Decoder, ids: Int[Tensor, " pos"], source: int) -> Influence:
    """Replace the token at `source` by others of the same text and compare every stream."""
    ids = ids[: source + MOST]
    others = replacements(ids, source, decoder.config.d_vocab)
    rows = ids.repeat(1 + len(others), 1)  # run pos
    rows[1:, source] = torch.tensor(others)
    names = ["hook_embed", *(f"blocks.{layer}.hook_resid_post" for layer in range(decoder.config.n_layers))]
    _, seen = decoder.run_with_cache(rows, names_filter=names, last_only=True)
    change, touched = [], []
    for name in names:
        own, changed = seen[name][:1, source:], seen[name][1:, source:]  # run pos d_model
        off = changed - own
        change.append((off.norm(dim=-1) / own.norm(dim=-1)).mean(0))
        touched.append((off != 0).any(-1).any(0))
    last = seen[names[-1]][:, source:].split(AT_ONCE, 1)  # run some d_model
    kl = torch.cat([_divergence(decoder.unembedded(part)) for part in last])
    return Influence(source, others, torch.stack(change), torch.stack(touched), kl.float())


def _divergence(logits: Float[Tensor, "run pos d_vocab"]) -> Float[Tensor, " pos"]:
    """The largest KL divergence of the first run's answer from another's, nats."""
    log_p = logits.double().log_softmax(-1)
    return (log_p[:1].exp() * (log_p[:1] - log_p[1:])).sum(-1).amax(0).clamp_min(0)


def replacements(ids: Int[Tensor, " pos"], source: int, d_vocab: int) -> list[int]:
    """Other tokens of the text, drawn with a fixed seed; of a text that has but one, its neighbours by number.

    >>> sorted(replacements(torch.tensor([5, 7, 5, 9]), 0, 10)), replacements(torch.tensor([9, 9]), 1, 10)
    ([7, 9], [8])
    """
    own = int(ids[source])
    others = [each for each in ids.unique().tolist() if each != own]
    if not others:
        return [each for each in (own - 1, own + 1) if 0 <= each < d_vocab]
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(0)).tolist()
    return [others[at] for at in order[:REPLACEMENTS]]
