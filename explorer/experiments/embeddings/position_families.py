"""Which model tells positions how: the scheme from what transformers builds, the numbers from a published config.

Each model is put together without memory (on PyTorch's meta device) from the config that its makers publish, and what
tells positions is looked for in it: a table, a rotation, a bias on scores. Nothing is known by name but where the parts
are called so. Where no published config is at hand, the scheme alone is told: it is the class's, whatever the sizes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from explorer.errors import NotApplicableError
from explorer.experiments.embeddings.published_positions import LIMITS, PUBLISHED, PublishedPositions
from explorer.zoo.model import Model

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

#: What a table of positions is called, as the last part of a module's name.
TABLES = ("wpe", "positions_embed", "position_embeddings", "embed_positions")
RELATIVE = "relative_attention_bias"


@dataclass(frozen=True)
class Family:
    """How one model is told positions."""

    name: str
    scheme: str
    """sinusoidal, learned, relative, alibi, rope or none."""
    detail: str
    found: str
    """The part of the model that says so, with its shape."""
    layout: str
    """Which coordinates its rotation pairs, asked of its code: halves, interleaved, or "" where it says neither."""
    limit: int | None
    """Positions that the config allows; None where it names no limit."""
    checkpoint: str
    source: str
    """Who publishes the numbers; nothing where no published config is at hand: then there are none."""
    here: bool = False
    """Whether it is the model that is open, read from its own config."""


def families(ticks: Callable[[int, int], None]) -> Iterator[Family]:
    """One row a published model, in their order."""
    for done, each in enumerate(PUBLISHED.values()):
        ticks(done, len(PUBLISHED))
        yield published(each)
    ticks(len(PUBLISHED), len(PUBLISHED))


def published(each: PublishedPositions) -> Family:
    """What tells a published model positions, built of its config.

    >>> found = published(PUBLISHED["Mistral-7B"])
    >>> found.scheme, found.detail, found.limit
    ('rope', 'θ 10,000', 32768)
    """
    import transformers
    from transformers import CONFIG_MAPPING

    config = CONFIG_MAPPING[each.kind].from_dict(dict(each.config))
    with torch.device("meta"):
        built = getattr(transformers, each.architecture)(config)
    scheme, detail, found = scheme_of(built)
    if not each.config:
        detail, found = "", found.partition(" [")[0]
    elif scheme == "rope" and not each.names_base:
        detail = ", ".join(part for part in detail.split(", ") if not part.startswith("θ"))
    layout = layout_of(built) if scheme == "rope" else ""
    return Family(each.name, scheme, detail, found, layout, each.limit, each.checkpoint, each.source)


def of_model(model: Model) -> Family:
    """A loaded model's, read from what is built of its own config."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        built = AutoModelForCausalLM.from_config(model.hf.config)
    scheme, detail, found = scheme_of(built)
    limit = next((n for n in (getattr(built.config, key, None) for key in LIMITS) if n), None)
    layout = layout_of(built) if scheme == "rope" else ""
    return Family(
        model.card.title, scheme, detail, found, layout, limit, model.name, "the model’s own config.json", here=True
    )


def scheme_of(model: PreTrainedModel) -> tuple[str, str, str]:
    """(scheme, its settings, the part that was found). Raises NotApplicableError for a model without modules."""
    modules = dict(model.named_modules())
    if len(modules) < 2:
        raise NotApplicableError("This model has no parts to look at.", "Give a whole one.")
    for path, module in modules.items():
        last, kind = path.rsplit(".", 1)[-1], type(module).__name__
        if "RotaryEmbedding" in kind:
            return "rope", rope_detail(model.config), f"{path}: {kind}"
        if last == RELATIVE and isinstance(module, nn.Embedding):
            return "relative", f"{module.num_embeddings} rows of distances", _table(path, module)
        if last in TABLES and isinstance(module, nn.Embedding):
            if "Sinusoidal" in kind:
                return "sinusoidal", "fixed", _table(path, module)
            return "learned", f"{module.num_embeddings:,} rows", _table(path, module)
    config = model.config
    attention = next((m for m in modules.values() if getattr(m, "rotary_dim", None) and hasattr(m, "q_proj")), None)
    if attention is not None:
        d_head = config.hidden_size // config.num_attention_heads
        share = f"{config.rotary_dim} of {d_head} numbers a head"
        return "rope", share, f"{type(attention).__name__}.rotary_dim = {config.rotary_dim}"
    if isinstance(getattr(model.get_submodule(str(model.base_model_prefix)), "pos_encoding", None), torch.Tensor):
        return "sinusoidal", "fixed", f"{model.base_model_prefix}.pos_encoding"
    home = inspect.getmodule(type(model))
    builder = next((one for one in ("build_alibi_tensor", "build_mpt_alibi_tensor") if hasattr(home, one)), None)
    if home and builder and getattr(getattr(config, "attn_config", config), "alibi", True):
        return "alibi", "a slope a head, no weights", f"{home.__name__.rsplit('.', 1)[-1]}.{builder}"
    mixers = sorted({type(m).__name__ for m in modules.values() if "Mixer" in type(m).__name__})
    return "none", "a recurrence tells the order" if mixers else "", ", ".join(mixers) or "no such part"


def layout_of(model: PreTrainedModel) -> str:
    """Which coordinates are pairs, from what the model's own code makes of the four numbers 1, 2, 3, 4."""
    home = inspect.getmodule(type(model))
    turn = getattr(home, "rotate_half", None) or getattr(home, "rotate_every_two", None)
    made = turn(torch.arange(1.0, 5.0).view(1, 1, 1, 4)).flatten().tolist() if turn else []
    return "halves" if made == [-3, -4, 1, 2] else "interleaved" if made == [-2, 1, -4, 3] else ""


def _table(path: str, module: nn.Embedding) -> str:
    return f"{path}.weight [{module.num_embeddings}, {module.embedding_dim}]"


def rope_detail(config: PreTrainedConfig) -> str:
    """The base, the share of a head that is turned, the scaling, and blocks without rotation.

    >>> from transformers import GPTNeoXConfig, GptOssConfig
    >>> rope_detail(GPTNeoXConfig()), rope_detail(GptOssConfig())
    ('θ 10,000, 25 % of a head', 'θ 150,000, yarn × 32')
    """
    given = config.rope_parameters
    kinds = [one for one in given.values() if isinstance(one, dict)] or [given]
    said = ["θ " + " and ".join(f"{one['rope_theta']:,.0f}" for one in kinds)]
    share = kinds[0].get("partial_rotary_factor", 1.0)
    if share < 1:
        said.append(f"{share:.0%} of a head".replace("%", " %"))
    if (kind := kinds[0].get("rope_type", "default")) != "default":
        said.append(f"{kind} × {kinds[0]['factor']:g}")
    turned = getattr(config, "no_rope_layers", None)  # 1 where a block turns, in spite of its name
    if turned and 0 in turned:
        said.append(f"{turned.count(0)} of {len(turned)} blocks turn no pair")
    return ", ".join(said)
