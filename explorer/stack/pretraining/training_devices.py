"""Devices that published trainings ran on: dense peaks in bfloat16, each with the document that states it.

>>> [(each.key, round(each.peak.value / 1e12, 1)) for each in DEVICES.values()]
[('a100', 312.0), ('h100', 989.5), ('h800', 989.5), ('tpu_v4', 275.0)]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.systems.accelerator import Document, Quoted
from explorer.stack.systems.accelerators import ACCELERATORS

_TPU_V4 = Document("Cloud TPU v4, system architecture", "https://cloud.google.com/tpu/docs/v4")


@dataclass(frozen=True)
class Device:
    """One device."""

    key: str
    name: str
    peak: Quoted
    note: str = ""


def _known(key: str) -> Quoted:
    peak = ACCELERATORS[key].peak("bf16")
    assert peak is not None
    return peak


DEVICES: Mapping[str, Device] = {
    each.key: each
    for each in (
        Device("a100", "A100", _known("a100_80")),
        Device("h100", "H100 SXM", _known("h100")),
        Device(
            "h800", "H800 SXM", _known("h100"),
            "The H800 has the H100’s chip with slower links and slower 64-bit arithmetic; the peak is the H100’s.",
        ),
        Device("tpu_v4", "TPU v4", Quoted(275e12, "275 teraflops (bf16 or int8)", _TPU_V4)),
    )
}  # fmt: skip
