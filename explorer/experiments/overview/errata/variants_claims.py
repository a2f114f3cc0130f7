"""Chapter 5 of the reference: decoders, encoders and mixtures, on small random models of transformers."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, apart, not_here
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.stack.architectures.moe_parameters import (
    DBRX,
    DEEPSEEK_V2,
    GROK_1,
    MIXTRAL_8X7B,
    MIXTRAL_8X22B,
    Shape,
    parameters,
)
from explorer.stack.transformer.router import softmax_top_k, top_k_softmax

TABLE = (MIXTRAL_8X7B, MIXTRAL_8X22B, GROK_1, DEEPSEEK_V2, DBRX)


def causal(ground: Ground) -> Found:
    ids = ground.trace.ids.clone()
    ids[-1] = (ids[-1] + 1) % ground.model.dims.d_vocab
    with torch.inference_mode():
        changed = ground.model.plain_decoder(ids[None])[0]
    return apart("earlier tokens alone", error(changed[:-1], ground.trace.logits[:-1].float()),
                 "With another last token, the logits at every earlier position of this run are what they were.",
                 allowed=1e-2)  # fmt: skip


def decoders(_: Ground) -> Found:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as names

    said = ("gpt2", "llama", "mistral", "falcon", "phi", "qwen2")
    there = [each for each in said if each in names]
    return Found("decoder-only", f"{len(there)} of {len(said)}", len(there) == len(said),
                 "Kinds of causal language model in transformers: GPT-2, LLaMA, Mistral, Falcon, Phi, Qwen. Of Claude "
                 "and Gemini nothing is published that could be looked at.")  # fmt: skip


def shifted(_: Ground) -> Found:
    from transformers.loss.loss_utils import ForCausalLMLoss

    logits, ids = normal(1, 6, 11), torch.tensor([[1, 5, 2, 9, 9, 3]])
    mine = nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:])
    return apart("the next token", float((ForCausalLMLoss(logits, ids, 11) - mine).abs()),
                 "transformers’ loss is that of each position’s logits at the token behind it.")  # fmt: skip


@cache
def _t5() -> nn.Module:
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    config = T5Config(
        vocab_size=40, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, dropout_rate=0.0,
        decoder_start_token_id=0,
    )  # fmt: skip
    return T5ForConditionalGeneration(config).eval()


def _t5_logits(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    with torch.inference_mode():
        out = _t5()(input_ids=source, decoder_input_ids=target)
    return out.encoder_last_hidden_state[0], out.logits[0]


SOURCE, TARGET = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[0, 9, 10]])


def bidirectional(_: Ground) -> Found:
    other = SOURCE.clone()
    other[0, -1] = 30
    away = error(_t5_logits(SOURCE, TARGET)[0][0], _t5_logits(other, TARGET)[0][0])
    return Found("sees every token", f"its first output changes by {away:.2f}", away > 1e-3,
                 "T5’s encoder with random weights, another last token.")  # fmt: skip


def crosses(_: Ground) -> Found:
    other = SOURCE.clone()
    other[0, 0] = 30
    away = error(_t5_logits(SOURCE, TARGET)[1][0], _t5_logits(other, TARGET)[1][0])
    later = TARGET.clone()
    later[0, -1] = 30
    own = error(_t5_logits(SOURCE, TARGET)[1][0], _t5_logits(SOURCE, later)[1][0])
    return Found("cross-attention, autoregressive", f"{away:.2e} by the source, {own:.0e} by a later token",
                 away > 1e-6 and own < 1e-6, "The first output of T5’s decoder: it depends on the encoder’s text, and "
                 "not on tokens that come later in its own.")  # fmt: skip


def encoder_decoders(_: Ground) -> Found:
    from transformers import BartConfig, T5Config

    there = [name for name, each in (("T5", T5Config()), ("BART", BartConfig())) if each.is_encoder_decoder]
    return Found("T5, BART", ", ".join(there), len(there) == 2,
                 "transformers’ configs say it. Flan-T5 is T5 with other weights, and UL2 has T5’s code.")  # fmt: skip


def every_block(_: Ground) -> Found:
    dense = {each.name: each.n_dense for each in TABLE if each.n_dense}
    return Found("in each block", ", ".join(f"{name}: {n} dense" for name, n in dense.items()) or "in each",
                 not dense, "Of the five mixtures in the reference’s table, DeepSeek-V2 keeps its first block "
                 "dense.")  # fmt: skip


def typically_two(_: Ground) -> Found:
    counts = {each.name: each.k for each in TABLE}
    two = sum(k == 2 for k in counts.values())
    return Found("2", ", ".join(f"{name}: {k}" for name, k in counts.items()), two > len(counts) / 2,
                 f"{two} of the reference’s own five models take two.")  # fmt: skip


def per_token(_: Ground) -> Found:
    shares = {each.name: parameters(each).active / parameters(each).total for each in TABLE}
    most = max(shares.values())
    return Found("manageable", f"at most {100 * most:.0f} % of the weights", most < 0.5,
                 "The largest share of its parameters that a token uses, of the five models in the table.",
                 tuple(Figure(name, f"{100 * each:.0f} %") for name, each in shares.items()))  # fmt: skip


def router(_: Ground) -> Found:
    from transformers import MixtralConfig
    from transformers.models.mixtral.modeling_mixtral import MixtralTopKRouter

    theirs = MixtralTopKRouter(MixtralConfig(hidden_size=8, num_local_experts=4, num_attention_heads=2,
                                             num_key_value_heads=2))  # fmt: skip
    theirs.weight.data.copy_(normal(4, 8, seed=3))
    x = normal(5, 8)
    _logits, weights, chosen = theirs(x)
    scores, indices = (x @ theirs.weight.T).softmax(-1).topk(2)
    return apart("Linear + Softmax", error(scores / scores.sum(-1, keepdim=True), weights) + float((indices != chosen)
                 .any()), "The printed routing, beside Mixtral’s router in transformers.")  # fmt: skip


def renormalised(_: Ground) -> Found:
    logits = normal(6, 8)
    one, two = softmax_top_k(logits, 2), top_k_softmax(logits, 2)
    return apart("one way", error(one.weights, two.weights), "Dividing the chosen scores by their sum is the softmax "
                 "over the chosen logits.")  # fmt: skip


def printed_sum(_: Ground) -> Found:
    x, W_gate = normal(3, 8), normal(8, 4, seed=1)
    experts = [normal(8, 8, seed=10 + at) for at in range(4)]
    scores, indices = (x @ W_gate).softmax(-1).topk(2)
    scores = scores / scores.sum(-1, keepdim=True)
    right = torch.stack([sum((s * (row @ experts[int(i)]) for i, s in zip(ids, some, strict=True)), torch.zeros(8))
                         for row, ids, some in zip(x, indices, scores, strict=True)])  # fmt: skip
    one = sum((s * (x[0] @ experts[int(i)]) for i, s in zip(indices[0], scores[0], strict=True)), torch.zeros(8))
    try:
        made = sum((s * (x @ experts[int(i)]) for i, s in zip(indices, scores, strict=True)), torch.zeros(3, 8))
        told = f"{error(made, right):.1f} off"
    except (RuntimeError, ValueError):
        told = "an error"
    return Found("combines a batch", f"right for one token, {told} for three", told == "0.0 off" and
                 error(one, right[0]) < 1e-5, "zip goes through the rows of top_k_indices, which are tokens and not "
                 "experts. For a single token, without a batch, the line is right.")  # fmt: skip


def balance(_: Ground) -> Found:
    from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

    logits, n = normal(64, 8), 8
    probabilities = logits.softmax(-1)
    f = nn.functional.one_hot(probabilities.topk(1).indices, n).float().mean((0, 1))
    mine = n * (f * probabilities.mean(0)).sum()
    theirs = load_balancing_loss_func((logits,), n, 1)
    return apart("N Σ f P", float(abs(theirs - mine)), "The formula with α = 1 for one expert a token, beside "
    "Mixtral’s "
                 "loss in transformers. For two experts a token transformers’ f sums to 2.")  # fmt: skip


def uniform(_: Ground) -> Found:
    n = 8
    even, one = n * (torch.full((n,), 1 / n) ** 2).sum(), n * torch.tensor(1.0)
    return Found(
        "uniform is least",
        f"{float(even):g} when uniform, {float(one):g} when collapsed",
        bool(even < one),
        "N Σ f P for eight experts. The loss rewards uniform use; f itself has no gradient, P has.",
    )


def collapse(_: Ground) -> Found:
    torch.manual_seed(0)
    logits = torch.zeros(8)
    for _step in range(400):  # the chosen expert learns, and so is chosen more
        chosen = torch.distributions.Categorical(logits=logits).sample((16,)).bincount(minlength=8)
        logits = logits + 0.02 * (chosen - 2)
    most = float(logits.softmax(-1).max())
    return Found("most tokens to few experts", f"one takes {100 * most:.0f} %", most > 0.5,
                 "Eight experts, each gaining in score what it is chosen more than its share: a model of the feedback "
                 "and not a training. The panel trains routers with and without the loss.")  # fmt: skip


def experts(shape: Shape, n: int, k: int) -> Claim:
    def check(_: Ground) -> Found:
        shared = f" and {shape.n_shared} shared" if shape.n_shared else ""
        return Found(f"{n} experts, {k} chosen", f"{shape.n_experts}{shared}, {shape.k} chosen",
                     (shape.n_experts, shape.k) == (n, k) and not shape.n_shared,
                     "From its published config." + (" Every token visits the shared experts too." if shared else ""),
                     )  # fmt: skip

    name = shape.name.lower().replace(" ", "-")
    return Claim(f"experts-{name}", 5, "Load Balancing", f"{shape.name} has {n} experts and chooses {k}",
                 f"{shape.name} … {n} … {k}", check, "loose", "moe_cost", "sizes")  # fmt: skip


_D, _ED, _M = "Decoder-Only (Causal / Autoregressive)", "Encoder-Decoder", "Mixture of Experts (MoE)"
_RT, _LB = "Router / Gating Mechanism", "Load Balancing"
CLAIMS = (
    Claim("causal", 5, _D, "Each token sees itself and earlier ones", "each token can only attend to itself and all "
          "preceding tokens", causal, panel="three_shapes", view="reach", grounded=True),
    Claim("decoders", 5, _D, "GPT, LLaMA, Mistral, Falcon, Phi and Qwen are decoders",
          "Examples: GPT family, LLaMA, Mistral, Claude, Gemini, Falcon, Phi, Qwen", decoders, panel="three_shapes",
          view="families"),
    Claim("closed-decoders", 5, _D, "Claude and Gemini are decoders", "Claude, Gemini",
          not_here("Their makers publish neither weights nor configs.")),
    Claim("clm-objective", 5, _D, "A decoder is trained on the next token",
          "Training objective: Next-token prediction (causal language modelling)", shifted, panel="objectives",
          view="examples"),
    Claim("prompting", 5, _D, "A decoder can be used for any task by prompting",
          "can be used for any NLP task via prompting",
          not_here("“Any task” cannot be tried. The panel “More examples” tries some with the models here."),
          panel="shots", view="curve"),
    Claim("bidirectional", 5, _ED, "Every token of an encoder sees every other",
          "no causal mask — every token sees every other token", bidirectional, panel="three_shapes", view="reach"),
    Claim("cross-attention", 5, _ED, "The decoder reads the encoder and its own past",
          "an autoregressive decoder with cross-attention to the encoder representations", crosses,
          panel="three_shapes", view="cross"),
    Claim("encoder-decoders", 5, _ED, "T5 and BART have both", "Examples: T5, BART, UL2, Flan-T5", encoder_decoders,
          panel="three_shapes", view="families"),
    Claim("span-objective", 5, _ED, "Encoder-decoders are trained by span corruption",
          "Training objective: Span corruption (mask spans in input, predict them in output)",
          not_here("T5 is (see the claim of chapter 6). BART writes the whole text anew (Lewis et al. 2019, arXiv "
                   "1910.13461), UL2 mixes three objectives (arXiv 2205.05131): no weights show how they were made."),
          panel="three_shapes", view="spans"),
    Claim("seq2seq", 5, _ED, "Encoder-decoders suit translation and summaries",
          "Naturally suited for sequence-to-sequence tasks",
          not_here("It would take both kinds trained on translation. Raffel et al. 2019 (arXiv 1910.10683) compare "
                   "them."), panel="three_shapes", view="shapes"),
    Claim("moe-every", 5, _M, "Experts replace the feed-forward layer in each block",
          "MoE replaces the dense FFN in each Transformer block", every_block, "loose", "moe_cost", "sizes"),
    Claim("moe-two", 5, _M, "A token visits two experts, as a rule", "typically K=2", typically_two,
          panel="moe_cost", view="sizes"),
    Claim("moe-active", 5, _M, "A token uses a part of the weights",
          "keeping the computational cost per token manageable", per_token, panel="moe_cost", view="reading"),
    Claim("moe-router", 5, _RT, "The router is a linear map and a softmax", "Router (Linear + Softmax)", router,
          panel="routing", view="decision"),
    Claim("moe-renormalise", 5, _RT, "The chosen scores are made to sum to 1",
          "top_k_scores / top_k_scores.sum(dim=-1, keepdim=True)  # renormalize", renormalised, panel="routing",
          view="decision"),
    Claim("moe-code", 5, _RT, "The printed line combines the experts of a batch",
          "sum(score_i * Expert_i(x) for i, score_i in zip(top_k_indices, top_k_scores))", printed_sum, "loose",
          "routing", "lanes"),
    Claim("moe-collapse", 5, _LB, "Without help a router sends most tokens to few experts",
          '"expert collapse" — the router learns to send most tokens to a few experts', collapse, panel="balancing",
          view="training"),
    Claim("moe-balance", 5, _LB, "The formula of the balance loss", "Lbalance = α · N · Σi fi · Pi", balance,
          panel="balancing", view="training"),
    Claim("moe-uniform", 5, _LB, "The loss is least for uniform use", "encourages uniform expert utilisation",
          uniform, panel="balancing", view="training"),
    experts(MIXTRAL_8X7B, 8, 2), experts(MIXTRAL_8X22B, 8, 2), experts(GROK_1, 8, 2), experts(DEEPSEEK_V2, 160, 6),
    experts(DBRX, 16, 4),
)  # fmt: skip
