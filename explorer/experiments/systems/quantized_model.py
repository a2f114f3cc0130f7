"""The whole model quantised: what each part costs alone, a format for each under a budget, all formats side by side.

Two texts: one, the first passage of each kind, on which parts are measured and formats are chosen; and other passages,
on which whole models are judged. Both are read in windows that begin at a passage's beginning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.budget import Choice, Offer, greedy
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import Matrix, matrices, quantized, weight_bytes
from explorer.stack.systems.quantization.quality import Scores, standard_error
from explorer.stack.systems.quantization.schemes import SCHEMES, Scheme
from explorer.stack.systems.quantization.sensitivity import Part, Reading
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.hooking import RUNNING
from explorer.zoo.model import Model

#: Tokens of a window, and those at its beginning after which nothing is scored: of the text on which parts are
#: measured, half as llama.cpp has it; of the other, few, since a forward pass costs more than what it is asked.
PARTS_WINDOW, PARTS_CONTEXT = 64, 32
WHOLE_WINDOW, WHOLE_CONTEXT = 128, 16
#: Passages of each kind on which whole models may be judged.
PASSAGES = (2, 4, 7)
#: The formats between which a budget chooses, those of fewest bits first.
LADDER = ("int2", "int3", "int4", "int8")
#: Budgets whose choice is measured: so far from the least bits a weight to the most.
MEASURED_AT = (0.08, 0.17, 0.33, 0.5, 0.75)

Tell = Callable[[int, int], None]


def windows(model: Model, excerpts: range, length: int) -> Int[Tensor, "window pos"]:
    """The first tokens of these excerpts of every kind; as many of each as the shortest has, if that is fewer."""
    read = [
        model.vocabulary.encode(kind.excerpts[at].text)
        for at in excerpts
        for kind in passages.read()
        if at < len(kind.excerpts)
    ]
    shortest = min(length, model.dims.n_ctx, *map(len, read))
    return torch.tensor([ids[:shortest] for ids in read])


def reading_of_parts(model: Model) -> Reading:
    ids = windows(model, range(1), PARTS_WINDOW)
    return Reading(model.decoder, ids, min(PARTS_CONTEXT, ids.shape[1] // 2))


def reading_of_all(model: Model, each: int) -> Reading:
    """each: passages of every kind, none of them the first."""
    ids = windows(model, range(1, 1 + each), WHOLE_WINDOW)
    return Reading(model.decoder, ids, min(WHOLE_CONTEXT, ids.shape[1] // 2), every_block=False)


# ---- each part alone ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A part packed alone."""

    kl: float
    """Mean over all predictions, in nats."""
    error: float
    """Its standard error."""
    nbytes: int
    """That the packed part takes."""


@dataclass(frozen=True, eq=False)
class Map:
    """What has been measured of the parts of a model in one format."""

    fmt: Format
    cells: Mapping[str, Cell]
    """By the part's name."""
    n: int
    """Predictions."""
    done: int
    total: int


#: What was measured stays as long as the model: the map of a format is a row of the budget's ladder.
_known: WeakKeyDictionary[Decoder, dict[tuple[str, str], Cell]] = WeakKeyDictionary()


def place(matrix: Matrix) -> str:
    """Where in a block a matrix stands: attn.W_Q, mlp.experts.3.out; the unembedding has its own name."""
    return matrix.name if matrix.layer is None else matrix.name.split(".", 2)[2]


def parts(decoder: Decoder) -> list[Part]:
    """Every matrix, every block, every kind of matrix in all blocks, and all of them."""
    known = matrices(decoder)
    single = [Part(each.name, (each,)) for each in known]
    layers = [Part(f"block {at}", tuple(m for m in known if m.layer == at)) for at in range(decoder.config.n_layers)]
    roles = list(dict.fromkeys(each.role for each in known if each.layer is not None))
    kinds = [Part(f"all {role}", tuple(m for m in known if m.role == role)) for role in roles]
    return [*single, *layers, *kinds, Part("everything", tuple(known))]


def suits(fmt: Format, known: Sequence[Matrix]) -> str | None:
    """Why a format does not suit some matrix; None if it suits all."""
    return next((reason for each in known if (reason := fmt.misfit(each.weight.shape[1]))), None)


def sensitivities(model: Model, name: str, tell: Tell) -> Iterator[Map]:
    """Part by part. Raises NotApplicableError for a format that does not suit the model."""
    decoder, fmt = model.decoder, FORMATS[name]
    if reason := suits(fmt, matrices(decoder)):
        raise NotApplicableError(f"{fmt.title} does not suit this model. {reason}", "Choose another format.")
    reading, asked = reading_of_parts(model), parts(decoder)
    cells: dict[str, Cell] = {}
    for done, part in enumerate(asked):
        tell(done, len(asked))
        cells[part.name] = cell(reading, part, fmt)
        if done % 5 == 0:
            yield Map(fmt, dict(cells), reading.n, done + 1, len(asked))
    yield Map(fmt, cells, reading.n, len(asked), len(asked))


def cell(reading: Reading, part: Part, fmt: Format) -> Cell:
    """Of one part, measured once for as long as the model stays."""
    known = _known.setdefault(reading.decoder, {})
    if (part.name, fmt.name) not in known:
        packed = part.packed(fmt)
        kl = reading.scores(packed).kl
        size = sum(each.nbytes for each in packed.values())
        known[part.name, fmt.name] = Cell(float(kl.mean()), standard_error(kl), size)
    return known[part.name, fmt.name]


# ---- bits under a budget --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """A choice of formats as it was predicted and as it turned out."""

    name: str
    """A format that all matrices have; of a mix, none."""
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


@dataclass(frozen=True, eq=False)
class Budgets:
    """The ladder of every matrix, and what some choices turned out to be."""

    formats: tuple[Format, ...]
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
    formats = tuple(FORMATS[name] for name in LADDER if suits(FORMATS[name], known) is None)
    if len(formats) < 2:
        raise NotApplicableError("Fewer than two formats suit this model.", "Choose another model.")
    names, weights = tuple(each.name for each in known), tuple(each.weight.numel() for each in known)
    reading, total = reading_of_parts(model), len(known) * len(formats)
    cells: dict[tuple[str, str], Cell] = {}
    for fmt in formats:
        for matrix in known:
            tell("Matrices", len(cells), total)
            cells[matrix.name, fmt.name] = cell(reading, Part(matrix.name, (matrix,)), fmt)
            if len(cells) % 10 == 0:
                yield Budgets(formats, names, weights, dict(cells), (), reading.n, 0, total)
    other = reading_of_all(model, PASSAGES[0])
    made = Budgets(formats, names, weights, cells, (), reading.n, other.n, total)
    ladders = made.ladders
    uniform = [_uniform(ladders, at) for at in range(len(formats))]
    asked = [(fmt.title, choice) for fmt, choice in zip(formats, uniform, strict=True)]
    asked += [("", greedy(ladders, made.budget(share))) for share in MEASURED_AT]
    judged: list[Judged] = []
    for title, choice in asked:
        tell("Choices read", len(judged), len(asked))
        yield Budgets(formats, names, weights, cells, tuple(judged), reading.n, other.n, total)
        packed = pack(known, [formats[at] for at in choice.chosen])
        same, there = (each.scores(packed).kl for each in (reading, other))
        size = sum(each.nbytes for each in packed.values())
        judged.append(
            Judged(
                title, choice.nbytes, size, choice.kl, float(same.mean()), float(there.mean()), standard_error(there)
            )
        )
    yield Budgets(formats, names, weights, cells, tuple(judged), reading.n, other.n, total)


def _uniform(ladders: list[list[Offer]], at: int) -> Choice:
    chosen = [offers[at] for offers in ladders]
    return Choice((at,) * len(ladders), sum(size for size, _ in chosen), sum(kl for _, kl in chosen))


def pack(known: Sequence[Matrix], formats: Sequence[Format]) -> dict[str, Packed]:
    """Each matrix in its format."""
    return {each.name: fmt.quantize(each.weight) for each, fmt in zip(known, formats, strict=True)}


# ---- all formats, whole ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Quality:
    """All matrices in one format."""

    scheme: Scheme
    nbytes: int
    """Of all weights, norms included."""
    bits: float
    """A weight of the packed matrices."""
    weight_error: float
    """Root mean square of the weights' error, relative to theirs."""
    scores: Scores


@dataclass(frozen=True, eq=False)
class Qualities:
    """Every format measured so far."""

    ids: Int[Tensor, "window pos"]
    context: int
    base: Scores
    """The unchanged model against itself."""
    nbytes: int
    """Of its weights."""
    made: tuple[Quality, ...]
    refused: tuple[tuple[str, str], ...]
    """Titles of formats that do not suit the model, and why."""
    total: int


def qualities(model: Model, each: int, tell: Tell) -> Iterator[Qualities]:
    """Format by format, all matrices in it, the embedding with the unembedding where both are one table."""
    decoder = model.decoder
    known = matrices(decoder)
    reasons = {name: each.misfit(known) for name, each in SCHEMES.items()}
    refused = tuple((SCHEMES[name].title, reason) for name, reason in reasons.items() if reason)
    fitting = [SCHEMES[name] for name, reason in reasons.items() if reason is None]
    tell(0, len(fitting))
    reading = reading_of_all(model, each)
    base, size = reading.scores({}), weight_bytes(decoder)
    made: list[Quality] = []
    for scheme in fitting:
        tell(len(made), len(fitting))
        made.append(quality(reading, known, scheme))
        yield Qualities(reading.ids, reading.context, base, size, tuple(made), refused, len(fitting))


def quality(reading: Reading, known: Sequence[Matrix], scheme: Scheme) -> Quality:
    packed = pack(known, [*scheme.formats(known).values()])
    off = sum(float((packed[m.name].dequantize() - m.weight).square().sum()) for m in known)
    own = sum(float(m.weight.square().sum()) for m in known)
    changed = quantized(reading.decoder, packed)
    bits = 8 * sum(p.nbytes for p in packed.values()) / sum(m.weight.numel() for m in known)
    return Quality(scheme, weight_bytes(changed), bits, math.sqrt(off / own), reading.scored(changed))


# ---- the same another way, for the checks ---------------------------------------------------------------------------


@torch.inference_mode()
def model_error(model: Model, reading: Reading) -> float:
    """The largest difference of a logit between the forward pass used here and the model that was loaded, over the
    first window."""
    ids = reading.ids[:1]
    with RUNNING:
        theirs = model.bridge(ids, return_type="logits")
    ours = model.decoder(ids)
    return float((ours - theirs).abs().max())


@torch.inference_mode()
def whole_kl(reading: Reading, packed: Mapping[str, Packed], windows: int | None = None) -> float:
    """KL of a changed decoder, all its blocks run and torch's own divergence taken in float64."""
    ids = reading.ids[:windows]
    p, q = (
        each(ids)[:, reading.context : -1].flatten(0, 1).double().log_softmax(-1)
        for each in (reading.decoder, quantized(reading.decoder, packed))
    )
    return float(F.kl_div(q, p, reduction="batchmean", log_target=True))
