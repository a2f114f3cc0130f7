"""A question rewritten by a model before it is searched for.

HyDE (Gao et al. 2022, arXiv 2212.10496): the model writes a passage that would answer the question, true or not, and
the search goes by that passage's vector, or by the mean of both; it lies among passages, where a question does not.
Query2doc (Wang et al. 2023, arXiv 2303.07678): the passage's words are added to the question's, which is repeated so
that its own words keep their weight::

    dense    v = normalised(v(question) + v(passage))
    words    question × 5, passage

>>> mean_of(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])).tolist()
[0.7071067690849304, 0.7071067690849304]
>>> longer("why?", "because", 2)
'why? why? because'
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

#: How often the question stands before the passage.
REPEATED = 5


def mean_of(question: Float[Tensor, " d"], passage: Float[Tensor, " d"]) -> Float[Tensor, " d"]:
    """A vector of length 1 between two such. A zero vector where they are opposite."""
    return torch.nn.functional.normalize(question + passage, dim=0)


def longer(question: str, passage: str, repeated: int = REPEATED) -> str:
    """What a search by words is given."""
    return " ".join([*[question] * repeated, passage])
