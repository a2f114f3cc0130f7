"""Interventions on a mixture of experts: which experts a token may go to.

All three change what the router has decided before the experts run, in every layer or in one, at every position or at
one. The router's own rule is then applied again, so that the weights of the chosen experts still add up to one:

    weights = renormalise(top_k(softmax(router logits)))

- `ForbidExpert`: the expert's logit becomes -inf; the next likeliest takes its place.
- `ForceExpert`: all other logits become -inf; the token goes to this expert alone.
- `UseExperts`: k experts instead of the model's own number, up to all of them.

>>> logits = torch.tensor([[2.0, 1.0, 0.0]])
>>> [round(float(w), 3) for w in route(logits, torch.tensor([2]))[0]]
[0.731, 0.269, 0.0]
>>> [round(float(w), 3) for w in route(ForbidExpert(None, None, 0).logits(logits, slice(None)), torch.tensor([2]))[0]]
[0.0, 0.731, 0.269]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.tracing.changes.edits import Limits, Run, WithoutConstant, positioned, within

#: difference within which the rule above must give the weights that the router itself gave, in float32; of a router in
#: a coarser format twice the distance from 1 to the next number
TOLERANCE = 1e-4


def route(logits: Float[Tensor, "token expert"], k: Int[Tensor, " token"]) -> Float[Tensor, "token expert"]:
    """The rule: softmax, the k likeliest of each token, renormalised; zero elsewhere."""
    probabilities = logits.float().softmax(-1).nan_to_num(0.0)  # nothing is allowed: no expert gets any weight
    place = probabilities.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)  # 0 is the likeliest
    kept = probabilities * (place < k[:, None])
    return kept / kept.sum(-1, keepdim=True).clamp_min(1e-30)


def _scope(layer: int | None, position: int | None) -> str:
    where = "every block" if layer is None else f"block {layer}"
    return where + ("" if position is None else f" at position {position}")


def _word(index: int | None) -> str:
    return "all" if index is None else str(index)


@dataclass(frozen=True)
class _OneExpert(WithoutConstant):
    layer: int | None
    """None: every layer."""
    position: int | None
    """None: every position."""
    expert: int
    site = "routing"

    def check(self, limits: Limits) -> None:
        _applies(limits)
        if self.layer is not None:
            within("layer", self.layer, limits.n_layers, self)
        positioned(self.position, limits, self)
        within("expert", self.expert, limits.n_experts, self)

    @property
    def text(self) -> str:
        raise NotImplementedError

    def logits(self, logits: Float[Tensor, "token expert"], rows: slice) -> Float[Tensor, "token expert"]:
        raise NotImplementedError

    def count(self, k: Int[Tensor, " token"], _rows: slice) -> Int[Tensor, " token"]:
        return k


@dataclass(frozen=True)
class ForbidExpert(_OneExpert):
    """No token goes to this expert."""

    @property
    def text(self) -> str:
        return f"forbid:{_word(self.layer)}:{_word(self.position)}:{self.expert}"

    @property
    def label(self) -> str:
        return f"expert {self.expert} forbidden in {_scope(self.layer, self.position)}"

    def logits(self, logits: Float[Tensor, "token expert"], rows: slice) -> Float[Tensor, "token expert"]:
        out = logits.clone()
        out[rows, self.expert] = -math.inf
        return out


@dataclass(frozen=True)
class ForceExpert(_OneExpert):
    """Tokens go to this expert alone."""

    @property
    def text(self) -> str:
        return f"force:{_word(self.layer)}:{_word(self.position)}:{self.expert}"

    @property
    def label(self) -> str:
        return f"expert {self.expert} alone in {_scope(self.layer, self.position)}"

    def logits(self, logits: Float[Tensor, "token expert"], rows: slice) -> Float[Tensor, "token expert"]:
        out = logits.clone()
        out[rows] = -math.inf
        out[rows, self.expert] = logits[rows, self.expert]
        return out


@dataclass(frozen=True)
class UseExperts(WithoutConstant):
    """Each token goes to `k` experts."""

    layer: int | None
    k: int
    site = "routing"

    @property
    def text(self) -> str:
        return f"experts:{_word(self.layer)}:{self.k}"

    @property
    def label(self) -> str:
        return f"{self.k} expert{'s' * (self.k != 1)} a token in {_scope(self.layer, None)}"

    def check(self, limits: Limits) -> None:
        _applies(limits)
        if self.layer is not None:
            within("layer", self.layer, limits.n_layers, self)
        if not 1 <= self.k <= limits.n_experts:
            raise BadRequestError(
                f"{self.k} experts a token are not possible.",
                f"This model has {limits.n_experts}.",
                limit=limits.n_experts,
            )

    def logits(self, logits: Float[Tensor, "token expert"], _rows: slice) -> Float[Tensor, "token expert"]:
        return logits

    def count(self, k: Int[Tensor, " token"], rows: slice) -> Int[Tensor, " token"]:
        out = k.clone()
        out[rows] = self.k
        return out


RoutingEdit = ForbidExpert | ForceExpert | UseExperts


def _applies(limits: Limits) -> None:
    if not limits.n_experts:
        raise BadRequestError("This model has no experts.", "Choose a mixture of experts from the shelf.")


class Rerouting:
    """The edits of one layer: three hooks on the router, which fire one after another.

    The router's logits, then its weights ([token expert], zero where an expert is not used), then the chosen experts.
    """

    def __init__(self, edits: list[RoutingEdit], run: Run) -> None:
        self.edits, self.run = edits, run
        self._logits = torch.empty(0)
        self._weights = torch.empty(0)

    def on_logits(self, logits: Float[Tensor, "token expert"], **_: object) -> None:
        self._logits = logits

    def on_weights(self, weights: Float[Tensor, "token expert"], **_: object) -> Float[Tensor, "token expert"]:
        self.run.fired.update(each.text for each in self.edits)
        k = (weights > 0).sum(-1)  # token
        own = route(self._logits, k) if self._logits.shape == weights.shape else None
        if own is None or float((own - weights).abs().max()) > self._tolerance(weights):
            raise BadRequestError(
                "This model’s router uses more than softmax and top-k.",
                "The explorer can neither force nor forbid its experts.",
            )
        logits = self._logits
        for edit in self.edits:
            rows = self._rows(getattr(edit, "position", None), len(weights))
            logits, k = edit.logits(logits, rows), edit.count(k, rows)
        self._weights = route(logits, k).to(weights.dtype)
        return self._weights

    def _tolerance(self, weights: Tensor) -> float:
        return max(TOLERANCE, *(2 * torch.finfo(each.dtype).eps for each in (self._logits, weights)))

    def on_indices(self, indices: Int[Tensor, "token k"], **_: object) -> Int[Tensor, "token used"]:
        """As many experts as any token uses; those of weight zero add nothing."""
        used = max(int((self._weights > 0).sum(-1).max()), indices.shape[-1])
        return self._weights.topk(used, -1).indices.to(indices.dtype)

    def _rows(self, position: int | None, tokens: int) -> slice:
        """Tokens at a position: the router sees the batch's rows one after another."""
        if position is None:
            return slice(None)
        width = self.run.width or tokens
        at = position - self.run.offset
        return slice(at, None, width) if 0 <= at < width else slice(0, 0)
