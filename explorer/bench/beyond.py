"""Beyond the plain transformer: our state-space layer and our students, each against the field's own library.

A subject is a function of the report, in a module of its own (`beyond_state_space`): it adds the rows of its cases, and
judges its target.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import torch

from explorer.bench import Report

DESCRIPTION = "a Mamba layer against transformers' CPU path, a student's steps against trl's GKD"
#: Modules of this folder, each with a function `add(report)`.
SUBJECTS = ("beyond_state_space", "beyond_student")


def run(report: Report, threads: int = 1) -> None:
    """Every subject, one after the other, each interleaved with its peers."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for name in SUBJECTS:
            add: Callable[[Report], None] = import_module(f"explorer.bench.{name}").add
            add(report)
    finally:
        torch.set_num_threads(before)
