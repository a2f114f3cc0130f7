"""A training by its name: which text, cut how, and how many merges; and the tokenizer that it left.

    named("trained:gpt2:300:moby-dick")            300 merges on the passages of that text that the project carries
    named("trained:gpt2:4000:whole/moby-dick")     on the whole of it, fetched where the cache lacks it
    named("trained:o200k:50:own/Any text at all")  on a text of one's own, which the name holds

The name says all that the training depends on, so that a link or a control can hold it; the same name gives the same
tokenizer everywhere.

>>> name = Name("gpt2", 3, "own/low lower lowest slow")
>>> str(name)
'trained:gpt2:3:own/low lower lowest slow'
>>> Name.read(str(name)) == name
True
>>> tokenizer(str(name)).encode("slowest").ids.tolist()
[82, 257, 68, 82, 83]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from explorer.corpora import passages, texts
from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization import byte_level_training, patterns
from explorer.stack.tokenization.bpe_training import Learned, Training
from explorer.stack.tokenization.pre_tokenization import Split, Step
from explorer.stack.tokenization.text import utf8, well_formed
from explorer.stack.tokenization.tokenizer import Tokenizer

PREFIX = "trained:"
OWN, WHOLE = "own/", "whole/"
#: By what a text is cut before it is trained on.
CUTS = {"gpt2": patterns.GPT_2, "cl100k": patterns.CL100K, "o200k": patterns.O200K}
#: Merges that are learned at most, and characters of a text of one's own.
MOST, LONGEST = 4_000, 3_800
#: Excerpts of a text's passages that are trained on, as many as a field of the page holds; the others are held out.
TRAINED_ON = 4


class NoSuchTrainingError(ExplorerError):
    """A name that names no training."""


@dataclass(frozen=True)
class Name:
    """What a training depends on."""

    cut: str
    merges: int
    source: str
    """A text of the catalogue (its passages), "whole/" and one, or "own/" and the text itself."""

    def __str__(self) -> str:
        return f"{PREFIX}{self.cut}:{self.merges}:{self.source}"

    @classmethod
    def read(cls, name: str) -> Name:
        """The training that a name means. Raises NoSuchTrainingError."""
        kind, _, rest = name.partition(PREFIX)
        cut, _, rest = rest.partition(":")
        merges, _, source = rest.partition(":")
        catalogued = source.removeprefix(WHOLE) in texts.names()
        if kind or cut not in CUTS or not (merges.isascii() and merges.isdigit() and len(merges) < 6):
            raise NoSuchTrainingError(f"{name[:60]!r} names no training.", "It is trained:CUT:MERGES:SOURCE.")
        if not catalogued and not (source.startswith(OWN) and len(source) <= LONGEST + len(OWN)):
            raise NoSuchTrainingError(
                f"{name[:60]!r} names no text.", f"One of {', '.join(texts.names())}; or own/TEXT."
            )
        return cls(cut, min(int(merges), MOST), source)

    @property
    def pre_tokenizer(self) -> Step:
        return Split(CUTS[self.cut])


@dataclass(frozen=True)
class Material:
    """What is trained on, and what is held out to compare with; whose it is."""

    title: str
    documents: tuple[str, ...]
    held_title: str
    held_out: tuple[str, ...]

    @property
    def bytes(self) -> int:
        return sum(len(utf8(document)) for document in self.documents)


@dataclass(frozen=True)
class Result:
    """A training that has come to its end, or to as many merges as were wished."""

    name: Name
    tokens: tuple[bytes, ...]
    events: tuple[Learned, ...]
    finally_ranked: tuple[tuple[int, int, int], ...]
    """The pairs that would be next."""
    length: int
    """Tokens of the text now."""

    def tokenizer(self, merges: int | None = None) -> Tokenizer:
        """The tokenizer after so many merges; all of them if none are said."""
        events = self.events[:merges]
        cut = self.name.pre_tokenizer
        return byte_level_training.tokenizer_of(str(self.name), self.tokens, events, cut)


def material(source: str, progress: Progress = silent) -> Material:
    """The text that a source means. Raises SourceMissingError where a whole text cannot be had."""
    if source.startswith(OWN):
        kept = next(each for each in passages.read() if each.name == "encyclopaedia")
        own = well_formed(source.removeprefix(OWN))
        return Material("your text", (own,), "an encyclopaedia", tuple(each.text for each in kept.excerpts))
    if source.startswith(WHOLE):
        text = texts.load(source.removeprefix(WHOLE), progress)
        return Material(text.source.title, text.documents, "its held-out documents", text.held_out)
    kept = next(each for each in passages.read() if each.name == source)
    excerpts = tuple(each.text for each in kept.excerpts)
    # One text, as the page shows it: whoever changes a letter of it trains on the same text but for that letter.
    shown = "\n\n".join(excerpts[:TRAINED_ON])
    return Material(f"{kept.title}, passages", (shown,), "four other passages", excerpts[TRAINED_ON:])


def result(training: Training, name: Name, events: Sequence[Learned], watched: int = 0) -> Result:
    """What there is of a training after these events."""
    ranked = training.most_frequent(watched) if watched else ()
    return Result(name, tuple(training.tokens), tuple(events), ranked, training.length)


def begin(name: Name, found: Material) -> Training:
    """The training of this name, before its first merge."""
    return byte_level_training.begin(found.documents, name.pre_tokenizer)


@lru_cache(maxsize=8)
def named(name: str) -> Result:
    """The whole training of a name, at once. Raises NoSuchTrainingError, SourceMissingError."""
    wanted = Name.read(name)
    training = begin(wanted, material(wanted.source))
    return result(training, wanted, list(training.events(wanted.merges)))


@lru_cache(maxsize=8)
def tokenizer(name: str) -> Tokenizer:
    """The tokenizer that a training of this name leaves: usable as any other. Raises as `named` does."""
    return named(name).tokenizer()
