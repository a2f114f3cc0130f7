"""This machine's caches are read as the system tells them."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from explorer.stack.systems.hardware import Cache, caches


def described(folder: Path, index: int, **said: str) -> None:
    at = folder / f"index{index}"
    at.mkdir()
    for name, text in said.items():
        (at / name).write_text(text + "\n", encoding="ascii")


def test_caches_are_read_from_the_system(tmp_path: Path) -> None:
    described(tmp_path, 0, type="Data", level="1", size="48K", shared_cpu_list="0")
    described(tmp_path, 1, type="Instruction", level="1", size="32K", shared_cpu_list="0")
    described(tmp_path, 2, type="Unified", level="3", size="32M", shared_cpu_list="0-1")
    described(tmp_path, 3, type="Unified", level="2", size="1024K", shared_cpu_list="0")
    described(tmp_path, 4, type="Unified", level="4")  # nothing more is told
    assert caches(tmp_path) == (Cache(1, 49152, False), Cache(2, 2**20, False), Cache(3, 2**25, True))


def test_a_system_that_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert caches(tmp_path) == ()
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(os, "sysconf", lambda name: {188: 0, 191: 1024, 194: -1}[name])
    assert caches(tmp_path) == (Cache(2, 1024, False),)
