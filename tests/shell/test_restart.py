"""A link holds everything: another process gives the same numbers, to the digit, in every view that reads the run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from tests.conftest import ROOT
from tests.shell.restart_answers import answers


@pytest.mark.thorough
def test_another_process_gives_the_same_numbers_to_the_digit() -> None:
    command = [sys.executable, "-m", "tests.shell.restart_answers", str(torch.get_num_threads())]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    mine = answers()
    other = json.loads(process.communicate(timeout=120)[0])
    assert len(mine) > 25
    assert sum("absent" not in entry for entry in mine.values()) > 25
    different = [view for view, entry in mine.items() if other[view] != entry]
    assert not different
