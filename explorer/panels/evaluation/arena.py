"""Arena: blind votes between models and settings, and ratings with intervals that grow with them."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="arena",
    title="Arena",
    chapter="evaluation",
    order=70,
    about="Blind votes between answers of models and settings; how many votes a rating needs; what length does.",
    also=("elo", "bradley-terry", "chatbot arena", "human preference", "votes", "leaderboard", "style control"),
    requires=("decoder",),
    controls=(
        Control("prompt", "Prompt", "What all contestants continue.", "The best thing about the sea is", longest=400),
        Control(
            "models",
            "Models",
            "Whose answers take part, with commas between: page, number formats, adapters, names of models.",
            "page",
            longest=600,
        ),
        Control(
            "settings",
            "Settings",
            "How each model writes, with commas between: greedy, t0.7, t1-p0.9, t1.5.",
            "greedy,t0.7,t1-p0.9,t1.5",
            longest=60,
        ),
        Control("new", "Tokens", "How long each answer may be.", 24, choices=(12, 24, 48)),
        Control("seed", "Seed", "Draws the answers; with simulated voters, their votes.", 0, range=SEEDS),
        Control(
            "gap", "True gap", "Points of rating between neighbours.", 50, choices=(0, 20, 50, 100, 200), unit="points"
        ),
        Control("votes", "Votes", "How many votes are simulated.", 500, choices=(50, 200, 500, 1000)),
        Control(
            "pull",
            "Taste for length",
            "Log odds that a voter adds for a standard deviation more of length.",
            1.0,
            choices=(0.0, 0.5, 1.0, 2.0),
        ),
    ),
    views=(
        View(
            "vote",
            "Vote blind",
            "Two answers stand side by side, and nobody sees whose they are. After a vote the names appear and the "
            "ratings change: Elo by the last game, Bradley-Terry by all votes. Votes stay in this browser.",
            controls=("prompt", "new", "seed", "models", "settings"),
            compares="weights",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.evaluation.elo:course",
                "stack.evaluation.bradley_terry:bradley_terry",
                "stack.evaluation.bradley_terry:bootstrap",
                "experiments.evaluation.arena:answers",
            ),
            heavy=True,
        ),
        View(
            "voters",
            "How many votes are needed",
            "Simulated voters whose taste is known vote on four contestants. The chart shows the fitted ratings with "
            "intervals of 95 % as votes come in; the dashed lines are the true ratings.",
            controls=("gap", "votes", "seed"),
            provenance=("DERIVED",),
            source=(
                "experiments.evaluation.simulated_votes:voted",
                "experiments.evaluation.simulated_votes:votes_needed",
                "stack.evaluation.bradley_terry:bradley_terry",
            ),
            requires=(),
            heavy=True,
        ),
        View(
            "style",
            "Length and strength",
            "Simulated voters like long answers, and the weaker a contestant, the more it writes. A fit of the votes "
            "alone takes length for strength; style control fits length and strengths together.",
            controls=("gap", "votes", "pull", "seed"),
            provenance=("DERIVED",),
            source=(
                "experiments.evaluation.simulated_votes:voted_by_length",
                "stack.evaluation.bradley_terry:style",
                "stack.evaluation.bradley_terry:bradley_terry",
            ),
            requires=(),
            heavy=True,
        ),
    ),
)
