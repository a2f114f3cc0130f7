"""Three shapes: decoder-only, encoder-decoder and encoder-only on one sentence, with their real masks and attention."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="three_shapes",
    title="Three shapes",
    chapter="architectures",
    order=60,
    about="Decoder-only, encoder-decoder and encoder-only models read the same sentence with three different masks.",
    controls=(
        Control(
            "word", "", "The word that is replaced, counted from 0; the one in the middle at first.", range=(0, 999)
        ),
        Control("by", "becomes", "The new word that is put in.", "never", longest=40),
        Control("sentence", "", "The sentence that is rewritten.", longest=400),
        Control("passage", "", "The text that spans are cut out of.", longest=1200),
        Control("density", "Cut out", "The share of the tokens that is cut out.", 15, range=(5, 40), step=5, unit="%"),
        Control("mean", "Mean span", "The mean length of a span that is cut out.", 3, range=(1, 10), unit="tokens"),
        Control("draw", "Seed", "It draws the spans.", 0, range=SEEDS),
        Control(
            "shape",
            "",
            "Which published models are listed.",
            "all",
            choices=(
                ("all", "All"),
                ("decoder", "Decoder-only"),
                ("mixture", "Mixtures"),
                ("encoder", "Encoder-only"),
                ("both", "Encoder-decoder"),
            ),
        ),
    ),
    views=(
        View(
            "shapes",
            "Who may look at whom",
            "Rows read columns; ink is attention. A decoder reads what comes before, an encoder the whole sentence. An "
            "encoder-decoder does both: its decoder reads the encoded source and the words that it has written.",
            compares="any",
            unchanged=False,
            provenance=("MEASURED",),
            source=(
                "stack.transformer.attention:Visibility",
                "stack.transformer.attention:eager",
                "stack.transformer.encoder_decoder:CrossAttention",
            ),
            heavy=True,
        ),
        View(
            "reach",
            "Change one word",
            "One word is replaced, and each state at each depth is compared with the state before the change. In a "
            "decoder the states before the word cannot change; in an encoder all states change.",
            controls=("word", "by"),
            compares="any",
            unchanged=False,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "figures.architectures.three_shapes:reach",
                "figures.architectures.three_shapes:shared_ends",
                "stack.transformer.encoder:Encoder.read",
            ),
            heavy=True,
        ),
        View(
            "cross",
            "Reading while writing",
            "The encoder-decoder rewrites dates and numbers. For each token that it writes, the source is shaded by "
            "its attention. Copied words are read in order; the parts of a date are read in another order.",
            controls=("sentence",),
            provenance=("MEASURED",),
            source=("stack.transformer.writing:write", "stack.transformer.encoder_decoder:CrossAttention"),
            heavy=True,
            requires=("companion:iso-dates",),
        ),
        View(
            "spans",
            "Span corruption",
            "This is how an encoder-decoder is pre-trained: spans of a text are cut out, the encoder reads the rest "
            "with a sentinel for each span, and the decoder writes the spans. The tables compare what this small "
            "model writes with the truth.",
            controls=("passage", "density", "mean", "draw"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.span_corruption:noise_mask",
                "stack.pretraining.span_corruption:corrupted",
                "experiments.architectures.span_filling:filling",
            ),
            heavy=True,
            requires=("companion:iso-dates",),
        ),
        View(
            "families",
            "Families and their configs",
            "Published models of the three shapes, and mixtures: their pre-training objective, their sizes, and their "
            "parameters, counted from the config and compared with the released weights.",
            provenance=("FORMULA", "QUOTED"),
            source=(
                "stack.architectures.encoder_parameters:parameters",
                "stack.inference.serving.memory_calculator:parameters",
                "figures.architectures.families:counted",
            ),
            requires=(),
        ),
    ),
    also=("french", "translation", "t5", "bert", "bart", "roberta", "gpt", "llama", "mixtral", "deepseek", "families"),
    requires=("run", "attention", "companion:minilm-l6", "companion:iso-dates"),
)
