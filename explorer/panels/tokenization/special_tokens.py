"""Special tokens and chat: the model's template on a conversation, what each mark is for, marks that people type."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="special_tokens",
    title="Special tokens and chat",
    chapter="tokenization",
    order=60,
    about="Special tokens mark who says what: who writes them, what each is for, and what a typed one does.",
    also=("security", "chat template", "jinja", "prompt injection", "bos", "eos", "chatml", "system prompt", "roles"),
    controls=(
        Control("system", "System", "What the system turn says.", "", longest=1900),
        Control("user", "User", "What the user says; at first the prompt of this run.", longest=1900),
        Control("assistant", "Assistant", "What the assistant says.", "", longest=1900),
        Control(
            "answer",
            "The text ends",
            "Whether the template also writes the marks that begin the model’s turn.",
            1,
            choices=(
                (
                    1,
                    "Up to the model’s turn",
                    "add_generation_prompt: the template also writes the marks that begin an answer",
                ),
                (0, "After what was said"),
            ),
        ),
        Control("said", "What the user types", "A text with the marks of this model’s template.", longest=1900),
    ),
    views=(
        View(
            "conversation",
            "The template, line by line",
            "A chat template is a small program in the model’s files. It writes the one text that the model reads and "
            "puts special tokens around what people say. What people say stays text, whatever it looks like.",
            controls=("system", "user", "assistant", "answer"),
            compares="any",
            together=True,  # both templates are aligned by what was said
            provenance=("MEASURED",),
            source=(
                "stack.tokenization.chat_template:render",
                "zoo.chat:laid_beside",
                "zoo.vocabulary:Vocabulary.ids_of",
            ),
        ),
        View(
            "injection",
            "A mark that a person types",
            "The model reads the same characters twice. First the names of special tokens are plain text. Then they "
            "are the special tokens, as in a program that tokenizes the whole text at once: a person can then end "
            "their turn and forge the model’s answers.",
            controls=("system", "said"),
            provenance=("MEASURED",),
            requires=("run", "decoder"),
            source=(
                "experiments.tokenization.special_tokens:two_readings",
                "zoo.vocabulary:Vocabulary.ids_of",
            ),
            heavy=True,
        ),
        View(
            "table",
            "What each special token is for",
            "Merging never makes a special token: a program inserts it. The roles come from the model’s files. A token "
            "without a role is explained by the common use of its name.",
            provenance=("MEASURED",),
            requires=("model",),
            compares="weights",
            source=("figures.tokenization.special_tokens:meaning", "zoo.vocabulary:Vocabulary.is_special"),
        ),
    ),
)
