"""Chapter 1 of the reference: the pipeline, and the sizes that it calls typical."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn.functional import cross_entropy

from explorer.experiments.embeddings.published_positions import PUBLISHED
from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground, apart, not_here, share
from explorer.experiments.overview.errata.drawn import error
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, weight_bytes
from explorer.stack.inference.serving.model_sizes import Sizes

SIXTEEN = FORMATS["bf16"]


def architecture(_: Ground) -> Found:
    from transformers import AutoModelForCausalLM  # noqa: F401 - fills the mapping
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as names

    other = [name for name in ("mamba", "mamba2", "falcon_mamba", "rwkv", "recurrent_gemma") if name in names]
    return Found(
        "typically", f"all but {len(other)} of {len(names)}", len(other) < 0.1 * len(names),
        f"transformers {_version()} can build {len(names)} kinds of causal language model. {len(other)} of them have "
        f"no attention, or little: {', '.join(other)}.",
    )  # fmt: skip


def _version() -> str:
    from transformers import __version__

    return __version__


def predicts(ground: Ground) -> Found:
    ids, logits = ground.trace.ids[: ground.position + 1], ground.trace.logits[: ground.position]
    loss, chance = (float(cross_entropy(each.float(), ids[1:])) for each in (logits, torch.zeros_like(logits)))
    return Found(
        "the next token", f"{loss:.2f} nats, {chance:.2f} without learning", loss < 0.8 * chance,
        f"The mean loss of {ground.model.card.title} at predicting each next token of the prompt; a model that knows "
        "nothing gives each token of the vocabulary the same probability.",
    )  # fmt: skip


def in_order(ground: Ground) -> Found:
    decoder, ids = ground.model.plain_decoder, ground.trace.ids
    with torch.inference_mode():
        made = decoder(ids[None])[0]
    return apart(
        "in this order", error(made.softmax(-1), ground.trace.logits.float().softmax(-1)),
        "The explorer’s own decoder does these steps by itself: rows of the embedding, block after block, the "
        "unembedding, a softmax. Its probabilities are those of the run on the page.", allowed=1e-3,
    )  # fmt: skip


def last_norm(ground: Ground) -> Found:
    decoder, stream = ground.model.plain_decoder, ground.trace.resid_post[-1].float()
    with torch.inference_mode():
        with_norm = decoder.unembedded(stream[None])[0]
        without = stream @ _unembedding(ground)
    said = ground.trace.logits.float()
    away = int((without.argmax(-1) != said.argmax(-1)).sum())
    return Found(
        "straight after the blocks", f"{error(without, said):.1f} off in the logits", error(without, said) < 1e-2,
        "The drawing has no norm between the last block and the linear projection. Without it the logits of this run "
        f"are wrong, and the likeliest token changes at {away} of {len(said)} positions; with it they differ by "
        f"{error(with_norm, said):.0e}. Every pre-norm decoder has this last norm.",
    )  # fmt: skip


def _unembedding(ground: Ground) -> torch.Tensor:
    state = ground.model.plain_decoder.state_dict()
    name = "unembed.weight" if "unembed.weight" in state else next(each for each in state if "embed" in each)
    return state[name].float().T


def between(
    what: Callable[[Sizes], float | int], low: float | int, high: float | int, said: str, unit: str, _: Ground
) -> Found:
    """Sizes of published models, against a range."""
    sizes = {name: what(each) for name, each in REAL_MODELS.items()}
    outside = {name: size for name, size in sizes.items() if not low <= size <= high}
    least, most = min(sizes.values()), max(sizes.values())
    named = ", ".join(f"{name} ({size:,g})" for name, size in sorted(outside.items(), key=lambda each: each[1]))
    return Found(
        said, f"{least:,g} to {most:,g}{unit}", not outside,
        f"Of {len(sizes)} published models whose sizes the explorer knows, {len(outside) or 'none'} "
        f"{'is' if len(outside) == 1 else 'are'} outside"
        f"{f': {named}' if outside else ''}. The range is one of large models.",
    )  # fmt: skip


def billions(sizes: Sizes) -> float:
    return round(weight_bytes(sizes, SIXTEEN) / 2e9, 2)


def context(_: Ground) -> Found:
    limits = {name: each.limit for name, each in PUBLISHED.items() if each.limit}
    below = sorted((limit, name) for name, limit in limits.items() if limit < 2048)
    most = max(limits, key=lambda name: limits[name])
    return Found(
        "2K to 1M+", f"{min(limits.values()):,} to {limits[most]:,}", not below,
        f"Limits that {len(limits)} published configs state. {len(below)} allow fewer than 2,048 positions, "
        f"{below[0][1]} the fewest; {most} allows the most. The range holds for models of 2023 and later.",
    )  # fmt: skip


def width(ground: Ground) -> Found:
    widths = {each.shape[-1] for each in (ground.trace.resid_pre, ground.trace.resid_mid, ground.trace.resid_post)}
    d = ground.model.dims.d_model
    return Found(
        "d_model", f"{d}", widths == {d},
        f"At every depth of this run the stream has {' or '.join(map(str, widths))} numbers a position; the config "
        f"says {d}.",
    )  # fmt: skip


def parallel(ground: Ground) -> Found:
    pattern = ground.trace.pattern[0].float()  # head query key
    same = min(error(a, b) for at, a in enumerate(pattern) for b in pattern[at + 1 :])
    return Found(
        "one pattern a head", f"{len(pattern)} heads, no two alike", same > 1e-3,
        f"In the first block, the two most alike heads still differ by {same:.2f} in a weight.",
    )  # fmt: skip


def vocabulary(ground: Ground) -> Found:
    rows, tokens = ground.model.dims.d_vocab, len({ground.model.vocabulary.bytes(i) for i in range(512)})
    return Found(
        "unique tokens", f"{rows:,} rows", tokens > 256,
        f"W_E has a row for each of {rows:,} ids. Of the first 512 ids, {tokens} stand for different bytes; published "
        "models also have rows that no token uses, to make the number even.",
    )  # fmt: skip


def weights(ground: Ground) -> Found:
    tensors = dict(ground.model.plain_decoder.named_parameters())
    mine, theirs = sum(each.numel() for each in tensors.values()), ground.model.dims
    blocks = sum(each.numel() for name, each in tensors.items() if name.startswith("blocks."))
    rows = theirs.d_vocab * theirs.d_model
    return Found(
        "all weights", f"{mine:,}", blocks + rows <= mine,
        f"Counted in the tensors of the model on the page: {blocks:,} in its blocks and {rows:,} in the embedding. "
        "Kaplan et al. leave the embedding out, Hoffmann et al. count it: N is not the same in both laws.",
        (Figure("share in the blocks", share(blocks / mine)),),
    )  # fmt: skip


_SIZES = "Key Dimensions of an LLM"


def _range(name: str, says: str, quotation: str, check: Callable[[Ground], Found]) -> Claim:
    return Claim(name, 1, _SIZES, says, quotation, check, "loose", "dimensions", "sizes")


CLAIMS = (
    Claim(
        "architecture", 1, "Opening", "Language models are mostly Transformers",
        "typically based on the Transformer architecture", architecture, "loose", "block_variants", "residual_path",
    ),
    Claim(
        "next-token", 1, "Opening", "A language model is trained to predict the next token",
        "trained on massive text corpora to predict the next token in a sequence", predicts, panel="walk", view="river",
        grounded=True,
    ),
    Claim(
        "capabilities", 1, "Opening", "Such models reason, translate, write code and summarise",
        "the resulting models exhibit remarkable emergent capabilities: reasoning, translation, code generation",
        not_here("The models on this machine are too small for it: at 135 M parameters they do none of the four well."),
        panel="emergence", view="metrics",
    ),
    Claim(
        "pipeline", 1, "LLM Pipeline Overview", "Text, token ids, embedding, blocks, projection, softmax, token",
        "Raw Text → Tokenizer → Token IDs → Embedding Layer → Transformer Block × N → Linear Projection → Softmax",
        in_order, panel="walk", view="river", grounded=True,
    ),
    Claim(
        "last-norm", 1, "LLM Pipeline Overview", "The linear projection follows the last block at once",
        "Transformer Block … × N → Linear Projection → Softmax", last_norm, panel="residual_stream", view="norms",
        grounded=True,
    ),
    _range("layers-range", "Models have 24 to 128 blocks", "Layers … L … 24 – 128",
           partial(between, lambda each: each.n_layers, 24, 128, "24 to 128", " blocks")),
    _range("width-range", "The stream is 2,048 to 18,432 wide", "Hidden dimension … 2048 – 18432",
           partial(between, lambda each: each.d_model, 2048, 18432, "2,048 to 18,432", "")),
    Claim(
        "width", 1, _SIZES, "d_model is the width of the residual stream", "dmodel … Width of the residual stream",
        width, panel="residual_stream", view="norms", grounded=True,
    ),
    _range("heads-range", "A block has 16 to 128 heads", "Attention heads … h … 16 – 128",
           partial(between, lambda each: each.n_heads, 16, 128, "16 to 128", " heads")),
    Claim(
        "heads-parallel", 1, _SIZES, "Each head has an attention pattern of its own",
        "Parallel attention patterns per layer", parallel, panel="attention", view="wall", grounded=True,
    ),
    _range("head-range", "A head is 64 to 256 wide", "Head dimension … dk … 64 – 256",
           partial(between, lambda each: each.d_head, 64, 256, "64 to 256", "")),
    _range("vocabulary-range", "A vocabulary has 32K to 256K tokens", "Vocabulary size … V … 32K – 256K",
           partial(between, lambda each: each.d_vocab, 32_000, 262_144, "32,000 to 262,144", " tokens")),
    Claim(
        "vocabulary-unique", 1, _SIZES, "V is the number of unique tokens", "V … Number of unique tokens", vocabulary,
        panel="vocabulary", view="statistics", grounded=True,
    ),
    Claim(
        "context-range", 1, _SIZES, "Models read 2K to more than 1M tokens", "Context length … T … 2K – 1M+", context,
        "loose", "position_schemes", "table",
    ),
    _range("parameters-range", "Models have 1 B to more than 1 T parameters", "Parameters … N … 1B – 1T+",
           partial(between, billions, 1, 1e5, "1 B to 1 T", " B")),
    Claim(
        "weights", 1, _SIZES, "N counts all weights that are trained", "N … Total trainable weights", weights,
        panel="dimensions", view="sizes", grounded=True,
    ),
)  # fmt: skip
