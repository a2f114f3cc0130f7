"""A training watched: its events as they come, the same merges on a text that it does not see, and the library's."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.experiments.tokenization import trained
from explorer.experiments.tokenization.trained import Material, Name, Result
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization import byte_level_training
from explorer.stack.tokenization.bpe import symbol_bytes
from explorer.stack.tokenization.bpe_training import Learned
from explorer.stack.tokenization.text import well_formed

#: Pairs that are ranked at each moment, and words of the text that are put together before one's eyes.
RANKED, WORDS = 12, 36
#: A word of more bytes is not drawn.
LONG = 40
#: Seconds from one partial result to the next.
PAUSE = 0.7
#: Held-out characters that the merges are tried on.
HELD = 200_000


@dataclass(frozen=True)
class Word:
    """A word of the text, and its own merges among those that were learned."""

    ids: tuple[int, ...]
    """Its bytes."""
    steps: tuple[tuple[int, int], ...]
    """The event's number, and which symbol was joined with the next."""


@dataclass(frozen=True)
class Library:
    """Hugging Face's trainer on the same text."""

    merges: tuple[tuple[bytes, bytes], ...]
    fewer: tuple[tuple[bytes, bytes], ...]
    """A training of its own of half as many."""
    tokens: int
    """Of the text, as it encodes it."""
    held_tokens: int


@dataclass(frozen=True)
class Watched:
    """A training so far."""

    name: Name
    material: Material
    words: int
    """Different ones in the text."""
    start: int
    """Tokens of the text before the first merge."""
    result: Result
    held: tuple[int, ...]
    """Tokens of the held-out text before the first merge, which are its bytes, and after each."""
    sample: tuple[Word, ...]
    """The text's first words."""
    finished: bool
    library: Library | None = None
    """Once it was asked."""


def watch(name: Name, progress: Progress = silent) -> Iterator[Watched]:
    """Train, and yield what there is now and then; at last with the library's training of the same text. Raises
    SourceMissingError where the text cannot be had."""
    material = trained.material(name.source, progress)
    training = trained.begin(name, material)
    held_out = byte_level_training.begin(_held(material), name.pre_tokenizer)
    start, words, first = training.length, len(training.words.ends), _first_words(name, material)
    held, events, told = [held_out.length], [], time.monotonic()

    def now(finished: bool, library: Library | None = None) -> Watched:
        held.extend(held_out.follow(events[len(held) - 1 :]))
        made = trained.result(training, name, events, RANKED)
        return Watched(name, material, words, start, made, tuple(held), _sample(first, events), finished, library)

    for event in training.events(name.merges, RANKED):
        events.append(event)
        if time.monotonic() - told > PAUSE:
            progress("Merges", len(events), name.merges)
            yield now(False)
            told = time.monotonic()
    whole = now(True)
    yield whole
    yield now(True, _ticking(name, material, len(events), progress))


def _held(material: Material) -> tuple[str, ...]:
    """As many held-out documents as are quickly encoded; part of the first where it is longer."""
    kept, left = [], HELD
    for document in material.held_out:
        if left <= 0:
            break
        kept.append(document[:left])
        left -= len(document)
    return tuple(kept)


def _first_words(name: Name, material: Material) -> list[tuple[int, ...]]:
    """The first words of the text that is trained on, as bytes' ids."""
    found: list[tuple[int, ...]] = []
    ids = {token: i for i, token in enumerate(byte_level_training.alphabet())}
    for document in material.documents:
        data = well_formed(document[: WORDS * LONG]).encode()
        cuts = name.pre_tokenizer.cuts(data).tolist()
        pieces = [data[a:b] for a, b in itertools.pairwise(cuts)]
        found += [tuple(ids[bytes([byte])] for byte in piece) for piece in pieces if len(piece) <= LONG]
        if len(found) >= WORDS:
            break
    return found[:WORDS]


def _sample(words: Sequence[tuple[int, ...]], events: Sequence[Learned]) -> tuple[Word, ...]:
    """Of each word, those events that join something in it: the earliest first, as the training did."""
    known: dict[tuple[int, int], Learned] = {}
    for event in events:
        known.setdefault((event.left, event.right), event)
    made = []
    for ids in words:
        row, steps = list(ids), []
        while True:
            pairs = [(known[pair].number, i) for i, pair in enumerate(itertools.pairwise(row)) if pair in known]
            if not pairs:
                break
            number, i = min(pairs)
            row[i : i + 2] = [events[number - 1].token]
            steps.append((number, i))
        made.append(Word(ids, tuple(steps)))
    return tuple(made)


def _ticking(name: Name, material: Material, merges: int, progress: Progress) -> Library:
    """The library's training, whose own progress cannot be heard, in a thread that is waited for."""
    found: list[Library | BaseException] = []

    def act() -> None:
        try:
            found.append(library(name, material, merges))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    while thread.is_alive():
        progress("The library’s trainer", 0, 1)
        thread.join(0.3)
    (made,) = found
    if isinstance(made, BaseException):
        raise made
    return made


def library(name: Name, material: Material, merges: int) -> Library:
    """Train with tokenizers on the same documents, cut by the same pattern with its own engine, and encode with it."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    documents = [well_formed(document) for document in material.documents]

    def training(size: int) -> Tokenizer:
        coder = Tokenizer(models.BPE())
        # The stubs do not know that this can be set.
        coder.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
            [
                pre_tokenizers.Split(Regex(trained.CUTS[name.cut]), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        coder.train_from_iterator(
            documents, trainers.BpeTrainer(vocab_size=256 + size, show_progress=False, initial_alphabet=alphabet)
        )
        return coder

    whole, half = training(merges), training(merges // 2)
    return Library(_merges(whole), _merges(half), _tokens(whole, documents), _tokens(whole, list(_held(material))))


def _merges(coder: object) -> tuple[tuple[bytes, bytes], ...]:
    told = json.loads(coder.to_str())["model"]["merges"]  # pyright: ignore[reportAttributeAccessIssue]
    return tuple((symbol_bytes(left), symbol_bytes(right)) for left, right in told)


def _tokens(coder: object, documents: list[str]) -> int:
    encoded = coder.encode_batch(documents)  # pyright: ignore[reportAttributeAccessIssue]
    return sum(len(each.ids) for each in encoded)
