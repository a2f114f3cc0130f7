"""What was measured of the shelf's refusal on many held-out pairs: too long to be measured while somebody waits.

    python -m explorer direction models/smollm2-135m/adapters/refusal

writes `direction.safetensors` and `measured.json` beside the adapter: the candidates, the probes, and every condition
with its counts. The panel shows them as recorded, beside what it measures on fewer requests. Then come several
directions taken out together (`stack.safety.direction_span`), and one held at the level of harmless text
(`stack.safety.direction_affine`), each beside placebos.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from explorer import zoo
from explorer.corpora.requests import Twins, requests
from explorer.errors import BadRequestError
from explorer.experiments.finetuning import committed
from explorer.experiments.finetuning.spoken import Spoken
from explorer.experiments.safety import changing, conditions, finding, holding
from explorer.experiments.safety.asking import Said
from explorer.experiments.safety.changing import Bench, Condition, Effect
from explorer.experiments.safety.conditions import Conditions
from explorer.experiments.safety.finding import Asked, Found, Probed
from explorer.experiments.safety.holding import Holding, Means
from explorer.stack.finetuning.adapter import Adapter, merged
from explorer.stack.safety.answers import Rate
from explorer.stack.safety.refusal_direction import Candidate, nearest, selected
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import adapters, directions
from explorer.zoo.directions import Direction

FILE = "measured.json"
#: Pairs whose streams are read, held-out ones, layers (all that may be taken) and positions that are tried, and
#: requests of each try.
TRAIN, HELD, LAYERS, AT, TRIED = 96, 32, 23, 2, 8
#: Harmless requests on which KL is measured, held-out pairs that are asked, and directions that are taken out together.
PLAIN, ASKED, SPANNED = 24, 96, 3
#: Harmless requests on which the KL of what is held is tried: behind those of the conditions.
HELD_PLAIN = 16


@dataclass(frozen=True)
class Counted:
    """A condition in numbers."""

    name: str
    way: str
    strength: float
    n: int
    forbidden_refused: int
    twins_refused: int
    forbidden_helped: int
    twins_helped: int
    inconclusive: int
    kl: float
    kl_first: float
    perplexity: float
    forbidden_each: str = ""
    """Of each forbidden request, 1 where it is refused, else 0: conditions are compared request by request."""
    twins_each: str = ""

    @classmethod
    def of(cls, effect: Effect) -> Counted:
        made = effect.outcome
        helped, helped_twins = (sum(e.verdict == "helped" for e in some) for some in (made.forbidden, made.harmless))
        return cls(
            effect.name, effect.way, effect.strength, made.refused.n, made.refused.count, made.over_refused.count,
            helped, helped_twins, made.inconclusive.count, round(effect.kl, 5), round(effect.kl_first, 5),
            round(effect.perplexity, 3), *(_each(some) for some in (made.forbidden, made.harmless)),
        )  # fmt: skip


def _each(said: Sequence[Said]) -> str:
    return "".join("1" if each.verdict == "refused" else "0" for each in said)


@dataclass(frozen=True)
class Recorded:
    """All of it, as the file holds it."""

    layer: int
    position: int
    """From the prompt's end."""
    norm: float
    tried: tuple[Candidate, ...]
    probes: tuple[Probed, ...]
    effects: tuple[Counted, ...]
    seconds: float
    """Of the processor."""
    span: tuple[tuple[int, int], ...] = ()
    """Layers and positions (from the prompt's end) of the directions that are taken out together."""
    conditions: Conditions | None = None
    holding: Holding | None = None
    """The direction that is held at the level of harmless text; None where that was not measured."""


def worn(base: Decoder, name: str) -> Decoder:
    """The decoder with an adapter of the shelf merged in. Raises BadRequestError for one that no matrix can hold."""
    found = adapters.adapter(name).on(base)
    if not isinstance(found, Adapter):
        raise BadRequestError(f"The adapter “{name}” stands before the text.", "Choose a LoRA.")
    return merged(base, (found, 1.0))


def run(folder: Path, announce: Callable[[str], None], minutes: float = float("inf")) -> Path:
    """Find the direction of that adapter, measure what it does, and write both. It stops behind the condition in which
    so many minutes of the processor have passed, and goes on from there when it is run again."""
    recipe = committed.read(folder / "recipe.toml")
    model, began = zoo.load(recipe.base), time.process_time()
    base, speech, data = model.plain_decoder, Spoken.of(model), requests()
    decoder = worn(base, folder.name)
    step = max(len(data.train) // TRAIN, 1)
    held = data.validation[:: len(data.validation) // HELD]
    made = finding.found(decoder, speech, data.train[::step], held)
    about = holding.means(decoder, speech, data.train[::step])
    announce(f"{round(time.process_time() - began)} s: streams read, refusal scores {made.scores}")
    known = _begun(folder)
    if known is None:
        known = _located(decoder, made, speech, held, announce)
    if known.holding is None:
        trial = Bench.of(decoder, speech, base, (), changing.harmless(HELD_PLAIN, PLAIN))
        known = replace(
            known, holding=_held(trial, made, _tried_on(decoder, speech, held), about, known.tried, announce)
        )
    positions = made.directions.shape[1]
    of = changing.vectors(made, known.layer, known.position + positions)
    known = replace(known, norm=round(float(of["direction"].norm()), 4))
    directions.keep(Direction(folder.name, of["direction"], known.layer, known.position), folder / directions.FILE)
    bench = Bench.of(decoder, speech, base, data.test[:: len(data.test) // ASKED], changing.harmless(PLAIN))
    spans = changing.spans(made, [(layer, where + positions) for layer, where in known.span])
    every = [
        *changing.conditions(decoder, of, known.layer, (1.0, 1.0), spans),
        *_holding(decoder, made, known.holding, about),
    ]
    order = [_condition(each) for each in every]
    for each in every:
        if _condition(each) in [_condition(one) for one in known.effects]:
            continue
        started = time.process_time()
        counted = Counted.of(bench.measured(each, finding.silent))
        announce(f"{round(time.process_time() - began)} s: {counted}")
        taken = known.seconds + time.process_time() - (started if known.effects else began)
        effects = sorted((*known.effects, counted), key=lambda one: order.index(_condition(one)))
        known = replace(known, effects=tuple(effects), seconds=round(taken, 1))
        known = replace(known, conditions=conditions.now(known.seconds, folder))
        # Each condition is written when it is known: a measurement of minutes may be stopped.
        (folder / FILE).write_text(json.dumps(asdict(known), indent=1) + "\n", encoding="utf-8")
        if time.process_time() - began > 60 * minutes:
            break
    return folder


def _condition(of: Condition | Counted) -> tuple[str, str, float]:
    """What tells conditions apart."""
    return of.name, of.way, of.strength


def _begun(folder: Path) -> Recorded | None:
    """What an earlier run has left of these weights and of as many requests."""
    known = read(folder) if (folder / FILE).is_file() else None
    if known is None or known.conditions is None or known.conditions.weights != conditions.weights_of(folder):
        return None
    return known if known.effects and known.effects[0].n == ASKED else None


def _located(
    decoder: Decoder, made: Found, speech: Spoken, held: Sequence[Twins], announce: Callable[[str], None]
) -> Recorded:
    """The direction that is taken, those that are taken out together, and the probes; nothing is counted yet."""
    n_layers, positions = made.directions.shape[:2]
    tried_on = _tried_on(decoder, speech, held)
    places = finding.places(n_layers, positions, LAYERS, AT)
    tried = tuple(finding.candidate(decoder, made, tried_on, *each) for each in places)
    for each in tried:
        announce(f"{each} {each.discarded(n_layers) or ''}")
    best = selected(tried, n_layers) or nearest(tried, n_layers)
    if best is None:
        raise BadRequestError("No direction of this adapter makes a refusal where it is added.", "Teach it longer.")
    at = best.position + positions
    span = finding.spanned(decoder, made, tried_on, (best.layer, at), places, SPANNED)
    announce(f"taken out together: {span}")
    probes = tuple(finding.probed(made, layer, at) for layer in range(1, n_layers, 3))
    where = tuple((layer, position - positions) for layer, position in span)
    return Recorded(best.layer, best.position, 0.0, tried, probes, (), 0.0, where)


def _tried_on(decoder: Decoder, speech: Spoken, held: Sequence[Twins]) -> Asked:
    return Asked.of(decoder, speech, held[:: len(held) // TRIED][:TRIED], changing.harmless(TRIED))


def _held(
    trial: Bench, made: Found, of: Asked, about: Means, candidates: Sequence[Candidate], announce: Callable[[str], None]
) -> Holding:
    """Which direction is held at the level of harmless text."""
    n_layers, tried = len(made.directions), list[Candidate]()
    for each in holding.tried(trial, made, of, about, candidates):
        announce(f"held: {each} {each.discarded(n_layers) or ''}")
        tried.append(each)
    best = selected(tried, n_layers) or nearest(tried, n_layers)
    assert best is not None  # one was found of the same candidates: what is added is the same
    return Holding(best.layer, best.position, tuple(tried))


def _holding(decoder: Decoder, made: Found, found: Holding | None, about: Means) -> list[changing.Condition]:
    if found is None:
        return []
    of = changing.vectors(made, found.layer, found.position + made.directions.shape[1])
    return holding.conditions(decoder, of, about)


@dataclass(frozen=True)
class Taught:
    """What was counted of an adapter after its training, on all held-out pairs."""

    forbidden: Rate
    twins: Rate


#: Where rates are counted: of the adapter that is kept and of its base, and of two that are not (`safety.arms`).
RATES = ("training.json", "wide.json")
#: What is behind its name where the counts of an earlier adapter lie, which was taught on the small set.
SMALL = "-small"


def taught(folder: Path) -> dict[str, Taught]:
    """Of the adapter and of its base, and of other ways that were counted. Raises BadRequestError where nothing was."""
    small = Path(f"{folder}{SMALL}") / RATES[0]
    try:
        files = [folder / name for name in RATES if name == RATES[0] or (folder / name).is_file()]
        found = {name: each for file in files for name, each in _rates(file).items()}
        return found | ({"small": _rates(small)["adapter"]} if small.is_file() else {})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadRequestError(f"{folder.name} has no rates.", "python -m explorer tune measures them.") from error


def _rates(file: Path) -> dict[str, Taught]:
    counted = json.loads(file.read_text(encoding="utf-8"))["rates"]
    return {
        name: Taught(*(Rate(each[kind], each["pairs"]) for kind in ("forbidden refused", "twins refused")))
        for name, each in counted.items()
    }


def read(folder: Path) -> Recorded:
    """Raises BadRequestError where nothing was measured."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Recorded(
            **{
                **told,
                "tried": tuple(Candidate(**each) for each in told["tried"]),
                "probes": tuple(Probed(**each) for each in told["probes"]),
                "effects": tuple(Counted(**each) for each in told["effects"]),
                "span": tuple((layer, position) for layer, position in told.get("span", ())),
                "conditions": conditions.of(told.get("conditions")),
                "holding": TypeAdapter(Holding | None).validate_python(told.get("holding")),
            }
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadRequestError(f"{folder.name} has no {FILE}.", "python -m explorer direction writes it.") from error
