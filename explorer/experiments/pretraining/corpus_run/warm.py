"""What a worker needs, loaded once: the server that workers are forked from imports this file before it forks any."""

from __future__ import annotations

from explorer.experiments.pretraining.corpus_run import parts, segments
from explorer.stack.pretraining.data import copies, extraction, language
from explorer.stack.pretraining.data.stage import Document


def load() -> None:
    """Libraries that are imported late, models, compiled code."""
    parts.result([parts.Entry(document=Document(id=""))])
    extraction.main_text("<p>One</p>")
    language.probability("One", ("en",))
    copies.banded(Document(id="", text="one two three four five six"), words=5, bands=1, rows=1)


load()
process = segments.process
