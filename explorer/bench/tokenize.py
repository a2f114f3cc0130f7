"""Encoding on one thread: megabytes a second of the same text, with the same vocabularies, ours and the field's.

Every subject is given the text as a string at once. Ours keeps the tokens of up to 8,192 pieces until the call's end
and nothing from one call to the next; tokenizers keeps 10,000 pieces from call to call, and the round that warms up
fills them. Ours gives ids and where each token lies, as tokenizers does; tiktoken and sentencepiece give ids alone.
What ours needs once is told apart: the tables of a vocabulary, and in the very first call the machine code, compiled or
read from disk.

A word of a megabyte, which has no cuts, must take at most three times what a megabyte of prose takes. The peers get a
tenth of it.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from explorer.bench import Report
from explorer.bench.tokenize_peers import (
    Encode,
    plain_encode,
    sentencepiece_encode,
    tiktoken_encode,
    tokenizers_encode,
)
from explorer.bench.tokenize_training import training
from explorer.corpora import texts
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.zoo import tokenizers as shelf

DESCRIPTION = (
    "encoding on one thread, MB/s: six vocabularies, a word of a megabyte; training of BPE; tiktoken, tokenizers, "
    "sentencepiece, rustbpe, minbpe's way"
)
VOCABULARIES = ("gpt2", "cl100k", "o200k", "llama3", "smollm2", "llama2")
SIZE = 1_000_000
FEW = 20_000
"""Characters that plain Python gets."""


def run(report: Report) -> None:
    """Add milliseconds, MB/s, ratios and whether ids are equal, then trainings; all subjects of a case take turns."""
    prose = {"English prose": of("moby-dick"), "French": of("encyclopaedia-french"), "Python code": of("python-code")}
    for turn, name in enumerate(VOCABULARIES):
        ours = shelf.load(name)
        start = time.perf_counter()
        ours.encode("A first word")
        what = "tables of the vocabulary" + (", and the machine code" if not turn else "")
        report.add(f"{name}: first call ({what})", "explorer", time.perf_counter() - start, "s")
        peers = _peers(report, name, ours)
        for kind, text in prose.items():
            _compare(report, f"{name}, {len(text) / 1e6:.2g} MB of {kind}", ours, peers, text)
        if name in ("gpt2", "o200k", "llama3"):
            _words(report, name, ours, peers, prose["English prose"])
    training(report)
    gpt2, few = shelf.load("gpt2"), prose["English prose"][:FEW]
    _compare(report, f"gpt2, {FEW // 1000} kB of English prose", gpt2, {"minbpe's way": plain_encode(gpt2)}, few)


def of(name: str) -> str:
    """The first million characters of one of the catalogue's texts."""
    return "\n\n".join(texts.load(name).documents)[:SIZE]


def _peers(report: Report, name: str, ours: Tokenizer) -> dict[str, Encode]:
    found = {"tiktoken": tiktoken_encode(report, ours), "tokenizers": tokenizers_encode(ours)}
    if name == "llama2":
        found["sentencepiece"] = sentencepiece_encode(report, name)
    return {peer: encode for peer, encode in found.items() if encode is not None}


def _compare(report: Report, case: str, ours: Tokenizer, peers: dict[str, Encode], text: str) -> None:
    ids = ours.encode(text).ids.tolist()
    subjects: dict[str, Callable[[], object]] = {"explorer": partial(ours.encode, text)}
    subjects |= {peer: partial(encode, text) for peer, encode in peers.items()}
    medians = report.time(case, subjects, rounds=5)
    for subject, milliseconds in medians.items():
        report.add(case, subject, len(text.encode()) / milliseconds / 1e3, "MB/s")
    for peer, encode in peers.items():
        report.add(f"{case}: speed, of {peer}", "explorer", medians[peer] / medians["explorer"], "times")
        report.add(f"{case}: ids equal to {peer}'s", "explorer", ids == list(encode(text)), "yes or no")


def _words(report: Report, name: str, ours: Tokenizer, peers: dict[str, Encode], prose: str) -> None:
    """One word of a megabyte, of four kinds, beside a megabyte of prose."""
    rng = np.random.default_rng(0)
    letters = "".join(character for character in prose if character.isalpha())
    words = {
        "letters at random": "".join(rng.choice(list(string.ascii_lowercase), SIZE)),
        "one letter": "a" * SIZE,
        "spaces": " " * SIZE,
        "the prose's letters": (letters + letters)[:SIZE],
    }
    prose = (prose + prose)[:SIZE]
    case = f"{name}, 1 MB"
    medians = report.time(
        case,
        {"explorer": partial(ours.encode, prose)}
        | {f"explorer: a word, {kind}": partial(ours.encode, word) for kind, word in words.items()},
        rounds=7,
    )
    for kind in words:
        times = medians[f"explorer: a word, {kind}"] / medians["explorer"]
        report.add(f"{case}: a word, {kind}, of the prose's time", "explorer", times, "times")
    tenth = words["the prose's letters"][: SIZE // 10]
    _compare(report, f"{name}, a word of 0.1 MB, the prose's letters", ours, peers, tenth)
