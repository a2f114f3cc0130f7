"""Encode, step by step: bytes, pieces, merges in the order of their ranks, ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.tokenization import bpe_encoding as experiment
from explorer.experiments.tokenization.lineup import (
    BYTE_LEVEL,
    MODEL,
    YOURS,
    Asked,
    Member,
    Opened,
    name_of,
    of_model,
    trained_name,
)
from explorer.figures.overview.two_places import aligned
from explorer.figures.tokenization import bpe_encoding as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.bpe import MergePath
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.text import utf8, well_formed

#: A piece of fewer merges shows hardly a pair that loses; the word that is shown in its stead.
FEW, EXAMPLE = 4, " unbelievably"
#: Pieces that are listed around the chosen one.
LISTED = 160


class _Cut(NamedTuple):
    """A text in a tokenizer's pieces, and one of them merge by merge."""

    at_hand: Opened
    text: str
    pieces: Sequence[experiment.Pretoken]
    word: int
    """The number of the chosen piece; -1 of none."""
    path: MergePath | None

    @classmethod
    def of(cls, at_hand: Opened, text: str, pieces: Sequence[experiment.Pretoken], word: int) -> _Cut:
        model = at_hand.tokenizer.model
        assert isinstance(model, BytePairs), "only byte-level tokenizers are offered"
        short = word >= 0 and len(pieces[word].data) <= experiment.MOST
        path = experiment.replayed(pieces[word].data, experiment.table(model)) if short else None
        return cls(at_hand, text, pieces, word, path)

    @property
    def model(self) -> BytePairs:
        assert isinstance(self.at_hand.tokenizer.model, BytePairs)
        return self.at_hand.tokenizer.model

    @property
    def n_tokens(self) -> int:
        return sum(len(each.ids) for each in self.pieces)

    def listed(self) -> tuple[int, tuple[figure.EncodedPiece, ...]]:
        """The pieces around the chosen one, and the number of the first of them."""
        first = max(0, min(self.word - LISTED // 2, len(self.pieces) - LISTED))
        shown = self.pieces[first : first + LISTED]
        return first, tuple(figure.piece(each, _lengths(self.at_hand, each)) for each in shown)

    def contest(self) -> figure.ContestPath | None:
        return None if self.path is None else figure.contest(self.path, experiment.table(self.model).ids)


def _lengths(at_hand: Opened, piece: experiment.Pretoken) -> list[int]:
    """Bytes of each of its tokens."""
    return [len(at_hand.tokenizer.bytes_of(i)) for i in piece.ids]


def steps(scene: Scene) -> Iterator[Rendered[figure.BpeEncodingSteps]]:
    asked = asked_of(scene, scene.text("tokenizer"))
    known = {name: member for name, member in asked.members.items() if member.kind == BYTE_LEVEL}
    first = next(iter(known)) if {YOURS, MODEL}.intersection(known) else "smollm2"
    name = scene.one_of("tokenizer", known, first)
    source = scene.one_of("source", ("prompt", "typed"), "prompt")
    text = well_formed(scene.trace.key.text if source == "prompt" else scene.text("typed"))
    try:
        at_hand = asked.open(name, scene.progress)
    except ExplorerError as error:
        reason = f"{error.message} {error.hint}".strip()
        yield Rendered(_nothing(known, name, source, text, reason))
        return
    pieces = experiment.pretokens(at_hand.tokenizer, text)
    if not pieces:
        yield Rendered(_nothing(known, name, source, text, "There is no text. Write one in the field above."))
        return
    own, instead = _Cut.of(at_hand, text, pieces, _word(scene, pieces, source)), ""
    if _says_little(scene, own):
        instead = own.pieces[own.word].data.decode("utf-8", "replace")
        source, text = "typed", EXAMPLE
        own = _Cut.of(at_hand, text, pieces := experiment.pretokens(at_hand.tokenizer, text), len(pieces) - 1)
    data, shown = replace(_drawn(known, own, name, source), instead=instead), [own]
    if (there := scene.there) is not None:
        other, base = _beside(own, _there(scene, there, own, name, source))
        data, shown = replace(data, base=base), [own, other]
    yield Rendered(data, tuple(_checks(shown)))


def _says_little(scene: Scene, own: _Cut) -> bool:
    """Whether the selected token's piece takes few merges and the example more: then nobody sees a pair lose. Who has
    chosen a text or a piece, or compares two runs, gets what was chosen."""
    chosen = scene.said("source") or scene.said("word") or scene.there is not None
    if chosen or own.path is None or len(own.path.steps) >= FEW:
        return False
    (example,) = experiment.pretokens(own.at_hand.tokenizer, EXAMPLE)[-1:]
    return len(experiment.replayed(example.data, experiment.table(own.model)).steps) > len(own.path.steps)


def asked_of(scene: Scene, name: str) -> Asked:
    """What is asked of the line-up. A choice is a wish: what is large is fetched for it."""
    return Asked(trained_name(scene.text("yours")), (name,), of_model(scene.model))


def _word(scene: Scene, pieces: Sequence[experiment.Pretoken], source: str) -> int:
    """The chosen piece; where none is chosen, that of the selected token, or the longest of a text of one's own."""
    asked = scene.whole("word", high=len(pieces) - 1)
    if asked >= 0:
        return asked
    if source == "prompt":
        byte = scene.trace.tokens[scene.position].start
        return next((i for i, each in enumerate(pieces) if each.start <= byte < each.end), len(pieces) - 1)
    return max(range(len(pieces)), key=lambda i: len(pieces[i].data))


def _drawn(known: Mapping[str, Member], own: _Cut, name: str, source: str) -> figure.BpeEncodingSteps:
    first, listed = own.listed()
    model, ids = own.model, own.pieces[own.word].ids
    return figure.BpeEncodingSteps(
        tokenizer=name, title=known[name].title, choices=_choices(known), reason="", source=source, text=own.text,
        pieces=listed, first=first, n_pieces=len(own.pieces), n_tokens=own.n_tokens,
        word=own.word, path=own.contest(), whole=ids[0] if len(ids) == 1 else -1, whole_first=model.whole_first,
        by_rank=model.merges is None,
        n_merges=len(model.merges) if model.merges is not None else sum(len(token) > 1 for token in model.tokens),
    )  # fmt: skip


def _nothing(known: Mapping[str, Member], name: str, source: str, text: str, reason: str) -> figure.BpeEncodingSteps:
    return figure.BpeEncodingSteps(
        tokenizer=name, title=known[name].title, choices=_choices(known), reason=reason, source=source, text=text,
        pieces=(), first=0, n_pieces=0, n_tokens=0, word=0, path=None, whole=-1, whole_first=False, by_rank=False,
        n_merges=0,
    )  # fmt: skip


def _choices(known: Mapping[str, Member]) -> tuple[figure.EncodingChoice, ...]:
    return tuple(figure.EncodingChoice(name=member.name, title=member.title, note="") for member in known.values())


class _There(NamedTuple):
    """What reads the other run's text, and the text."""

    title: str
    at_hand: Opened
    text: str


def _there(scene: Scene, there: Scene, own: _Cut, name: str, source: str) -> _There:
    """The model's own tokenizer stands beside the other model's own, any other beside itself. Raises
    NotApplicableError."""
    text = well_formed(there.trace.key.text) if source == "prompt" else own.text
    asked = asked_of(there, name)
    wanted = name_of(there.model) if name == name_of(scene.model) else name
    member = asked.members.get(wanted)
    if member is None or member.kind != BYTE_LEVEL:
        raise NotApplicableError("The other model’s tokenizer is not byte-level BPE.", "Choose GPT-2 for both texts.")
    try:
        at_hand = asked.open(wanted, there.progress)
    except ExplorerError as error:
        raise NotApplicableError.of(error) from error
    return _There(member.owner if wanted == MODEL else member.title, at_hand, text)


def _beside(own: _Cut, there: _There) -> tuple[_Cut, figure.StepsBeside]:
    """The other text in its pieces, each beside the one here that belongs to it. Raises NotApplicableError."""
    title, at_hand, text = there
    pieces = experiment.pretokens(at_hand.tokenizer, text)
    if not pieces:
        raise NotApplicableError("The other run has no text.")
    if (text, pieces) == (own.text, own.pieces):
        raise NotApplicableError("Both runs have the same text in the same tokens, so the merges are the same.")
    pairs = aligned([each.data for each in own.pieces], [each.data for each in pieces])
    here = {right: left for left, right in pairs if left is not None and right is not None}
    alike = {
        right
        for right, left in here.items()
        if own.pieces[left].data == pieces[right].data
        and _lengths(own.at_hand, own.pieces[left]) == _lengths(at_hand, pieces[right])
    }
    other = _Cut.of(at_hand, text, pieces, next((right for right, left in here.items() if left == own.word), -1))
    first, listed = other.listed()
    shown = range(first, first + len(listed))
    return other, figure.StepsBeside(
        title=title,
        same_tokenizer=at_hand is own.at_hand,
        same_text=text == own.text,
        n_bytes=len(utf8(text)),
        n_pieces=len(pieces),
        n_tokens=other.n_tokens,
        n_alike=len(alike),
        pieces=listed,
        first=first,
        here=tuple(here.get(at, -1) for at in shown),
        alike=tuple(at in alike for at in shown),
        word=other.word,
        path=other.contest(),
    )


def _checks(shown: Sequence[_Cut]) -> Iterator[Check]:
    """Of each text that is shown."""
    theirs = [(cut, ids) for cut in shown if (ids := cut.at_hand.ids(cut.text)) is not None]
    if theirs:
        wrong = sum(_apart([i for each in cut.pieces for i in each.ids], ids) for cut, ids in theirs)
        readers = " and ".join(dict.fromkeys(cut.at_hand.reader for cut, _ in theirs))
        counted = " and ".join(f"{cut.n_tokens:,}" for cut, _ in theirs)
        texts = "this text" if len(theirs) == 1 else "both runs’ texts"
        yield Check(f"Ids equal those of {readers} on {texts}: {counted}", float(wrong), 0.0, "differences")
    ends = [(cut.path, cut.pieces[cut.word].ids) for cut in shown if cut.path is not None and not _looked_up(cut)]
    if ends:
        n = sum(len(path.steps) for path, _ in ends)
        merged = f"{n} merge{'' if n == 1 else 's'} replayed one by one end in the encoder’s ids"
        yield Check(merged, float(sum(path.ids != ids for path, ids in ends)), 0.0, "differences")


def _looked_up(cut: _Cut) -> bool:
    """Whether a whole piece that is looked up is a token that no merges lead to (Llama 3 has some)."""
    whole = cut.model.whole_first and len(cut.pieces[cut.word].ids) == 1
    return whole and cut.path is not None and len(cut.path.ids) > 1


def _apart(ours: Sequence[int], theirs: Sequence[int]) -> int:
    return sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))


def listed(_scene: Scene) -> Rendered[figure.BpeEncodingListed]:
    as_listed = experiment.LISTED
    mended = (experiment.MISSING, *as_listed)
    runs, apart = [], 0
    for title, merges, added in (
        ("As listed", as_listed, None),
        ("With “s” + “s”", mended, experiment.MISSING),
    ):
        path = experiment.listed(merges)
        apart += path.symbols != experiment.by_the_library(merges)
        runs.append(figure.listed_run(title, merges, path, experiment.SAID, added))
    data = figure.BpeEncodingListed(word=experiment.WORD, said=experiment.SAID, runs=tuple(runs))
    said = "Both lists give the same pieces in the tokenizers library"
    return Rendered(data, (Check(said, float(apart), 0.0, "differences"),))
