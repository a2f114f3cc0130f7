"""TransformerLens: its components out of a running model and back, and its key-value cache.

- `Module._modules` of the model under the bridge: each component gives its place to a stand-in and takes it back, once
  a run, and nothing else of the model may notice.
- `_modules` of a component: its projections as they stand in it at this moment; its `__getattr__` looks in the layer.
- `_update_kv_cache`: the cache, as the component itself calls it.

Until the bridge runs what nothing is hooked to as in plain transformers (4.3 does not).

Why transformers is pinned to one minor version (pyproject.toml): transformers 5.24 renames the argument by which
attention is handed its cache. `_update_kv_cache` of 4.3 looks for `past_key_values` and `layer_past` among its keywords
and, where it finds neither, returns the keys as they came: without a word, each new token would attend to itself alone.
The pin goes with the TransformerLens that knows the new name; the test beside this file fails first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import Tensor, nn

if TYPE_CHECKING:
    from transformer_lens.model_bridge.generalized_components.attention import AttentionBridge
    from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent

#: The names under which transformers may hand attention its cache: what `_update_kv_cache` looks for.
CACHE_ARGUMENTS = ("past_key_values", "layer_past")


def put(module: nn.Module, name: str, instead: nn.Module) -> None:
    """Let this stand in the module under a name that it has."""
    module._modules[name] = instead


def parts(component: GeneralizedComponent) -> dict[str, nn.Module]:
    """What stands in a component at this moment."""
    return cast("dict[str, nn.Module]", component._modules)


def cached(component: GeneralizedComponent, keys: Tensor, values: Tensor, **given: object) -> tuple[Tensor, Tensor]:
    """The keys and values of all tokens so far: the cache that attention was handed, made longer by these."""
    return cast("AttentionBridge", component)._update_kv_cache(keys, values, **given)
