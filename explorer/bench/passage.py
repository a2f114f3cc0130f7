"""A passage of plain prose cut to a number of tokens, so that every benchmark and subject reads the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.zoo.model import Model

# Aesop, "The Fox and the Crow" and "The North Wind and the Sun", retold for this benchmark.
PASSAGE = """\
A crow sat on the branch of a tall tree with a piece of cheese in her beak when a fox saw her and set his mind
on the cheese. He came and stood under the tree and looked up at her. What a noble bird I see above me, said
the fox. Her beauty is without equal and the colour of her feathers is lovely. If only her voice is as sweet
as her looks are fair, she ought without doubt to be queen of the birds. The crow was greatly pleased by this,
and only to show the fox that she could sing, she gave a loud caw. Down came the cheese, and the fox,
snatching it up, said: You have a voice, madam, I see; what you want is wits. Another day the north wind and
the sun quarrelled about which of them was the stronger. While they were arguing with much heat, a traveller
came along the road wrapped in a warm cloak. Let us agree, said the sun, that he is the stronger who can strip
that traveller of his cloak. Very well, growled the north wind, and at once sent a cold, howling blast against
the man. With the first gust the ends of the cloak whipped about his body, but he wrapped it close around him,
and the harder the wind blew, the tighter he held it. Then the sun began to shine. At first his beams were
gentle, and in the pleasant warmth after the bitter cold the man unfastened his cloak and let it hang loosely
from his shoulders."""


def of_length(model: Model, n_tokens: int) -> str:
    """The shortest beginning of the passage that has `n_tokens` tokens. Raises ValueError if none has."""
    text = PASSAGE.replace("\n", " ")
    for end in range(1, len(text) + 1):
        # A token is at least one character, so shorter beginnings need not be tried.
        if end >= n_tokens and len(model.vocabulary.encode(text[:end])) == n_tokens:
            return text[:end]
    raise ValueError(f"the passage has no beginning of {n_tokens} tokens")
