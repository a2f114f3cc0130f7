"""The texts on which a quantized model is read, and the ways in which it is.

Two texts: one, the first passage of each kind, on which parts are measured and formats are chosen; and other passages,
on which whole models are judged. Both are read in windows that begin at a passage's beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import passages
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.matrices import Matrix, quantized
from explorer.stack.systems.quantization.sensitivity import Reading
from explorer.tracing.bridge.hooking import RUNNING
from explorer.zoo.model import Model

#: Tokens of a window, and those at its beginning after which nothing is scored: of the text on which parts are
#: measured, half as llama.cpp has it; of the other, few, since a forward pass costs more than what it is asked.
PARTS_WINDOW, PARTS_CONTEXT = 64, 32
WHOLE_WINDOW, WHOLE_CONTEXT = 128, 16
#: Passages of each kind on which the choices under a budget are judged.
PASSAGES = 2

Tell = Callable[[int, int], None]


def windows(model: Model, excerpts: range, length: int) -> Int[Tensor, "window pos"]:
    """The first tokens of these excerpts of every kind; as many of each as the shortest has, if that is fewer."""
    read = [
        model.vocabulary.encode(kind.excerpts[at].text)
        for at in excerpts
        for kind in passages.read()
        if at < len(kind.excerpts)
    ]
    shortest = min(length, model.dims.n_ctx, *map(len, read))
    return torch.tensor([ids[:shortest] for ids in read])


def reading_of_parts(model: Model) -> Reading:
    ids = windows(model, range(1), PARTS_WINDOW)
    return Reading(model.decoder, ids, min(PARTS_CONTEXT, ids.shape[1] // 2))


def reading_of_all(model: Model, each: int) -> Reading:
    """each: passages of every kind, none of them the first."""
    ids = windows(model, range(1, 1 + each), WHOLE_WINDOW)
    return Reading(model.decoder, ids, min(WHOLE_CONTEXT, ids.shape[1] // 2), every_block=False)


def pack(known: Sequence[Matrix], formats: Sequence[Format]) -> dict[str, Packed]:
    """Each matrix in its format."""
    return {each.name: fmt.quantize(each.weight) for each, fmt in zip(known, formats, strict=True)}


# ---- the same another way, for the checks ---------------------------------------------------------------------------


@torch.inference_mode()
def model_error(model: Model, reading: Reading) -> float:
    """The largest difference of a logit between the forward pass used here and the model that was loaded, over the
    first window."""
    ids = reading.ids[:1]
    with RUNNING:
        theirs = model.bridge(ids, return_type="logits")
    ours = model.decoder(ids)
    return float((ours - theirs).abs().max())


@torch.inference_mode()
def whole_kl(reading: Reading, packed: Mapping[str, Packed], windows: int | None = None) -> float:
    """KL of a changed decoder, all its blocks run and torch's own divergence taken in float64."""
    ids = reading.ids[:windows]
    p, q = (
        each(ids)[:, reading.context : -1].flatten(0, 1).double().log_softmax(-1)
        for each in (reading.decoder, quantized(reading.decoder, packed))
    )
    return float(F.kl_div(q, p, reduction="batchmean", log_target=True))
