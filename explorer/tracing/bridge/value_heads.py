"""The heads' share of what enters an attention's output projection, cut by the width of a value.

What attention hands to its output projection is the heads' weighted sums of values, one after another: head h's lie at
``h d_v ... (h + 1) d_v``, where d_v is the width of a value. That is not always the width of a query: DeepSeek-V3's
queries have 192 coordinates, of which 64 turn, and its values 128. Cut by any other width, one head's numbers would be
told as another's, and their sum would still be right: so a layer's heads are counted where attention shows them, in
its pattern, and `alone` asks the model's own projection what each of them writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.block import Attention
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import run_there

if TYPE_CHECKING:
    from transformer_lens.conversion_utils.conversion_steps import BaseTensorConversion
    from transformer_lens.model_bridge import TransformerBridge


def cut_by_value(bridge: TransformerBridge, seen: dict[str, Tensor]) -> None:
    """Have the bridge show each layer's z as [batch pos head d_v], with as many heads as its pattern has.

    `seen` is what a run has shown; a z there that was cut otherwise is cut anew.
    """
    for layer, block in enumerate(bridge.blocks):
        pattern, name = (hooks.found(seen, layer, each) for each in ("pattern", "z"))
        if pattern is None or name is None or seen[pattern].ndim != 4:
            continue
        n_heads, z = seen[pattern].shape[1], seen[name].flatten(2)  # batch pos (head d_v)
        if seen[name].shape[2:-1] == (n_heads,) or z.shape[-1] % n_heads:
            continue
        seen[name] = z.unflatten(-1, (n_heads, -1))
        block.get_submodule("attn.o").hook_in.hook_conversion = _conversion(n_heads, z.shape[-1])


def _conversion(n_heads: int, width: int) -> BaseTensorConversion:
    """The bridge's kind of a conversion between [batch pos width] and [batch pos head d_v]."""
    from transformer_lens.conversion_utils.conversion_steps import BaseTensorConversion

    class ByValue(BaseTensorConversion):
        splits_attention_heads = True

        def handle_conversion(self, input_value: Tensor, *_: object) -> Tensor:
            return input_value.unflatten(-1, (n_heads, -1)) if input_value.shape[-1] == width else input_value

        def revert(self, input_value: Tensor, *_: object) -> Tensor:
            return input_value.flatten(2) if input_value.ndim == 4 else input_value

    return ByValue()


def projection(block: nn.Module) -> nn.Module | None:
    """The layer of transformers that is a block's output projection; the explorer's own decoder calls it W_O."""
    attention = getattr(block, "attn", None)
    if isinstance(attention, Attention):
        return attention.W_O
    return getattr(getattr(attention, "o", None), "original_component", None)


def projections(bridge: TransformerBridge) -> tuple[nn.Module | None, ...]:
    """`projection` of each block."""
    return tuple(map(projection, bridge.blocks))


def alone(project: nn.Module, z: Float[Tensor, "pos head d_v"]) -> Float[Tensor, "head pos d_model"]:
    """What the projection makes of each head's z by itself, the others' zero, without its bias.

    >>> z = torch.arange(4.0).view(1, 2, 2)
    >>> alone(nn.Linear(4, 3), z).sum(0).shape
    torch.Size([1, 3])
    """
    n_heads = z.shape[1]
    apart = torch.eye(n_heads + 1, n_heads).to(z)[:, None, :, None] * z  # head+1 pos head d_v; none of them last
    with torch.no_grad():
        made = run_there(project, apart.flatten(2))
    return made[:-1] - made[-1:]
