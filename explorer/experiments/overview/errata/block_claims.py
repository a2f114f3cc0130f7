"""Chapter 4 of the reference, the block around attention: feed-forward, norms, residual connections."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.errors import NotApplicableError
from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, apart, not_here, share
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.stack.frontier.carried import blocks_of
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.transformer.config import Placement
from explorer.stack.transformer.gradient_flow import Start, gradient_flow
from explorer.stack.transformer.key_value_memory import recall
from explorer.stack.transformer.norms import LayerNorm, RMSNorm
from explorer.stack.worst import worst


def identical(ground: Ground) -> Found:
    state, n = ground.model.plain_decoder.state_dict(), ground.model.dims.n_layers
    of = [{name.split(".", 2)[2]: tuple(each.shape) for name, each in state.items()
           if name.startswith(f"blocks.{layer}.")} for layer in range(n)]  # fmt: skip
    return Found(
        "identical",
        f"{n} blocks of one form",
        all(each == of[0] for each in of),
        "Names and shapes of the matrices in each block of the model on the page; their numbers differ.",
    )


def _written(ground: Ground) -> tuple[list[Tensor], list[Tensor]]:
    """What each attention writes, from its heads' results, and what each MLP does, from the stream it reads."""
    decoder, trace = ground.model.plain_decoder, ground.trace
    if decoder.config.placement != "pre" or decoder.config.n_experts:
        raise NotApplicableError("This model has more norms, or experts, in a block.", "Choose one such as SmolLM2.")
    attention, mlp = [], []
    with torch.inference_mode():
        for layer, block in enumerate(blocks_of(decoder)):
            attention.append(block.attn.W_O(trace.z[layer].float().flatten(-2)))
            mlp.append(block.mlp(block.ln2(trace.resid_mid[layer].float())))
    return attention, mlp


def attention_added(ground: Ground) -> Found:
    trace, (writes, _) = ground.trace, _written(ground)
    away = worst([error(trace.resid_pre[layer].float() + each, trace.resid_mid[layer].float())
                  for layer, each in enumerate(writes)])  # fmt: skip
    return apart("x + Attention(LN(x))", away, "In each block of this run: the stream, and what its heads give through "
                 "W_O, add up to the stream behind attention.", allowed=1e-3)  # fmt: skip


def final_sum(ground: Ground) -> Found:
    attention, mlp = _written(ground)
    embedded = ground.model.plain_decoder.state_dict()["embed.weight"][ground.trace.ids].float()
    total = embedded + torch.stack([*attention, *mlp]).sum(0)
    return apart(
        "embedding + all writes",
        error(total, ground.trace.resid_post[-1].float()),
        "The embedding’s rows and what every attention and MLP wrote, each computed by itself, add up to the "
        "last stream of this run. The logits are read from it behind one more norm.",
        allowed=1e-2,
    )


def position_wise(_: Ground) -> Found:
    layer = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8))
    x = normal(5, 8)
    alone = torch.cat([layer(row[None]) for row in x])
    return apart("each token by itself", error(layer(x), alone), "Five tokens together and one by one.")


def two_layers(_: Ground) -> Found:
    from transformers import GPT2Config
    from transformers.models.gpt2.modeling_gpt2 import GPT2MLP

    torch.manual_seed(0)
    theirs, x = GPT2MLP(64, GPT2Config(n_embd=16)).eval(), normal(3, 16)
    W1, b1, W2, b2 = theirs.c_fc.weight, theirs.c_fc.bias, theirs.c_proj.weight, theirs.c_proj.bias
    return apart("W2 σ(W1 x + b1) + b2", error(F.gelu(x @ W1 + b1, approximate="tanh") @ W2 + b2, theirs(x)),
                 "The formula with GELU for σ, beside GPT-2’s layer in transformers.")  # fmt: skip


def shapes(_: Ground) -> Found:
    W1, x = normal(8, 32), normal(8)
    try:
        made = tuple((W1 @ x).shape)
    except RuntimeError:
        made = ()
    return Found("W1 x with W1 ∈ ℝ^(d × 4d)", "x W1, not W1 x" if not made else str(made), bool(made),
                 "A matrix of d × 4d cannot be multiplied by a column of d numbers from the left: torch refuses. With "
                 "rows (x W1) the shapes fit, with columns W1 is 4d × d.")  # fmt: skip


def four_times(_: Ground) -> Found:
    plain = {name: each.d_mlp / each.d_model for name, each in REAL_MODELS.items() if not each.gated}
    return Found("4 ×", ", ".join(f"{ratio:g}" for ratio in sorted(set(plain.values()))), set(plain.values()) == {4.0},
                 f"Published models without a gate: {', '.join(plain)}.")  # fmt: skip


def swiglu(_: Ground) -> Found:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaMLP

    torch.manual_seed(0)
    theirs, x = LlamaMLP(LlamaConfig(hidden_size=16, intermediate_size=40, num_attention_heads=2)), normal(3, 16)
    made = theirs.down_proj(F.silu(theirs.gate_proj(x)) * theirs.up_proj(x))
    return apart(
        "SwiGLU", error(made, theirs(x)), "The printed class with the weights of LLaMA’s layer in transformers."
    )


def three(_: Ground) -> Found:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaMLP

    with torch.device("meta"):
        found = len([*LlamaMLP(LlamaConfig()).parameters()])
    return Found("three", str(found), found == 3, "Matrices in LLaMA’s feed-forward layer in transformers.")


def swish(_: Ground) -> Found:
    x = torch.linspace(-6, 6, 101)
    return apart("x σ(x)", error(F.silu(x), x * x.sigmoid()), "SiLU, Swish with β = 1, on 101 points.")


def users(_: Ground) -> Found:
    from transformers import LlamaConfig, MistralConfig

    names = {"LLaMA": LlamaConfig().hidden_act, "Mistral": MistralConfig().hidden_act}
    return Found("SiLU gates", ", ".join(f"{name}: {each}" for name, each in names.items()),
                 set(names.values()) == {"silu"}, "The activation that transformers’ configs name. For Gemma see the "
                 "claim of its own.")  # fmt: skip


def memory(_: Ground) -> Found:
    hidden, W_out = normal(40).relu(), normal(40, 12, seed=1)
    found = recall(hidden, W_out, 40)
    written = (found.writes(W_out)).sum(0)
    return apart("keys and values", error(written, hidden @ W_out), "A layer’s output is the sum of its rows of W2, "
                 "each times how far its key matched.", allowed=1e-4)  # fmt: skip


def most_weights(_: Ground) -> Found:
    each = REAL_MODELS["Llama-3-8B"]
    ffn = 3 * each.d_model * each.d_mlp
    attention = 2 * each.d_model * each.d_head * (each.n_heads + each.n_kv_heads)
    return Found("much of it", f"{share(ffn / (ffn + attention), 0)} of a block’s weights", ffn > attention,
                 "That facts lie there is shown by tracing (Meng et al. 2022, arXiv 2202.05262); what is counted here "
                 "is that the room for them is there, in Llama 3 8B.")  # fmt: skip


def layer_norm(_: Ground) -> Found:
    x, gamma, beta = normal(4, 32), normal(32, seed=1), normal(32, seed=2)
    said = gamma * (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt() + beta
    return apart("LayerNorm", error(said, F.layer_norm(x, (32,), gamma, beta, 1e-5)), "The formula beside torch’s.")


def each_token(_: Ground) -> Found:
    x = normal(4, 32)
    norm = LayerNorm(32)
    return apart("each token by itself", error(norm(x), torch.cat([norm(row[None]) for row in x])), "Four tokens "
                 "together and one by one.")  # fmt: skip


def rms_norm(_: Ground) -> Found:
    x, gamma = normal(4, 32), normal(32, seed=1)
    said = gamma * x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
    return apart("RMSNorm", error(said, F.rms_norm(x, (32,), gamma, 1e-5)), "The formula beside torch’s.")


def no_mean(_: Ground) -> Found:
    x = normal(4, 32)
    rms, layer = (error(norm(x), norm(x + 3)) for norm in (RMSNorm(32), LayerNorm(32)))
    return Found("no subtraction of the mean", f"adding 3 changes RMSNorm by {rms:.1f}, LayerNorm by {layer:.0e}",
                 rms > 0.1 and layer < 1e-4, "A constant added to all numbers of a token.")  # fmt: skip


def cheaper(_: Ground) -> Found:
    rms, layer = (sum(each.numel() for each in norm.parameters()) for norm in (RMSNorm(64), LayerNorm(64)))
    return Found(
        "cheaper",
        f"{rms} parameters, not {layer}; one mean, not two",
        rms < layer,
        "For a stream 64 wide. LayerNorm takes the mean of x and that of its squares; RMSNorm only the second.",
    )


def norm_users(_: Ground) -> Found:
    kinds = {name: REAL_MODELS[name].norm for name in ("LLaMA-7B", "Mistral-7B", "Gemma-7B")}
    many = sum(each.norm == "rms" for each in REAL_MODELS.values())
    return Found("RMSNorm", f"{many} of {len(REAL_MODELS)} models", set(kinds.values()) == {"rms"},
                 f"Of {len(REAL_MODELS)} published models, GPT-2, GPT-3 and Falcon have LayerNorm.")  # fmt: skip


def after(_: Ground) -> Found:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True).eval()
    out = layer(10 * normal(1, 5, 16) + 3)
    size = float(out.detach().std(-1, unbiased=False).mean())
    return Found("after the addition", f"its output has size {size:.2f}", abs(size - 1) < 1e-2,
                 "torch’s TransformerEncoderLayer follows the paper of 2017 by default. Its input has size 10; what "
                 "leaves it has just passed a norm.")  # fmt: skip


def stable(_: Ground) -> Found:
    ids, seeds = torch.arange(48) % 37, range(3)
    placements: tuple[Placement, ...] = ("pre", "post")
    top, spread = dict[str, float](), dict[str, float]()
    for placement in placements:
        start = Start(n_layers=12, d_vocab=50, d_model=32)
        found = [gradient_flow(start, placement, ids, torch.Generator().manual_seed(seed), check=False).w_out
                 for seed in seeds]  # fmt: skip
        top[placement] = sum(float(each[-1]) for each in found) / len(found)
        spread[placement] = sum(float(each.max() / each.min()) for each in found) / len(found)
    return Found("more stable gradients", f"{top['pre']:.2f} at the top, post-norm {top['post']:.2f}",
                 top["pre"] < top["post"] and spread["pre"] < spread["post"],
                 "Gradient of the last block’s W_out, mean of three random decoders of 12 blocks before any training: "
                 "it says how small the first steps must be (Xiong et al. 2020, arXiv 2002.04745).",
                 (Figure("largest by smallest block, pre-norm", f"{spread['pre']:.1f}"),
                  Figure("post-norm", f"{spread['post']:.1f}")))  # fmt: skip


def highway(_: Ground) -> Found:
    sizes = []
    for kept in (1.0, 0.0):
        x = normal(1, 16).requires_grad_()
        y = x
        for at in range(48):
            y = kept * y + torch.tanh(y @ normal(16, 16, seed=at) / 8)
        y.sum().backward()
        sizes.append(float(x.grad.norm()) if isinstance(x.grad, Tensor) else 0.0)
    return Found("no vanishing", f"{sizes[0]:.1g} with, {sizes[1]:.0e} without", sizes[0] > 100 * sizes[1],
                 "Size of the gradient at the input of 48 random layers with and without the x +.")  # fmt: skip


_FFN, _GLU, _RMS = (
    "Feed-Forward Network (FFN)",
    "SwiGLU (Used in LLaMA, Mistral, Gemma)",
    "RMSNorm (Root Mean Square Normalization)",
)
_STD, _LN, _PRE, _RES = (
    "Standard FFN",
    "Layer Normalization (LayerNorm)",
    "Pre-Norm vs. Post-Norm",
    "Residual Connections",
)
_GATES, _SCALE = ("feed_forward", "gates"), ("norms", "scale")
CLAIMS = (
    Claim("identical-blocks", 4, "Opening", "A model stacks identical blocks",
          "A typical LLM stacks L identical blocks (24 to 128 layers)", identical, "loose", "dimensions", "sizes",
          grounded=True),
    Claim("block-adds", 4, "Opening", "Attention adds to the stream", "x + Attention(LN(x))", attention_added,
          panel="residual_stream", view="waterfall", grounded=True),
    Claim("ffn-position", 4, _FFN, "The feed-forward layer sees each token by itself",
          "passes through a position-wise feed-forward network", position_wise, panel=_GATES[0], view=_GATES[1]),
    Claim("ffn-formula", 4, _STD, "The formula of the plain layer", "FFN(x) = W2 · σ(W1x + b1) + b2", two_layers,
          panel=_GATES[0], view=_GATES[1]),
    Claim("ffn-shapes", 4, _STD, "W1 is a d × 4d matrix", "Where W1 ∈ ℝd×4d and W2 ∈ ℝ4d×d", shapes, "loose", *_GATES),
    Claim("ffn-four", 4, _STD, "The plain layer is four times as wide", "The expansion ratio is typically 4×",
          four_times, panel="dimensions", view="sizes"),
    Claim("swiglu-code", 4, _GLU, "The printed class is LLaMA’s layer",
          "return self.w_down(F.silu(self.w_gate(x)) * self.w_up(x))", swiglu, panel=_GATES[0], view=_GATES[1]),
    Claim("swiglu-three", 4, _GLU, "A SwiGLU has three matrices", "It uses three weight matrices instead of two",
          three, panel=_GATES[0], view=_GATES[1]),
    Claim("silu", 4, _GLU, "SiLU is Swish", "using the SiLU (Swish) activation function", swish, panel=_GATES[0],
          view=_GATES[1]),
    Claim("swiglu-users", 4, _GLU, "LLaMA and Mistral use a SwiGLU", "SwiGLU (Used in LLaMA, Mistral, Gemma)", users,
          panel=_GATES[0], view=_GATES[1]),
    Claim("ffn-memory", 4, "FFN as Key-Value Memory", "A feed-forward layer is keys and values",
          "The first projection (W1) computes \"keys\" … the second projection (W2) retrieves associated \"values\"",
          memory, panel="feed_forward", view="neuron"),
    Claim("ffn-facts", 4, "FFN as Key-Value Memory", "Much of the knowledge lies in feed-forward layers",
          "This is why FFN layers store much of the model's factual knowledge", most_weights, panel="facts",
          view="traces"),
    Claim("layer-norm", 4, _LN, "The formula of LayerNorm", "LayerNorm(x) = γ ⊙ (x - μ) / √(σ² + ε) + β", layer_norm,
          panel=_SCALE[0], view=_SCALE[1]),
    Claim("norm-token", 4, _LN, "A norm treats each token by itself",
          "Normalises across the feature dimension for each token independently", each_token, panel=_SCALE[0],
          view=_SCALE[1]),
    Claim("rms-norm", 4, _RMS, "The formula of RMSNorm", "RMSNorm(x) = γ ⊙ x / √( mean(x²) + ε )", rms_norm,
          panel=_SCALE[0], view=_SCALE[1]),
    Claim("rms-mean", 4, _RMS, "RMSNorm subtracts no mean", "skips mean-centering (no subtraction of μ, no β bias)",
          no_mean, panel="norms", view="mean"),
    Claim("rms-cheaper", 4, _RMS, "RMSNorm is cheaper", "Computationally cheaper", cheaper, panel=_SCALE[0],
          view=_SCALE[1]),
    Claim("rms-effective", 4, _RMS, "RMSNorm is as good", "and equally effective",
          not_here("It takes trainings with both; Zhang & Sennrich 2019 (arXiv 1910.07467) report equal quality."),
          panel="block_variants", view="residual_path"),
    Claim("rms-users", 4, _RMS, "LLaMA, Mistral, Gemma and most others use RMSNorm",
          "Used in LLaMA, Mistral, Gemma, and most modern architectures", norm_users, panel="dimensions",
          view="sizes"),
    Claim("post-norm", 4, _PRE, "The first Transformer normalized after the addition",
          "The original Transformer applied normalization after the residual addition", after, panel="norms",
          view="gradients"),
    Claim("pre-norm-stable", 4, _PRE, "With pre-norm gradients are more even",
          "Pre-Norm provides more stable gradients during training", stable, panel="norms", view="gradients"),
    Claim("residual-highway", 4, _RES, "The x + keeps gradients from vanishing",
          "a direct gradient highway … preventing vanishing gradients in very deep networks", highway,
          panel="block_variants", view="residual_path"),
    Claim("residual-sum", 4, "The Residual Stream Interpretation", "The last stream is a sum",
          "The final output is the sum of the original embedding plus all layer contributions", final_sum,
          panel="residual_stream", view="waterfall", grounded=True),
)  # fmt: skip
