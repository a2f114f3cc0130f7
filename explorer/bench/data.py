"""Pre-training data against its peers: MinHash by datasketch, suffix arrays by pydivsufsort, the whole by datatrove."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
from jaxtyping import UInt64
from numpy import ndarray

from explorer.bench import Peer, Report, data_pipeline
from explorer.corpora import texts
from explorer.stack.pretraining.data import minhash
from explorer.stack.pretraining.data.suffix_array import suffix_array
from explorer.stack.pretraining.data.words import simplified

DESCRIPTION = "pre-training data: MinHash, suffix arrays, the pipeline against datasketch, pydivsufsort, datatrove"
DATASKETCH = Peer("datasketch", "datasketch", "pip install datasketch==2.0.0")
PYDIVSUFSORT = Peer("pydivsufsort", "pydivsufsort", "pip install pydivsufsort==0.0.20")
MINHASH_TARGET, SUFFIX_TARGET = 3.0, 2.0


def run(report: Report, documents: int = 2000, megabytes: int = 20, pages: int = 2000) -> None:
    """Sign encyclopaedia articles, sort the suffixes of several texts together, and take pages through all stages; 0
    leaves a part out."""
    if documents:
        signatures(report, list(texts.load("encyclopaedia").documents[:documents]))
    if megabytes:
        suffixes(report, corpus(megabytes * 1_000_000))
    if pages:
        data_pipeline.whole(report, pages)
        data_pipeline.memory(report, pages)


def signatures(report: Report, documents: list[str]) -> None:
    """From the text to the signature, both with the same simplified text, shingles and permutations."""
    permutations = minhash.Permutations.datasketch(112)
    case = f"sign {len(documents):,} articles, 112 permutations"
    subjects = {"explorer": partial(minhash.signatures, documents, permutations)}
    peer = report.peer(DATASKETCH)
    if peer is not None:
        subjects["datasketch"] = partial(sketches, peer, documents, permutations)
    medians = report.time(case, subjects)
    for name, milliseconds in medians.items():
        report.add(f"{case}: speed", name, 1e3 * len(documents) / milliseconds, "documents/s")
    if peer is not None:
        same = np.array_equal(subjects["explorer"](), subjects["datasketch"]())
        report.add(f"{case}: signatures all equal", "explorer", same, "yes or no")
        ratio = medians["datasketch"] / medians["explorer"]
        report.judge(f"at least {MINHASH_TARGET:g} times datasketch's documents/s", ratio, "x", ratio >= MINHASH_TARGET)


def sketches(
    peer: ModuleType, documents: list[str], permutations: minhash.Permutations
) -> UInt64[ndarray, "document k"]:
    """datasketch's signatures of the same shingles, each document in one batch."""
    both = np.array([permutations.a, permutations.b])
    rows = []
    for document in documents:
        words = simplified(document).split(" ")
        sketch = peer.MinHash(len(permutations.a), scheme="legacy", permutations=both)
        n = minhash.WORDS
        sketch.update_batch([" ".join(words[i : i + n]).encode() for i in range(len(words) - n + 1)])
        rows.append(sketch.hashvalues)
    return np.stack(rows)


def suffixes(report: Report, text: bytes) -> None:
    """The whole text and a quarter of it, so that one sees how time grows."""
    peer = report.peer(PYDIVSUFSORT)
    taken: list[dict[str, float]] = []
    for part in (text[: len(text) // 4], text):
        case = f"suffix array of {len(part) / 1e6:.0f} MB"
        subjects = {"explorer": partial(suffix_array, part)}
        if peer is not None:
            subjects["pydivsufsort"] = partial(peer.divsufsort, part)
        medians = report.time(case, subjects, rounds=5)
        taken.append(medians)
        if peer is not None:
            same = np.array_equal(suffix_array(part), peer.divsufsort(part))
            report.add(f"{case}: orders all equal", "explorer", same, "yes or no")
            ratio = medians["explorer"] / medians["pydivsufsort"]
            report.judge(f"{case}: at most {SUFFIX_TARGET:g} times its time", ratio, "x", ratio <= SUFFIX_TARGET)
    for name, short in taken[0].items():
        report.add("suffix array: time of four times the text", name, taken[1][name] / short, "x")


def corpus(size: int) -> bytes:
    """The catalogue's texts one behind the other, so many bytes."""
    made = b""
    for name in texts.names():
        made += "\n".join(texts.load(name).documents).encode()
        if len(made) >= size:
            break
    return made[:size]
