"""The chapters of the reference: their names, what each tells, and where each stands on the map of the stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["writing", "weights", "around", "questions"]

#: The parts of the map, from top to bottom, each with a sentence.
PARTS: dict[Part, tuple[str, str]] = {
    "writing": ("A model writes a word", "From text to the next token, which then is part of the text."),
    "weights": ("Where its weights come from", "A model learns from text, then from examples and from preferences."),
    "around": ("What it runs on, and what it reads", "Machines hold and share the work; documents enter the prompt."),
    "questions": ("What is known of it", "What it can do, what each part does, and what other designs do."),
}


@dataclass(frozen=True)
class Chapter:
    """A chapter, as tabs and map show it."""

    title: str
    part: Part
    about: str
    """One sentence for somebody who does not know the word in the title."""


#: The chapters by name, in the order of the tabs. Their names are the folders of `panels` and `stack`; "inside" are the
#: panels of interpretability, whose mechanisms lie in `stack/frontier` and `tracing`.
CHAPTERS: dict[str, Chapter] = {
    "overview": Chapter(
        "The walk", "writing", "One token’s way through the whole model, and why the next word is this one."
    ),
    "tokenization": Chapter("Tokenization", "writing", "Text is cut into tokens, the pieces that a model reads."),
    "embeddings": Chapter("Embeddings", "writing", "Each token becomes a vector, and so does its position."),
    "transformer": Chapter(
        "The transformer block", "writing", "Attention moves information between tokens; a feed-forward reads each."
    ),
    "architectures": Chapter(
        "Architectures", "writing", "What stands in for a part of the block: experts, encoders, pictures, speech."
    ),
    "pretraining": Chapter(
        "Pre-training", "weights", "The model learns to guess the next token of a great deal of text."
    ),
    "finetuning": Chapter(
        "Fine-tuning", "weights", "Examples and preferences turn a model that continues text into one that answers."
    ),
    "inference": Chapter(
        "Inference", "writing", "The next token is drawn, the cache keeps what was worked out, and it begins anew."
    ),
    "systems": Chapter("Systems", "around", "How memory, number formats and many processors set the speed."),
    "context": Chapter("Context", "around", "What is put before the question: documents that were found, long texts."),
    "safety": Chapter(
        "Safety", "weights", "What a model is taught to refuse, how that is found in it, and what guards see."
    ),
    "evaluation": Chapter("Evaluation", "questions", "What a score measures, and how far it can be trusted."),
    "inside": Chapter("Inside", "questions", "Which words, heads, features and circuits caused an answer."),
    "frontier": Chapter(
        "Frontier", "questions", "Beyond the plain transformer: state spaces, pictures and words, longer thinking."
    ),
}
