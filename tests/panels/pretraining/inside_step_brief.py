"""What the suite asks of *Inside a step*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    controls={"steps": 2},
    broken=(
        Broken(
            "inside-step",
            "?model=six-kinds-dense&text=Then%20Mary&panel=inside_step&inside_step.steps=1",
            "pretraining/inside_step/step.js",
            "rms * Math.sqrt(data.rows * data.columns)",
            "rms * Math.sqrt(data.rows + data.columns)",
            r"^The norm of what the matrix moves by = ",
        ),
    ),
)
