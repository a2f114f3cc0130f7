"""Image tokens among the tokens of a text: a placeholder is written as often as a picture has tokens, and the vectors
of those tokens take the places of its embeddings, in order.

    ids     <start> <image> <image> <image> what colour ?     ->     embeddings, rows 1 to 3 from the connector

The number of placeholders must be the number of image tokens: with one too few, every later picture would slip by one
without an error in sight. The loss is of the text alone: no place of the picture is a target, and of a conversation
only what the model shall say itself (LLaVA: Liu et al. 2023, arXiv 2304.08485).

>>> ids = expanded([5, 9, 7], image=9, count=3)
>>> ids
[5, 9, 9, 9, 7]
>>> import torch
>>> embedded = torch.zeros(1, 5, 2)
>>> merged(embedded, torch.tensor([ids]), 9, torch.ones(1, 3, 2))[0, :, 0].tolist()
[0.0, 1.0, 1.0, 1.0, 0.0]
>>> targets([5, 9, 9, 7, 8], said=[False, False, False, False, True])
[-100, -100, -100, 8, -100]
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError

#: A target that counts for nothing.
IGNORED = -100


def expanded(ids: Sequence[int], image: int, count: int) -> list[int]:
    """Each placeholder written `count` times; of no image tokens it is left out."""
    return [each for id_ in ids for each in ([id_] * count if id_ == image else [id_])]


def merged(
    embedded: Float[Tensor, "batch pos d_model"],
    ids: Int[Tensor, "batch pos"],
    image: int,
    tokens: Float[Tensor, "batch token d_model"],
) -> Float[Tensor, "batch pos d_model"]:
    """The embeddings with image tokens at the placeholders, picture by picture.

    Raises BadRequestError where a row has more or fewer placeholders than its picture has tokens.
    """
    places = ids == image  # batch pos
    counts = places.sum(1)
    if bool((counts != tokens.shape[1]).any()):
        wrong = int((counts != tokens.shape[1]).nonzero()[0])
        raise BadRequestError(
            f"Text {wrong} has {int(counts[wrong])} placeholders, and its picture has {tokens.shape[1]} tokens."
        )
    return embedded.masked_scatter(places[..., None], tokens.to(embedded.dtype))


def targets(ids: Sequence[int], said: Sequence[bool]) -> list[int]:
    """What each place predicts: the next token where the model shall say it, else nothing."""
    following = [id_ if own else IGNORED for id_, own in zip(ids[1:], said[1:], strict=True)]
    return [*following, IGNORED]
