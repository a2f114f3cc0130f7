"""What each part of a model costs alone: every matrix, every block, every kind of matrix in a format of few bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from explorer.errors import NotApplicableError
from explorer.experiments.systems.quantized_model_reading import Tell, reading_of_parts
from explorer.stack.systems.quantization.calibration import collected
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.matrices import Matrix, matrices
from explorer.stack.systems.quantization.quality import standard_error
from explorer.stack.systems.quantization.schemes import SCHEMES, Scheme
from explorer.stack.systems.quantization.sensitivity import Part, Reading
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model


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
    """What has been measured of the parts of a model in one format, or in a mix's formats."""

    fmt: Scheme
    formats: Mapping[str, Format]
    """The format of each matrix, by its name."""
    cells: Mapping[str, Cell]
    """By the part's name."""
    n: int
    """Predictions."""
    tokens: Mapping[str, int]
    """Of a mixture, by an expert's matrix: tokens of the text that chose it."""
    read: int
    """Tokens of the text."""
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


def sensitivities(model: Model, name: str, tell: Tell) -> Iterator[Map]:
    """Part by part. Raises NotApplicableError for a format that does not suit the model."""
    decoder, fmt = model.decoder, SCHEMES[name]
    known = matrices(decoder)
    if reason := fmt.misfit(known):
        raise NotApplicableError(f"{fmt.title} does not suit {model.card.title}. {reason}", "Choose another format.")
    formats = fmt.formats(known)
    reading, asked = reading_of_parts(model), parts(decoder)
    cells: dict[str, Cell] = {}
    tokens, read = _choosing(reading), reading.ids.numel()
    for done, part in enumerate(asked):
        tell(done, len(asked))
        cells[part.name] = cell(reading, part, name, formats)
        if done % 5 == 0:
            yield Map(fmt, formats, dict(cells), reading.n, tokens, read, done + 1, len(asked))
    yield Map(fmt, formats, cells, reading.n, tokens, read, len(asked), len(asked))


def _choosing(reading: Reading) -> dict[str, int]:
    experts = [each.name for each in matrices(reading.decoder) if each.expert is not None]
    if not experts:
        return {}
    heard = collected(reading.decoder, [reading.ids], products=False)
    return {name: heard[name].tokens for name in experts}


def cell(reading: Reading, part: Part, name: str, formats: Mapping[str, Format]) -> Cell:
    """Of one part, measured once for as long as the model stays. `name`: what these formats are called together."""
    known = _known.setdefault(reading.decoder, {})
    if (part.name, name) not in known:
        packed = {each.name: formats[each.name].quantize(each.weight) for each in part.matrices}
        kl = reading.scores(packed).kl
        size = sum(each.nbytes for each in packed.values())
        known[part.name, name] = Cell(float(kl.mean()), standard_error(kl), size)
    return known[part.name, name]
