"""What the reference says in code or of methods, run on the logits and weights that are on the page."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from explorer.errors import NotApplicableError
from explorer.experiments.inference.decoding.fair_draws import expected_distance
from explorer.experiments.overview.errata import rejected_drafts, rope_pairs, top_p
from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, power_of_ten, share

#: The settings of the reference's own pipeline.
TEMPERATURE, TOP_K, TOP_P = 0.7, 50, 0.9
#: Below it two distributions are one.
SAME = 1e-6
#: Response tokens of a long run that are read.
MOST = 256


def scatter(ground: Ground) -> Found:
    logits = ground.trace.logits[ground.position].float()
    made = top_p.filtered(logits, TEMPERATURE, TOP_K, TOP_P)
    theirs = top_p.by_transformers(logits, TEMPERATURE, TOP_K, TOP_P)
    off = rejected_drafts.distance(made.scattered, theirs)
    first, lands = (ground.model.vocabulary.label(int(each[0])) for each in (made.order, made.lands))
    return Found(
        "on the kept tokens", f"{share(off)} on other tokens", off < SAME,
        f"After “{_tail(ground)}”, the code gives the {share(float(made.right.max()))} of “{first}” to “{lands}”. "
        "gather needs argsort of the indices, scatter needs the indices themselves. With these, the code gives what "
        "transformers gives.",
        (Figure("total variation from transformers", f"{off:.4f}"),
         Figure("with the sorted indices", power_of_ten(rejected_drafts.distance(made.right, theirs))),
         Figure("tokens kept", str(made.kept)),
         Figure("draws that give a token that top-p removed", share(made.outside))),
    )  # fmt: skip


def resampled(ground: Ground) -> Found:
    blocks = exit_of(ground)
    p, q = draft(ground, blocks)
    exact, kept = rejected_drafts.bias(p, q), float(torch.minimum(p, q).sum())
    drawn = rejected_drafts.drawn(p, q)
    return Found(
        "the target’s distribution", f"{share(exact)} of it on other tokens", exact < SAME,
        f"Computed over all {len(p):,} tokens after “{_tail(ground)}”; the draft is the model’s first {blocks} blocks. "
        "The reference goes on that the method gives exactly the target’s distribution. It does so only if a rejected "
        "token is resampled from norm(max(0, p − q)).",
        (Figure("drafts accepted, Σ min(p, q)", share(kept)), Figure("total variation from p, exact", f"{exact:.4f}"),
         Figure(f"drawn {drawn.draws:,} times", f"{rejected_drafts.distance(drawn.from_target, p):.4f}"),
         Figure("from the residual, drawn", f"{rejected_drafts.distance(drawn.from_residual, p):.4f}"),
         Figure("the same number of draws from p, expected", f"{expected_distance(p, drawn.draws):.4f}")),
    )  # fmt: skip


def exit_of(ground: Ground) -> int:
    """Blocks of the draft: all but the last."""
    return ground.model.dims.n_layers - 1


def draft(ground: Ground, blocks: int, temperature: float | int = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """(p, q): the model's distribution, and that of its first blocks, read out at once (an early exit)."""
    depths = ground.trace.lens_logits(ground.position).double() / temperature  # depth d_vocab
    return depths[-1].softmax(-1), depths[blocks].softmax(-1)


def pairs(ground: Ground) -> Found:
    made = rope_pairs.three_ways(ground.model.plain_decoder, ground.trace.ids[: rope_pairs.MOST])
    away, same = (made.error(made.halves, way) for way in ("adjacent", "reordered"))
    changed = rope_pairs.changed(made.halves, made.adjacent)
    kl = rope_pairs.mean_divergence(made.halves, made.adjacent)
    return Found(
        "adjacent pairs", f"{share(away, 0)} off in the logits", away < 1e-3,
        f"{ground.model.card.title} is a Hugging Face checkpoint: coordinate i rotates with coordinate i + d/2. If "
        "adjacent coordinates rotate together, its likeliest next token changes at "
        f"{changed} of {_first(made.halves, ground)}. Adjacent pairs are the layout of the paper and of Meta’s files: "
        f"with the rows of W_Q and W_K in that order, the logits differ by {power_of_ten(same)} of the largest.",
        (Figure("largest change of a logit, adjacent pairs", share(away)),
         Figure("with reordered rows", power_of_ten(same)), Figure("mean KL, adjacent pairs", f"{kl:.2f} nats")),
    )  # fmt: skip


def response_slice(ground: Ground) -> Found:
    n = ground.trace.n_prompt
    ids = ground.trace.ids[n - 1 : n + MOST]  # the prompt's last token, and the response
    if len(ids) < 3:
        raise NotApplicableError(
            "The answer of this run has fewer than two tokens.", "Let the model write a few tokens."
        )
    from transformers.loss.loss_utils import ForCausalLMLoss

    logits = ground.trace.logits[n - 1 : n + MOST].float()  # pos d_vocab
    every = cross_entropy(logits[:-1], ids[1:], reduction="none")  # response
    sliced = cross_entropy(logits[1:-1], ids[2:], reduction="none")
    theirs = float(ForCausalLMLoss(logits[None], ids.index_fill(0, torch.tensor([0]), -100)[None], logits.shape[-1]))
    less = float(sliced.mean())
    return Found(
        f"all {len(every)} tokens", f"{len(sliced)} of {len(every)} tokens", abs(less - theirs) < SAME,
        "The logits at the prompt’s last position, prompt_len − 1, predict the first response token. The slice begins "
        f"one position later: it leaves out “{ground.model.vocabulary.label(int(ids[1]))}”, whose loss is "
        f"{every[0]:.2f} nats. The slice’s mean loss is {less:.4f} nats, that of transformers with the prompt masked "
        f"{theirs:.4f} nats.",
        (Figure("transformers’ loss, prompt masked", f"{theirs:.4f}"),
         Figure("from prompt_len − 1", f"{float(every.mean()):.4f}"), Figure("from prompt_len", f"{less:.4f}")),
    )  # fmt: skip


def _first(read: torch.Tensor, ground: Ground) -> str:
    """So many positions, of a longer run the first."""
    n = len(read)
    return f"{'the first ' if n < len(ground.trace.ids) else ''}{n} {'position' if n == 1 else 'positions'}"


def _tail(ground: Ground, most: int = 24) -> str:
    """The end of the text that was read."""
    read = ground.trace.ids[: ground.position + 1].tolist()
    text = b"".join(ground.model.vocabulary.bytes(each) for each in read).decode("utf-8", "replace")
    return text if len(text) <= most else f"…{text[-most:]}"


CLAIMS = (
    Claim(
        "rope-pairs", 3, "Rotary Position Embedding (RoPE)", "RoPE rotates adjacent coordinates together",
        "rotate swaps adjacent pairs and negates alternating elements",
        pairs, "loose", "errata", "rope", grounded=True,
    ),
    Claim(
        "sft-slice", 7, "Supervised Fine-Tuning (SFT)", "The loss counts all response tokens",
        "logits[prompt_len:-1],    # predictions for response tokens … tokens[prompt_len+1:]     # target response "
        "tokens",
        response_slice, grounded=True,
    ),
    Claim(
        "top-p", 8, "Sampling Strategies", "Top-p puts the kept logits back in their places",
        "logits = sorted_logits.scatter(-1, sorted_indices.argsort(-1), sorted_logits)", scatter,
        panel="errata", view="top_p", grounded=True,
    ),
    Claim(
        "rejected-draft", 8, "Speculative Decoding", "A rejected draft is resampled from the target",
        "the first rejected token is resampled from the target model", resampled, panel="errata", view="draft",
        grounded=True,
    ),
)  # fmt: skip
