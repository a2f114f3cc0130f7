"""Constrained decoding: the run's prompt continued under a regular expression or a JSON schema, mask by mask."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="constrained",
    title="Constrained decoding",
    chapter="inference",
    order=65,
    about="A regular expression or a JSON schema forbids tokens. How much of the model’s probability do they hold?",
    also=("json", "regex", "structured output", "grammar"),
    requires=("run", "decoder"),
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
