"""Weights that are the process's own: nobody can take them away by cutting the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.zoo import unmapped

PROGRAM = """
import sys
from pathlib import Path
import torch
from explorer.zoo import unmapped
from explorer.zoo.loading import open_folder
folder = Path(sys.argv[1])
unmapped.LIMIT = int(sys.argv[2])
model = open_folder("tiny", None, folder)
ids = torch.arange(40)[None]
with torch.inference_mode():
    before = None if "cut first" in sys.argv else model.hf(ids).logits
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.truncate(0)
    after = model.hf(ids).logits
print("maps", sum("model.safetensors" in line for line in open("/proc/self/maps")))
print("finite", bool(after.isfinite().all()), "same", before is None or bool((before == after).all()))
"""


def run(folder: Path, limit: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(folder), str(limit), *more]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/maps")
@pytest.mark.thorough
def test_a_file_cut_under_a_loaded_model_changes_nothing(tiny: Path) -> None:
    said = run(tiny, unmapped.LIMIT)
    assert said.returncode == 0, said.stderr[-2000:]
    assert said.stdout.split("\n")[:2] == ["maps 0", "finite True same True"]


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="signals")
def test_a_mapped_file_would_kill_the_process(tiny: Path) -> None:
    # What the limit stands for, and that the test above can fail.
    assert run(tiny, 0, "cut first").returncode == -7  # SIGBUS
