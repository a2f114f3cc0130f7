"""Checkpoints: opened as the models that they are, verified, and kept within bytes."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import torch
from cachetools import LRUCache

import explorer
from explorer import zoo
from explorer.errors import UntrainedError
from explorer.zoo import checkpoints
from explorer.zoo.stamp import stamp
from explorer.zoo.verdict import fingerprint_of
from tests.zoo.checkpoints import decoder, named, written

pytestmark = pytest.mark.usefixtures("empty_cache", "_own_memory")


@pytest.fixture
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "_made", LRUCache(math.inf, getsizeof=zoo._made.getsizeof))


@pytest.mark.parametrize("n_experts", [0, 4])
def test_the_bridge_computes_what_the_trained_decoder_computes(n_experts: int) -> None:
    ours = decoder(1, n_experts)
    found = written(named(1), ours)
    model = zoo.load(f"{named(1).text}~{found.weights}")
    trace = explorer.trace(model, "Ünï €5\n")
    assert trace.ids.tolist() == list("Ünï €5\n".encode())
    assert b"".join(each.bytes for each in trace.tokens).decode() == "Ünï €5\n"
    with torch.inference_mode():
        assert float((ours(trace.ids[None])[0] - trace.logits).abs().max()) < 1e-5
        assert float((model.decoder(trace.ids[None])[0] - trace.logits).abs().max()) < 1e-5
    assert model.dims.n_experts == n_experts
    assert model.card.title == "Tiny, step 1"
    assert "differ" not in model.card.weights_note
    assert checkpoints.weights_hash(ours.hf_state_dict()) == found.weights == stamp(model.name)


def test_weights_that_are_not_those_of_the_link_are_opened_and_said_to_differ() -> None:
    found = written(named(2))
    model = zoo.load(named(2, "0123456789ab").text)
    assert f"hash {found.weights} here, 0123456789ab there" in model.card.weights_note


def test_one_that_is_not_here_is_not_opened() -> None:
    with pytest.raises(UntrainedError) as caught:
        zoo.load(named(3).text)
    assert named(3).text in caught.value.message
    assert stamp(named(3).text) == ""


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "checkpoint.json", "complete.json"])
def test_a_file_that_was_cut_is_noticed_and_the_checkpoint_made_again(file: str) -> None:
    name = named(4)
    before = written(name)
    path = checkpoints.folder_of(name) / file
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(UntrainedError):
        zoo.load(name.text)
    assert written(name) == before
    assert zoo.load(name.text).card.title == "Tiny, step 4"


def test_a_checkpoint_of_other_code_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    written(named(5))
    assert checkpoints.find(named(5)) is not None
    monkeypatch.setattr(checkpoints, "code_hash", lambda: "other")
    assert checkpoints.find(named(5)) is None


def test_the_disk_keeps_so_many_bytes_and_the_least_recently_used_go(
    monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    monkeypatch.setenv("EXPLORER_CHECKPOINT_BYTES", "1")
    first = written(named(1))
    explorer.trace(zoo.load(named(1).text), "a")  # a verdict stands beside
    verdict = (
        empty_cache / "verdicts" / f"{fingerprint_of(checkpoints.folder_of(named(1)), None, zoo.in_force())[:32]}.json"
    )
    assert verdict.is_file()
    monkeypatch.setenv("EXPLORER_CHECKPOINT_BYTES", str(round(2.9 * sum_of(1))))
    written(named(2))
    for age, step in ((50, 1), (90, 2)):
        folder = checkpoints.folder_of(named(step))
        then = folder.stat().st_mtime - age
        os.utime(folder, (then, then))
    assert checkpoints.find(named(1)) == first  # asked for just now
    written(named(3))
    assert [checkpoints.find(named(step)) is not None for step in (1, 2, 3)] == [True, False, True]
    checkpoints.shrink(0)
    assert checkpoints.find(named(1)) is None
    assert not verdict.exists()
    assert not any((empty_cache / "staging").iterdir())


def sum_of(step: int) -> int:
    return sum(file.stat().st_size for file in checkpoints.folder_of(named(step)).iterdir())


def test_memory_keeps_so_many_bytes_and_leaves_the_shelf_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (1, 2, 3):
        written(named(step))
    shelf = dict(zoo._loaded)
    one = zoo.load(named(1).text)
    monkeypatch.setenv("EXPLORER_SHELF_BYTES", str(2 * one.nbytes))
    for step in (2, 1, 3):
        zoo.load(named(step).text)
    assert [zoo.loaded(named(step).text) is not None for step in (1, 2, 3)] == [True, False, True]
    assert zoo.loaded(named(1).text) is one
    monkeypatch.setenv("EXPLORER_SHELF_BYTES", "0")  # the last one stays
    zoo.load(named(2).text)
    assert [name for name, _ in zoo._made] == [named(2).text]
    assert dict(zoo._loaded) == shelf


def test_one_that_is_open_stays_open_when_the_disk_lets_it_go() -> None:
    written(named(1))
    model = zoo.load(named(1).text)
    checkpoints.shrink(0)
    assert zoo.load(named(1).text) is model
    assert zoo.stamp_of(named(1).text)
