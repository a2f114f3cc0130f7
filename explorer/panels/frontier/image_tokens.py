"""Image tokens: what a decoder makes of a picture's patches, and which of them an answer reads and needs."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.picture_choices import NUMBER, PICTURE, QUESTION, THINGS
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="image_tokens",
    title="Image tokens",
    chapter="frontier",
    order=20,
    about="A picture’s patches stand among the words; which words they are near, and which of them an answer needs.",
    controls=(
        PICTURE,
        NUMBER,
        THINGS,
        QUESTION,
        Control("depth", "After block", "Where the stream is read; 0 is the connector’s output.", range=(0, None)),
        Control("head", "", "The head whose reading is drawn, as “1.2” for block 1, head 2; else the mean of all."),
        Control("word", "", "The word of the question whose reading is drawn, counted from 1; else the last, where the "
                "answer is written.", range=(1, None)),
        Control("taken", "Patches taken away", "As many of each order.", 4, choices=(1, 2, 4, 8, 16, 32, 64)),
    ),
    views=(
        View(
            "lens",
            "The nearest word of each image token",
            "A connector turns each patch of DINOv2 into a vector that the decoder reads in a word’s place. The "
            "unembedding reads these vectors at every depth, although no loss was ever placed on them.",
            controls=("picture", "scene", "things", "question", "depth"),
            in_page=("depth",),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.vision_language.connectors:connector",
                "stack.frontier.vision_language.interleaving:merged",
                "experiments.frontier.picture_words:lens",
            ),
            heavy=True,
        ),
        View(
            "looking",
            "What the answer reads, and what it needs",
            "Attention from the place that writes the answer, or from another word, beside the effect of each patch: "
            "its vector is replaced by that of an empty page at the same place. Then several are taken away together, "
            "in both orders and in random ones.",
            controls=("picture", "scene", "things", "question", "head", "word", "taken"),
            in_page=("head", "word", "taken"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.vision_language.model:VisionLanguage",
                "experiments.frontier.picture_words:causes",
                "experiments.frontier.picture_words:removed",
            ),
            heavy=True,
        ),
    ),
    also=("vision-language model", "LLaVA", "logit lens", "multimodal", "projector", "patch"),
    requires=("companion:scenes", "companion:dinov2-small"),
)  # fmt: skip
