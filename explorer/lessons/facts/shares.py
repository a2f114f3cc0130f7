"""Of the sum that a lead is: what each part of the model adds to it. The link's own reference is measured over."""

from __future__ import annotations

from explorer.lessons.fact import fact
from explorer.lessons.selected import head_of, layer_of, position_of, token_id
from explorer.panels.scene import Scene
from explorer.tracing.derived.attribution import Attribution


def _parts(scene: Scene, token: str, position: int | None) -> Attribution:
    target = token_id(scene, token)
    return scene.trace.attribution(position_of(scene, position), target, scene.over_of(target))


@fact("logit")
def attention_share(scene: Scene, token: str, layer: int, position: int | None = None) -> float:
    """What a block's attention adds to a token's lead."""
    return float(_parts(scene, token, position).attn[layer_of(scene, layer)])


@fact("logit")
def mlp_share(scene: Scene, token: str, layer: int, position: int | None = None) -> float:
    """What a block's MLP adds to a token's lead."""
    return float(_parts(scene, token, position).mlp[layer_of(scene, layer)])


@fact("logit")
def head_share(scene: Scene, token: str, layer: int, head: int, position: int | None = None) -> float:
    """What a head adds to a token's lead."""
    return float(_parts(scene, token, position).heads[layer_of(scene, layer), head_of(scene, head)])


@fact("logit")
def embedding_share(scene: Scene, token: str, position: int | None = None) -> float:
    """What the embedding alone adds to a token's lead."""
    return _parts(scene, token, position).embed


@fact("layer")
def strongest_attention(scene: Scene, token: str, position: int | None = None) -> int:
    """The block whose attention adds most to a token's lead."""
    return int(_parts(scene, token, position).attn.argmax())


@fact("layer")
def strongest_mlp(scene: Scene, token: str, position: int | None = None) -> int:
    """The block whose MLP adds most to a token's lead."""
    return int(_parts(scene, token, position).mlp.argmax())


@fact("head")
def strongest_head(scene: Scene, token: str, layer: int | None = None, position: int | None = None) -> tuple[int, int]:
    """The head that adds most to a token's lead: of all, or of one block."""
    heads = _parts(scene, token, position).heads
    if layer is not None:
        return layer_of(scene, layer), int(heads[layer_of(scene, layer)].argmax())
    block, number = divmod(int(heads.argmax()), heads.shape[1])
    return block, number


@fact("logit")
def parts_sum(scene: Scene, token: str, position: int | None = None) -> float:
    """The sum of all parts: the lead itself, but for rounding."""
    return _parts(scene, token, position).total


@fact("logit")
def lead(scene: Scene, token: str, position: int | None = None) -> float:
    """How far a token's logit lies above the mean logit of the others, each weighed by its probability."""
    return _parts(scene, token, position).lead
