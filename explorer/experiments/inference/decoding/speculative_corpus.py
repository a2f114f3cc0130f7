"""How much of a draft is kept over held-out texts of six kinds: by kind, place, length of draft and temperature, and
what it buys on the clock.

Two things are measured of each text. Both models read it once, without a cache: alpha = mean over its positions of the
sum of min(p, q), at any temperature. And rounds are made at some of its positions: GAMMA tokens are drafted, one pass
judges them. A draft of fewer tokens is the beginning of a longer one, drawn with the same numbers, so that a round
counts for every gamma up to GAMMA: min(kept, gamma) + 1 tokens come out of its pass.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inference.decoding.fair_draws import Agreement, agreement
from explorer.experiments.inference.decoding.held_out_texts import Beginnings
from explorer.experiments.inference.decoding.speculative import FEW_DRAWS, ROWS, draft_of
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.decoding.drafts import Draft, ModelDraft, distribution, read
from explorer.stack.inference.decoding.prompt_lookup import look_up
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative import Speculation, Speculative
from explorer.stack.inference.decoding.speculative_sampling import judge
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Tokens of a text, those at its beginning where nothing is asked, and the longest draft.
LENGTH, FIRST, GAMMA = 64, 16, 8
#: Positions of a text at which a round is made.
STARTS = 4
TEMPERATURES = (0.0, 0.5, 1.0, 1.5, 2.0)
#: Drafts of so many tokens are raced, so that their passes read ROWS tokens; and how many tokens are written.
RACED, NEW = tuple(n - 1 for n in ROWS[1:]), 12
Tell = Callable[[int], None]
#: Logits nearer than this may change places between two ways of computing them.
NEAR = 1e-3


@dataclass(frozen=True)
class Drafting:
    """One round at a position of a text."""

    drafted: int
    kept: int
    overlap: tuple[float, ...]
    """Sum of min(p, q) at each place that was decided on."""
    first: Agreement
    """The first place, drafted and judged anew many times."""
    alone: float
    """Sum of min(p, q) there, from one pass of each model over the text."""
    tied: bool
    """At temperature 0: whether a model's two best logits there are too near to tell."""

    @property
    def decided(self) -> int:
        return len(self.overlap)


@dataclass(frozen=True)
class TextDrafted:
    """What was measured of one text."""

    kind: str
    alphas: tuple[float, ...]
    """By temperature."""
    rounds: tuple[Drafting, ...]


@dataclass(frozen=True)
class TextRaced:
    """One text continued by plain decoding and with drafts of RACED tokens, by turns. Seconds."""

    kind: str
    step: float
    """A plain step: the median."""
    drafted: float
    """A drafted token: the median."""
    passes: tuple[float, ...]
    """Checking passes, by RACED: medians."""
    plain: float
    """A token of plain decoding, sampler included: the mean."""
    tokens: tuple[float, ...]
    """A token of speculative decoding, by RACED: the mean."""


@dataclass(frozen=True)
class Corpus:
    """As far as it is measured."""

    temperatures: tuple[float, ...]
    texts: tuple[TextDrafted, ...]
    raced: tuple[TextRaced, ...]
    of_texts: int
    of_raced: int


def corpus(
    decoder: Decoder,
    beginnings: Beginnings,
    kind: str,
    blocks: int,
    temperature: float,
    seed: int = 0,
    progress: Ticks = unheard,
) -> Iterator[Corpus]:
    """Text by text: what is kept; then one text of each kind is raced."""
    temperatures = tuple(sorted({*TEMPERATURES, temperature}))
    ids, kinds = beginnings.ids.tolist(), beginnings.kinds
    n, racing = len(ids), len(set(kinds))
    total, done = n * (STARTS + 2) + racing * (1 + len(RACED)) * NEW, 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    generator = torch.Generator().manual_seed(seed)
    so_far = Corpus(temperatures, (), (), n, racing)
    for text, of in zip(ids, kinds, strict=True):
        made = drafted(decoder, draft_of(decoder, kind, blocks), text, of, temperatures, temperature, generator, tell)
        so_far = replace(so_far, texts=(*so_far.texts, made))
        yield so_far
    for text, of in zip(ids[:racing], kinds[:racing], strict=True):
        made = raced(decoder, kind, blocks, text[: len(text) // 2], of, temperature, seed, len(so_far.raced), tell)
        so_far = replace(so_far, raced=(*so_far.raced, made))
        yield so_far


@torch.inference_mode()
def drafted(
    decoder: Decoder, draft: Draft, ids: list[int], kind: str, temperatures: Sequence[float], temperature: float,
    generator: torch.Generator, tell: Tell,
) -> TextDrafted:  # fmt: skip
    """One text read by both models, and rounds at STARTS of its positions."""
    first = min(FIRST, len(ids) // 2)
    target = decoder(torch.tensor([ids]))[0]  # pos d_vocab
    tell(1)
    if isinstance(draft, ModelDraft):
        proposal = draft.decoder(torch.tensor([ids]))[0]
        expected = partial(_overlaps, target, proposal)
    else:
        proposal = target
        expected = partial(_copied, target, ids)
    alphas = {each: expected(each) for each in temperatures}  # pos
    tell(1)
    cache = ContiguousCache(decoder.config, 1, len(ids) + GAMMA + 1)
    draft.begin(ids[:first], len(ids) + GAMMA + 1)
    rounds = []
    for start in range(first, len(ids), max(1, (len(ids) - first) // STARTS))[:STARTS]:
        alone = float(alphas[temperature][start - 1])
        tied = temperature == 0 and min(_gap(target[start - 1]), _gap(proposal[start - 1])) < NEAR
        if start - 1 > cache.seen:
            read(decoder, ids[cache.seen : start - 1], cache, last_only=True)
        rounds.append(round_at(decoder, draft, cache, ids[:start], temperature, generator, alone, tied))
        tell(1)
    means = tuple(float(alphas[each][first - 1 : -1].mean()) for each in temperatures)
    return TextDrafted(kind, means, tuple(rounds))


def round_at(
    decoder: Decoder, draft: Draft, cache: ContiguousCache, ids: list[int], temperature: float,
    generator: torch.Generator, alone: float, tied: bool,
) -> Drafting:  # fmt: skip
    """Draft after `ids`, judge, and forget: both caches know no more than `ids` afterwards."""
    sampler = Sampler(temperature=temperature)
    made = draft.propose(ids, GAMMA, sampler, generator)
    logits = read(decoder, [ids[-1], *made.ids], cache)
    n = len(made.ids)
    p = torch.stack([distribution(sampler, row, ids, len(ids)) for row in logits])
    *u, last = torch.rand(n + 1, generator=generator, dtype=torch.double).tolist()
    verdict = judge(made.ids, made.q, p, u, last)
    cache.truncate(len(ids))
    draft.truncate(len(ids))
    first = agreement(made.q[0], p[0], FEW_DRAWS, generator) if n else Agreement()
    return Drafting(n, verdict.accepted, verdict.overlap[: verdict.accepted + 1], first, alone, tied)


def _overlaps(p: Float[Tensor, "pos d_vocab"], q: Float[Tensor, "pos d_vocab"], temperature: float) -> Tensor:
    """Sum of min(p, q) at every position, from logits."""
    if temperature == 0:
        return (p.argmax(-1) == q.argmax(-1)).double()
    p, q = ((each / temperature).softmax(-1) for each in (p, q))
    return torch.minimum(p, q).sum(-1, dtype=torch.double).clamp(max=1)


def _copied(p: Float[Tensor, "pos d_vocab"], ids: list[int], temperature: float) -> Tensor:
    """p of the token that the look-up copies; nought where it finds none."""
    rows = p.softmax(-1) if temperature == 0 else (p / temperature).softmax(-1)
    found = [look_up(ids[: at + 1], 1) for at in range(len(ids))]
    best = p.argmax(-1).tolist()
    if temperature == 0:
        return torch.tensor([float(bool(each) and each.ids[0] == top) for each, top in zip(found, best, strict=True)])
    return torch.tensor([float(row[each.ids[0]]) if each else 0.0 for each, row in zip(found, rows, strict=True)])


def _gap(logits: Float[Tensor, " d_vocab"]) -> float:
    best, second = logits.topk(2).values.tolist()
    return best - second


def raced(
    decoder: Decoder, kind: str, blocks: int, prompt: list[int], of: str, temperature: float, seed: int, turn: int,
    tell: Tell,
) -> TextRaced:  # fmt: skip
    """Continue a text plainly and with drafts of RACED tokens; which goes first changes with `turn`."""
    made: dict[int, Speculation] = {}
    lengths = (0, *RACED)
    for at in range(len(lengths)):
        gamma = lengths[(at + turn) % len(lengths)]
        run = Speculative(
            decoder, prompt, draft_of(decoder, kind, blocks) if gamma else None,
            gamma=gamma, max_new_tokens=NEW, sampler=Sampler(temperature=temperature), seed=seed,
        )  # fmt: skip
        rounds = []
        while not run.done:
            rounds.append(replace(run.step(), evidence=None))
            tell(len(rounds[-1].ids))
        made[gamma] = run.result(rounds)
    plain = made[0]
    drafted = [each.draft_seconds / len(each.drafted) for gamma in RACED for each in made[gamma].rounds if each.drafted]
    step = statistics.median(each.verify_seconds for each in plain.rounds)
    return TextRaced(
        of,
        step,
        statistics.median(drafted) if drafted else 0.0,
        tuple(_pass(made[gamma], gamma, step) for gamma in RACED),
        plain.seconds / len(plain.new_ids),
        tuple(made[gamma].seconds / len(made[gamma].new_ids) for gamma in RACED),
    )


def _pass(run: Speculation, gamma: int, step: float) -> float:
    """Of whole drafts; a plain step where there was none."""
    known = [each.verify_seconds for each in run.rounds if len(each.drafted) == gamma]
    return statistics.median(known) if known else step
