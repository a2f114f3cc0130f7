"""Cycles: a small net is applied to its own state, and answers a Sudoku after every cycle."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

SOURCE = (
    "stack.frontier.recursive.net:Recursive",
    "stack.frontier.recursive.training:Course",
    "corpora.sudoku:drawn",
    "training.recursive:outcome",
)

PANEL = Panel(
    name="cycles",
    title="Cycles",
    chapter="frontier",
    order=14,
    about="A small net that is applied to its own state solves a Sudoku, and answers after every cycle.",
    also=("recursive reasoning", "HRM", "TRM", "Sudoku", "fixed point", "halting", "deep supervision", "Coconut"),
    requires=(),
    controls=(
        Control(
            "puzzle", "Puzzle", "Sixteen cells, row by row: 1 to 4, and a dot for a blank.", ".... 4... ..1. .2.3",
            longest=60,
        ),
        Control(
            "net", "Net", "How it was trained.", "recursive",
            choices=(
                ("recursive", "recursive", "Its state is carried on for up to eight cycles in training."),
                ("one_cycle", "one cycle", "The same net, trained to answer after one cycle."),
            ),
        ),
        Control("cycles", "Cycles", "How long it thinks.", 16, choices=(4, 8, 16, 32, 64)),
        Control("at", "Cycle", "After which the board is shown; the last one if none is chosen.", range=(1, None)),
        Control("seed", "Seed", "It draws the random states that thinking begins with.", 0, range=SEEDS),
    ),
    views=(
        View(
            "think",
            "One puzzle, cycle by cycle",
            "The two layers of a recursive net read the puzzle and their own state, and write the state anew: one "
            "function, applied over and over. The answer is read after every cycle, and one can see cells "
            "change until nothing moves any more.",
            controls=("puzzle", "net", "cycles", "at", "seed"),
            in_page=("at",),
            provenance=("MEASURED",),
            source=SOURCE,
        ),
        View(
            "curves",
            "Does longer thinking help?",
            "The puzzles are of a kind of grid that was never trained on, and that no symmetry turns into one that "
            "was. The same net, trained to answer after one cycle, is the control.",
            provenance=("RECORDED", "MEASURED"),
            source=SOURCE,
            heavy=True,
        ),
    ),
)  # fmt: skip
