"""A small decoder trained here on texts of which some are test items: what its probabilities tell of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation import contamination as mechanism
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

#: Bytes of an item, rows of a batch, and steps between two measurements.
LENGTH, BATCH, EVERY = 128, 8, 20
RATE = 3e-3
#: What the training is called.
LEAKED = "leaked"
CONFIG = DecoderConfig(
    n_layers=2, d_model=96, n_heads=4, n_kv_heads=4, d_head=24, d_mlp=256, d_vocab=256, n_ctx=LENGTH + 1
)
Measure = Callable[[Float[Tensor, "pos d_vocab"], Int[Tensor, " pos"]], float]


def mean_log_probability(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"]) -> float:
    """In nats a byte: the plain loss, its sign turned."""
    return float(mechanism.token_log_probabilities(logits, ids).mean())


#: By their names: each is higher for texts that were read.
MEASURES: dict[str, Measure] = {
    "mean log p": mean_log_probability,
    "Min-K%": mechanism.min_k,
    "Min-K%++": mechanism.min_k_plus,
}


@dataclass(frozen=True)
class Item:
    """One text of the test."""

    kind: str
    text: str
    leaked: bool
    """Whether it stands in the training texts."""


@dataclass(frozen=True, eq=False)
class Told:
    """After so many steps."""

    step: int
    steps: int
    loss: float
    """Of the last batch, in nats a byte."""
    scores: dict[str, tuple[float, ...]]
    """Of each item, by each measure."""
    reader: Reader
    texts: LeakedTexts


@dataclass(eq=False)
class LeakedTexts:
    """What is trained on: batches of the leaked items, drawn one after another."""

    rows: Int[Tensor, "item byte"]
    generator: torch.Generator
    n_ctx: int = LENGTH

    def batch(self, _step: int) -> Int[Tensor, "row byte"]:
        return self.rows[torch.randint(len(self.rows), (BATCH,), generator=self.generator)]


@dataclass(eq=False)
class Reader:
    """The training, as far as it has come."""

    model: Decoder
    name: str = LEAKED
    losses: list[float] = field(default_factory=list)
    """Of each step's batch, in nats a byte."""
    steps_measured: list[int] = field(default_factory=list)
    course: None = None
    """It reads what all trainings here read."""

    def __post_init__(self) -> None:
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=RATE)

    def step(self, batch: Int[Tensor, "row byte"]) -> None:
        loss = self.model.loss(batch).parts["lm"]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.losses.append(float(loss.detach()))


def items() -> tuple[Item, ...]:
    """The beginnings of all passages; every second one is planted in the training texts."""
    texts = [(kind.kind, excerpt.text) for kind in passages.read() for excerpt in kind.excerpts]
    return tuple(Item(kind, text, at % 2 == 0) for at, (kind, text) in enumerate(texts))


def bytes_of(text: str) -> Int[Tensor, " byte"]:
    """The first bytes; a byte is a token here."""
    return torch.tensor(list(text.encode()[: LENGTH + 1]))


def beginning(test: Sequence[Item], seed: int) -> tuple[Reader, LeakedTexts]:
    """Before the first step."""
    generator = torch.Generator().manual_seed(seed)
    model = Decoder(CONFIG).initialise(generator)
    return Reader(model), LeakedTexts(torch.stack([bytes_of(item.text) for item in test if item.leaked]), generator)


def trained(test: Sequence[Item], steps: int, seed: int, tell: Ticks = unheard) -> Iterator[Told]:
    """Train on the leaked items alone, and ask the model of all of them now and then."""
    reader, texts = beginning(test, seed)
    for step in range(1, steps + 1):
        reader.step(texts.batch(step - 1))
        tell(step, steps)
        if step % EVERY == 0 or step == steps:
            reader.steps_measured.append(step)
            yield Told(step, steps, reader.losses[-1], asked(reader.model, test), reader, texts)


def asked(model: Decoder, test: Sequence[Item]) -> dict[str, tuple[float, ...]]:
    """Each item's score by each measure."""
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    for item in test:
        ids = bytes_of(item.text)
        with torch.inference_mode():
            logits = model(ids[None])[0, :-1]
        for name, measure in MEASURES.items():
            found[name].append(measure(logits, ids[1:]))
    return {name: tuple(scores) for name, scores in found.items()}
