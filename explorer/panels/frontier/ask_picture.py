"""Ask the picture: questions about a scene, the answer's distribution, and what the model gets wrong."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.picture_choices import NUMBER, PICTURE, QUESTION, THINGS
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="ask_picture",
    title="Ask the picture",
    chapter="frontier",
    order=21,
    about="A small model trained here answers questions about drawn scenes; what it knows, guesses and confuses.",
    controls=(
        PICTURE,
        NUMBER,
        THINGS,
        QUESTION,
        Control(
            "by", "Accuracy by", "What questions are sorted by.", "kind",
            choices=(("kind", "kind"), ("things", "number of things"), ("hidden", "share hidden"),
                     ("answer", "right answer")),
        ),
        Control("emoji", "Picture", "The seed of a held-out picture of an emoji.", 4, range=(0, 159)),
        Control("sort", "Pictures", "How the held-out picture differs from those trained on.", "drawn anew",
                choices=("drawn anew", "other sizes and backgrounds", "never trained on")),
        Control("about", "Asked about", "What is asked about the emoji.", "name",
                choices=("name", "kind", "colour", "place", ("presence", "is this a …?"))),
    ),
    views=(
        View(
            "ask",
            "A question and its answer",
            "The scene is drawn by rule, so the truth is known. Beside the answer stands what the same model says "
            "about an empty page: what it would have guessed.",
            controls=("picture", "scene", "things", "question"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.vision_language.model:VisionLanguage",
                "corpora.scenes.drawn:scene_of",
                "corpora.scenes.asked:question",
            ),
            heavy=True,
        ),
        View(
            "mistakes",
            "What it gets wrong, and when",
            "Every held-out question, sorted. A blind twin had the same training without the picture, and the "
            "commonest answer needs no model: what lies above both comes from the picture.",
            controls=("by",),
            in_page=("by",),
            provenance=("RECORDED", "DERIVED"),
            source=("training.scenes_course:answered", "stack.evaluation.standard_errors:wilson"),
            heavy=True,
        ),
        View(
            "emoji",
            "An emoji among the pictures",
            "The model of scenes was trained on with pictures of emoji. Their names and kinds come from Unicode, their "
            "colours from the pixels. Other sizes, pages and emoji are a "
            "distribution shift: they show how far it reaches.",
            controls=("emoji", "sort", "about"),
            provenance=("MEASURED", "RECORDED", "DERIVED"),
            source=(
                "corpora.scenes.emoji:rendering_of",
                "corpora.scenes.emoji:question",
                "training.emoji_course:EmojiCourse",
            ),
            heavy=True,
            requires=("companion:emoji", "companion:dinov2-small"),
        ),
        View(
            "connectors",
            "Ways to join a picture to words",
            "The same decoder with other connectors: how many positions a picture takes, and, where each was trained "
            "from several seeds, what it reaches.",
            provenance=("RECORDED", "DERIVED"),
            source=(
                "stack.frontier.vision_language.pixel_shuffle:pixel_shuffle",
                "stack.frontier.vision_language.connectors:Resampler",
                "stack.frontier.vision_language.connectors:CrossAttention",
            ),
            requires=(),
        ),
    ),
    also=("visual question answering", "VQA", "emoji", "LLaVA", "captions", "pixel shuffle", "Perceiver", "resampler",
          "cross-attention", "Flamingo"),
    requires=("companion:scenes", "companion:dinov2-small"),
)  # fmt: skip
