"""A pipeline's step beside torch's own runtime, on real processes: losses, gradients, and rows that are reported."""

from __future__ import annotations

import pytest

from explorer.bench.parallel_pipeline import PEERS, both
from explorer.experiments.systems.parallel_subject import subject
from explorer.experiments.systems.pipeline_parallel import apart, one_process
from explorer.stack.parallelism.pipeline.bubble import Size


@pytest.mark.thorough
@pytest.mark.parametrize("key", PEERS)
def test_torchs_pipelining_gives_the_same_loss_and_gradients(key: str) -> None:
    """And so does one process: three ways to one gradient."""
    asked = subject("dense", 4, 16)
    alone, wanted = one_process(asked)
    answers = both(asked, key, Size(2, 4, 2), rounds=1)
    assert sum(each["loss"] for each in answers) == pytest.approx(alone, abs=2e-6)
    assert sum(each["torch_loss"] for each in answers) == pytest.approx(alone, abs=2e-6)
    ours = {name: grad for each in answers for name, grad in each["gradients"].items()}
    assert apart(ours, wanted) < 2e-6
    torchs = {}
    for name in wanted:
        parts = [each["torch_gradients"][name] for each in answers if name in each["torch_gradients"]]
        torchs[name] = sum(parts[1:], parts[0])  # a tied table has a part on both ends
    assert apart(torchs, wanted) < 2e-6
