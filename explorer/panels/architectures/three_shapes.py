"""Three shapes: decoder-only, encoder-decoder and encoder-only on one sentence, with their real masks and attention."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="three_shapes",
    title="Three shapes",
    chapter="architectures",
    order=60,
    about="Decoder-only, encoder-decoder and encoder-only: the same sentence, three rules of who may look at whom.",
    views=(
        View(
            "shapes",
            "Who may look at whom",
            "Rows read columns; ink is attention. A decoder reads what came before, an encoder the whole sentence, and "
            "an encoder-decoder does both: its decoder reads the encoded source and what it has written itself.",
            compares="any",
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
            "One word is replaced and every state is compared with what it was, at every depth: a decoder’s states in "
            "front of the word cannot know; in an encoder the change reaches all of them.",
            controls=("word", "by"),
            compares="any",
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
            "The encoder-decoder rewrites dates and numbers. For each token that it writes, the source is tinted by "
            "how much of its attention went there: copied words follow one another, a date’s parts change places.",
            controls=("sentence",),
            provenance=("MEASURED",),
            source=("stack.transformer.writing:write", "stack.transformer.encoder_decoder:CrossAttention"),
            heavy=True,
            requires=("companion:iso-dates",),
        ),
        View(
            "spans",
            "Span corruption",
            "How an encoder-decoder is pre-trained: spans of a text are cut out, the encoder reads the rest with a "
            "sentinel for each, and the decoder writes what stood there. What this small one writes, beside the truth.",
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
            "Published models of the three shapes and the mixtures: what pre-training asked of them, their sizes, and "
            "their parameters, counted from the config and held against the released weights.",
            provenance=("FORMULA", "QUOTED"),
            source=(
                "stack.architectures.encoder_parameters:parameters",
                "stack.inference.memory_calculator:parameters",
                "figures.architectures.families:counted",
            ),
            requires=(),
        ),
    ),
    also=("french", "translation", "t5", "bert", "bart", "roberta", "gpt", "llama", "mixtral", "deepseek", "families"),
    requires=("run", "companion:minilm-l6", "companion:iso-dates"),
)
