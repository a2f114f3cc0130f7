"""A mechanism that gives NaN for a moment, or only gives NaN: no check of the page may hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import torch

from explorer.experiments.inference.decoding import fair_draws, speculative
from explorer.experiments.inference.serving import prefill_decode
from explorer.experiments.systems import number_formats
from explorer.panels.overview import errata_views
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.systems import number_formats_views
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache, Held
from explorer.tracing import Trace
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def vetted(small: Model) -> None:
    """Broken, the decoder would not be vetted, and nothing shown."""
    assert small.decoder


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cache hands out for a step of one token is NaN; what it stores is right."""
    own = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Held:
        held = own(self, layer, k, v, positions)
        return replace(held, v=held.v * torch.nan) if k.shape[2] == 1 else held

    monkeypatch.setattr(ContiguousCache, "update", wrong)


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second pass without a cache gives NaN."""
    own, passes = Decoder.forward, count()

    def wrong(self: Decoder, ids: Any, positions: Any = None, cache: Any = None, **how: Any) -> torch.Tensor:
        logits = own(self, ids, positions, cache, **how)
        return logits * torch.nan if cache is None and next(passes) % 2 else logits

    monkeypatch.setattr(Decoder, "forward", wrong)


@pytest.mark.usefixtures("step")
def test_cached_logits(check: Find) -> None:
    assert not check("kv_cache.growth", "Cached logits").holds
    assert not check("kv_cache.growth", "Paged cache").holds


@pytest.mark.usefixtures("second")
def test_uncached_logits(check: Find) -> None:
    assert not check("kv_cache.growth", "Cached logits").holds


@pytest.mark.usefixtures("step")
def test_a_batch(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefill_decode, "ROUNDS", 1)
    assert not check("prefill_decode.roof", "In a batch").holds


def test_gathered_blocks(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own, reads = PagedCache.gather, count()

    def wrong(self: PagedCache, layer: int, name: Any) -> tuple[torch.Tensor, torch.Tensor]:
        k, v = own(self, layer, name)
        return (k * torch.nan, v) if next(reads) == 1 else (k, v)

    monkeypatch.setattr(PagedCache, "gather", wrong)
    assert not check("paged_cache.blocks", "gathered keys").holds


@pytest.mark.usefixtures("step")
def test_shared_prompts(check: Find) -> None:
    assert not check("paged_cache.prompts", "logits with shared blocks").holds


@pytest.mark.usefixtures("second")
def test_beams(check: Find) -> None:
    assert not check("beam_search.tree", "summed over cached steps", beams=3, steps=4).holds


def test_a_text_under_a_rule(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Decoder.forward

    def wrong(self: Decoder, ids: Any, positions: Any = None, cache: Any = None, **how: Any) -> torch.Tensor:
        logits = own(self, ids, positions, cache, **how)
        if cache is None:
            logits[:, -1] = torch.nan
        return logits

    monkeypatch.setattr(Decoder, "forward", wrong)
    rule = {"form": "regex", "rule": " (his|her) [a-z]{3}", "temperature": 0}
    assert not check("constrained.steps", "Each probability under the mask", **rule).holds


def test_draws(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speculative, "REPEATS", 1)
    monkeypatch.setattr(fair_draws, "expected_distance", lambda p, draws: math.nan)
    settings = {"draft": "skip", "blocks": 3, "new": 4, "gamma": 3, "temperature": 1.0}
    assert not check("speculative.rounds", "follow p: total variation", **settings).holds


def test_draws_after_a_rejected_draft(small: Model, run: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errata_views, "expected_distance", lambda p, draws: math.nan)
    assert [each.holds for each in errata_views.draft(Scene(small, run)).checks] == [False, False]


def test_a_format_that_errs_by_nan(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    own = number_formats.errors

    def wrong(*given: Any) -> Iterator[list[number_formats.FormatError]]:
        for made in own(*given):
            yield [*made[:-1], replace(made[-1], normal=math.nan)]

    monkeypatch.setattr(number_formats, "errors", wrong)
    *_, made = number_formats_views.errors(Scene(small))
    assert not next(each for each in made.checks if "Shannon" in each.statement).holds
