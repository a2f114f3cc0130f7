"""Special tokens and chat: the model's template on a conversation, what each mark is for, marks that people type."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="special_tokens",
    title="Special tokens and chat",
    chapter="tokenization",
    order=60,
    about="The marks around what is said: who writes them, what each is for, and what happens when a person types one.",
    also=("security", "chat template", "jinja", "prompt injection", "bos", "eos", "chatml", "system prompt", "roles"),
    views=(
        View(
            "conversation",
            "The template, line by line",
            "A chat template is a small program in the model’s files. It writes the one text that the model reads; "
            "what people say stands inside, and stays text whatever it looks like.",
            controls=("system", "user", "assistant", "answer"),
            compares="any",
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
            "The same characters, read twice by the model: once the names of special tokens are text, once the tokens "
            "themselves, as in a program that tokenizes the whole text at once.",
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
            "Merging never makes them: they are matched by name, where a program lets names in a text count, as above. "
            "Their roles are read from the model’s files; a name alone is explained as it is commonly used.",
            provenance=("MEASURED",),
            requires=("model",),
            source=("figures.tokenization.special_tokens:meaning", "zoo.vocabulary:Vocabulary.is_special"),
        ),
    ),
)
