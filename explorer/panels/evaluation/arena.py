"""Arena: blind votes between settings, and ratings with intervals that grow with them."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="arena",
    title="Arena",
    chapter="evaluation",
    order=70,
    about="Blind votes between answers of one model under four sampler settings, and how many votes a rating needs.",
    also=("elo", "bradley-terry", "chatbot arena", "human preference", "votes", "leaderboard"),
    requires=("decoder",),
    controls=(
        Control("prompt", "Prompt", "What all contestants continue.", "The best thing about the sea is", longest=400),
        Control("new", "Tokens", "How long each answer may be.", 24, choices=(12, 24, 48)),
        Control("seed", "Seed", "Draws the answers; with simulated voters, their votes.", 0, range=SEEDS),
        Control(
            "gap", "True gap", "Points of rating between neighbours.", 50, choices=(0, 20, 50, 100, 200), unit="points"
        ),
        Control("votes", "Votes", "How many votes are simulated.", 500, choices=(50, 200, 500, 1000)),
    ),
    views=(
        View(
            "vote",
            "Vote blind",
            "Two answers stand side by side, and nobody sees whose they are. After a vote the names appear and the "
            "ratings change: Elo by the last game, Bradley-Terry by all votes. Votes stay in this browser.",
            controls=("prompt", "new", "seed"),
            compares="weights",
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
                "experiments.evaluation.arena:voted",
                "experiments.evaluation.arena:votes_needed",
                "stack.evaluation.bradley_terry:bradley_terry",
            ),
            requires=(),
            heavy=True,
        ),
    ),
)
