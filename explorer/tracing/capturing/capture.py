"""Capture: run the model once and keep what it computed.

The prompt is one forward pass; each new token is another of one position, over the key-value cache, so that no prefix
is computed twice. TransformerLens hooks see every activation go by; each is copied at once into a tensor made for the
whole run ([layer ... pos ...]), so that nothing is kept twice and nothing has to be joined afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, EmptyPromptError, ExplorerError, PromptTooLongError
from explorer.fetching.progress import silent
from explorer.stack.systems.tile_mask import blocks
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked, turn
from explorer.tracing.bridge.own_readout import readout_of
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.bridge.recorder import Hook, Recorder
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.capturing.long_run import CHUNK, LONG, LongRecorder, most_tokens
from explorer.tracing.capturing.recorded_trace import Drawn, trace_of
from explorer.tracing.capturing.sources import Place, Sources
from explorer.tracing.changes import interventions as iv
from explorer.tracing.changes.direction_edits import Contrast, Steer
from explorer.tracing.changes.edits import Limits, Run
from explorer.tracing.changes.weight_edits import Quantize, Wear
from explorer.tracing.key import TraceKey
from explorer.tracing.trace import Trace
from explorer.tracing.vetting import vetting
from explorer.zoo import autoencoders, directions, lenses, transcoders
from explorer.zoo.model import stop_ids as loaded_stop_ids
from explorer.zoo.verdict import NAMES, run_refused

if TYPE_CHECKING:
    from explorer.zoo.model import Model
    from explorer.zoo.verdict import Part

Progress = Callable[[str, int, int], None]

#: Long runs, each of which fills a gigabyte before the store knows of it: one at a time. Short ones slip in between.
ONE_LONG = threading.Lock()
_readouts: WeakKeyDictionary[Model, Readout] = WeakKeyDictionary()


def prompt_ids(model: Model, key: TraceKey) -> list[int]:
    """The prompt's token ids. Raises EmptyPromptError, or PromptTooLongError if the model's context is too short."""
    ids = model.vocabulary.encode(key.text, key.chat)
    if not ids:
        raise EmptyPromptError("There is no text to run.", "Write a word or two, or choose an example.")
    total, limit = len(ids) + key.max_new_tokens, model.dims.n_ctx
    if total > limit:
        raise PromptTooLongError(
            f"{len(ids):,} tokens and {key.max_new_tokens} new ones pass this model's context of {limit:,}.",
            "Shorten the text.",
            tokens=total,
            limit=limit,
        )
    return ids


def capture(model: Model, key: TraceKey, progress: Progress | None = None) -> Trace:
    """Run `key` on `model`. `progress(stage, done, total)` is told of each new token.

    Raises EmptyPromptError, PromptTooLongError, BadRequestError (an intervention or a forced token that does not fit),
    UnsupportedModelError (a model whose run would not be shown rightly), NotFiniteError (logits that are no numbers).
    """
    started = time.perf_counter()
    model = under(model, key, progress or silent)
    ids = prompt_ids(model, key)
    readout = vetted(model)
    _check_length(model, key, readout, len(ids))
    _check(model, key, len(ids) + key.max_new_tokens)
    with ONE_LONG if len(ids) > LONG else nullcontext():
        return _run(model, key, ids, readout, started, progress or silent)


def vetted(model: Model) -> Readout:
    """The model's readout, with what is wrong of it marked. A model that is new is held against transformers first.

    Raises UnsupportedModelError where the run itself is not the model's.
    """
    with RUNNING:
        if model not in _readouts:
            if not model.verdict.knows(*vetting.PARTS):
                model.verdict.add(vetting.examine(model.original, _run))
            if reason := model.verdict.refusal("run"):
                raise run_refused(model.card.title, reason)
            _readouts[model] = replace(readout_of(model), refused=model.verdict.refusals())
        return _readouts[model]


def _run(model: Model, key: TraceKey, ids: list[int], readout: Readout, started: float, tell: Progress) -> Trace:
    """Run the tokens and continue them as the key says."""
    ids = list(ids)
    n_prompt, capacity = len(ids), len(ids) + key.max_new_tokens
    long = n_prompt > LONG
    tokenized = time.perf_counter()

    generator = torch.Generator().manual_seed(key.seed)
    stops, forced = stop_ids(model), dict(key.forced)
    chunks = blocks(n_prompt, CHUNK if long else n_prompt)
    total = len(chunks) + key.max_new_tokens
    with torch.inference_mode():
        with RUNNING:
            waited = time.perf_counter()
            run = Run(n_prompt, constants=constants(model, key, readout, tell))
            recorder = (LongRecorder if long else Recorder)(model, capacity)
            added = [*edit_hooks(model, key.interventions, run, recorder), *recorder.hooks()]
        cache = None

        def read_on(part: slice) -> None:
            nonlocal cache
            tell("Run the model", chunks.index(part), total)
            run.offset, run.width = part.start, part.stop - part.start
            cache = recorder.forward(ids[part], cache, keep_cache=part.stop < n_prompt or key.max_new_tokens > 0)

        for part in chunks[:-1]:
            with turn(model, added):
                read_on(part)
        drawn: list[tuple[float, int, bool]] = []
        with RUNNING, hooked(model, added):
            read_on(chunks[-1])
            run.check_fired()
            prompted = time.perf_counter()
            for step in range(key.max_new_tokens):
                tell("Run the model", len(chunks) + step, total)
                u = float(torch.rand((), generator=generator, dtype=torch.float64))
                logits = recorder.drawn_from(len(ids) - 1)
                chosen = forced[step] if step in forced else key.sampler.stages(logits, ids, n_prompt).choose(u)
                drawn.append((u, chosen, step in forced))
                ids.append(chosen)
                run.offset, run.width = len(ids) - 1, 1
                cache = recorder.forward([chosen], cache, keep_cache=True)
                if chosen in stops:
                    break
        tell("Run the model", total, total)
    return trace_of(
        model,
        key,
        recorder,
        Drawn(ids, n_prompt, drawn),
        readout,
        run.constants,
        (started, tokenized, waited, prompted),
    )


def _check_length(model: Model, key: TraceKey, readout: Readout, n: int) -> None:
    """A long run keeps less (see long_run.py): refuse one whose rest cannot be made again, or is too large."""
    limit, reason = most_tokens(model, readout)
    if any(getattr(each, "mode", None) == "mean" for each in key.interventions):
        limit, reason = LONG, "the explorer reads a longer text in parts, before it knows the mean over its positions."
    if n > limit:
        raise PromptTooLongError(
            f"The text is {n:,} tokens long; a run of this model shows at most {limit:,}: {reason}",
            f"Shorten it by {n - limit:,} tokens.",
            tokens=n,
            limit=limit,
        )


def _check(model: Model, key: TraceKey, capacity: int) -> None:
    dims = model.dims
    for each in key.interventions:
        each.check(Limits(dims.n_layers, dims.n_heads, dims.d_vocab, capacity, dims.n_experts))
        if isinstance(each, Quantize | Wear):  # the model that runs has its weights already
            continue
        part = cast("Part", each.site)
        if reason := model.verdict.refusal(part):
            raise BadRequestError(
                f"“{each.text[:60]}”: {NAMES[part].lower()} does not work in this model: {reason}",
                "Remove it.",
            )
    for step, token in key.forced:
        if token >= dims.d_vocab:
            raise BadRequestError(
                f"Token {token} cannot be forced at step {step}.", f"The vocabulary has {dims.d_vocab:,} tokens."
            )


def stop_ids(model: Model) -> frozenset[int]:
    """Tokens after which the model has nothing more to say."""
    return loaded_stop_ids(model.hf, model.tokenizer)


def vector_of(model: Model, edit: iv.AddToken | Steer | Contrast, chat: bool = False) -> Float[Tensor, " d_model"]:
    """What an intervention adds to the stream. Raises BadRequestError as a run with it would."""
    key = TraceKey(model.name, "", chat, interventions=(edit,))
    with torch.inference_mode(), RUNNING:
        return constants(model, key, vetted(model), silent)[edit.text]


def constants(model: Model, key: TraceKey, readout: Readout, tell: Progress) -> dict[str, Tensor]:
    """The vectors that the key's interventions bring from outside the run, by their texts."""
    patches = [each for each in key.interventions if isinstance(each, iv.PatchPosition)]
    places = [Place(p.source_text, key.chat, p.layer, p.source_position) for p in patches]
    ends = {
        (text, each.layer): Place(text, key.chat, each.layer, len(prompt_ids(model, replace(key, text=text))) - 1)
        for each in key.interventions
        if isinstance(each, Contrast)
        for text in each.texts
    }
    streams = _streams(model, [*places, *ends.values()], tell)

    class Source:
        def direction(self, token_id: int) -> Tensor:
            return F.normalize(readout.rows([token_id])[0], dim=0)

        def stream(self, text: str, layer: int, position: int) -> Tensor:
            return streams[Place(text, key.chat, layer, position)]

        def named(self, name: str) -> Tensor:
            return kept_direction(model, name)

        def last(self, text: str, layer: int) -> Tensor:
            return streams[ends[text, layer]]

    made = {each.text: each.constant(Source()) for each in key.interventions}
    return {text: vector.clone() for text, vector in made.items() if vector is not None}


def kept_direction(model: Model, name: str) -> Tensor:
    """A kept direction, a random one, or one of this model's dictionaries, transcoders or lenses.

    Raises BadRequestError for one that is not here, or is of another width."""
    if (vector := directions.drawn(name, model.dims.d_model)) is not None:
        return vector
    for kind in (autoencoders, transcoders):
        if (vector := kind.feature_direction(model.name, name)) is not None:
            return vector
    if (vector := lenses.direction(model, name)) is not None:
        return vector
    try:
        vector = directions.direction(name).vector
    except ExplorerError as error:
        raise BadRequestError(error.message, error.hint) from error
    if len(vector) != model.dims.d_model:
        raise BadRequestError(
            f"The direction “{name}” has {len(vector)} numbers, and this model’s stream has {model.dims.d_model}.",
            "Choose the model in which it was found.",
        )
    return vector


def _streams(model: Model, places: list[Place], tell: Progress) -> dict[Place, Tensor]:
    """The streams at these places of other texts' runs: one forward for all that is asked of a text, kept."""
    kept = Sources.of(model)
    found = {place: vector for place in places if (vector := kept.get(place)) is not None}
    missing: dict[tuple[str, bool], list[Place]] = {}
    for place in dict.fromkeys(places):
        if place not in found:
            missing.setdefault((place.text, place.chat), []).append(place)
    for done, ((text, chat), asked) in enumerate(missing.items()):
        tell("Run the texts to patch from", done, len(missing))
        vectors = streams_of(model, TraceKey(model.name, text, chat), [(p.layer, p.position) for p in asked])
        for place, vector in zip(asked, vectors, strict=True):
            found[place] = vector
            kept.keep(place, vector)
    return found


def streams_of(model: Model, key: TraceKey, places: list[tuple[int, int]]) -> list[Float[Tensor, " d_model"]]:
    """The stream after each (block, position) of a text's run, read in one forward.

    The whole text is run, whatever is asked of it: so a vector is the same to the last bit, whoever asked first.
    """
    ids = prompt_ids(model, key)
    for _, position in places:
        if not 0 <= position < len(ids):
            raise BadRequestError(
                f"The source text of the patch has no position {position}.",
                f"Its {len(ids)} tokens are numbered from 0.",
            )
    found: dict[tuple[int, int], Tensor] = {}
    firing = anatomy(model.bridge).firing

    def read(layer: int) -> Hook:
        def hook(stream: Tensor, **_: object) -> None:
            found.update({place: here(stream[0, place[1]]).clone() for place in places if place[0] == layer})

        return str(hooks.found(firing, layer, "resid_post")), hook

    with hooked(model, [read(layer) for layer in dict.fromkeys(layer for layer, _ in places)]):
        model.bridge(torch.tensor([ids], device=model.device), return_type="logits", logits_to_keep=1)
    return [found[place] for place in places]
