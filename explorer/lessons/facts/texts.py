"""Of tokens as they are made: merges, templates, positions as angles."""

from __future__ import annotations

import math

from explorer.figures.embeddings.positions import PositionsRotation
from explorer.figures.overview.tokens import TokensMerges
from explorer.figures.tokenization.bpe_encoding import BpeEncodingListed
from explorer.lessons.fact import fact
from explorer.lessons.selected import layer_of, position_of
from explorer.lessons.shown import drawn
from explorer.panels.scene import Scene


def _merges(scene: Scene) -> TokensMerges:
    return drawn(scene, "tokens", "merges", TokensMerges)


@fact("count")
def n_merges(scene: Scene) -> int:
    """Merges that built the selected token and those beside it in its word."""
    return len(_merges(scene).steps)


@fact("token")
def merged(scene: Scene, nth: int) -> str:
    """What the nth of these merges made."""
    step = _merges(scene).steps[nth - 1]
    return bytes.fromhex(step.bytes[step.index]).decode("utf-8", "replace")


@fact("count")
def merge_rank(scene: Scene, nth: int) -> int:
    """Its place in the list of merges; those learned first come first."""
    return _merges(scene).steps[nth - 1].rank


@fact("count")
def n_known_merges(scene: Scene) -> int:
    """Merges that the tokenizer has learned."""
    return _merges(scene).n_merges


def _listed(scene: Scene) -> BpeEncodingListed:
    return drawn(scene, "bpe_encoding", "listed", BpeEncodingListed)


@fact("token")
def listed_piece(scene: Scene, at: int, mended: bool = False) -> str:
    """A piece of the listed example, counted from 0, as the list is or with the merge that it lacks."""
    return _listed(scene).runs[int(mended)].pieces[at]


@fact("count")
def n_listed_pieces(scene: Scene, mended: bool = False) -> int:
    """How many pieces that example ends in."""
    return len(_listed(scene).runs[int(mended)].pieces)


def _hands(scene: Scene) -> PositionsRotation:
    return drawn(scene, "positions", "rotation", PositionsRotation)


@fact("count")
def n_pairs(scene: Scene) -> int:
    """Pairs of numbers that a position turns in each head."""
    return _hands(scene).d_rotary // 2


@fact("number")
def period(scene: Scene, pair: int) -> float:
    """Tokens after which a pair has turned once around."""
    return 2 * math.pi / float(_hands(scene).inv_freq[pair])


@fact("number")
def angle_between(scene: Scene, pair: int, one: int, other: int) -> float:
    """The angle between a pair's hands at two positions, in degrees, before it starts anew at 360."""
    return math.degrees(float(_hands(scene).inv_freq[pair]) * (one - other)) % 360


@fact("position")
def previous(scene: Scene, position: int | None = None) -> int:
    """The position before."""
    return max(0, position_of(scene, position) - 1)


@fact("share")
def previous_token_score(scene: Scene, layer: int, head: int) -> float:
    """How much a head reads the token before, on average over the text."""
    return float(scene.trace.head_scores().previous[layer_of(scene, layer), head])
