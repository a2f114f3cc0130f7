"""The names of TransformerLens' hooks: the one table from which runs are read and changed.

Names on the right are tried in order; a model that lacks them all has no such activation (a model without rotary
positions has no `hook_rot_q`; only Gemma has norms after its sublayers).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

IN_EACH_LAYER: Mapping[str, tuple[str, ...]] = {
    # name in a Trace -> TransformerLens names within blocks.{layer}            shape, without batch
    "resid_mid": ("hook_resid_mid", "hook_attn_out"),  # pos d_model; a parallel block has no middle, see capture
    "resid_post": ("hook_resid_post",),  # pos d_model
    "pattern": ("attn.hook_pattern",),  # head query key
    "rot_q": ("attn.hook_rot_q", "attn.hook_q"),  # pos head d_head
    "rot_k": ("attn.hook_rot_k", "attn.hook_k"),  # pos kv_head d_head
    "v": ("attn.hook_v",),  # pos kv_head d_head
    "z": ("attn.hook_z",),  # pos head d_head
    "mlp_pre": ("mlp.hook_pre",),  # pos d_mlp
    "ln1_post_scale": ("ln1_post.hook_scale",),  # pos 1
    "ln2_post_scale": ("ln2_post.hook_scale",),  # pos 1
    "ln1_scale": ("ln1.hook_scale",),  # pos 1
    "ln2_scale": ("ln2.hook_scale",),  # pos 1
    "mlp_pre_linear": ("mlp.hook_pre_linear",),  # pos d_mlp
    "attn_out": ("hook_attn_out",),  # pos d_model
    "mlp_out": ("hook_mlp_out",),  # pos d_model
    # pos expert, the batch's rows one after another
    "router_logits": ("mlp.gate.hook_out", "mlp.router.hook_out", "mlp.hook_router_logits"),
    "expert_weights": (
        "mlp.gate.hook_expert_weights", "mlp.router.hook_expert_weights", "mlp.hook_expert_weights",
    ),
}  # fmt: skip
WITHOUT_BATCH = ("router_logits", "expert_weights")
EMBED = "blocks.0.hook_resid_pre"  # what enters the stream: scaled (Gemma), with position embedding (GPT-2)
LN_FINAL_SCALE = "ln_final.hook_scale"
DERIVABLE = ("ln1_scale", "ln2_scale", "ln_final_scale", "mlp_pre_linear", "attn_out", "mlp_out")
"""Kept only in models where they do not follow from the stream (see anatomy.py)."""
COS, SIN = "attn.hook_cos", "attn.hook_sin"

REQUIRED = ("resid_mid", "resid_post", "pattern", "rot_q", "rot_k", "v", "z")
"""Without these in every layer there is no trace."""
LATENT = "attn.hook_kv_latent"
"""DeepSeek's attention; its q, k and v come [head pos d], rotated, and its hook_rot_q is the rotated part alone."""
HEADS_FIRST = ("rot_q", "rot_k", "v")

EDITED: Mapping[str, str] = {"z": "attn.hook_z", "mlp_out": "hook_mlp_out", "resid_post": "hook_resid_post"}
"""Where interventions act."""


def in_block(layer: int, name: str) -> str:
    """
    >>> in_block(3, "attn.hook_z")
    'blocks.3.attn.hook_z'
    """
    return f"blocks.{layer}.{name}"


def found(known: Collection[str], layer: int, name: str) -> str | None:
    """The full name of the hook that gives activation `name` in a layer of this model, or None."""
    return next((full for n in IN_EACH_LAYER[name] if (full := in_block(layer, n)) in known), None)
