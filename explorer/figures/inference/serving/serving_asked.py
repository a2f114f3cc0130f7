"""One serving, as the memory calculator's controls ask for it, and questions that are often asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from explorer.figures.inference.serving.number_limits import NumberLimits, Said, read_all
from explorer.stack.inference.serving.cards import CARDS, Card
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.serving_remedies import CACHES, MOST_CARDS
from explorer.stack.inference.serving.weight_schemes import ALIASES, SCHEMES

START = {"model": "Llama-3.1-8B", "weights": "q4_k_m", "cache": "bf16", "card": "rtx4090"}
GB, GIB = 1e9, 1 << 30
#: What a number of the controls may be.
LIMITS = {
    "batch": NumberLimits(label="Users", low=1, high=65_536, start=1),
    "length": NumberLimits(label="Tokens each", low=1, high=1 << 20, start=8192),
    "cards": NumberLimits(label="Cards", low=1, high=MOST_CARDS, start=1),
}
#: And one of another card. It begins with what is sold as 24 GB.
CARD_LIMITS = {
    "memory": NumberLimits(label="Memory", low=1, high=10_000, start=24 * GIB / GB, unit="GB", broken=True),
    "gbs": NumberLimits(label="Bandwidth", low=1, high=100_000, start=1000, unit="GB/s", broken=True),
    "tflops": NumberLimits(label="Peak", low=0, high=100_000, start=150, unit="TFLOP/s", broken=True),
}


@dataclass(frozen=True, kw_only=True)
class ServingAsked:
    """The controls as they were read: what is unknown is the beginning's."""

    model: str
    """A name, "own" or "config"."""
    weights: str
    cache: str
    batch: int
    length: int
    cards: int
    card: str
    """A name, or "own"."""
    memory: float | int
    """Of another card, GB."""
    gbs: float | int
    tflops: float | int
    """0: not stated."""
    wrong: Mapping[str, str]
    """Why a number that was given is none, by its control: nothing is calculated then."""

    def device(self) -> Card:
        """The chosen card, or one of the given numbers."""
        if self.card != "own":
            return CARDS[self.card]
        title = f"card of {f'{self.memory:,.1f}'.removesuffix('.0')} GB"
        return Card("own", title, float(round(self.memory * GB)), self.gbs * 1e9, self.tflops * 1e12 or None)


@dataclass(frozen=True, kw_only=True)
class ServingPreset:
    """A question that is often asked."""

    title: str
    controls: Mapping[str, str | int]


def _preset(
    what: str, how_many: str, model: str, weights: str, batch: int, length: int, cards: int, card: str
) -> ServingPreset:
    chosen = {"model": model, "weights": weights, "cache": "bf16", "batch": batch, "length": length}
    return ServingPreset(
        title=f"{what} on {how_many} {CARDS[card].title}", controls={**chosen, "cards": cards, "card": card}
    )


PRESETS = (
    _preset("8B", "one", "Llama-3.1-8B", "q4_k_m", 1, 8192, 1, "rtx4090"),
    _preset("70B", "two", "Llama-3-70B", "q4_k_m", 1, 8192, 2, "rtx4090"),
    _preset("Qwen3-30B-A3B", "an", "Qwen3-30B-A3B", "q4_k_m", 1, 32768, 1, "m3_max"),
    _preset("gpt-oss-120b", "one", "gpt-oss-120b", "mxfp4", 8, 32768, 1, "h100"),
    _preset("DeepSeek-V3", "eight", "DeepSeek-V3", "fp8", 16, 32768, 8, "h200"),
)


def asked(controls: Mapping[str, Said]) -> ServingAsked:
    """
    >>> read = asked({"batch": "-5", "weights": "int4", "card": "abacus"})
    >>> read.weights, read.card, read.wrong
    ('q4_0', 'rtx4090', {'batch': 'Users is −5: a whole number from 1 to 65,536 is needed.'})
    """

    def one(name: str, known: Collection[str]) -> str:
        said = str(controls.get(name, ""))
        said = ALIASES.get(said, said) if name == "weights" else said
        return said if said in known else START[name]

    card = one("card", (*CARDS, "own"))
    numbers, wrong = read_all(controls, LIMITS)
    of_card, wrong_card = read_all(_with_memory(controls) if card == "own" else {}, CARD_LIMITS)
    return ServingAsked(
        model=one("model", (*REAL_MODELS, "own", "config")),
        weights=one("weights", SCHEMES),
        cache=one("cache", CACHES),
        batch=int(numbers["batch"]),
        length=int(numbers["length"]),
        cards=int(numbers["cards"]),
        card=card,
        **of_card,
        wrong=wrong | wrong_card,
    )


def _with_memory(controls: Mapping[str, Said]) -> Mapping[str, Said]:
    """Older links have another card's memory as `gb`, in GiB: the same card, in GB.

    >>> asked({"card": "own", "gb": "24"}).device().memory == 24 * GIB
    True
    """
    if "memory" in controls or "gb" not in controls:
        return controls
    said = controls["gb"]
    try:
        return {**controls, "memory": f"{float('' if said is None else said) * GIB / GB:.15g}"}
    except (ValueError, OverflowError):
        return {**controls, "memory": said}
