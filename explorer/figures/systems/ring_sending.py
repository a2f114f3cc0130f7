"""What a rank hands over, in a ring or by Ulysses' exchange, for a model's numbers of heads: the formulas' numbers."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.systems.ring_sending import divides
from explorer.figures.payload import Payload
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.systems.ring_attention import bytes_sent
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.ulysses import ulysses_bytes

#: published models beside the page's own: one key head for each query head, and one for eight
CASES = ("LLaMA-7B", "Llama-3-70B")
#: tokens of the text, bytes of a number, and ranks for which the formulas are shown, beside those that can share heads
LONG, NUMBER = 131_072, 2
SHARED_BY = (2, 4, 8, 16, 32, 64)
#: the page's own model
OWN = "own"


@dataclass(frozen=True, kw_only=True)
class SentByRank:
    """Bytes that one rank hands over in a layer's forward pass, by formula."""

    ranks: int
    ring: int
    ulysses: int | None
    """None where so many ranks cannot share the heads."""


@dataclass(frozen=True, kw_only=True)
class RingSending(Payload):
    """A ring against Ulysses, for a model's numbers of heads."""

    model: str
    """Whose heads these are: `OWN`, or a published model."""
    models: tuple[str, ...]
    instead: bool
    """Ulysses never hands over less than a ring with the page's own model, so a published one is shown."""
    source: str
    """Where the published model's numbers of heads come from; nothing for the page's own."""
    length: int
    number: int
    """Bytes of a number."""
    n_heads: int
    n_kv_heads: int
    d_head: int
    ranks: tuple[SentByRank, ...]
    possible: tuple[int, ...]
    """Every number of ranks above one that can share the heads."""
    counted: tuple[int, ...]
    """The numbers of ranks with which it was counted."""


@dataclass(frozen=True)
class Heads:
    """A layer's query heads, key heads and their width."""

    n: int
    kv: int
    d: int

    @property
    def possible(self) -> tuple[int, ...]:
        """Every number of ranks above one that can share them."""
        return tuple(ranks for ranks in range(2, self.kv + 1) if divides(ranks, self.n, self.kv))

    @property
    def pays(self) -> bool:
        """Whether Ulysses sends less than a ring with some number of ranks that can share them: more than n / kv + 1.

        >>> Heads(32, 32, 128).pays, Heads(9, 3, 64).pays, Heads(64, 8, 128).pays
        (True, False, False)
        """
        return any(each.ulysses is not None and each.ulysses < each.ring for each in sent(self))


def of_case(case: str) -> Heads:
    """Of a published model."""
    known = REAL_MODELS[case]
    return Heads(known.n_heads, known.n_kv_heads, known.d_head)


def chosen(own: Heads, wanted: str) -> str:
    """Whose heads are shown: those that are wanted; else the page's own, or where Ulysses never pays with them the
    first published ones with which it does."""
    if wanted in (OWN, *CASES):
        return wanted
    return OWN if own.pays else next(case for case in CASES if of_case(case).pays)


def sending(heads: Heads, counted: tuple[int, ...], model: str = OWN, instead: bool = False) -> RingSending:
    """>>> [(each.ring, each.ulysses) for each in sending(Heads(8, 2, 64), ()).ranks[:2]]
    [(33554432, 83886080), (50331648, None)]
    """
    source = "" if model == OWN else PUBLISHED[model].source
    return RingSending(
        model=model,
        models=(OWN, *CASES),
        instead=instead,
        source=source,
        length=LONG,
        number=NUMBER,
        n_heads=heads.n,
        n_kv_heads=heads.kv,
        d_head=heads.d,
        ranks=sent(heads),
        possible=heads.possible,
        counted=counted,
    )


def sent(of: Heads) -> tuple[SentByRank, ...]:
    """By each number of ranks."""
    position, heads, kv_heads = of.d * NUMBER, of.n, of.kv
    return tuple(
        SentByRank(
            ranks=ranks,
            ring=bytes_sent(layout, 0, kv_heads * position),
            ulysses=ulysses_bytes(layout, 0, heads, kv_heads, position) if divides(ranks, heads, kv_heads) else None,
        )
        for ranks in sorted({*SHARED_BY, *of.possible})
        for layout in [SequenceLayout(LONG, ranks)]
    )
