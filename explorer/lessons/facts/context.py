"""Of texts beside a model: articles to search, questions with known answers, the length it was trained on."""

from __future__ import annotations

from explorer.corpora import articles, questions
from explorer.figures.embeddings.positions import length_of
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene


@fact("count")
def n_articles(_: Scene) -> int:
    """Articles that are searched."""
    return len(articles.read())


@fact("count")
def n_questions(_: Scene) -> int:
    """Questions whose article is known."""
    return len(questions.of(articles.read()))


@fact("count")
def n_trained_length(scene: Scene) -> int:
    """Tokens of the longest text that the model was trained on."""
    return length_of(scene.model)
