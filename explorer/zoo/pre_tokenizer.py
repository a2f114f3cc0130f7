"""How a byte-level vocabulary's text is cut into pieces before any merge, by the name that a GGUF file gives it.

`tokenizer.ggml.pre` names the split that the merges were learned under. transformers knows some of the names and
splits by GPT-2's pattern for all others, which gives other tokens: digits that the makers cut one by one, or by threes,
stay together. Here each name is restored, or refused; llama.cpp's list of names is the yardstick
(https://github.com/ggml-org/llama.cpp, src/llama-vocab.cpp).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.errors import UnsupportedModelError
from explorer.stack.tokenization import patterns

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

GPT_2 = frozenset({
    "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling", "gigachat", "a.x-4.0", "mellum",
    "modern-bert", "exaone4", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code",
    "roberta-bpe",
})  # fmt: skip
"""Split by GPT-2's pattern and nothing else."""
SINGLE_DIGITS = frozenset({
    "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2",
})  # fmt: skip
"""Every digit is a piece of its own, then GPT-2's pattern."""

SPLITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("stablelm2", "hunyuan", "solar-open", "grok-2"), (patterns.QWEN_2,)),
    **dict.fromkeys(("glm4", "chatglm-bpe"), (patterns.LLAMA_3,)),
    **dict.fromkeys(("bloom", "gpt3-finnish", "poro-chat"), (patterns.BLOOM,)),
    **dict.fromkeys(("deepseek-v3", "hunyuan-dense", "joyai-llm"), patterns.DEEPSEEK_3),
    "seed-coder": (patterns.SEED,),
    "viking": (patterns.BLOOM, r"\p{N}"),
    "minicpm5": patterns.MINICPM,
    "deepseek-coder": patterns.DEEPSEEK_CODER,
}
"""Patterns of other names, each applied to what the one before left or cut."""
COMPOSED = ("qwen2", "olmo")
"""Whose makers compose a text's accents first (NFC)."""
WHOLE_TOKENS_FIRST = frozenset({
    "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", "tekken",
    "minicpm5",
})  # fmt: skip
"""A piece that is a token is that token, whatever the merges would make of it."""
FIRST_TOKEN = WHOLE_TOKENS_FIRST - {"minicpm5"}
"""A text begins with the BOS token unless the file says otherwise."""


def restore_pre_tokenizer(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Make the tokenizer of a byte-level vocabulary split text as `name` says.

    Raises UnsupportedModelError for a name that is not known: the tokens would be others than the model was taught.
    """
    from tokenizers import Regex, normalizers, pre_tokenizers
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS as IN_TRANSFORMERS

    backend: Any = tokenizer.backend_tokenizer  # type: ignore[attr-defined]
    if name in SINGLE_DIGITS:
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    elif name in SPLITS:
        cuts: list[Any] = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in SPLITS[name]]
        cuts.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
        backend.pre_tokenizer = pre_tokenizers.Sequence(cuts)
    elif name not in GPT_2 and name not in IN_TRANSFORMERS:
        says = f"names the split {name[:40]!r} (tokenizer.ggml.pre)" if name else "names no split (tokenizer.ggml.pre)"
        raise UnsupportedModelError(
            f"The file {says}, and the explorer does not know how it cuts text: the model would read other tokens than "
            "in training.",
            "Give the model's safetensors folder instead, or a GGUF file made again by llama.cpp's converter.",
        )
    if name in COMPOSED and backend.normalizer is None:
        backend.normalizer = normalizers.NFC()
    if name in WHOLE_TOKENS_FIRST:
        backend.model.ignore_merges = True
