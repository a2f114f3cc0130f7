"""Training of byte-level BPE: seconds on 27 MB, cut by GPT-2's pattern, against rustbpe and tokenizers; and minbpe's
way in plain Python, which counts all pairs anew before each merge, on a part of it that it gets through.

All learn 8,192 tokens from the same documents and cut them themselves. rustbpe and tokenizers take all cores; ours is
one thread. rustbpe's ties fall by another rule, so its later merges differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from explorer.bench import Peer, Report
from explorer.corpora import texts
from explorer.stack.tokenization import byte_level_training
from explorer.stack.tokenization.bpe_training import textbook
from explorer.stack.tokenization.patterns import GPT_2
from explorer.stack.tokenization.pre_tokenization import Split

BYTES, VOCABULARY = 27_000_000, 8_192
FEW_BYTES, FEW_TOKENS = 100_000, 384
RUSTBPE = Peer("rustbpe", "rustbpe", "pip install rustbpe==0.1.0")


def training(report: Report) -> None:
    """Add the seconds of every subject, and ratios."""
    documents = documents_of(BYTES)
    case = f"train {VOCABULARY:,} tokens on {BYTES / 1e6:.0f} MB"
    subjects: dict[str, Callable[[], object]] = {
        "explorer": partial(ours, documents, VOCABULARY),
        "tokenizers": partial(tokenizers_trainer, documents, VOCABULARY),
    }
    if (rustbpe := report.peer(RUSTBPE)) is not None:
        subjects["rustbpe"] = partial(rust, rustbpe, documents, VOCABULARY)
    medians = report.time(case, subjects, rounds=5)
    for name in subjects:
        if name != "explorer":
            report.add(f"{case}: explorer's time by {name}'s", "explorer", medians["explorer"] / medians[name], "x")
    same = ours(documents, VOCABULARY) == tokenizers_trainer(documents, VOCABULARY)
    report.add(f"{case}: merges all equal to tokenizers'", "explorer", same, "yes or no")
    few = documents_of(FEW_BYTES)
    case = f"train {FEW_TOKENS} tokens on {FEW_BYTES // 1000} kB"
    medians = report.time(
        case, {"explorer": partial(ours, few, FEW_TOKENS), "minbpe's way": partial(plain, few, FEW_TOKENS)}, rounds=5
    )
    report.add(f"{case}: minbpe's way by explorer's", "explorer", medians["minbpe's way"] / medians["explorer"], "x")


def documents_of(size: int) -> list[str]:
    """The catalogue's six texts, document by document in turn, from the first again where they end: so many bytes."""
    every = [list(texts.load(name).documents) for name in texts.names()]
    mixed = [each for turn in range(max(map(len, every))) for kind in every for each in kind[turn : turn + 1]]
    found, left = [], size
    while left > 0:
        for document in mixed:
            data = document.encode()[:left]
            found.append(data.decode(errors="ignore"))
            left -= len(data)
            if left <= 0:
                break
    return found


def ours(documents: list[str], size: int) -> list[tuple[bytes, bytes]]:
    training = byte_level_training.begin(documents, Split(GPT_2))
    events = list(training.events(size - 256))
    return [(training.tokens[event.left], training.tokens[event.right]) for event in events]


def tokenizers_trainer(documents: list[str], size: int) -> list[tuple[bytes, bytes]]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    from explorer.stack.tokenization.bpe import symbol_bytes

    coder = Tokenizer(models.BPE())
    coder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=alphabet)
    coder.train_from_iterator(documents, trainer)
    return [(symbol_bytes(left), symbol_bytes(right)) for left, right in json.loads(coder.to_str())["model"]["merges"]]


def rust(rustbpe: Any, documents: list[str], size: int) -> None:
    rustbpe.Tokenizer().train_from_iterator(iter(documents), size, pattern=GPT_2)


def plain(documents: list[str], size: int) -> None:
    """minbpe's RegexTokenizer: every piece of the text by itself, counted anew before each merge."""
    import regex

    textbook([piece.encode() for document in documents for piece in regex.findall(GPT_2, document)], size - 256)
