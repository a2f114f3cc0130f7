"""What the suite asks of *Pipeline*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    controls={"documents": 200},
    broken=(
        Broken(
            "pipeline-flow",
            "?model=six-kinds-dense&text=Then%20Mary&panel=data_pipeline&data_pipeline.documents=200",
            "pretraining/data_pipeline/bands.js",
            "value - removed - cut",
            "value - removed",
            r"^What a stage lets through = what the next one reads",
        ),
    ),
)
