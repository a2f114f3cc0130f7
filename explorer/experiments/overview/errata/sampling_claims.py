"""What the reference says of temperature, top-k, top-p, min-p and the repetition penalty, on the logits of this run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, power_of_ten, share
from explorer.experiments.overview.errata.rejected_drafts import distance
from explorer.experiments.overview.errata.run_claims import SAME, TEMPERATURE, TOP_K
from explorer.stack.inference.decoding.sampling_steps import (
    min_p_kept,
    penalise,
    scale,
    top_k_kept,
    top_p_kept,
)

COLD, HOT = 0.5, 2.0


def _logits(ground: Ground) -> Float[Tensor, " d_vocab"]:
    return ground.trace.logits[ground.position].float()


def _label(ground: Ground, token: int) -> str:
    return f"“{ground.model.vocabulary.label(token)}”"


def _entropy(p: Float[Tensor, " d_vocab"]) -> float:
    """In bits."""
    return float(-torch.special.xlogy(p, p).sum()) / torch.log(torch.tensor(2.0)).item()


def formula(ground: Ground) -> Found:
    logits = _logits(ground).double()
    weights = ((logits - logits.max()) / TEMPERATURE).exp()  # shifted, which no share feels
    off = distance(weights / weights.sum(), scale(logits, TEMPERATURE).softmax(-1))
    return Found(
        "exp(z / T) over its sum", f"{power_of_ten(off)} apart", off < SAME,
        f"At T = {TEMPERATURE:g}, the written sum over {len(logits):,} tokens is what the sampler draws from.",
        (Figure("total variation", power_of_ten(off)),),
    )  # fmt: skip


def cold(ground: Ground) -> Found:
    logits = _logits(ground)
    at_zero = scale(logits, 0.0).softmax(-1)
    best = int(logits.argmax())
    return Found(
        "the argmax", f"{_label(ground, int(at_zero.argmax()))}, {share(float(at_zero.max()), 0)}",
        int(at_zero.argmax()) == best and float(at_zero.max()) == 1,
        "At T = 0 the sampler keeps the likeliest token alone. The formula itself divides by 0 there.",
    )  # fmt: skip


def cold_pipeline(ground: Ground) -> Found:
    """The reference's own function, given the temperature that it calls deterministic."""
    scaled = _logits(ground) / 0.0
    undefined = int(scaled.softmax(-1).isnan().sum())
    return Found(
        "draws the argmax", f"{undefined:,} probabilities that are not numbers", not undefined,
        "`logits = logits / temperature` has no case for 0: every logit becomes infinite, and the softmax of infinite "
        "logits is not a number. A sampler that takes T = 0 must choose the largest logit without dividing.",
        (Figure("probabilities that are not numbers", f"{undefined:,}"),),
    )  # fmt: skip


def unchanged(ground: Ground) -> Found:
    logits = _logits(ground)
    off = distance(logits.double().softmax(-1), scale(logits, 1.0).double().softmax(-1))
    return Found("the same distribution", f"{power_of_ten(off)} apart", off == 0, "Dividing by 1 changes no logit.")


def flatter(ground: Ground) -> Found:
    logits = _logits(ground).double()
    bits = [_entropy(scale(logits, t).softmax(-1)) for t in (COLD, 1.0, HOT)]
    return Found(
        "entropy grows with T", " < ".join(f"{each:.2f}" for each in bits) + " bits", bits == sorted(bits),
        f"The entropy of the next token at T = {COLD:g}, 1 and {HOT:g}.",
        tuple(Figure(f"T = {t:g}", f"{each:.2f} bits") for t, each in zip((COLD, 1.0, HOT), bits, strict=True)),
    )  # fmt: skip


def top_k(ground: Ground) -> Found:
    logits = _logits(ground)
    k = min(TOP_K, len(logits) - 1)
    kept = top_k_kept(logits, k)
    lowest, highest = float(logits[kept].min()), float(logits[~kept].max())
    return Found(
        f"{k} tokens", f"{int(kept.sum())} tokens", int(kept.sum()) == k and lowest > highest,
        f"The lowest logit that stays is {lowest:.4f}, the highest that goes {highest:.4f}.",
    )  # fmt: skip


def tied(_: Ground) -> Found:
    """The reference's line, where the k-th logit has an equal."""
    logits, k = torch.tensor([3.0, 1.0, 1.0, 1.0, 0.0]), 2
    values, _ids = logits.topk(k)
    kept = int((logits >= values[..., -1:]).sum())
    return Found(
        f"{k} tokens", f"{kept} tokens", kept == k,
        "The line removes what is below the k-th logit. Tokens that equal it stay, so more than k may. Equal logits "
        "are common in 16-bit numbers. transformers’ processor does the same.",
        (Figure("logits", ", ".join(f"{each:g}" for each in logits.tolist())), Figure("K", str(k))),
    )  # fmt: skip


def greedy(ground: Ground) -> Found:
    logits = _logits(ground)
    kept = top_k_kept(logits, 1)
    only = kept.nonzero().flatten().tolist()
    return Found(
        "the argmax alone", f"{len(only)} token, {_label(ground, only[0])}", only == [int(logits.argmax())],
        "With K = 1 one token stays, and greedy decoding takes the same one.",
    )  # fmt: skip


def nucleus(ground: Ground) -> Found:
    logits = _logits(ground)
    p, at = logits.double().softmax(-1), 0.9
    kept = top_p_kept(logits, at)
    mass, without = float(p[kept].sum()), float(p[kept].sum() - p[kept].min())
    return Found(
        "the first set that passes P", f"{int(kept.sum())} tokens with {share(mass)}", mass >= at > without,
        f"At P = {at:g}. Without its least likely token the set has {share(without)}: it is the smallest one. The "
        "first token that passes P is kept, too.",
    )  # fmt: skip


def adaptive(ground: Ground) -> Found:
    """The sizes of the nucleus along the run, against how uncertain the model is."""
    rows = ground.trace.logits[: ground.position + 1].float()
    sizes = torch.tensor([float(top_p_kept(row, 0.9).sum()) for row in rows])
    bits = torch.tensor([_entropy(row.double().softmax(-1)) for row in rows])
    order, by_size = bits.argsort(), sizes.argsort()
    ranks = torch.empty(2, len(rows), dtype=torch.double)
    ranks[0, order], ranks[1, by_size] = (torch.arange(len(rows)).double(),) * 2
    rho = float(torch.corrcoef(ranks)[0, 1]) if len(rows) > 2 else 1.0
    return Found(
        "more when uncertain", f"rank correlation {rho:.2f}", rho > 0.5,
        f"Over {len(rows)} positions, the nucleus at P = 0.9 holds {int(sizes.min())} to {int(sizes.max())} tokens. It "
        "grows with the entropy of the distribution.",
        (Figure("entropy, least and most", f"{bits.min():.2f} and {bits.max():.2f} bits"),),
    )  # fmt: skip


def threshold(_: Ground) -> Found:
    p = torch.tensor([0.9, 0.0901, 0.0099]).double()
    kept = min_p_kept(p.log(), 0.1)
    near = min_p_kept(torch.tensor([0.9, 0.0899, 0.0101]).double().log(), 0.1)
    return Found(
        "P ≥ 0.09 stays", "0.0901 stays, 0.0899 goes", kept.tolist() == [True, True, False] and int(near.sum()) == 1,
        "The sampler is given a likeliest token of 0.9 and a second one just above and just below 0.09.",
    )  # fmt: skip


def min_p(ground: Ground) -> Found:
    logits = _logits(ground)
    flat, peaked = (int(min_p_kept(logits / t, 0.1).sum()) for t in (HOT, COLD))
    return Found(
        "adapts to the shape", f"{peaked} tokens when peaked, {flat} when flat", peaked <= flat,
        f"The same logits at T = {COLD:g} and T = {HOT:g}, min-p 0.1.",
    )  # fmt: skip


def multiplied(_: Ground) -> Found:
    """The words taken as they stand, beside CTRL's rule."""
    logits = torch.tensor([2.0, -2.0, 0.0])
    seen = torch.tensor([0, 1])
    words, rule = logits.clone(), penalise(logits, seen, 1.25)
    words[seen] = logits[seen] / 1.25  # “multiplicatively reduces”: by one factor, whatever the sign
    before, after, ruled = (float(each.softmax(-1)[1]) for each in (logits, words, rule))
    return Found(
        "the repeated token gets less likely", f"{share(before)} becomes {share(after)}", after < before,
        "One factor for all makes a negative logit larger, and its token likelier. Keskar et al. (2019) and "
        f"transformers divide positive logits and multiply negative ones: then it is {share(ruled)}.",
        (Figure("logits", "2, −2, 0"), Figure("penalty", "1.25"), Figure("by CTRL’s rule", share(ruled))),
    )  # fmt: skip


def off(ground: Ground) -> Found:
    logits = _logits(ground)
    seen = ground.trace.ids[: ground.position + 1].unique()
    apart = distance(logits.double().softmax(-1), penalise(logits, seen, 1.0).double().softmax(-1))
    return Found(
        "1.0 changes nothing", f"{power_of_ten(apart)} apart", apart == 0,
        f"On {len(seen)} tokens of this text. Nothing here can check that values up to 1.3 are typical.",
    )  # fmt: skip


def first_kept(_: Ground) -> Found:
    """The reference's mask at a likeliest token that alone passes P."""
    p = torch.tensor([0.95, 0.04, 0.01])
    mask = p.cumsum(-1) - p >= 0.9
    return Found(
        "the likeliest token always stays", f"{int((~mask).sum())} of 3 tokens stay", bool(~mask[0]),
        "The mask asks for the sum before each token, so the first token’s sum is 0 and it stays even at 0.95 > P.",
    )  # fmt: skip


def _section(name: str) -> str:
    """The heading under which a claim of that name stands."""
    headings = {"temperature": "Temperature", "top-k": "Top-K Sampling", "top-p": "Top-P (Nucleus) Sampling",
                "min-p": "Min-P Sampling", "repetition": "Repetition Penalty",
                "pipeline": "Repetition Penalty"}  # fmt: skip
    return next(heading for start, heading in headings.items() if name.startswith(start))


def _claim(
    name: str, says: str, quotation: str, check: Callable[[Ground], Found],
    refuted: Literal["wrong", "loose"] = "wrong", *, grounded: bool = True,
) -> Claim:  # fmt: skip
    return Claim(name, 8, _section(name), says, quotation, check, refuted, "sampling", "stages", grounded=grounded)


CLAIMS = (
    _claim("temperature", "Temperature divides the logits", "P(xi) = exp(zi/T) / Σj exp(zj/T)", formula),
    _claim("temperature-0", "Temperature 0 takes the likeliest token", "T=0 → deterministic (argmax)", cold),
    _claim("temperature-1", "Temperature 1 changes nothing", "T=1 → unchanged distribution", unchanged),
    _claim("temperature-up", "A higher temperature is more random", "T>1 → flatter (more random)", flatter),
    _claim("top-k", "Top-k keeps the K likeliest tokens",
           "Restrict sampling to the K highest-probability tokens", top_k),
    _claim("top-k-1", "Top-k with K = 1 is greedy decoding", "K=1 is greedy decoding", greedy),
    _claim("top-p-set", "Top-p keeps tokens until their sum exceeds P",
           "Include tokens until their cumulative probability exceeds P", nucleus),
    _claim("top-p-adapts", "Top-p keeps more tokens when the model is uncertain",
           "more candidates when the model is uncertain, fewer when it's confident", adaptive),
    _claim("min-p-example", "At 0.9 and min_p = 0.1, tokens from 0.09 on stay",
           "top token has probability 0.9 and min_p=0.1, only tokens with P ≥ 0.09 are kept", threshold,
           grounded=False),
    _claim("min-p-adapts", "Min-p adapts to the shape", "This adapts naturally to distribution shape", min_p),
    _claim("repetition", "The repetition penalty multiplies the logits of seen tokens",
           "Multiplicatively reduces the logits of tokens that have already appeared", multiplied, "loose",
           grounded=False),
    _claim("repetition-off", "A repetition penalty of 1.0 is off", "Typical values: 1.0 (off) to 1.3", off),
    _claim("pipeline-cold", "The sampling code works at temperature 0", "logits = logits / temperature",
           cold_pipeline),
    _claim("pipeline-ties", "The top-k line of the code keeps K tokens",
           "logits[logits < top_k_vals[..., -1:]] = float('-inf')", tied, "loose", grounded=False),
    _claim("pipeline-first", "The top-p line of the code never removes the likeliest token",
           "mask = cumulative_probs - sorted_logits.softmax(dim=-1) >= top_p", first_kept, grounded=False),
)  # fmt: skip
