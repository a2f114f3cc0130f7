"""The recorder: tensors for a whole run, filled by hooks while the model runs.

Each activation is copied when it goes by into a tensor with room for all positions of the run, so that nothing is kept
twice, no view keeps a larger tensor alive, and a generated token's rows go straight to their places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.tracing import hooks
from explorer.tracing.anatomy import anatomy
from explorer.tracing.memory import TRACES
from explorer.tracing.rotary import Rotation

if TYPE_CHECKING:
    from transformers import Cache

    from explorer.zoo.model import Model

Hook = tuple[str, Callable[..., Tensor | None]]
"""A TransformerLens hook: its name, and what is called with the activation."""


class Recorder:
    """Tensors for a whole run, filled by hooks while the model runs over `capacity` positions at most."""

    def __init__(self, model: Model, capacity: int) -> None:
        self.bridge = model.bridge
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
        if "ln_final_scale" not in self.anatomy.derived:
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
        logits, cache = self.bridge(torch.tensor([ids]), return_type="logits_and_cache", **how)
        self.keep_logits(logits[0])
        return cache

    def keep_logits(self, logits: Float[Tensor, "pos d_vocab"]) -> None:
        """Keep those of the current positions."""
        if self.capacity == len(logits):
            self.logits = logits.float()
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

    def tensors(self, n: int) -> dict[str, Any]:
        """The run's tensors by their names in a Trace, cut to the n positions that were run."""

        def cut(tensor: Tensor, dim: int = 0) -> Tensor:
            return tensor if n == self.capacity else tensor.narrow(dim, 0, n).clone()

        out: dict[str, Any] = {"embed": cut(self.made.pop("embed"))}
        for name in hooks.IN_EACH_LAYER:
            made = self.made.pop(name, None)
            if made is None:
                out[name] = None
            elif name == "pattern":
                out[name] = made if n == self.capacity else made[:, :, :n, :n].clone()
            else:
                made = cut(made, 1)
                out[name] = made.squeeze(-1) if name.endswith("_scale") else made
        if (made := self.made.pop("ln_final_scale", None)) is not None:
            out["ln_final_scale"] = cut(made).squeeze(-1)
        out |= {f"_{name}": out.pop(name) for name in ("rot_q", "rot_k")}
        found = {name: out.pop(name, None) for name in hooks.DERIVABLE}
        out["measured"] = {name: tensor for name, tensor in found.items() if tensor is not None}
        out["logits"] = cut(self.logits) if len(self.logits) else None
        out["edits"] = {layer: cut(edit) for layer, edit in self.edits.items()}
        if self.anatomy.parallel:  # "between" attention and MLP is the stream plus attention's output
            out["resid_mid"] += torch.cat([out["embed"][None], out["resid_post"][:-1]])
        tables = [(self.made.get(f"cos{i}"), self.made.get(f"sin{i}")) for i in range(len(self.rotation_layers))]
        turns = [Rotation(cut(cos), cut(sin)) for cos, sin in tables if cos is not None and sin is not None]
        turns = [] if self.anatomy.latent else turns
        out["rotations"] = tuple(turns)
        if turns and not self.rotated:  # this attention shows its queries and keys only before they are turned
            for layer in range(self.dims.n_layers):
                for name in ("_rot_q", "_rot_k"):
                    out[name][layer] = turns[self.rotation_of_layer[layer]].apply(out[name][layer])
        return out
