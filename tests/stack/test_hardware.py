"""Quoted numbers hold together, and this machine's caches are read as the system tells them."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from explorer.stack.systems.hardware import ACCELERATORS, Cache, Quoted, caches


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_number_names_its_document(name: str) -> None:
    quoted = ACCELERATORS[name].quoted()
    assert len(quoted) >= 7
    for each in quoted.values():
        assert each.value > 0
        assert each.said[0].isdigit()
        assert each.document.address.startswith("https://")
        assert each.document.title


def first_number(each: Quoted) -> float:
    return float(each.said.split()[0].removesuffix("KiB").replace(",", ""))


@pytest.mark.parametrize("name", ACCELERATORS)
def test_values_are_what_is_said(name: str) -> None:
    one = ACCELERATORS[name]
    for peak in (one.bf16, one.fp8, one.fp32):
        if peak is not None:
            halved = 2 if "half" in peak.said else 1
            assert peak.value == pytest.approx(first_number(peak) * 1e12 / halved)
    assert one.bandwidth.value in (first_number(one.bandwidth) * 1e9, first_number(one.bandwidth) * 1e12)
    assert one.fast.value == first_number(one.fast) * 1024
    assert one.l2.value == float(one.l2.said.split()[0]) * 1024**2
    if one.fp8 is not None:
        assert one.fp8.value == pytest.approx(2 * one.bf16.value, rel=1e-3)


def test_a_device_without_the_units() -> None:
    with pytest.raises(ValueError, match="no matrix units for fp8"):
        ACCELERATORS["A100"].machine("fp8")


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
