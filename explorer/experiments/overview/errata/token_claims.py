"""What the reference says of tokenizers, held against their files."""

from __future__ import annotations

from explorer.errors import SourceMissingError
from explorer.experiments.overview.errata.claims import Claim, Figure, Found, Ground
from explorer.experiments.tokenization import bpe_encoding as example
from explorer.experiments.tokenization.vocabulary_kinds import BY_TIKTOKEN, Traits, traits
from explorer.zoo import tokenizers
from explorer.zoo.tokenizers.shelf import contents


def _held(name: str) -> Traits:
    """What the file's tokens tell. Raises SourceMissingError where it would have to be fetched."""
    if not tokenizers.is_cached(name):
        raise SourceMissingError(
            f"The vocabulary file of {name} is not on this machine.", "The panel “Compare tokenizers” fetches it."
        )
    return traits(contents(tokenizers.find(name)).tokens, {*tokenizers.load(name).specials})


def merges(_: Ground) -> Found:
    lists = (example.LISTED, (example.MISSING, *example.LISTED))
    found, mended = (example.by_the_library(each) for each in lists)
    never = [
        f"“{a}” + “{b}”"
        for rank, (a, b) in enumerate(example.LISTED)
        if rank not in {step.rank for step in example.listed(example.LISTED).steps}
    ]
    return Found(
        ", ".join(example.SAID), ", ".join(found), found == example.SAID,
        f"Hugging Face’s tokenizers library, given exactly these merges, never applies {' and '.join(never)}. The "
        f"first of them needs “ss”, and no listed merge makes it. With “s” + “s” added, the result is "
        f"{', '.join(mended)}.",
        (Figure("merges listed", str(len(example.LISTED))), Figure("never used", str(len(never)))),
    )  # fmt: skip


def llama_3(_: Ground) -> Found:
    found = _held("llama3")
    return Found(
        "SentencePiece BPE", found.kind, found.kind.startswith("SentencePiece"),
        f"LLaMA 3’s file has a token for each of {found.bytes_alone} bytes and {found.marked:,} tokens with “▁”, the "
        f"sign that SentencePiece writes for a space. The size is right: {found.tokens:,} tokens and 256 special ones.",
        (Figure("bytes that are a token", str(found.bytes_alone)), Figure("tokens with ▁", f"{found.marked:,}"),
         Figure("named after a byte, as <0x0A>", f"{found.named_bytes:,}")),
    )  # fmt: skip


def gpt_4o(_: Ground) -> Found:
    return Found(
        "cl100k", BY_TIKTOKEN["gpt-4o"], BY_TIKTOKEN["gpt-4o"].startswith("cl100k"),
        "OpenAI’s own library, tiktoken, gives this vocabulary for GPT-4o, and cl100k for GPT-4. The reference’s table "
        "contradicts itself: its next row lists GPT-4o under o200k too.",
        tuple(Figure(model, vocabulary) for model, vocabulary in BY_TIKTOKEN.items()),
    )  # fmt: skip


def o200k(_: Ground) -> Found:
    _held("o200k")
    found = len(tokenizers.load("o200k"))
    return Found(
        "200,019", f"{found:,}", found == 200_019, "The published file has this many ranks and special tokens together."
    )


CLAIMS = (
    Claim(
        "bpe-merges", 2, "BPE Encoding (Inference)", "Eight merges turn “unhappiness” into “unhapp” and “iness”",
        '"e" + "ss" → "ess" … Result: ["unhapp", "iness"]', merges, panel="bpe_encoding", view="listed",
    ),
    Claim(
        "gpt-4o", 2, "Tokenizer Comparison", "GPT-4o uses the vocabulary cl100k", "tiktoken (cl100k) … GPT-4, GPT-4o",
        gpt_4o,
        panel="tokenizers_compared", view="published",
    ),
    Claim(
        "o200k", 2, "Tokenizer Comparison", "o200k has 200,019 tokens", "tiktoken (o200k) … 200,019", o200k,
        panel="tokenizers_compared", view="published",
    ),
    Claim(
        "llama-3", 2, "Tokenizer Comparison", "LLaMA 3 uses SentencePiece", "SentencePiece BPE … 128,256 … LLaMA 3",
        llama_3,
        panel="tokenizers_compared", view="published",
    ),
)  # fmt: skip
