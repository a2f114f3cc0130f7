"""A state and a cache up to 16,384 tokens, recorded: the time of reading a text, of one token behind it, and the bytes.

What a person can wait for ends at some thousand tokens: attention over 16,384 takes half a minute a round. So it is
measured once, both models in turns, and kept with the machine and its load.

    python -m explorer.experiments.frontier.state_cost_recording

writes `assets/sweeps/state_cost/times.json` anew. Reading is the whole text at once, up to the logits behind its last
token and what the next one reads on from: a state, or keys and values. Attention runs on the faster of this project's
kernels at each length (`stack.systems.attention_kernels`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial

import torch
from jaxtyping import Float, Int
from pydantic import TypeAdapter
from torch import Tensor

from explorer import places
from explorer.experiments.frontier.state_cost import FLOAT32, TOKENS, filled, read_on, step_on
from explorer.experiments.machine import processor
from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.timing import interleaved
from explorer.stack.frontier.state_spaces.mamba import LayerState, MambaMixer
from explorer.stack.frontier.state_spaces.model import StateSpaceModel, Stepper
from explorer.stack.systems.attention_kernels import by_length
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

FILE = places.assets() / "sweeps" / "state_cost" / "times.json"
LENGTHS = (64, 256, 1024, 4096, 16384)
ROUNDS = 9
#: Rounds in which the longest text is read: a round takes half a minute.
FEWER = 5


@dataclass(frozen=True)
class Cost:
    """One model at one length."""

    step: list[float]
    """Seconds of one token behind so many, of each round."""
    read: list[float]
    """Seconds of reading them all."""
    carried: int
    """Bytes that the next token reads on from."""
    peak: int
    """The most bytes at once that reading takes, weights left out."""


@dataclass(frozen=True)
class CostAt:
    """Both at one length."""

    length: int
    state: Cost
    cache: Cost


@dataclass(frozen=True)
class Recording:
    """All lengths."""

    rows: tuple[CostAt, ...]
    machine: str
    load: tuple[float, float]
    """The load of the last minute before and after; this measurement itself is one of it."""
    cores: int
    date: str
    seconds: float


def read_by_state(
    model: StateSpaceModel, ids: Int[Tensor, "1 pos"]
) -> tuple[Float[Tensor, " d_vocab"], list[LayerState]]:
    """A text at once: the logits behind it, and each layer's state."""
    x, states = model.backbone.embeddings(ids), []
    for layer in model.layers:
        assert isinstance(layer.mixer, MambaMixer)
        run = layer.mixer.run(layer.norm(x))
        states.append(run.state)
        x = x + run.out
    return model.unembedded(x[0, -1]), states


def read_by_cache(decoder: Decoder, ids: Int[Tensor, "1 pos"]) -> tuple[Float[Tensor, " d_vocab"], ContiguousCache]:
    """A text at once: the logits behind it, and its keys and values."""
    made = ContiguousCache(decoder.config, batch=1, capacity=ids.shape[1])
    return decoder(ids, cache=made, kernel=by_length, last_only=True)[0, -1], made


def text_of(model: StateSpaceModel, length: int) -> Int[Tensor, "1 pos"]:
    """Random tokens: no time depends on them."""
    return torch.randint(1, model.config.d_vocab, (1, length), generator=torch.Generator().manual_seed(length))


@torch.inference_mode()
def cost_at(model: StateSpaceModel, decoder: Decoder, length: int, rounds: tuple[int, int]) -> CostAt:
    """Both at a length, in turns; so many rounds of a token, and of reading."""
    ids, kept = text_of(model, length), filled(decoder, length)
    steps: dict[str, Callable[[], object]] = {
        "state": partial(step_on, Stepper(model)),
        "cache": partial(read_on, decoder, kept, length),
    }
    *_, step = interleaved(steps, rounds[0])
    reads: dict[str, Callable[[], object]] = {
        "state": partial(read_by_state, model, ids),
        "cache": partial(read_by_cache, decoder, ids),
    }
    *_, read = interleaved(reads, rounds[1])
    (_, states), state_peak = memory_peak(lambda: read_by_state(model, ids))
    (_, keys), cache_peak = memory_peak(lambda: read_by_cache(decoder, ids))
    numbers = sum(each.window.numel() + each.h.numel() for each in states)
    # A cache keeps the positions of its tokens, eight bytes each, beside keys and values.
    carried = {"state": FLOAT32 * numbers, "cache": keys.nbytes - 8 * length}
    peaks = {"state": state_peak, "cache": cache_peak}
    state, of_cache = (
        Cost([taken / TOKENS for taken in step[name]], read[name], carried[name], peaks[name])
        for name in ("state", "cache")
    )
    return CostAt(length, state, of_cache)


@torch.inference_mode()
def read_on_error(model: StateSpaceModel, decoder: Decoder, length: int) -> tuple[float, float]:
    """The logits behind one token more, read on from a state and from a cache, against the whole text at once: how far
    they lie apart, relative to the largest."""
    ids = text_of(model, length + 1)
    _, states = read_by_state(model, ids[:, :-1])
    x = model.backbone.embeddings(ids[:, -1:])
    for layer, state in zip(model.layers, states, strict=True):
        assert isinstance(layer.mixer, MambaMixer)
        x = x + layer.mixer.run(layer.norm(x), state).out
    kept = ContiguousCache(decoder.config, batch=1, capacity=length + 1)
    decoder(ids[:, :-1], cache=kept, kernel=by_length, last_only=True)
    both = (
        (model.unembedded(x[0, -1]), model(ids)[0, -1]),
        (decoder(ids[:, -1:], cache=kept)[0, -1], decoder(ids)[0, -1]),
    )
    state, of_cache = (float((one - whole).abs().max() / whole.abs().max()) for one, whole in both)
    return state, of_cache


def record() -> None:
    """Measure all, and write it."""
    from explorer import zoo
    from explorer.zoo.companions import companion
    from explorer.zoo.state_space import StateSpace

    torch.set_num_threads(1)
    opened, decoder = companion("six-kinds-mamba"), zoo.load("six-kinds-dense").decoder
    assert isinstance(opened, StateSpace)
    model = opened.model
    began, before, rows = time.perf_counter(), os.getloadavg()[0], []
    for length in LENGTHS:
        rows.append(cost_at(model, decoder, length, (ROUNDS, FEWER if length == LENGTHS[-1] else ROUNDS)))
        print(rows[-1], f"{time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    said = {
        "machine": f"{processor()}, one thread, torch {torch.__version__.partition('+')[0]}, float32",
        "load": [round(before, 2), round(os.getloadavg()[0], 2)],
        "cores": os.cpu_count() or 1,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "seconds": round(time.perf_counter() - began, 1),
        "rows": [asdict(each) for each in rows],
    }
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(said) + "\n", encoding="utf-8")


@cache
def stored() -> Recording:
    """What was measured once and is committed."""
    return TypeAdapter(Recording).validate_json(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    record()
