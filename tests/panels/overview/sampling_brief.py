"""What the suite asks of *Sampling*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    broken=(
        Broken(
            "softmax",
            "&new=0&panel=sampling",
            "overview/sampling/stage.js",
            "Math.exp(stage.logits[id] - stage.logits[stage.order[0]]) / total(stage)",
            "Math.exp(stage.logits[id] - stage.logits[stage.order[1]]) / total(stage)",
            "^Softmax in the page = torch’s",
        ),
        Broken(
            "cuts",
            "&new=0&k=5&panel=sampling",
            "overview/sampling/steps.js",
            "Math.min(stage.left, k)",
            "Math.min(stage.left, k + 1)",
            "^The run’s own settings keep .* in the page as in Python",
        ),
        Broken(
            "draw",
            "&new=1&seed=3&panel=sampling",
            "overview/sampling/stage.js",
            "const aim = u * total(stage)",
            "const aim = (1 - u) * total(stage)",
            "^u = .* picks .*, as in the run",
        ),
    )
)
