"""What experts do: which kinds of text and which tokens go to each, and how much of it is more than chance."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="experts",
    title="What experts do",
    chapter="architectures",
    order=20,
    about="Which texts and tokens go to each expert, and what shuffled labels would give.",
    also=("moe", "mixture of experts", "specialists"),
    requires=("experts",),
    controls=(
        Control(
            "count",
            "",
            "What counts as a visit to an expert.",
            "pairs",
            choices=(
                ("pairs", "Every choice", "Each of a token’s experts counts equally."),
                ("weight", "By weight", "Each expert counts by the router’s weight."),
                ("first", "First choice", "Only the expert with the largest weight counts."),
            ),
        ),
        Control("text", "Your text", "The text that is compared with the six kinds.", longest=2000),
    ),
    views=(
        View(
            "kinds",
            "Who reads what",
            "The model reads passages of six kinds, the same for every prompt. Each cell is the share of a kind’s "
            "choices that goes to an expert. It is bold where shuffling the kinds of the passages does not give such "
            "a share.",
            controls=("count",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "tracing.probes.corpus:routing_over",
                "stack.architectures.specialisation:mass",
                "stack.architectures.expert_shares:shares",
                "stack.architectures.specialisation:passages_shuffled",
            ),
            heavy=True,
        ),
        View(
            "expert",
            "One expert",
            "For the selected expert, in the same passages: the tokens that come to it more than others, the tokens "
            "that are most of its work, and the places where its weight is largest. A bar is filled where the token’s "
            "passages alone do not explain its share.",
            controls=("count",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.architectures.expert_shares:lifts",
                "stack.architectures.expert_shares:shares_of",
                "stack.architectures.specialisation:turned",
                "stack.architectures.token_classes:classes",
            ),
            heavy=True,
        ),
        View(
            "information",
            "More than chance?",
            "How many bits the choice of an expert shares with a label of the token, block by block, over the same "
            "passages. The band is what the same labels give when they are shuffled.",
            controls=("count",),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.architectures.mutual_information:mutual_information",
                "stack.architectures.specialisation:measure",
                "stack.architectures.specialisation:measure_given",
                "stack.architectures.specialisation:available",
                "stack.architectures.specialisation:shuffled_within",
            ),
            heavy=True,
        ),
        View(
            "own_text",
            "A text of your own",
            "Write or paste a text. The model routes it like the passages, and it is compared with them as a kind of "
            "its own: which experts it uses more, which kind is nearest, and which of its tokens go where.",
            controls=("count", "text"),
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "stack.architectures.text_lift:text_lift",
                "stack.architectures.text_lift:put_together",
                "stack.architectures.text_lift:apart",
                "stack.architectures.text_lift:known_passages",
            ),
            heavy=True,
        ),
    ),
)
