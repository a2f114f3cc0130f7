"""How many parameters a model with an encoder has: BERT's kind, and the encoder-decoders T5 and BART.

    attention       4 d h d_head              + 4 d of biases (BERT, BART)
    feed-forward    2 d d_ff, gated 3 d d_ff  + d_ff + d of biases
    norm            d, with a bias 2 d

An encoder's block has one attention and two norms; a decoder's block that also reads an encoder has two attentions and
three norms. T5 adds a table of 32 distances a head for each stack and no other positions; BERT a table of positions,
one of segments, and a pooler; BART two tables of positions, each with two rows that belong to none.

Devlin et al. 2018 (arXiv 1810.04805); Raffel et al. 2019 (arXiv 1910.10683); Lewis et al. 2019 (arXiv 1910.13461).

>>> from explorer.stack.architectures.published_models import PUBLISHED
>>> [f"{parameters(PUBLISHED[name].read()):,}" for name in ("BERT-base", "T5-base", "BART-large")]
['109,482,240', '222,903,552', '406,291,456']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import NotApplicableError

if TYPE_CHECKING:
    from types import SimpleNamespace

    from transformers import PreTrainedConfig


def parameters(config: PreTrainedConfig | SimpleNamespace) -> int:
    """Every parameter of a config of the types BERT, RoBERTa, T5 and BART, shared tables once.

    Raises NotApplicableError for another type.
    """
    kinds = {"bert": _bert, "roberta": _bert, "t5": _t5, "bart": _bart}
    if config.model_type not in kinds:
        raise NotApplicableError(f"The parameters of {config.model_type} are not counted here.")
    return kinds[config.model_type](config)


def _bert(c: PreTrainedConfig | SimpleNamespace) -> int:
    d = c.hidden_size
    tables = (c.vocab_size + c.max_position_embeddings + c.type_vocab_size) * d + 2 * d
    block = _attention(d, d, bias=True) + _feed_forward(d, c.intermediate_size, bias=True) + 2 * 2 * d
    pooler = d * d + d
    return tables + c.num_hidden_layers * block + pooler


def _t5(c: PreTrainedConfig | SimpleNamespace) -> int:
    d, gated = c.d_model, c.feed_forward_proj.startswith("gated")
    attention = _attention(d, c.num_heads * c.d_kv)
    feed_forward = _feed_forward(d, c.d_ff, gated=gated)
    tables = c.vocab_size * d * (1 if c.tie_word_embeddings else 2)
    encoder = c.num_layers * (attention + feed_forward + 2 * d)
    decoder = c.num_decoder_layers * (2 * attention + feed_forward + 3 * d)
    distances, last_norms = 2 * c.relative_attention_num_buckets * c.num_heads, 2 * d
    return tables + encoder + decoder + distances + last_norms


def _bart(c: PreTrainedConfig | SimpleNamespace) -> int:
    d, attention = c.d_model, _attention(c.d_model, c.d_model, bias=True)
    tables = c.vocab_size * d + 2 * (c.max_position_embeddings + 2) * d + 2 * 2 * d
    encoder = c.encoder_layers * (attention + _feed_forward(d, c.encoder_ffn_dim, bias=True) + 2 * 2 * d)
    decoder = c.decoder_layers * (2 * attention + _feed_forward(d, c.decoder_ffn_dim, bias=True) + 3 * 2 * d)
    return tables + encoder + decoder


def _attention(d: int, inner: int, *, bias: bool = False) -> int:
    """W_Q, W_K, W_V and W_O; `inner` is heads times d_head."""
    return 4 * d * inner + bias * (3 * inner + d)


def _feed_forward(d: int, width: int, *, gated: bool = False, bias: bool = False) -> int:
    return (3 if gated else 2) * d * width + bias * (width + d)
