"""Chapter 4 of the reference, attention: what it says, each with its check."""

from __future__ import annotations

from functools import partial

from explorer.experiments.overview.errata import attention_checks as checks
from explorer.experiments.overview.errata.claims import Claim, not_here

_STEP, _MHA = "Step-by-Step Computation", "Multi-Head Attention (MHA)"
_GQA = "Multi-Query Attention (MQA) & Grouped-Query Attention (GQA)"
_SEEN, _COST = ("attention_steps", "steps"), ("grouped_query", "cost")
CLAIMS = (
    Claim("attends-all", 4, "Self-Attention Mechanism", "Every token attends to every other",
          "Self-attention allows every token in a sequence to attend to every other token", checks.sees_all, "loose",
          "attention", "head", grounded=True),
    Claim("weighted-values", 4, "Self-Attention Mechanism", "A head writes a weighted sum of the values",
          "computing a weighted combination of all value vectors", checks.weighted_sum, panel=_SEEN[0], view=_SEEN[1],
          grounded=True),
    Claim("qkv-shapes", 4, _STEP, "The shapes of queries, keys and scores",
          "(seq_len, d_model) × (d_model, d_k) → (seq_len, d_k)", checks.shapes, panel=_SEEN[0], view=_SEEN[1]),
    Claim("attention-scale", 4, _STEP, "Dividing by √d_k keeps the softmax from saturating",
          "scores = scores / sqrt(d_k) # Scale to prevent softmax saturation", checks.saturation, panel=_SEEN[0],
          view=_SEEN[1]),
    Claim("causal-triu", 4, _STEP, "The mask hides what comes later",
          "mask = torch.triu(torch.ones(seq_len, seq_len), diagonal=1).bool()", checks.triangle, panel=_SEEN[0],
          view=_SEEN[1]),
    Claim("rows-sum", 4, _STEP, "Rows of weights sum to 1", "rows sum to 1", checks.sums_to_one, panel=_SEEN[0],
          view=_SEEN[1]),
    Claim("attention-formula", 4, _STEP, "The steps are attention", "Attention(Q, K, V) = softmax( QKT / √dk ) V",
          checks.steps, panel=_SEEN[0], view=_SEEN[1]),
    Claim("attention-time", 4, "Computational Cost", "Q Kᵀ takes time n² d",
          "The QKT matrix multiplication is O(n2d) in both time", checks.quadratic, panel=_SEEN[0], view="growth"),
    Claim("attention-memory", 4, "Computational Cost", "The scores take memory n²", "and O(n2) in memory",
    checks.memory,
          panel="flash_growth", view="measured"),
    Claim("attention-bottleneck", 4, "Computational Cost", "Attention is the bottleneck of long contexts",
          "This quadratic scaling is the primary bottleneck for long-context models", checks.bottleneck, panel=_SEEN[0],
          view="growth"),
    Claim("mha-code", 4, _MHA, "The printed class is multi-head attention",
          "class MultiHeadAttention(nn.Module)", checks.multi_head, panel=_SEEN[0], view=_SEEN[1]),
    Claim("mha-mask", 4, _MHA, "The class takes the mask of the steps before it",
          "scores.masked_fill_(mask == 0, float('-inf'))", checks.two_masks, "loose", *_SEEN),
    Claim("mha-concat", 4, _MHA, "Heads are concatenated and projected",
          "The outputs are concatenated and linearly projected", checks.concatenated, panel="head_card", view="roles"),
    Claim("heads-local", 4, _MHA, "Some heads look at near tokens",
          "some heads attend to nearby tokens (local patterns)", checks.nearby, panel="attention", view="wall",
          grounded=True),
    Claim("heads-meaning", 4, _MHA, "Some heads follow syntax, some meaning",
          "some to syntactic structures, some to semantic relationships",
          not_here("What a head follows takes labelled texts; a head card shows where one head writes most."),
          panel="head_card", view="places"),
    Claim("mqa-saving", 4, _GQA, "Multi-query attention saves a factor of h", "MQA … 1 (shared) … ~h× reduction",
          partial(checks.savings, 1), panel=_COST[0], view=_COST[1]),
    Claim("gqa-saving", 4, _GQA, "Grouped-query attention saves a factor of h/g",
          "GQA … g groups (1 < g < h) … ~h/g× reduction", partial(checks.savings, 8), panel=_COST[0], view=_COST[1]),
    Claim("mha-users", 4, _GQA, "GPT-3 and BERT are multi-head", "MHA (standard) … h (same as Q) … GPT-3, BERT",
          checks.multi_head_users, panel=_COST[0], view=_COST[1]),
    Claim("mqa-users", 4, _GQA, "PaLM and Falcon are multi-query", "MQA … PaLM, Falcon", checks.multi_query_users,
    "loose",
          *_COST),
    Claim("gqa-users", 4, _GQA, "LLaMA 2 and 3 and Mistral are grouped-query",
          "GQA … LLaMA 2/3, Mistral, Gemma", checks.grouped_users, "loose", *_COST),
    Claim("gqa-drawing", 4, _GQA, "Of 8 query heads two neighbours share a key", "4 K/V groups (g=4)",
          checks.pairs_of_heads, panel="grouped_query", view="groups"),
)  # fmt: skip
