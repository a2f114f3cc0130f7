"""The tokenizers that are compared: what each is, whose, what it gives back, and how a library opens the same file.

A large archive is fetched only when somebody asks for it: `opened` says what it would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from explorer.errors import ExplorerError, SourceMissingError
from explorer.experiments.tokenization import trained
from explorer.experiments.tokenization.library import Library
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.text import utf8
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.zoo import tokenizers as shelf
from explorer.zoo.tokenizers.cards import OnShelf

if TYPE_CHECKING:
    from explorer.zoo.model import Model
    from explorer.zoo.tokenizers.cards import TokenizerCard

Keeps = Literal["all", "composed", "spaced", "nothing"]
#: Bytes of an archive that is fetched unasked.
UNASKED = 20_000_000
#: The tokenizer that was trained on this page; its whole name is the control `yours`.
YOURS = "yours"
#: That of the model on the page, where it is none of the shelf's.
MODEL = "model"


@dataclass(frozen=True)
class Member:
    """A tokenizer of the line-up."""

    name: str
    title: str
    kind: str
    owner: str
    """A model that reads with it."""
    context: int
    """Tokens that this model was published to read at once; 0 of none."""
    keeps: Keeps
    """What it gives back as it was: every text; those in composed form (NFC); those that hold no "▁", by which it
    writes a space; or it promises none."""
    first: bool = True
    """Whether it stands in the line-up where nothing is chosen."""

    @property
    def card(self) -> TokenizerCard | None:
        """The shelf's; None of one that was trained here."""
        return shelf.CARDS.get(self.name)

    @property
    def cost(self) -> int:
        """Bytes to fetch before it can be read; 0 where its file is at hand."""
        return 0 if self.card is None or shelf.is_cached(self.name) else self.card.download_bytes


BYTE_LEVEL = "byte BPE"

_MEMBERS = (
    Member("gpt2", "GPT-2", BYTE_LEVEL, "GPT-2", 1024, "all"),
    Member("cl100k", "cl100k", BYTE_LEVEL, "GPT-4", 8192, "all"),
    Member("o200k", "o200k", BYTE_LEVEL, "GPT-4o", 128_000, "all"),
    Member("llama3", "Llama 3", BYTE_LEVEL, "Llama 3", 8192, "all"),
    Member("qwen2", "Qwen 2.5", BYTE_LEVEL, "Qwen2.5-7B", 131_072, "composed"),
    Member("smollm2", "SmolLM2", BYTE_LEVEL, "SmolLM2-135M", 8192, "all"),
    Member("llama2", "LLaMA-2", "BPE, bytes", "LLaMA-2", 4096, "spaced"),
    Member("mistral", "Mistral", "BPE, bytes", "Mistral 7B", 32_768, "spaced", first=False),
    Member("gemma3", "Gemma 3", "BPE, bytes", "Gemma 3 270M", 32_768, "spaced"),
    Member("xlmr", "Nomic v2", "unigram", "Nomic Embed v2", 512, "nothing"),
    Member("minilm", "MiniLM", "WordPiece", "all-MiniLM-L6-v2", 256, "nothing"),
)
LINEUP = {member.name: member for member in _MEMBERS}


def trained_here(name: str) -> Member:
    """The line-up's entry for a training."""
    merges = trained.Name.read(name).merges
    return Member(YOURS, "yours", BYTE_LEVEL, f"trained here, {merges:,} merges", 0, "all")


def trained_name(said: object) -> str:
    """The name of a training, as a link may hold it; nothing where it names none."""
    try:
        return str(trained.Name.read(str(said))) if said else ""
    except ExplorerError:
        return ""


@dataclass(frozen=True, eq=False)
class Opened:
    """A tokenizer, and the library that reads the same file."""

    tokenizer: Tokenizer
    library: Callable[[], Library | None]

    def ids(self, text: str) -> tuple[int, ...] | None:
        """The library's ids of the text; None where it does not read this file."""
        library = self.library()
        return None if library is None else library.ids(utf8(text).decode())

    @property
    def reader(self) -> str:
        """The library's name and version."""
        library = self.library()
        return "" if library is None else library.name


@dataclass(frozen=True, eq=False)
class Asked:
    """The line-up as it is asked for: with a training's tokenizer, the model's own, and what may be fetched."""

    yours: str = ""
    """The name of a training."""
    fetch: Collection[str] = ()
    own: tuple[Member, Opened] | None = None
    """The model's own, where it is none of the shelf's."""

    @property
    def members(self) -> dict[str, Member]:
        """All that can be chosen, by name."""
        found = {YOURS: trained_here(self.yours)} if self.yours else {}
        if self.own is not None:
            found[MODEL] = self.own[0]
        return found | LINEUP

    def open(self, name: str, progress: Progress = silent) -> Opened:
        """Raises SourceMissingError where it cannot be had."""
        if name == MODEL and self.own is not None:
            return self.own[1]
        return opened(self.yours if name == YOURS else name, progress, self.fetch)


def opened(name: str, progress: Progress = silent, fetch: Collection[str] = ()) -> Opened:
    """The tokenizer of that name: of the shelf, or of a training. Raises SourceMissingError where it cannot be had, or
    would take much to fetch and is not among those to `fetch`."""
    if name.startswith(trained.PREFIX):
        return _trained(name)
    member = LINEUP[name]
    if member.cost > UNASKED and name not in fetch:
        raise SourceMissingError(
            f"Not downloaded: its archive has {member.cost / 1e6:.0f} MB.", tokenizer=name, bytes=member.cost
        )
    return _of_the_shelf(name, progress)


def _of_the_shelf(name: str, progress: Progress) -> Opened:
    tokenizer = shelf.load(name, progress)
    if name not in _kept:
        _kept[name] = Opened(tokenizer, lru_cache(1)(lambda: Library.of_the_shelf(name)))
    return _kept[name]


_kept: dict[str, Opened] = {}


def of_model(model: Model) -> tuple[Member, Opened] | None:
    """The tokenizer of a model that is loaded; None where the line-up has it, or its kind is not read here."""
    if model not in _OF_MODELS:
        _OF_MODELS[model] = _own(model)
    return _OF_MODELS[model]


def name_of(model: Model) -> str:
    """The line-up's name of a model's own tokenizer; nothing where its kind is not read here."""
    sources = {source: name for name, card in shelf.CARDS.items() for source in card.sources}
    return sources.get(OnShelf(model.card.name), "") or (MODEL if of_model(model) else "")


def _own(model: Model) -> tuple[Member, Opened] | None:
    from explorer.zoo.tokenizers import tokenizer_json
    from explorer.zoo.tokenizers.assembly import assemble

    on_shelf = {source.model for card in shelf.CARDS.values() for source in card.sources if isinstance(source, OnShelf)}
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None or model.card.name in on_shelf:
        return None
    described = backend.to_str()
    try:
        contents = tokenizer_json.read(described.encode(), model.name)
        tokenizer = assemble(model.name, contents)
    except ExplorerError:
        return None
    kind = BYTE_LEVEL if contents.byte_level else {"BPE": "BPE, bytes"}.get(contents.algorithm, contents.algorithm)
    keeps: Keeps = "all" if contents.byte_level and contents.pipeline["normalizer"] is None else "nothing"
    member = Member(MODEL, "this model", kind, model.card.title, model.dims.n_ctx, keeps)
    return member, Opened(tokenizer, lru_cache(1)(lambda: Library.of_json(described)))


_OF_MODELS: WeakKeyDictionary[Model, tuple[Member, Opened] | None] = WeakKeyDictionary()


@lru_cache(2)
def _trained(name: str) -> Opened:
    tokenizer = trained.tokenizer(name)
    return Opened(tokenizer, lru_cache(1)(lambda: Library.of_trained(tokenizer)))
