"""Which head the panels on one row of a head show."""

from __future__ import annotations

from explorer.panels.controls import Control

#: Of a panel on one row of a head: nothing of the rescale is seen where no later score is larger.
SHOWN_HEAD = Control(
    "head",
    "",
    "Which head is shown, by whether it is rescaled in the selected row.",
    "opened",
    choices=(
        ("opened", "The selected head if the row is rescaled, else the one that is rescaled most"),
        ("rescaled", "The head that is rescaled most"),
        ("selected", "The selected head"),
    ),
)
