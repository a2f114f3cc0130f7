"""What smaller caches lose on a run's text, what they take and hold; and the same of a run beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8

from explorer.experiments.inference.cache.kv_cache import GROUP, RESIDUAL, Comparison, Course, Feeding, sinks_and_heavy
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds, TimesAsLong
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.serving.memory_calculator import FORMATS


@dataclass(frozen=True)
class PolicyFormat:
    """A policy's name, and what one number takes as it is stored."""

    label: str
    bytes_each: float


@dataclass(frozen=True, kw_only=True)
class PolicyCourse:
    """One policy through the steps."""

    name: str
    """full, int8, int4, window, heavy."""
    label: str
    bytes_each: float
    """Of one number as it is stored, with its part of a scale."""
    bytes: tuple[int, ...]
    ms: Milliseconds
    """Of a step, over all steps."""
    slower: TimesAsLong | None
    """Time of a step against the full cache's, step by step."""
    kl: tuple[float, ...]
    top: tuple[int, ...]
    codes: tuple[int, ...]
    held: UInt8[np.ndarray, "step packed"]
    """A bit for each layer, kv head and token, the first in the highest bit."""


@dataclass(frozen=True, kw_only=True)
class CachePolicies(Payload):
    """Several caches fed one text."""

    start: int
    budget: int
    absent: str
    group: int
    residual: int
    threads: int
    evicts: bool
    n_steps: int
    """All that there will be."""
    q4_bytes_each: float
    """Of the memory calculator's 4-bit format."""
    n_layers: int
    n_kv_heads: int
    policies: tuple[PolicyCourse, ...]


def cache_policies(fed: Feeding, made: Comparison, absent: str, threads: int) -> CachePolicies:
    config = fed.decoder.config
    return CachePolicies(
        start=fed.start,
        budget=fed.budget,
        absent="" if "heavy" in fed.caches else absent,
        group=GROUP,
        residual=RESIDUAL,
        threads=threads,
        evicts=fed.budget < len(fed.ids),
        n_steps=fed.steps,
        q4_bytes_each=FORMATS["int4"].bytes_each,
        n_layers=config.n_layers,
        n_kv_heads=config.n_kv_heads,
        policies=courses(made, formats(fed)),
    )


def formats(fed: Feeding) -> dict[str, PolicyFormat]:
    """What the policies are called with this budget, and what one number takes in them."""
    sinks, heavy = sinks_and_heavy(fed.budget)
    found = {
        "full": PolicyFormat("Full", 4.0),
        "window": PolicyFormat(f"Window {fed.budget - sinks} + {sinks}", 4.0),
        "heavy": PolicyFormat(f"Heavy hitters {heavy} + {fed.budget - heavy}", 4.0),
    }
    codes = {name: cache for name, cache in fed.caches.items() if isinstance(cache, QuantizedCache)}
    return found | {name: PolicyFormat(f"{name[3:]}-bit", cache.bytes_each) for name, cache in codes.items()}


def courses(made: Comparison, formats: Mapping[str, PolicyFormat]) -> tuple[PolicyCourse, ...]:
    """The policies in their order, as far as they have been fed."""
    return tuple(_course(name, course, made, formats[name]) for name, course in made.courses.items())


def _course(name: str, course: Course, made: Comparison, stored: PolicyFormat) -> PolicyCourse:
    rows = torch.stack(course.held).numpy().reshape(len(course.held), -1)
    return PolicyCourse(
        name=name,
        label=stored.label,
        bytes_each=stored.bytes_each,
        bytes=tuple(course.nbytes),
        ms=Milliseconds.of_all(course.seconds),
        slower=TimesAsLong.of(made.against_full(name)),
        kl=tuple(course.kl),
        top=tuple(course.top),
        codes=tuple(course.codes),
        held=np.packbits(rows, axis=1),
    )
