"""The recorder: tensors for a whole run, filled by hooks while the model runs.

Each activation is copied when it goes by into a tensor with room for all positions of the run, so that nothing is kept
twice, no view keeps a larger tensor alive, and a generated token's rows go straight to their places. Those tensors lie
on the CPU in float32, wherever the model lies and in whatever format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.memory import TRACES
from explorer.tracing.bridge.rotary import Rotation

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.zoo.model import Model

Hook = tuple[str, Callable[..., Tensor | None]]
"""A TransformerLens hook: its name, and what is called with the activation."""


class Read(TypedDict):
    """What was read of a run, by its names in a Trace. Of a long run `pattern` and `logits` are empty until it is
    complete (see long_run.py)."""

    embed: Tensor
    resid_mid: Tensor
    resid_post: Tensor
    pattern: Tensor
    _rot_q: Tensor
    _rot_k: Tensor
    v: Tensor
    z: Tensor
    mlp_pre: Tensor | None
    ln1_post_scale: Tensor | None
    ln2_post_scale: Tensor | None
    router_logits: Tensor | None
    expert_weights: Tensor | None
    logits: Tensor
    rotations: tuple[Rotation, ...]
    measured: dict[str, Tensor]
    edits: dict[int, Tensor]


class Recorder:
    """Tensors for a whole run, filled by hooks while the model runs over `capacity` positions at most."""

    def __init__(self, model: Model, capacity: int) -> None:
        self.bridge, self.device = model.bridge, model.device
        self.dims, self.capacity = model.dims, capacity
        self.anatomy = anatomy(self.bridge)
        self.start = self.stop = 0
        self.logits = torch.empty(0)
        self.made: dict[str, Tensor] = {}
        self.edits: dict[int, Tensor] = {}
        kinds = getattr(model.hf.config.get_text_config(), "layer_types", None) or ["all"] * self.dims.n_layers
        distinct = list(dict.fromkeys(kinds))
        self.rotation_of_layer = tuple(distinct.index(kind) for kind in kinds)
        self.rotation_layers = [kinds.index(kind) for kind in distinct]
        self.rotated = (hooks.found(self.anatomy.firing, 0, "rot_q") or "").endswith("rot_q") or self.anatomy.latent

    def hooks(self) -> list[Hook]:
        """A hook for every activation that this model has and that does not follow from others."""
        layers = self.dims.n_layers
        found: list[Hook] = [(full, self._keep(name, layer, layers)) for name, layer, full in self.anatomy.kept]
        found.append((hooks.EMBED, self._keep("embed")))
        if "ln_final_scale" not in self.anatomy.derived and hooks.LN_FINAL_SCALE in self.anatomy.firing:
            found.append((hooks.LN_FINAL_SCALE, self._keep("ln_final_scale")))
        for i, layer in enumerate(self.rotation_layers):
            for name, hook in (("cos", hooks.COS), ("sin", hooks.SIN)):
                if hooks.in_block(layer, hook) in self.anatomy.firing:
                    found.append((hooks.in_block(layer, hook), self._keep(f"{name}{i}")))
        return found

    def forward(self, ids: list[int], cache: Cache | None, keep_cache: bool) -> Cache | None:
        """Run the next positions; returns the key-value cache."""
        self.start, self.stop = self.stop, self.stop + len(ids)
        how = {"use_cache": keep_cache} | ({} if cache is None else {"past_key_values": cache})
        logits, cache = self.bridge(torch.tensor([ids], device=self.device), return_type="logits_and_cache", **how)
        self.keep_logits(logits[0])
        return cache

    def keep_logits(self, logits: Float[Tensor, "pos d_vocab"]) -> None:
        """Keep those of the current positions."""
        if self.capacity == len(logits):
            self.logits = here(logits)
            return
        if not len(self.logits):
            self.logits = TRACES.tensor((self.capacity, logits.shape[-1]))
        self.logits[self.start : self.stop] = logits

    def drawn_from(self, position: int) -> Float[Tensor, " d_vocab"]:
        """The logits of the last position that was run."""
        return self.logits[position]

    def largest(self) -> Float[Tensor, " pos"]:
        """The largest logit of each position that was run."""
        return self.logits[: self.stop].amax(-1)

    def edited(self, layer: int, change: Float[Tensor, "batch pos d_model"]) -> None:
        """Keep what interventions added to the stream after a block."""
        total = self.edits.setdefault(layer, torch.zeros(self.capacity, change.shape[-1]))
        total[self.start : self.stop] = change[0]

    def _keep(self, name: str, layer: int = 0, layers: int = 0) -> Callable[..., None]:
        """A hook that copies the activation of the current positions to its place in the run's tensor."""
        keys_too, flat = name == "pattern", name in hooks.WITHOUT_BATCH
        heads_first = self.anatomy.latent and name in hooks.HEADS_FIRST

        def hook(activation: Tensor, **_: object) -> None:
            seen = activation if flat else activation[0]  # the one run of the batch
            seen = seen.transpose(0, 1) if heads_first else seen
            if name not in self.made:
                shape = list(seen.shape)
                shape[0 if not keys_too else 1] = self.capacity
                if keys_too:
                    shape[2] = self.capacity
                # Keys that a query cannot see stay zero: later rows of the pattern are longer than earlier ones.
                zero = flat or (keys_too and self.stop < self.capacity)  # a dense layer of a mixture has no router
                self.made[name] = TRACES.tensor((layers, *shape) if layers else tuple(shape), zero)
            place = self.made[name][layer] if layers else self.made[name]
            if keys_too:  # head query key; a sliding window's cache has forgotten the first keys
                place[:, self.start : self.stop, self.stop - seen.shape[-1] : self.stop] = seen
            else:
                place[self.start : self.stop] = seen

        return hook

    def tensors(self, n: int) -> Read:
        """The run's tensors, cut to the n positions that were run."""

        def cut(tensor: Tensor, dim: int = 0) -> Tensor:
            return tensor if n == self.capacity else tensor.narrow(dim, 0, n).clone()

        def some(name: str) -> Tensor | None:
            if (made := self.made.pop(name, None)) is None:
                return None
            if name == "pattern":
                return made if n == self.capacity else made[:, :, :n, :n].clone()
            made = cut(made, 0 if name == "ln_final_scale" else 1)
            return made.squeeze(-1) if name.endswith("_scale") else made

        def each(name: str) -> Tensor:
            made = some(name)
            assert made is not None, name  # without these no run begins, see `hooks.REQUIRED`
            return made

        if not self.dims.n_heads:
            self.made |= of_no_heads(self.dims.n_layers, self.capacity)
        embed, resid_mid, resid_post = cut(self.made.pop("embed")), each("resid_mid"), each("resid_post")
        if self.anatomy.parallel:  # "between" attention and MLP is the stream plus attention's output
            resid_mid += torch.cat([embed[None], resid_post[:-1]])
        pattern = some("pattern")
        measured = {name: some(name) for name in hooks.DERIVABLE}
        turns, rot_q, rot_k = self._turns(cut), each("rot_q"), each("rot_k")
        if turns and not self.rotated:  # this attention shows its queries and keys only before they are turned
            for layer in range(self.dims.n_layers):
                for turned in (rot_q, rot_k):
                    turned[layer] = turns[self.rotation_of_layer[layer]].apply(turned[layer])
        return {
            "embed": embed, "resid_mid": resid_mid, "resid_post": resid_post,
            "pattern": torch.empty(0) if pattern is None else pattern, "_rot_q": rot_q, "_rot_k": rot_k,
            "v": each("v"), "z": each("z"), "mlp_pre": some("mlp_pre"), "ln1_post_scale": some("ln1_post_scale"),
            "ln2_post_scale": some("ln2_post_scale"), "router_logits": some("router_logits"),
            "expert_weights": some("expert_weights"), "logits": cut(self.logits) if len(self.logits) else self.logits,
            "rotations": turns, "measured": {name: made for name, made in measured.items() if made is not None},
            "edits": {layer: cut(edit) for layer, edit in self.edits.items()},
        }  # fmt: skip

    def _turns(self, cut: Callable[[Tensor], Tensor]) -> tuple[Rotation, ...]:
        """The rotary tables."""
        if self.anatomy.latent:
            return ()
        tables = [(self.made.get(f"cos{i}"), self.made.get(f"sin{i}")) for i in range(len(self.rotation_layers))]
        return tuple(Rotation(cut(cos), cut(sin)) for cos, sin in tables if cos is not None and sin is not None)


def of_no_heads(layers: int, capacity: int) -> dict[str, Tensor]:
    """What a run of a model without attention has of it: tensors of no heads, so that nothing stands for what is not.

    >>> {name: tuple(each.shape) for name, each in of_no_heads(2, 5).items() if name in ("z", "pattern")}
    {'z': (2, 5, 0, 0), 'pattern': (2, 0, 5, 5)}
    """
    made = {name: torch.empty(layers, capacity, 0, 0) for name in ("rot_q", "rot_k", "v", "z")}
    return made | {"pattern": torch.empty(layers, 0, capacity, capacity)}
