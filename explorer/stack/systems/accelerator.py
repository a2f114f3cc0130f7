"""What is known of one accelerator: numbers, each with the document that says it, as it says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from explorer.stack.systems.roofline import Machine

Format = Literal["bf16", "fp8", "fp32"]


@dataclass(frozen=True)
class Document:
    """Where a number is stated."""

    title: str
    address: str


@dataclass(frozen=True)
class Quoted:
    """A number in bytes, or operations or bytes a second, and how its document puts it."""

    value: float | int
    said: str
    document: Document


@dataclass(frozen=True)
class Chip:
    """What is on the chip, whatever memory stands beside it."""

    name: str
    processor: str
    """What its processors are called."""
    processors: Quoted
    fast: Quoted
    """Memory of one processor that a program fills itself."""
    registers: Quoted
    """Of one processor."""
    l2: Quoted
    fp8: Quoted | None
    """Matrix units, dense, operations a second; None: it has no units for it."""
    fp32: Quoted
    """Outside the matrix units, which would round to fewer bits; on CDNA 3 both reach this."""
    exponentials: Quoted | None = None
    """Special functions a second, where it is known."""


@dataclass(frozen=True)
class Accelerator:
    """One device by its documents."""

    key: str
    """What links call it."""
    name: str
    sold: Quoted
    """Its memory as the data sheet has it. Makers count 2^30 bytes and write GB."""
    memory: Quoted
    """Bytes that its system reports: what a program can have."""
    bandwidth: Quoted
    """Of its memory, bytes a second."""
    bf16: Quoted | None
    """Matrix units, dense, operations a second in 16 bits (bfloat16 and float16 alike); None: its maker states none."""
    chip: Chip | None = None
    """None where no view looks into it."""

    def peak(self, number: Format) -> Quoted | None:
        known = self.chip
        peaks: Mapping[Format, Quoted | None] = {
            "bf16": self.bf16, "fp8": known and known.fp8, "fp32": known and known.fp32
        }  # fmt: skip
        return peaks[number]

    def machine(self, number: Format) -> Machine:
        """Its roof for numbers of that format. Raises ValueError where it has no units for them."""
        peak = self.peak(number)
        if peak is None:
            raise ValueError(f"{self.name} has no matrix units for {number}")
        from explorer.stack.systems.roofline import Machine  # brings torch, which a list of devices does not need

        return Machine(peak.value, self.bandwidth.value)

    def quoted(self) -> dict[str, Quoted]:
        """Every number by its name."""
        values = {each.name: getattr(part, each.name) for part in (self, self.chip) if part for each in fields(part)}
        return {name: value for name, value in values.items() if isinstance(value, Quoted)}
