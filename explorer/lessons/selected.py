"""What a fact is asked about: what it leaves open is the selection; what the run does not have is refused."""

from __future__ import annotations

from explorer.errors import BadRequestError
from explorer.panels.scene import Scene


def position_of(scene: Scene, position: int | None) -> int:
    """Raises LookupError where there is no such position."""
    last = len(scene.trace.tokens) - 1
    if position is not None and not 0 <= position <= last:
        raise LookupError(f"position {position}; this run has 0 to {last}")
    return scene.position if position is None else position


def layer_of(scene: Scene, layer: int | None) -> int:
    """Raises LookupError where there is no such block."""
    last = scene.model.dims.n_layers - 1
    if layer is not None and not 0 <= layer <= last:
        raise LookupError(f"block {layer}; this model has 0 to {last}")
    return scene.layer if layer is None else layer


def head_of(scene: Scene, head: int | None) -> int:
    """Raises LookupError where there is no such head."""
    last = scene.model.dims.n_heads - 1
    if head is not None and not 0 <= head <= last:
        raise LookupError(f"head {head}; a block of this model has 0 to {last}")
    return scene.head if head is None else head


def token_id(scene: Scene, text: str) -> int:
    """The token that is this text and nothing more. Raises BadRequestError where the text is several tokens."""
    ids = scene.model.vocabulary.encode(text)
    if len(ids) != 1:
        raise BadRequestError(f"“{text}” is {len(ids)} tokens of this model")
    return ids[0]
