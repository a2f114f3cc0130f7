"""A TopK sparse autoencoder trained on cached activations, beside SAELens: tokens a second, one thread each.

Both read the same vectors of SmolLM2's stream, in batches of the same size, with Adam in float32; SAELens runs its own
trainer in an environment of its own, since it asks for another transformer-lens. Its activations are dense: its
sparse ones have no backward pass on a processor.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from torch import Tensor

from explorer import zoo
from explorer.bench import Act, Peer, Report
from explorer.experiments.architectures.balancing import one_thread
from explorer.experiments.inside import activations
from explorer.fetching import cache
from explorer.stack.frontier.sparse_autoencoders.training import Run, Settings, training

DESCRIPTION = "a TopK sparse autoencoder trained on cached activations beside SAELens (python=ITS/bin/python): tokens/s"
BLOCK, WIDTH, K, BATCH, WINDOWS = 14, 2048, 32, 1024, 12
#: Steps of one turn.
STEPS = 4
FASTER = 1.2
SAE_LENS = Peer(
    "sae-lens",
    "sae_lens",
    "pip install sae-lens",
    "in an environment of its own, since it asks for another transformer-lens; then say python=ENV/bin/python",
)


def run(report: Report, python: str = "none", rounds: int = 7) -> None:
    """Add the time of so many steps, tokens a second, and what the target asks."""
    model = zoo.load(zoo.DEFAULT)
    corpus = activations.corpus(model, "passages", held=False, windows=WINDOWS)
    x = activations.harvested(model, corpus, [BLOCK])[BLOCK].vectors
    with ExitStack() as stack:
        subjects: dict[str, Act] = {"explorer": ours(x)}
        if python == "none":
            report.absent.append(
                f"{SAE_LENS.name} was given no Python: its rows are left out. {SAE_LENS.install}, {SAE_LENS.takes}"
            )
        else:
            subjects[SAE_LENS.name] = stack.enter_context(peer(python, x))
        stack.enter_context(one_thread())
        case = f"{STEPS} steps of {BATCH} x {x.shape[1]}, {WIDTH:,} features, k {K}"
        medians = report.time(case, subjects, rounds)
    speeds = {subject: 1e3 * STEPS * BATCH / median for subject, median in medians.items()}
    for subject, speed in speeds.items():
        report.add(case, subject, speed, "tokens/s")
    if SAE_LENS.name in speeds:
        ratio = speeds["explorer"] / speeds[SAE_LENS.name]
        report.judge(f"{FASTER} times SAELens' tokens", ratio, "times", ratio >= FASTER)


def ours(x: Tensor) -> Act:
    """A turn of the explorer's own training, measured on one vector."""
    settings = Settings(width=WIDTH, k=K, steps=10**6, batch=BATCH, lr=1e-3)
    steps: Iterator[Run] = training(x, x[:8], settings, every=STEPS)
    return lambda: next(steps)


@contextmanager
def peer(python: str, x: Tensor) -> Iterator[Act]:
    """A turn of SAELens, whose process waits for it."""
    from safetensors.torch import save_file

    script = Path(__file__).with_name("sae_peer.py")
    with cache.staging() as folder:
        save_file({"x": x.contiguous()}, folder / "x.safetensors")
        said = [str(each) for each in (folder / "x.safetensors", WIDTH, K, BATCH, STEPS)]
        with subprocess.Popen(  # -I: its folder is not on the path, whose modules bear names of Python's own
            [python, "-I", str(script), *said], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            answer(process)
            yield turn(process)


def turn(process: subprocess.Popen[str]) -> Act:
    def act() -> str:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        return answer(process)

    return act


def answer(process: subprocess.Popen[str]) -> str:
    """A line of the process. Raises RuntimeError where it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("SAELens' process has ended: see what it wrote above")
    return line
