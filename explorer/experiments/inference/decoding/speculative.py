"""Speculative decoding raced against plain decoding, and what each draft would be worth: timed by turns, drawn anew."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from explorer.experiments.inference.decoding.fair_draws import Agreement, Fairness, agreement, fairness
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, Timing, compare, interleaved
from explorer.stack.inference.decoding.drafts import (
    Draft,
    ModelDraft,
    Reads,
    distribution,
    early_exit,
    fewer_bits,
    layer_skipping,
    read,
)
from explorer.stack.inference.decoding.prompt_lookup import PromptLookup, look_up
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative import Round, Speculation, Speculative
from explorer.stack.systems.quantization.formats import named
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: The drafts; their names are in the page.
KINDS = ("int4", "int8", "lookup", "skip", "exit")
#: Redraws at each decided position.
DRAWS = 10_000
REPEATS = 5
#: The last positions of a text whose acceptance is worked out for every draft, and redraws at each of them.
POSITIONS, FEW_DRAWS = 48, 200
#: Tokens of the passes that are timed, and rounds.
ROWS, ROUNDS = (1, 2, 3, 5, 9), 9


# ---- the drafts

#: The weight formats of the drafts that are the model itself.
FORMATS = {"int4": "q4_1", "int8": "int8"}
#: Packing the weights takes seconds and is the same for every visitor; it goes when the model does.
_PACKED: WeakKeyDictionary[Decoder, dict[str, Reads]] = WeakKeyDictionary()


def _packed(decoder: Decoder, kind: str) -> Reads:
    """The decoder in another weight format. Raises NotApplicableError."""
    known = _PACKED.setdefault(decoder, {})
    if kind not in known:
        # A copy's: a draft that held the model itself would keep it from going.
        known[kind] = fewer_bits(copy(decoder), FORMATS[kind]).decoder
    return known[kind]


def kinds(decoder: Decoder) -> tuple[str, ...]:
    """The drafts that this model can have: not every size suits every weight format."""
    widths = {each.weight.shape[1] for each in matrices(decoder)}
    unfit = {kind for kind, name in FORMATS.items() if any(named(name).misfit(width) for width in widths)}
    return tuple(kind for kind in KINDS if kind not in unfit)


def draft_of(decoder: Decoder, kind: str, blocks: int) -> Draft:
    """A draft, new; `blocks` of a shallow one."""
    if kind == "lookup":
        return PromptLookup(decoder.config.d_vocab)
    if kind == "skip":
        return layer_skipping(decoder, blocks)
    if kind == "exit":
        return early_exit(decoder, blocks)
    return ModelDraft(_packed(decoder, kind))


# ---- the race


@dataclass(frozen=True)
class Race:
    """One generation with a draft and one without, as far as they have come."""

    done: Speculation
    alone: Speculation
    """Plain decoding of the same prompt."""
    latest: Round | None
    """The round that was just made, with its evidence; None in later repeats."""
    plain_seconds: float
    """What plain decoding took for as many tokens as the latest round kept."""
    fair: Fairness | None
    """At a temperature: over all decided positions."""
    mine: Timing | None
    plain: Timing | None
    """Seconds of the whole text, over the repeats that are complete."""
    ratio: Ratio | None
    """plain / speculative, repeat by repeat: how many times as fast the draft makes it."""
    repeats: int


def race(
    decoder: Decoder,
    prompt: Sequence[int],
    kind: str,
    blocks: int,
    gamma: int,
    new: int,
    temperature: float = 0.0,
    seed: int = 0,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
    repeats: int = REPEATS,
) -> Iterator[Race]:
    """Write the same text with a draft and without one, `repeats` times over; yields after every round of the first
    time, and after every time. Plain decoding takes its steps in turn, so that a slow moment falls on both.
    """
    sampler = Sampler(temperature=temperature)
    begun = partial(Speculative, max_new_tokens=new, sampler=sampler, seed=seed, stop_ids=stops)
    generator, fair = torch.Generator().manual_seed(seed), Fairness() if temperature > 0 else None
    mine: list[float] = []
    plains: list[float] = []
    for turn in range(repeats):
        plain = begun(decoder, prompt, None)
        run = begun(decoder, prompt, draft_of(decoder, kind, blocks), gamma=gamma)
        made: list[Round] = []
        plain_rounds: list[Round] = []
        while not run.done:
            one = run.step()
            steps = [plain.step() for _ in one.ids if not plain.done]
            plain_rounds += [replace(step, evidence=None) for step in steps]
            made.append(replace(one, evidence=None))
            progress(turn * new + len(run.ids) - len(prompt), repeats * new)
            if turn == 0:
                fair = _seen(one, fair, generator)
                seconds = sum(step.seconds for step in steps)
                yield Race(run.result(made), plain.result(plain_rounds), one, seconds, fair, None, None, None, 0)
        done, alone = run.result(made), plain.result(plain_rounds)
        mine.append(done.seconds)
        plains.append(alone.seconds * len(done.new_ids) / len(alone.new_ids))
        progress((turn + 1) * new, repeats * new)
        yield Race(done, alone, None, 0.0, fair, Timing.of(mine), Timing.of(plains), compare(mine, plains), turn + 1)


def _seen(made: Round, fair: Fairness | None, generator: torch.Generator) -> Fairness | None:
    """The decided positions of a round, drawn anew; its distributions are too big to keep."""
    if fair is None or made.evidence is None:
        return fair
    for q, p in zip(made.evidence.q[: made.tested], made.evidence.p, strict=False):
        fair += fairness(q, p, DRAWS, generator)
    return fair


# ---- what a draft is worth


@dataclass(frozen=True)
class Drafts:
    """Every draft at one text's positions, and what it costs here."""

    alphas: dict[str, float]
    """Mean of sum of min(p, q); of the look-up, of p at the token that it copies."""
    drawn: Agreement
    """Of the drafts that are models, together."""
    positions: int
    found: int
    """Positions at which the look-up has something to copy."""
    seconds: dict[str, list[float]]
    """By round: "1", "2", .. passes of the model over so many tokens; a draft's name: one token of it."""
    rounds: int


def drafts(
    decoder: Decoder,
    ids: list[int],
    n_prompt: int,
    blocks: int,
    temperature: float,
    seed: int,
    progress: Ticks = unheard,
    rounds: int = ROUNDS,
) -> Iterator[Drafts]:
    """Judge every draft at the last positions of a text, then time passes and drafts by turns. Yields every round."""
    sampler, first, known = Sampler(temperature=temperature), max(0, len(ids) - POSITIONS), kinds(decoder)
    models = {kind: draft_of(decoder, kind, blocks) for kind in known if kind != "lookup"}
    readers = {kind: draft.decoder for kind, draft in models.items() if isinstance(draft, ModelDraft)}
    cases = len(readers) + len(ROWS)
    total, done = 1 + len(readers) + (rounds + 1) * cases, 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    def rows(reader: Reads) -> list[Tensor]:
        with torch.inference_mode():
            logits = reader(torch.tensor([ids]))[0]  # pos d_vocab
        tell()
        return [distribution(sampler, logits[i], ids[: i + 1], n_prompt) for i in range(first, len(ids))]

    target, generator = rows(decoder), torch.Generator().manual_seed(seed)
    alphas, drawn = {}, Agreement()
    for kind, reader in readers.items():
        mine = Agreement()
        for q, p in zip(rows(reader), target, strict=True):
            mine += agreement(q, p, FEW_DRAWS, generator)
        alphas[kind], drawn = mine.overlap, drawn + mine
    copied = [look_up(ids[: i + 1], 1) for i in range(first, len(ids))]
    alphas["lookup"] = statistics.fmean(
        float(p[match.ids[0]]) if match else 0.0 for match, p in zip(copied, target, strict=True)
    )
    found = sum(match is not None for match in copied)
    for turn, seconds in enumerate(interleaved(_cases(decoder, readers, ids, tell), rounds)):
        yield Drafts(alphas, drawn, len(target), found, seconds, turn + 1)


def _cases(
    decoder: Decoder, readers: dict[str, Reads], ids: list[int], tell: Callable[[], None]
) -> dict[str, Callable[[], None]]:
    """One pass each: of the model over ROWS tokens behind the text, and of every draft over one."""
    subjects: dict[str, tuple[Reads, int]] = {str(n): (decoder, n) for n in ROWS}
    subjects |= {kind: (reader, 1) for kind, reader in readers.items()}
    caches: dict[int, ContiguousCache] = {}

    def case(reader: Reads, n: int) -> Callable[[], None]:
        if id(reader) not in caches:
            caches[id(reader)] = ContiguousCache(reader.config, 1, len(ids) + max(ROWS))
            with torch.inference_mode():
                read(reader, ids, caches[id(reader)], last_only=True)
        cache = caches[id(reader)]

        def one() -> None:
            with torch.inference_mode():
                read(reader, [ids[-1]] * n, cache, last_only=n == 1)
            cache.truncate(len(ids))
            tell()

        return one

    return {name: case(*subject) for name, subject in subjects.items()}
