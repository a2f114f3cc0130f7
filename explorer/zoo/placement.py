"""Where a model's weights lie, and in which number format: EXPLORER_DEVICE and EXPLORER_DTYPE, or what `load` is given.

"auto" is the first CUDA device, else Apple's (mps), else the CPU. float32 is what every number of the explorer is
stated for; bfloat16 and float16 take half the memory and round each stored number to 8 and 11 bits. What a run leaves
is float32 on the CPU wherever the model lies (see tracing/recording.py).

Two ways of one computation differ by rounding. What float32 explains is `RELATIVE["float32"]`. The unit roundoff u of
bfloat16 is 2^-8 and that of float16 2^-11. A stream takes up a rounded sum from each of its 2 L sublayers; errors of
random sign add up to u sqrt(2 L), for L = 30 blocks 8 u: 3 % in bfloat16, 0.4 % in float16. Twice that is allowed. On
SmolLM2 135M two ways differ by at most 2.4 % of the largest logit in bfloat16 and 0.5 % in float16 (one pass and a
cache, in the explorer's own decoder and in transformers).

>>> Placement.read({}), Placement.read({"EXPLORER_DEVICE": "cpu", "EXPLORER_DTYPE": "bfloat16"}).dtype
(Placement(device='auto', dtype='float32'), 'bfloat16')
>>> round(unit("bfloat16") * (2 * 30) ** 0.5, 3)
0.03
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast, get_args

from explorer.errors import BadRequestError, NotApplicableError

if TYPE_CHECKING:
    import torch

Dtype = Literal["float32", "bfloat16", "float16"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?", re.ASCII)
#: Largest difference of a logit or a stream that a format's rounding explains, of the largest value there.
RELATIVE: Mapping[Dtype, float] = {"float32": 5e-4, "bfloat16": 6e-2, "float16": 8e-3}
#: Largest difference of an attention weight, which is at most 1.
WEIGHT: Mapping[Dtype, float] = {"float32": 5e-4, "bfloat16": 6e-2, "float16": 8e-3}
#: By how much a check of a run is looser than in float32. Logits of 16 to 32 are rounded by up to 0.06 in bfloat16; the
#: tightest check in logits allows float32 0.00075.
COARSER: Mapping[Dtype, float] = {"float32": 1, "bfloat16": 256, "float16": 32}


@dataclass(frozen=True)
class Placement:
    """A device by torch's name, or "auto", and a number format."""

    device: str = "auto"
    dtype: Dtype = "float32"

    @classmethod
    def read(
        cls, environ: Mapping[str, str] | None = None, device: str | None = None, dtype: str | None = None
    ) -> Placement:
        """What is given, and for the rest EXPLORER_DEVICE and EXPLORER_DTYPE. Raises BadRequestError."""
        environ = os.environ if environ is None else environ
        where = (device or environ.get("EXPLORER_DEVICE", "")).strip().lower() or cls.device
        what = (dtype or environ.get("EXPLORER_DTYPE", "")).strip().lower() or cls.dtype
        if not DEVICE.fullmatch(where) and device is None:
            raise BadRequestError(f"EXPLORER_DEVICE is “{where[:40]}”.", "Set it to auto, cpu, cuda, cuda:N or mps.")
        if what not in DTYPES:
            raise BadRequestError(f"EXPLORER_DTYPE, or dtype, is “{what[:40]}”.", f"Known are {', '.join(DTYPES)}.")
        return cls(where, cast("Dtype", what))

    def found(self) -> Placement:
        """The device itself in place of "auto" and "cuda". Raises NotApplicableError where torch does not see it."""
        import torch

        kind, _, index = self.device.partition(":")
        cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
        if kind == "auto":
            return replace(self, device="cuda:0" if cuda else "mps" if mps else "cpu")
        there = {"cpu": True, "mps": mps, "cuda": cuda and int(index or 0) < torch.cuda.device_count()}
        if not there.get(kind, _known(self.device)):
            raise NotApplicableError(
                f"torch sees no device “{self.device}” here.",
                "Set EXPLORER_DEVICE to auto or cpu, or install torch’s build for your GPU.",
            )
        return replace(self, device=f"cuda:{index or 0}") if kind == "cuda" else self

    @property
    def plain(self) -> bool:
        """Whether weights are float32 on the CPU: what computes on weights itself, with kernels for the CPU, reads
        those alone."""
        return self.device == "cpu" and self.dtype == "float32"

    @property
    def torch_dtype(self) -> torch.dtype:
        import torch

        return getattr(torch, self.dtype)

    @property
    def relative(self) -> float:
        """Largest difference of a logit or a stream that rounding explains, of the largest value there."""
        return RELATIVE[self.dtype]

    def tolerance(self, single: float) -> float:
        """What this format allows where float32 is allowed `single`: `COARSER` times that, and no less than four
        roundings. What must be exact stays so.

        >>> [Placement("cpu", dtype).tolerance(1e-5) for dtype in DTYPES]
        [1e-05, 0.015625, 0.001953125]
        >>> Placement("cpu", "bfloat16").tolerance(1e-3)
        0.256
        >>> Placement("cpu", "bfloat16").tolerance(0.0)
        0.0
        """
        if self.dtype == "float32" or single == 0:
            return single
        return max(single * COARSER[self.dtype], 4 * unit(self.dtype))

    @property
    def title(self) -> str:
        """In words, for the page.

        >>> Placement("cpu", "bfloat16").title
        'CPU, bfloat16'
        """
        kind, _, index = self.device.partition(":")
        where = {"cpu": "CPU", "mps": "Apple GPU (MPS)", "cuda": f"CUDA {index or 0}"}.get(kind, self.device)
        if kind == "cuda":
            import torch

            where += f" ({torch.cuda.get_device_name(self.device)})" if torch.cuda.is_available() else ""
        return f"{where}, {self.dtype}"

    @property
    def mark(self) -> str:
        """What a cache adds to a name so that numbers of two placements are never mixed; nothing for float32 on the
        CPU."""
        return "" if self.plain else self.title


def _known(device: str) -> bool:
    """Whether torch has a device of another kind under this name."""
    import torch

    try:
        return bool(torch.device(device).type)
    except RuntimeError:
        return False


def unit(dtype: Dtype) -> float:
    """The unit roundoff: half the distance from 1 to the next number."""
    return 2.0 ** -{"float32": 24, "bfloat16": 8, "float16": 11}[dtype]


def in_force() -> Placement:
    """What the environment says, with the device that it means here."""
    return Placement.read().found()
