"""The story of the blocks, on a small decoder: what is shared, copied, found and lost, and the books alone."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.inference.cache import paged_cache as experiment
from explorer.figures.inference.cache import paged_cache as figure
from explorer.panels.inference import paged_cache_views as panel
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)
IDS = torch.randint(0, 40, (14,), generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Decoder(SMALL).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def film(tiny: Decoder) -> experiment.Film:
    told: list[tuple[int, int]] = []
    *partial, made = experiment.film(tiny, IDS, n_prompt=10, block_size=4, progress=lambda *at: told.append(at))
    assert len(partial) == experiment.NEW + 1
    assert told[-1] == (experiment.NEW + 2, experiment.NEW + 2)
    return made


def test_nothing_is_lost_and_every_sequence_reads_its_own_text(film: experiment.Film) -> None:
    assert film.lost == 0
    assert film.gap < 1e-5
    assert film.frames[-1].used == 0
    assert film.texts["A"] == IDS.tolist() + film.texts["A"][14:]  # the run's own tokens, then drawn ones
    assert {len(text) for name, text in film.texts.items() if name in "AC"} == {10 + experiment.NEW}


def test_a_fork_copies_a_table_and_the_next_write_one_block(film: experiment.Film) -> None:
    at = next(i for i, frame in enumerate(film.frames) if frame.action.kind == "fork")
    fork, write = film.frames[at], film.frames[at + 1]
    assert fork.tables["A"] == fork.tables["B"] == fork.tables["C"]
    assert fork.used == film.frames[at - 1].used
    # 10 tokens in blocks of 4: two full blocks stay shared, of the half-full third two of the three make a copy.
    copies = [event for event in write.events if event.kind == "copy"]
    assert len(copies) == 2
    assert {event.source for event in copies} == {fork.tables["A"][2]}
    assert write.used == 3 + 2
    assert [write.references[b] for b in write.tables["A"][:2]] == [3, 3]


def test_a_prompt_is_found_while_in_use_and_after_all_have_ended(film: experiment.Film) -> None:
    found = {frame.action.names[0]: frame.held for frame in film.frames if frame.action.kind == "add"}
    assert found == {"A": 0, "D": 8, "E": 8}
    nobody = [i for i, frame in enumerate(film.frames) if not frame.lengths]
    assert any(film.frames[i].findable for i in nobody)


@pytest.mark.parametrize("size", panel.SIZES)
def test_the_books_alone_are_those_of_the_real_cache(tiny: Decoder, film: experiment.Film, size: int) -> None:
    made = experiment.replay(film.frames, 10, size)
    assert made.lost == 0
    real = film if size == film.block_size else list(experiment.film(tiny, IDS, 10, size))[-1]
    assert [f.tables for f in made.frames] == [f.tables for f in real.frames]
    assert figure.totals(made) == figure.totals(real)
    assert figure.totals(made).found == 2 * size * ((10 - 1) // size)  # D and E; the last token is always computed


def test_empty_slots_are_counted_by_hand(film: experiment.Film) -> None:
    first = next(frame for frame in film.frames if frame.lengths == {"A": 10})
    assert (first.used, first.empty_slots(4)) == (3, 2)
