"""What the reference says of speculative decoding, summed over every token of two real distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

from explorer.experiments.overview.errata.claims import (
    Claim,
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    power_of_ten,
    share,
)
from explorer.experiments.overview.errata.rejected_drafts import distance
from explorer.experiments.overview.errata.run_claims import SAME, draft, exit_of
from explorer.experiments.overview.errata.serving_claims import NEAR, drawn_decoder
from explorer.stack.inference.decoding.speculative_sampling import expected_tokens, judge, residual


def verified_at_once(_: Ground) -> Found:
    read = torch.arange(9)[None]
    with torch.no_grad():
        at_once = drawn_decoder()(read)[0, -5:]
        one_by_one = torch.stack([drawn_decoder()(read[:, : end + 1])[0, -1] for end in range(4, 9)])
    off = float((at_once - one_by_one).abs().max())
    return Found(
        "one pass checks all", f"{power_of_ten(off)} apart", off < NEAR,
        "The logits at five drafted tokens from one pass, against five passes.",
    )  # fmt: skip


def accepted(_: Ground) -> Found:
    """The picture's case: three drafts kept, the fourth refused."""
    d_vocab = 8
    q = torch.full((5, d_vocab), 1 / d_vocab, dtype=torch.double)
    p = torch.full((6, d_vocab), 1 / d_vocab, dtype=torch.double)
    p[3] = torch.eye(d_vocab, dtype=torch.double)[7]  # what was drafted there has no probability
    verdict = judge([0, 1, 2, 3, 4], q, p, [0.5] * 5, 0.5)
    made = verdict.accepted + 1
    return Found(
        "4 tokens from one pass", f"{made} tokens", made == 4,
        f"{verdict.accepted} drafts are accepted, and the pass gives one token more in place of the first refused one. "
        "In the picture the fourth draft is crossed out, so three and one.",
    )  # fmt: skip


def lossless(ground: Ground) -> Found:
    p, q = draft(ground, exit_of(ground))
    kept = torch.minimum(p, q)
    out = kept + (1 - kept.sum()) * residual(p, q)
    off = distance(out, p)
    return Found(
        "exactly the target’s distribution", f"{power_of_ten(off)} apart", off < SAME,
        f"Every token’s probability, summed over acceptance and replacement, with p of this model and q of its first "
        f"{exit_of(ground)} blocks. It holds for the replacement from norm(max(0, p − q)) alone, not for the one that "
        "the reference describes.",
        (Figure("accepted", share(float(kept.sum()))), Figure("total variation from p", power_of_ten(off))),
    )  # fmt: skip


def by_acceptance(_: Ground) -> Found:
    rates = (0.2, 0.5, 0.8)
    made = [expected_tokens(rate, 5) for rate in rates]
    return Found(
        "more tokens with more acceptance", " < ".join(f"{each:.2f}" for each in made), made == sorted(made),
        f"Tokens a pass with five drafts, at acceptance rates of {', '.join(share(each, 0) for each in rates)} "
        "(Leviathan et al. 2023, equation 1).",
    )  # fmt: skip


def _claim(
    name: str, says: str, quotation: str, check: Callable[[Ground], Found],
    refuted: Literal["wrong", "loose"] = "wrong", at: tuple[str, str] = ("speculative", "rounds"), *,
    grounded: bool = False,
) -> Claim:  # fmt: skip
    return Claim(name, 8, "Speculative Decoding", says, quotation, check, refuted, *at, grounded=grounded)


CLAIMS = (
    _claim("drafts-at-once", "The target checks all drafted tokens in one pass",
           "verifies all K tokens in parallel using the large", verified_at_once, at=("speculative", "rounds")),
    _claim("three-and-one", "Three accepted drafts give four tokens",
           "Accept 3, resample 4th Net: 4 tokens in ~1 large forward pass", accepted, at=("speculative", "rounds")),
    _claim("lossless", "Speculative decoding keeps the target’s distribution",
           "it produces the exact same distribution as the target model", lossless, at=("errata", "draft"),
           grounded=True),
    _claim("acceptance", "The speedup depends on the acceptance rate",
           "The speedup depends on the acceptance rate", by_acceptance, at=("speculative", "drafts")),
    _claim("speedup", "Speculative decoding is 2 to 3 times faster", "Typical speedups: 2-3×",
           measured_elsewhere("The panel “Speculative decoding” measures it on this model and machine."),
           at=("speculative", "drafts")),
)  # fmt: skip
