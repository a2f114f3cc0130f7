"""What the panels that train a decoder of their own on the page let a person set alike."""

from __future__ import annotations

from explorer.panels.controls import Control

#: The kinds of `experiments.shelf_course`.
TEXTS = Control(
    "texts",
    "Trained on",
    "The six texts of the shelf’s own models are fetched; the passages are at hand and are read repeatedly.",
    "texts",
    choices=(("texts", "the six texts"), ("passages", "longer passages")),
)
