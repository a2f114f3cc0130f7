"""What the experts' numbers say, in plain sentences: which label accounts for how much of the routing, and where."""

from __future__ import annotations

from torch import Tensor

from explorer.experiments.architectures.experts import Analysis
from explorer.stack.architectures.specialisation import Measured

#: How the labels are called in a sentence.
LABELS = {
    "kind": "The text kind",
    "class": "The token class",
    "token": "The token itself",
    "kind_given_token": "For a given token, the text kind",
}


def verdicts(made: Analysis) -> tuple[str, ...]:
    """In a plain sentence each: which label accounts for how much of the routing, where, and whether beyond chance."""
    layers = made.routing.layers
    kind, _, token, _ = made.measured
    return (*(_verdict(each, layers) for each in made.measured), _comparison(token, kind, layers))


def _verdict(each: Measured, layers: tuple[int, ...]) -> str:
    share, beyond, name = each.of_routing, each.beyond, LABELS[each.label]
    if not bool(beyond.any()):
        return f"{name} tells no more about the expert than shuffled labels do, in every block."
    most, least = int(share.argmax()), int(share.argmin())
    said = f"{name} accounts for {_percent(share[most])} of the routing in block {layers[most]}"
    if most != least:
        said += f" (the most) and for {_percent(share[least])} in block {layers[least]} (the least)"
    missing = _list([layers[at] for at in range(len(layers)) if not bool(beyond[at])])
    return said + (f"; in {missing} it tells no more than shuffled labels do." if missing else ".")


def _comparison(token: Measured, kind: Measured, layers: tuple[int, ...]) -> str:
    """Which of the two accounts for more in which layers."""
    more = token.excess > kind.excess
    by_token = _list([layer for layer, is_token in zip(layers, more.tolist(), strict=True) if is_token])
    by_kind = _list([layer for layer, is_token in zip(layers, more.tolist(), strict=True) if not is_token])
    if not by_token or not by_kind:
        first, second = ("token", "text kind") if by_token else ("text kind", "token")
        return f"In every block the {first} accounts for more than the {second}."
    return f"The token accounts for more than the text kind in {by_token}, and for less in {by_kind}."


def _list(layers: list[int]) -> str:
    if not layers:
        return ""
    if len(layers) > 2 and layers == list(range(layers[0], layers[-1] + 1)):
        return f"blocks {layers[0]} to {layers[-1]}"
    words = [str(layer) for layer in layers]
    joined = " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    return f"block{'s' * (len(layers) > 1)} {joined}"


def _percent(share: Tensor) -> str:
    value = 100 * max(float(share), 0.0)
    return f"{value:.0f}\u00a0%" if value >= 9.95 else f"{value:.1f}\u00a0%"
