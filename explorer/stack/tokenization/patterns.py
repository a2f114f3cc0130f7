r"""The patterns by which the field's vocabularies cut text before merges, as their makers published them.

All are alternations, of which the first that matches is taken, not the longest. Whitespace before a word is left with
one space, which begins the word's piece: \s+(?!\S) takes a run of whitespace except its last character.

GPT-2: Radford et al. 2019 (encoder.py). cl100k, o200k: tiktoken (openai_public.py). Llama 3, Qwen 2, DeepSeek and
others: their tokenizer.json.

>>> import regex
>>> regex.findall(GPT_2, "we'll  see 2026")
['we', "'ll", ' ', ' see', ' 2026']
>>> regex.findall(LLAMA_3, "we'll  see 2026")
['we', "'ll", ' ', ' see', ' ', '202', '6']
"""

from __future__ import annotations

from explorer.stack.tokenization import characters

GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_END = r"|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_SUFFIX}?|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_SUFFIX}?"
    rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*{_END}"
)
"""Words are cut where an upper-case letter follows a lower-case one. GPT-4o, Llama 4 and others."""
TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*"
    rf"|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*{_END}"
)
"""Mistral's: as o200k, digits apart, no suffixes."""
LLAMA_3 = rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*{_END}"
QWEN_2 = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN_35 = rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*{_END}"
SEED = QWEN_2.replace(r"[^\s\p{L}\p{N}]+[\r\n]*", r"[^\s\p{L}\p{N}\r\n]+")
BLOOM = r" ?[^(\s|.,!?…。，、।۔،)]+"
DEEPSEEK_3 = (
    r"\p{N}{1,3}",
    r"[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    rf"| ?[\p{{P}}\p{{S}}]+[\r\n]*{_END}",
)
"""Three patterns in turn."""
DEEPSEEK_CODER = (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"[一-龥ࠀ-一가-퟿]+", r"\p{N}")
MINICPM = (r"\p{N}{1,3}", LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}+"))
BERT = rf"\s+|[!-/:-@\[-`{{-~{characters.PUNCTUATION.pattern}]"
"""Each punctuation mark apart (those that tokenizers knows), and whitespace in pieces of its own, of which WordPiece
makes no token."""
METASPACE = "▁"
"""SentencePiece's mark of a space, which begins a piece (behaviour "merged_with_next")."""
