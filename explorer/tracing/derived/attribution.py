"""Direct logit attribution: a token's lead taken apart into what each part of the model added to it.

The last stream is a sum: the embedding, every attention's output (itself a sum over heads) and every MLP's. With the
final norm's divisor s frozen at its measured value, logits are linear in the stream, so that each part x adds
``x . (w * (W_U[token] - r)) / s`` to the token's lead over a reference, whose row of W_U is r (Elhage et al. 2021, "A
Mathematical Framework for Transformer Circuits"; with LayerNorm the direction is centred first). `baseline` says which
references there are, and why the raw logit (r = 0) explains no probability. The parts add up to the lead; `error` is by
how much they do not, on this run.

All sums over the stream are taken in float64 from the stored float32 activations; what W_O makes of a direction is a
float32 product, for many positions at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.references import DEFAULT, Over
from explorer.tracing.changes.interventions import AblateMLP
from explorer.tracing.derived.baseline import weights
from explorer.tracing.recording import Recording


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of one MLP that add most to a token's lead, by size."""

    ids: Int[Tensor, " k"]
    activation: Float[Tensor, " k"]
    contribution: Float[Tensor, " k"]
    total: float
    """Contribution of all neurons of the MLP."""
    bias: float
    """Contribution of the MLP's bias; total + bias is what the MLP adds."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each part adds to one token's lead over a reference at one position, in logits."""

    pos: int
    token: int
    over: Over
    """The reference: see `baseline`."""
    embed: float
    attn: Float[Tensor, " layer"]
    """Each attention as a whole: its heads and its bias. In a state-space model each mixer, which has no heads."""
    mlp: Float[Tensor, " layer"]
    heads: Float[Tensor, "layer head"]
    attn_bias: Float[Tensor, " layer"]
    """What b_O adds, in models that have one; attn = heads.sum + attn_bias."""
    edits: Float[Tensor, " layer"]
    """What interventions on the stream added after each block; zero without any."""
    constant: float
    """What the final norm's bias and the unembedding's bias add; zero in models without biases."""
    logit: float
    """The model's own logit (before the softcap, in a model that has one)."""
    reference: float
    """The reference's logit, from the model's own logits; 0 where the raw logit is taken apart."""
    total: float
    """Sum of embed, attn, mlp, edits and constant."""
    scale: float
    """The final norm's divisor."""
    direction: Float[Tensor, " d_model"] = field(repr=False)
    """Whatever joins the stream adds its dot product with this to the lead; float64."""
    _run: Recording | None = field(default=None, repr=False)
    """For `neurons`. Not in the copy that the run itself keeps: a circle would outlive the run."""

    @property
    def lead(self) -> float:
        """What is taken apart: the logit less the reference's."""
        return self.logit - self.reference

    @property
    def error(self) -> float:
        """|total - lead|."""
        return abs(self.total - self.lead)

    @property
    def heads_error(self) -> float:
        """The largest |heads + bias - attention| over layers; 0 in a model without heads, where nothing is split."""
        if not self.heads.shape[-1]:
            return 0.0
        return float((self.heads.sum(-1) + self.attn_bias - self.attn).abs().max())

    def neurons(self, layer: int, k: int = 10) -> Neurons:
        """The k neurons of an MLP with the largest contributions, positive or negative."""
        run = self._run
        assert run is not None
        W_out = run.readout.W_out[layer]
        if W_out is None:
            raise NotApplicableError("This model's blocks have no plain MLP.", "Choose a dense model, such as SmolLM2.")
        direction = _through(self.direction, run.readout.ln2_post_weight[layer], run.ln2_post_scale, layer, self.pos)
        kept, mean = _mlp_edit(run, layer)
        post = run.neurons(layer)
        scales, norm = run.ln2_post_scale, 1.0
        if mean and scales is not None:  # the mean was taken behind the norm, whose divisor is each position's own
            shares = scales[layer, self.pos] / scales[layer, : run.n_prompt]
            activation, norm = (post[: run.n_prompt] * shares[:, None]).mean(0), float(shares.mean())
        else:
            activation = post[: run.n_prompt].mean(0) if mean else post[self.pos]
        activation = activation if kept else torch.zeros_like(activation)
        parts = activation.double() * (W_out.double() @ direction)
        top = parts.abs().topk(min(k, len(parts))).indices
        b_out = run.readout.b_out[layer]
        bias = 0.0 if b_out is None or not kept else norm * float(b_out.double() @ direction)
        return Neurons(top, activation[top], parts[top], float(parts.sum()), bias)


def attribute(
    run: Recording, positions: Sequence[int], tokens: Sequence[int], over: Over = DEFAULT
) -> list[Attribution]:
    """Attribution at some positions, each of its own token's lead."""
    readout, at = run.readout, list(positions)
    scales = run.ln_final_scale[at].tolist()
    logits, mixture = readout.unbent(run.logits[at]), weights(run.logits[at], tokens, over)
    rows = readout.rows(tokens).double()  # row d_model
    if mixture is not None:
        rows = rows - (readout.W_U[over].double() if isinstance(over, int) else readout.mixed(mixture))
    toward = readout.along(rows) / torch.tensor(scales).double()[:, None]
    # What stands in the stream at each depth, toward the tokens; differences are what each sublayer added.
    embed, mid, post = (_along(stream[:, at], toward) for stream in (run.embed[None], run.resid_mid, run.resid_post))
    edits = torch.zeros_like(post)  # layer row
    for layer, edit in run.edits.items():
        edits[layer] = _along(edit[None, at], toward)[0]
    attn, mlp = mid - torch.cat([embed, post[:-1]]), post - mid - edits
    heads, attn_bias = _heads(run, at, toward)
    constants = readout.constants(rows, tokens, mixture).tolist()
    totals = embed[0] + attn.sum(0) + mlp.sum(0) + edits.sum(0)
    references = [0.0] * len(at) if mixture is None else (mixture * logits).sum(-1).tolist()
    return [
        Attribution(
            pos=pos,
            token=token,
            over=over,
            embed=float(embed[0, row]),
            attn=attn[:, row],
            mlp=mlp[:, row],
            heads=heads[:, row],
            attn_bias=attn_bias[:, row],
            edits=edits[:, row],
            constant=constants[row],
            logit=float(logits[row, token]),
            reference=references[row],
            total=float(totals[row]) + constants[row],
            scale=scales[row],
            direction=toward[row],
        )
        for row, (pos, token) in enumerate(zip(at, tokens, strict=True))
    ]


def _along(stream: Float[Tensor, "depth row d_model"], toward: Float[Tensor, "row d_model"]) -> Tensor:
    """Each row's stream along its direction, [depth row], float64."""
    return torch.einsum("lrd,rd->lr", stream.double(), toward)


def _heads(run: Recording, at: list[int], toward: Float[Tensor, "row d_model"]) -> tuple[Tensor, Tensor]:
    """What each head adds, [layer row head], and each attention's bias, [layer row]."""
    readout, z = run.readout, run.z[:, at]  # layer row head d_v
    reads = torch.empty_like(z).flatten(2)  # layer row (head d_v): what each coordinate of z is worth
    bias = torch.zeros(z.shape[:2], dtype=torch.float64)
    for layer, (W_O, b_O) in enumerate(zip(readout.W_O, readout.b_O, strict=True)):
        seen = _through(toward, readout.ln1_post_weight[layer], run.ln1_post_scale, layer, at)
        torch.mm(seen.float(), W_O.flatten(0, 1).T, out=reads[layer])
        if b_O is not None:
            bias[layer] = seen @ b_O.double()
    return (z * reads.view_as(z)).sum(-1).double(), bias


def _through(
    toward: Tensor, weight: Tensor | None, scales: Tensor | None, layer: int, at: list[int] | int
) -> Float[Tensor, "*row d_model"]:
    """The directions as seen before the norm that some models put after a sublayer, its divisor frozen too."""
    if weight is None or scales is None:
        return toward
    return toward * weight.double() / scales[layer, at].double()[..., None]


def _mlp_edit(run: Recording, layer: int) -> tuple[bool, bool]:
    """(MLP still writes, it writes its mean): what the key's interventions did to it. The last one counts."""
    modes = [e.mode for e in run.key.interventions if isinstance(e, AblateMLP) and e.layer == layer]
    return "zero" not in modes, bool(modes) and "zero" not in modes
