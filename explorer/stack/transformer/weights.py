"""transformers' names of weights -> this decoder's, and back. Tensors are shared, not copied.

A transposed tensor is a view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.config import DecoderConfig

#: in each layer: ours -> transformers', without ".weight" or ".bias"
LLAMA = {
    "ln1": "input_layernorm",
    "attn.W_Q": "self_attn.q_proj",
    "attn.W_K": "self_attn.k_proj",
    "attn.W_V": "self_attn.v_proj",
    "attn.W_O": "self_attn.o_proj",
    "attn.q_norm": "self_attn.q_norm",
    "attn.k_norm": "self_attn.k_norm",
    "ln2": "post_attention_layernorm",
    "mlp.W_gate": "mlp.gate_proj",
    "mlp.W_in": "mlp.up_proj",
    "mlp.W_out": "mlp.down_proj",
}
#: Mixtral's feed-forward layer; its experts are stacked, [expert out in], and bear no ".weight".
MIXTRAL = {"mlp.router": "mlp.gate.weight", "mlp.experts.gate_in": "mlp.experts.gate_up_proj"}
MIXTRAL |= {"mlp.experts.out": "mlp.experts.down_proj"}
#: Gemma 2 and 3 have four norms a layer; what Llama calls post_attention stands before its MLP.
SANDWICH = LLAMA | {
    "ln1_post": "post_attention_layernorm",
    "ln2": "pre_feedforward_layernorm",
    "ln2_post": "post_feedforward_layernorm",
}


#: Where a model that also sees keeps the part that reads.
COMPOSITE = "model.language_model."

#: before the names of weights that are the decoder's own (`zoo.own_decoder`)
OWN = "decoder."


def from_hf(config: DecoderConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict for `Decoder(config)` from one of transformers'.

    Raises NotApplicableError if a weight is missing, or if one is left over: a model that has more is another one.
    """
    if f"{OWN}embed.weight" in state:
        return {name.removeprefix(OWN): tensor for name, tensor in state.items()}
    weights = _Weights(state)
    named = _gpt2(config, weights) if "transformer.wte.weight" in weights.state else _llama(config, weights)
    found = dict(named)
    if config.tied:
        found["unembed.weight"] = found["embed.weight"]
    if left := weights.left(tied=config.tied):
        raise NotApplicableError(
            f"The explorer's own decoder has no place for the weight “{left[0]}”"
            + (f" and {len(left) - 1} more." if len(left) > 1 else "."),
            "This model has a part that it does not know.",
        )
    return found


def to_hf(config: DecoderConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The other way, for what `DecoderConfig.to_hf` describes: a Llama's names, or those of Mixtral's checkpoints.

    A checkpoint holds each expert's matrices by themselves: w1 is W_gate, w3 W_in, w2 W_out.
    """
    found = {"model.embed_tokens.weight": state["embed.weight"], "model.norm.weight": state["ln_final.weight"]}
    if not config.tied:
        found["lm_head.weight"] = state["unembed.weight"]
    for layer in range(config.n_layers):
        ours, theirs = f"blocks.{layer}.", f"model.layers.{layer}."
        for name, other in LLAMA.items():
            if f"{ours}{name}.weight" in state:
                found[f"{theirs}{other}.weight"] = state[f"{ours}{name}.weight"]
        if not config.n_experts:
            continue
        found[f"{theirs}block_sparse_moe.gate.weight"] = state[f"{ours}mlp.router"]
        pairs = zip(state[f"{ours}mlp.experts.gate_in"], state[f"{ours}mlp.experts.out"], strict=True)
        for expert, (gate_in, out) in enumerate(pairs):
            gate, up = gate_in.chunk(2)
            for name, tensor in (("w1", gate), ("w3", up), ("w2", out)):
                found[f"{theirs}block_sparse_moe.experts.{expert}.{name}.weight"] = tensor
    return found


class _Weights:
    """Looks a tensor up, says which one is missing, and remembers which were asked for."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self.state = state
        self.used: set[str] = set()
        self.root = COMPOSITE if f"{COMPOSITE}embed_tokens.weight" in state else "model."

    def left(self, tied: bool) -> list[str]:
        """Names that nobody asked for, without rotary tables, GPT-2's old masks and a tied unembedding."""
        ends = (".inv_freq", ".attn.bias", ".attn.masked_bias", *(["lm_head.weight"] if tied else []))
        mine = (self.root, "transformer.", "lm_head.") if self.root == COMPOSITE else ("",)
        return sorted(n for n in self.state if n not in self.used and n.startswith(mine) and not n.endswith(ends))

    def __getitem__(self, name: str) -> Tensor:
        self.used.add(name)
        if name not in self.state:
            raise NotApplicableError(
                f"The weights have no “{name}”.", "They are not of the architecture that their config names."
            )
        return self.state[name]

    def pair(self, ours: str, theirs: str, shape: Callable[[Tensor], Tensor] = lambda t: t) -> Iterator[tuple]:
        yield f"{ours}.weight", shape(self[f"{theirs}.weight"])
        if f"{theirs}.bias" in self.state:
            yield f"{ours}.bias", self[f"{theirs}.bias"]


def _llama(config: DecoderConfig, weights: _Weights) -> Iterator[tuple[str, Tensor]]:
    root = weights.root
    yield "embed.weight", weights[f"{root}embed_tokens.weight"]
    names = dict(SANDWICH if config.placement == "sandwich" else LLAMA)
    if not config.qk_norm:
        del names["attn.q_norm"], names["attn.k_norm"]
    if config.n_experts:
        names = {ours: theirs for ours, theirs in names.items() if not ours.startswith("mlp.")}
    for layer in range(config.n_layers):
        if config.n_experts:
            for ours, theirs in MIXTRAL.items():
                yield f"blocks.{layer}.{ours}", weights[f"{root}layers.{layer}.{theirs}"]
        for ours, theirs in names.items():
            yield from weights.pair(f"blocks.{layer}.{ours}", f"{root}layers.{layer}.{theirs}")
    yield from weights.pair("ln_final", f"{root}norm")
    if not config.tied:
        yield "unembed.weight", weights["lm_head.weight"]


def _gpt2(config: DecoderConfig, weights: _Weights) -> Iterator[tuple[str, Tensor]]:
    """GPT-2 keeps its linear layers as [in out], and query, key and value in one of them."""
    yield "embed.weight", weights["transformer.wte.weight"]
    yield "positions.weight", weights["transformer.wpe.weight"]
    for layer in range(config.n_layers):
        ours, theirs = f"blocks.{layer}", f"transformer.h.{layer}"
        for ln, name in (("ln1", "ln_1"), ("ln2", "ln_2")):
            yield from weights.pair(f"{ours}.{ln}", f"{theirs}.{name}")
        for part in ("weight", "bias"):
            whole = weights[f"{theirs}.attn.c_attn.{part}"]
            for name, piece in zip("QKV", whole.chunk(3, -1), strict=True):
                yield f"{ours}.attn.W_{name}.{part}", piece.T if part == "weight" else piece
        for linear, name in (("attn.W_O", "attn.c_proj"), ("mlp.W_in", "mlp.c_fc"), ("mlp.W_out", "mlp.c_proj")):
            yield from weights.pair(f"{ours}.{linear}", f"{theirs}.{name}", lambda t: t.T)
    yield from weights.pair("ln_final", "transformer.ln_f")
    if not config.tied:
        yield "unembed.weight", weights["lm_head.weight"]
