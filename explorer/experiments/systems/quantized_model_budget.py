"""A format for each matrix under a budget of bits: chosen by what each costs alone, then the whole choice measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from explorer.errors import NotApplicableError
from explorer.experiments.systems.quantized_model_parts import Cell, cell
from explorer.experiments.systems.quantized_model_reading import (
    PASSAGES,
    pack,
    reading_of_all,
    reading_of_parts,
)
from explorer.stack.systems.quantization.budget import Choice, Offer, greedy
from explorer.stack.systems.quantization.matrices import matrices, weight_bytes
from explorer.stack.systems.quantization.quality import standard_error
from explorer.stack.systems.quantization.schemes import SCHEMES, Scheme
from explorer.stack.systems.quantization.sensitivity import Part
from explorer.zoo.model import Model

#: What a matrix may take, fewest bits first; of a mix, the format that it gives to this matrix.
LADDER = ("int2", "int3", "int4", "q4_k_m", "int8")
#: Budgets whose choice is measured: so far from the least bits a weight to the most.
MEASURED_AT = (0.08, 0.17, 0.33, 0.5, 0.75)


@dataclass(frozen=True)
class Judged:
    """A choice of formats as it was predicted and as it turned out."""

    name: str
    """What all matrices have; "" where a budget chose."""
    nbytes: int
    """That the choice says its matrices take."""
    packed: int
    """That they take once they are packed."""
    predicted: float
    """The sum over its matrices."""
    same_text: float
    """KL measured on the text of the choice."""
    other_text: float
    """And on other text."""
    other_error: float
    whole: int
    """Bytes of all weights, norms included."""
    perplexity: float
    """On the other text."""
    perplexity_error: float
    added: float
    """Loss added there, in nats a token."""
    added_error: float


@dataclass(frozen=True, eq=False)
class Budgets:
    """The ladder of every matrix, and what some choices turned out to be."""

    formats: tuple[Scheme, ...]
    names: tuple[str, ...]
    weights: tuple[int, ...]
    """Numbers in each matrix."""
    cells: Mapping[tuple[str, str], Cell]
    """By matrix and format, as far as they are measured."""
    judged: tuple[Judged, ...]
    n: int
    """Predictions on which parts were measured."""
    n_other: int
    total: int
    """Cells of the ladder in all."""

    @property
    def ladders(self) -> list[list[Offer]]:
        """Of each matrix; only where all is measured."""
        return [[(c.nbytes, c.kl) for f in self.formats for c in [self.cells[name, f.name]]] for name in self.names]

    def budget(self, share: float) -> int:
        """Bytes so far from the least to the most."""
        least, most = (sum(pick(offer[0] for offer in offers) for offers in self.ladders) for pick in (min, max))
        return round(least + share * (most - least))


def budgets(model: Model, tell: Callable[[str, int, int], None]) -> Iterator[Budgets]:
    """First the ladder of every matrix, then some choices measured."""
    decoder = model.decoder
    known = matrices(decoder)
    formats = tuple(SCHEMES[name] for name in LADDER if SCHEMES[name].misfit(known) is None)
    if len(formats) < 2:
        raise NotApplicableError("A budget needs two formats, and fewer suit this model.", "Choose another model.")
    names, weights = tuple(each.name for each in known), tuple(each.weight.numel() for each in known)
    reading, total = reading_of_parts(model), len(known) * len(formats)
    cells: dict[tuple[str, str], Cell] = {}
    given = [fmt.formats(known) for fmt in formats]
    for fmt, its in zip(formats, given, strict=True):
        for matrix in known:
            tell("Matrices", len(cells), total)
            cells[matrix.name, fmt.name] = cell(reading, Part(matrix.name, (matrix,)), fmt.name, its)
            if len(cells) % 10 == 0:
                yield Budgets(formats, names, weights, dict(cells), (), reading.n, 0, total)
    other = reading_of_all(model, PASSAGES)
    made = Budgets(formats, names, weights, cells, (), reading.n, other.n, total)
    ladders = made.ladders
    uniform = [_uniform(ladders, at) for at in range(len(formats))]
    asked = [(fmt.title, choice) for fmt, choice in zip(formats, uniform, strict=True)]
    asked += [("", greedy(ladders, made.budget(share))) for share in MEASURED_AT]
    judged: list[Judged] = []
    plain = weight_bytes(decoder) - sum(4 * weight for weight in weights)
    for title, choice in asked:
        tell("Choices read", len(judged), len(asked))
        yield Budgets(formats, names, weights, cells, tuple(judged), reading.n, other.n, total)
        packed = pack(known, [given[at][matrix.name] for at, matrix in zip(choice.chosen, known, strict=True)])
        same, there = reading.scores(packed).kl, other.scores(packed)
        size = sum(each.nbytes for each in packed.values())
        judged.append(
            Judged(
                title, choice.nbytes, size, choice.kl, float(same.mean()), float(there.kl.mean()),
                standard_error(there.kl), plain + size, there.perplexity, there.perplexity_error,
                float(there.added.mean()), standard_error(there.added),
            )
        )  # fmt: skip
    yield Budgets(formats, names, weights, cells, tuple(judged), reading.n, other.n, total)


def _uniform(ladders: list[list[Offer]], at: int) -> Choice:
    chosen = [offers[at] for offers in ladders]
    return Choice((at,) * len(ladders), sum(size for size, _ in chosen), sum(kl for _, kl in chosen))
