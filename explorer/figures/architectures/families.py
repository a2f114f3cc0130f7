"""Families of models with their published configs: what shape each has, what it was asked, how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.figures.payload import Payload
from explorer.stack.architectures import encoder_parameters
from explorer.stack.architectures.published_models import PublishedModel
from explorer.stack.inference.serving import model_config
from explorer.stack.inference.serving.memory_calculator import parameters

if TYPE_CHECKING:
    from types import SimpleNamespace


#: In the order of the table.
SHAPES = ("encoder-only", "encoder-decoder", "decoder-only")
#: Families of decoders whose makers publish no config.
UNPUBLISHED = ("Claude", "Gemini", "GPT-4")


@dataclass(frozen=True, kw_only=True)
class FamilyModel:
    """One model: sizes from its config, parameters counted from them."""

    name: str
    family: str
    shape: str
    objective: str
    encoder_layers: int
    decoder_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_ff: int
    """Of one expert in a mixture."""
    experts: int
    k: int
    shared: int
    total: int
    active: int
    stated: float
    """Billions, as the makers say."""
    stated_active: float | None
    exact: int | None
    """Numbers in the released weights, where they are known to the last one."""
    source: str


@dataclass(frozen=True, kw_only=True)
class ModelFamilies(Payload):
    models: list[FamilyModel]
    unpublished: list[str]


def counted(model: PublishedModel) -> FamilyModel:
    """Read and count one config.

    >>> from explorer.stack.architectures.published_models import PUBLISHED
    >>> made = counted(PUBLISHED["Mixtral-8x7B"])
    >>> (made.encoder_layers, made.decoder_layers), (made.experts, made.k), made.total, made.active
    ((0, 32), (8, 2), 46702792704, 12879925248)
    """
    given = (_of_decoder if model.shape == "decoder-only" else _of_encoder)(model.read())
    return FamilyModel(
        name=model.name, family=model.family, shape=model.shape, objective=model.objective, stated=model.stated,
        stated_active=model.active, exact=model.exact, source=model.source, **given,
    )  # fmt: skip


def _of_decoder(config: SimpleNamespace) -> dict[str, int]:
    s = model_config.from_hf(config)
    return {
        "encoder_layers": 0, "decoder_layers": s.n_layers, "d_model": s.d_model, "n_heads": s.n_heads,
        "n_kv_heads": s.n_kv_heads, "d_ff": s.d_mlp, "experts": s.n_experts, "k": s.experts_per_token,
        "shared": s.n_shared, "total": parameters(s).total, "active": parameters(s, active=True).total,
    }  # fmt: skip


def _of_encoder(c: SimpleNamespace) -> dict[str, int]:
    """Of a model with an encoder; every token passes all of it."""
    fields = {
        "t5": ("num_layers", "num_decoder_layers", "d_model", "num_heads", "d_ff"),
        "bart": ("encoder_layers", "decoder_layers", "d_model", "encoder_attention_heads", "encoder_ffn_dim"),
    }.get(c.model_type, ("num_hidden_layers", "", "hidden_size", "num_attention_heads", "intermediate_size"))
    encoder, decoder, d_model, heads, d_ff = (getattr(c, name) if name else 0 for name in fields)
    total = encoder_parameters.parameters(c)
    return {
        "encoder_layers": encoder, "decoder_layers": decoder, "d_model": d_model, "n_heads": heads,
        "n_kv_heads": heads, "d_ff": d_ff, "experts": 0, "k": 0, "shared": 0, "total": total, "active": total,
    }  # fmt: skip
