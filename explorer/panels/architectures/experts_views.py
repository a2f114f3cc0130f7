"""What experts do: which kinds of text and which tokens go to each, and how much of it is more than chance."""

from __future__ import annotations

from typing import Any, cast
from weakref import WeakKeyDictionary

from explorer.errors import NotApplicableError
from explorer.figures.architectures import experts as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.architectures import token_classes
from explorer.stack.architectures.specialisation import Counting
from explorer.tracing import corpus

COUNTINGS = ("pairs", "weight", "first")
#: Contexts and lists of more experts than these would weigh more than the page should carry.
MOST = 1024

#: The passages, and what shuffling makes of them, are the same for every visitor; they go when the model does.
_ANALYSED: WeakKeyDictionary[Any, dict[str, figure.Analysis]] = WeakKeyDictionary()


def _analysis(scene: Scene) -> figure.Analysis:
    counting = cast("Counting", scene.choice("count", "pairs", COUNTINGS))
    known = _ANALYSED.setdefault(scene.model, {})
    if counting not in known:
        tell = scene.ticks("Passages read")
        over = corpus.over_passages(scene.model, lambda _stage, done, total: tell(done, 2 * total))
        labels = next((other.labels for other in known.values()), None) or figure.labels(
            over.routing, over.kinds, over.kind_of_passage, scene.model.vocabulary.bytes
        )
        known[counting] = figure.analyse(
            over.routing, labels, counting, progress=lambda done, total: tell(total + done, 2 * total)
        )
    return known[counting]


def _common(scene: Scene, made: figure.Analysis) -> dict[str, Any]:
    return {
        "count": made.counting, "layers": list(made.routing.layers), "n_experts": made.routing.n_experts,
        "k": made.routing.indices.shape[-1], "kinds": list(made.labels.kinds), "classes": list(token_classes.CLASSES),
        "tokens": len(made.routing.ids), "passages": made.routing.n_passages, "shuffles": figure.SHUFFLES,
        "least": figure.LEAST, "share": made.share, "unmodified": bool(scene.trace.key.interventions),
    }  # fmt: skip


def kinds(scene: Scene) -> Rendered:
    made = _analysis(scene)
    kind = made.measured[0]
    data = _common(scene, made) | {
        "shares": made.by_kind.share, "beyond": made.by_kind.beyond,
        "low": made.by_kind.low, "high": made.by_kind.high,
        "bits": kind.bits, "chance": kind.chance, "band_high": kind.high, "of_routing": kind.of_routing,
    }  # fmt: skip
    n, k = len(made.routing.ids), made.routing.indices.shape[-1]
    pairs = (made.routing.load * n * k).round().long().sum(-1)
    checks = (
        Check(f"{n:,} tokens go to {k} experts each, {n * k:,} choices in every layer",
              float((pairs - n * k).abs().max()), 0.0, "missing"),
        Check("Shares of a kind add up to 1", made.by_kind.sum_error, 1e-12, "largest error"),
    )  # fmt: skip
    return Rendered(data, checks)


def expert(scene: Scene) -> Rendered:
    made = _analysis(scene)
    if made.share.numel() > MOST:
        raise NotApplicableError(
            f"{made.share.numel():,} experts are too many to list all their tokens.", "Open a smaller mixture."
        )
    over = corpus.over_passages(scene.model)
    found = figure.contexts(made)
    starts = made.routing.passage.bincount().cumsum(0) - made.routing.passage.bincount()
    data = _common(scene, made) | {
        "ids": made.routing.ids, "starts": starts, "kind_of_passage": over.kind_of_passage,
        "documents": list(over.documents), "near": figure.NEAR,
        "lift": vars(made.by_lift), "often": vars(made.by_count),
        "by_kind": made.by_kind.share, "kind_low": made.by_kind.low, "kind_high": made.by_kind.high,
        "by_class": made.by_class.share, "class_low": made.by_class.low, "class_high": made.by_class.high,
        "at": found.at, "weights": (found.weights * 255).round().byte(),
    }  # fmt: skip
    whole = Check("Weights of a token’s experts add up to 1", made.routing.weight_error, 1e-5, "largest error")
    checks = (
        Check("An expert’s lifts, over all tokens, have the mean 1", made.lifts.mean_error, 1e-9, "largest error"),
        *([whole] if scene.trace.dims.experts_renormalised else []),
    )
    return Rendered(data, checks, token_ids=set(made.routing.ids.tolist()))


def information(scene: Scene) -> Rendered:
    made = _analysis(scene)
    data = _common(scene, made) | {
        "available": made.measured[0].available,
        "sentences": list(figure.verdicts(made)),
        "measured": [
            {
                "label": one.label, "bits": one.bits, "chance": one.chance, "low": one.low, "high": one.high,
                "beyond": one.beyond, "of_label": one.of_label, "of_routing": one.of_routing,
                "entropy": one.label_entropy, "miller_madow": one.miller_madow,
            }
            for one in made.measured
        ],
    }  # fmt: skip
    error = max(one.identity_error for one in made.measured)
    above = max(float((one.bits - one.available).max()) for one in made.measured)
    checks = (
        Check("I(expert; label) = H(expert) + H(label) − H(both), all layers and labels", error, 1e-9, "largest error"),
        Check("No label tells more than the routing carries", max(0.0, above), 1e-9, "excess"),
    )
    return Rendered(data, checks)
