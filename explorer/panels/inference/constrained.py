"""Constrained decoding: the run's prompt continued under a regular expression or a JSON schema, mask by mask."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="constrained",
    title="Constrained decoding",
    chapter="inference",
    order=65,
    about="A regular expression or a JSON schema forbids tokens. How much of the model’s probability do they hold?",
    also=("json", "regex", "structured output", "grammar"),
    requires=("run", "decoder"),
    controls=(
        Control(
            "form",
            "",
            "The rule: one of the examples, or a kind of one’s own.",
            "name",
            choices=(
                ("name", "One of four names"),
                ("sentence", "A short sentence"),
                ("date", "A date"),
                ("person", "A person"),
                ("nested", "Nested, with choices"),
                ("list", "A list of colours"),
                ("regex", "Regular expression"),
                ("json", "JSON schema"),
            ),
        ),
        Control("rule", "The rule", "A rule of one’s own, of the kind that “form” says.", longest=1900),
        Control(
            "temperature",
            "Temperature",
            "0 takes the likeliest of the allowed tokens.",
            1.0,
            range=(0.0, 2.0),
            step=0.1,
        ),
        Control("seed", "Seed", "Draws the text.", range=SEEDS),
        Control("new", "At most", "How many tokens the text may take.", 32, range=(4, 64), step=4, unit="tokens"),
    ),
    views=(
        View(
            "steps",
            "What the rule forbids",
            "Before each step the rule forbids all tokens that cannot lead to a text of this form. The violet part of "
            "a bar is the probability that the model gives to allowed tokens; the hollow part is forbidden.",
            controls=("form", "rule", "temperature", "seed", "new"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.constrained:constrained_decode",
                "stack.inference.decoding.constrained:Constraint",
                "stack.inference.decoding.constrained:RegexConstraint",
                "stack.inference.decoding.constrained:JsonSchemaConstraint",
                "stack.inference.decoding.constrained:Step",
            ),
            heavy=True,
        ),
    ),
)
