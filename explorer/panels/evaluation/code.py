"""Code: programs that the model writes, run in a sandbox, and pass@k."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="code",
    title="Code",
    chapter="evaluation",
    order=55,
    about="The model writes several programs for each task. Pass@k: how often at least one of k is right.",
    also=("pass@k", "humaneval", "sandbox", "seccomp", "mbpp", "programs"),
    requires=("decoder",),
    controls=(
        Control("samples", "Samples", "How many programs are written for each task.", 5, choices=(5, 10, 20)),
        Control("temperature", "Temperature", "0 writes one program over and over.", 0.6, range=(0.0, 1.5), step=0.1),
        Control("seed", "Seed", "Draws the programs.", 0, range=SEEDS),
        Control("k", "k", "How many samples one may choose from.", 3, range=(1, 20)),
    ),
    views=(
        View(
            "samples",
            "Samples and verdicts",
            "Each program runs in a process of its own that can do nothing but compute, and the results are compared "
            "outside. The curve shows pass@k, how often at least one of k samples is right, by the unbiased "
            "estimator and by the naive formula.",
            controls=("samples", "temperature", "seed"),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.evaluation.pass_at_k:pass_at_k",
                "stack.evaluation.pass_at_k:naive_pass_at_k",
                "stack.evaluation.pass_at_k:pass_all_k",
                "stack.evaluation.sandbox:run",
                "stack.evaluation.sandbox_inside:instructions",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "human_eval",
            "HumanEval, recorded",
            "Models went on from the heads and docstrings of some problems of HumanEval. Each program ran in the "
            "sandbox, which was not told the results of the tests.",
            controls=("k",),
            in_page=("k",),
            requires=(),
            provenance=("RECORDED",),
            source=(
                "stack.evaluation.pass_at_k:pass_at_k",
                "stack.evaluation.asserts:read",
                "stack.evaluation.sandbox:run",
                "experiments.evaluation.human_eval:problems",
            ),
        ),
    ),
)
