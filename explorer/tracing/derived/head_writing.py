"""What one attention head writes into the stream, and how far that pushes each token of the vocabulary.

A head's output at a position is ``z W_O``, a vector that is added to the stream. With the final norm's divisor s frozen
at its measured value, it adds ``(z W_O / s * w) . W_U[token]`` to a token's logit: its direct effect (Elhage et al.
2021, "A Mathematical Framework for Transformer Circuits"). `attribution` gives the same number for one token and all
heads, by taking the token's direction backwards through W_O.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.references import DEFAULT, Over
from explorer.tracing.derived.baseline import weights
from explorer.tracing.recording import Recording


def written(run: Recording, layer: int, head: int, pos: int) -> Float[Tensor, " d_model"]:
    """What the head adds to the stream, float64; behind the norm that some models put after attention."""
    out = run.z[layer, pos, head].double() @ run.readout.W_O[layer][head].double()
    weight, scales = run.readout.ln1_post_weight[layer], run.ln1_post_scale
    if weight is not None and scales is not None:
        out = out * weight.double() / scales[layer, pos].double()
    return out


def pushes(
    run: Recording, layer: int, head: int, pos: int, token: int, over: Over = DEFAULT
) -> Float[Tensor, " d_vocab"]:
    """What the head adds to each token's logit, less what it adds to the reference of `token` (see `baseline`): before
    the softcap, where a model has one.

    Raises NotApplicableError where the model's last norm and unembedding cannot be read.
    """
    return pushes_of(run, written(run, layer, head, pos), pos, token, over)


def pushes_of(
    run: Recording, vector: Float[Tensor, " d_model"], pos: int, token: int, over: Over = DEFAULT
) -> Float[Tensor, " d_vocab"]:
    """What a vector that joins the stream adds to each token's logit, likewise; float64 in."""
    run.readout.require("attribution")
    if run.readout.norm == "layer":
        vector = vector - vector.mean()
    normed = vector * run.readout.norm_weight.double() / run.ln_final_scale[pos].double()
    pushed = run.readout.against(normed.float())
    mixture = weights(run.logits[[pos]], [token], over)
    return pushed.float() if mixture is None else (pushed.double() - mixture[0] @ pushed.double()).float()
