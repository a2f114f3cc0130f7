"""Under what a record of this chapter was measured: machine, day, and of which weights.

A record lies beside the adapter that it was measured of. One of other weights is none: so that it holds the adapter's
sha256, and is not shown where that is another.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.fetching.cache import sha256_of
from explorer.zoo.adapter_settings import WEIGHTS


@dataclass(frozen=True)
class Conditions:
    machine: str
    date: str
    """YYYY-MM-DD, UTC."""
    seconds: float
    """Of the processor."""
    weights: str
    """The adapter's sha256."""


def now(seconds: float, folder: Path) -> Conditions:
    """Of a measurement that ends now. seconds: of the processor; folder: the adapter's."""
    threads, version = torch.get_num_threads(), torch.__version__.partition("+")[0]
    machine = f"{platform.machine()}, {threads} thread{'s' if threads > 1 else ''}, torch {version}, float32"
    return Conditions(machine, time.strftime("%Y-%m-%d", time.gmtime()), round(seconds, 1), weights_of(folder))


def of(told: Mapping[str, object] | None) -> Conditions | None:
    """As a file holds them; None where it was written before they were."""
    if told is None:
        return None
    return Conditions(str(told["machine"]), str(told["date"]), float(str(told["seconds"])), str(told["weights"]))


def weights_of(folder: Path) -> str:
    return sha256_of(folder / WEIGHTS)
