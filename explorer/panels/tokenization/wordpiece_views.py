"""WordPiece: the longest token first, and when a whole word is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypedDict

from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.tokenization import wordpiece as experiment
from explorer.figures.overview.two_places import aligned
from explorer.figures.tokenization import wordpiece as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.stack.tokenization.wordpiece_search import Greedy, missing
from explorer.stack.tokenization.wordpiece_search import greedy as searched

EMPTY = "There is no word in this text. Write one in the field above."
#: In the stead of a prompt whose every word is a token: a search of several places, and one that greed makes longer.
EXAMPLE = "Zoë’s naïve mistrust was undeserving."


def _text(scene: Scene) -> tuple[str, bool, bool]:
    """The text that was typed, or the prompt; whether it was cut; whether it was typed."""
    typed = scene.said("typed")
    text, shortened = experiment.shown_text(scene.text("typed") if typed else scene.trace.key.text)
    return text, shortened, typed


def _opened(scene: Scene, tokenizer: Tokenizer, model: WordPiece) -> tuple[str, bool, bool, bool]:
    """As `_text`, and whether the text is the example, since each word of the prompt is one token."""
    text, shortened, typed = _text(scene)
    if typed or scene.there is not None:
        return text, shortened, typed, False
    words = experiment.words(tokenizer, model, text)
    instead = bool(words) and not any(word.why or len(word.ids) > 1 for word in words)
    return (EXAMPLE, False, typed, True) if instead else (text, shortened, typed, False)


def _others_text(scene: Scene, text: str, typed: bool) -> tuple[str, bool] | None:
    """The chosen run's text, and whether it was cut; None while none is chosen. Raises NotApplicableError where it is
    this one."""
    if (there := scene.there) is None:
        return None
    if typed:
        raise NotApplicableError("The text in the field is typed, so it is the same for both runs.")
    other, shortened, _ = _text(there)
    if other == text:
        raise NotApplicableError("Both runs have this text, and the cut does not depend on the model.")
    return other, shortened


class _Searched(NamedTuple):
    """A text in words, and one of them searched."""

    text: str
    words: Sequence[experiment.Word]
    at: int
    """The number of the chosen word; -1 of none."""
    search: Greedy | None

    @classmethod
    def of(cls, model: WordPiece, text: str, words: Sequence[experiment.Word], at: int) -> _Searched:
        return cls(text, words, at, searched(model, words[at].text) if at >= 0 else None)

    @property
    def n_tokens(self) -> int:
        return sum(len(each.ids) for each in self.words)

    def drawn(self, model: WordPiece) -> tuple[tuple[figure.WordpieceStep, ...], int]:
        """The steps of the search, and its tries."""
        if self.search is None:
            return (), 0
        steps = figure.steps(self.search, model.prefix.decode())
        return steps, sum(len(step.tried) for step in self.search.steps)


def greedy(scene: Scene) -> Iterator[Rendered[figure.WordpieceGreedy]]:
    text, shortened, typed = _text(scene)
    nothing = figure.WordpieceGreedy(
        typed=typed,
        text=text,
        shortened=shortened,
        instead=False,
        reason="",
        words=(),
        word=0,
        steps=(),
        tries=0,
        missing="",
        n_vocabulary=0,
        n_tokens=0,
        max_characters=0,
    )
    try:
        tokenizer, model = experiment.opened(scene.progress)
    except ExplorerError as error:
        yield Rendered(replace(nothing, reason=f"{error.message} {error.hint}".strip()))
        return
    text, shortened, typed, instead = _opened(scene, tokenizer, model)
    words = experiment.words(tokenizer, model, text)
    if not words:
        yield Rendered(replace(nothing, reason=EMPTY))
        return
    own = _Searched.of(model, text, words, _chosen(scene, words))
    steps, tries = own.drawn(model)
    lost = own.search is not None and own.search.why == "character"
    data = figure.WordpieceGreedy(
        typed=typed,
        text=text,
        shortened=shortened,
        instead=instead,
        reason="",
        words=tuple(figure.word(model, each) for each in words),
        word=own.at,
        steps=steps,
        tries=tries,
        missing=missing(model, words[own.at].text) if lost else "",
        n_vocabulary=len(model.vocabulary),
        n_tokens=own.n_tokens,
        max_characters=model.max_characters,
    )
    shown = [own]
    if (others := _others_text(scene, text, typed)) is not None:
        other, base = _beside(own, model, experiment.words(tokenizer, model, others[0]), *others)
        data, shown = replace(data, base=base), [own, other]
    yield Rendered(data, tuple(_checks(model, shown)))


def _beside(
    own: _Searched, model: WordPiece, words: Sequence[experiment.Word], text: str, shortened: bool
) -> tuple[_Searched, figure.WordpieceBeside]:
    """The other text's words, each beside the one here that belongs to it. Raises NotApplicableError where it has
    none."""
    if not words:
        raise NotApplicableError("The other run’s text has no word.")
    pairs = aligned([each.text.encode() for each in own.words], [each.text.encode() for each in words])
    here = {right: left for left, right in pairs if left is not None and right is not None}
    other = _Searched.of(model, text, words, next((right for right, left in here.items() if left == own.at), -1))
    belongs = tuple(here.get(at, -1) for at in range(len(words)))
    alike = tuple(left >= 0 and own.words[left].text == words[at].text for at, left in enumerate(belongs))
    shown = tuple(figure.word(model, each) for each in words)
    steps, tries = other.drawn(model)
    return other, figure.WordpieceBeside(
        shortened=shortened,
        words=shown,
        here=belongs,
        alike=alike,
        word=other.at,
        steps=steps,
        tries=tries,
        n_tokens=other.n_tokens,
    )


def _chosen(scene: Scene, words: Sequence[experiment.Word]) -> int:
    """The word that is asked for; else the first that is unknown, or the one of most tokens."""
    asked = scene.whole("word", high=len(words) - 1)
    if asked >= 0:
        return asked
    return max(range(len(words)), key=lambda i: (bool(words[i].why), len(words[i].ids), -i))


def _checks(model: WordPiece, shown: Sequence[_Searched]) -> Iterator[Check]:
    """Of each text that is shown."""
    import tokenizers

    ours = [[i for word in each.words for i in word.ids] for each in shown]
    theirs = [experiment.library().encode(each.text, add_special_tokens=False).ids for each in shown]
    wrong = sum(map(_apart, ours, theirs))
    texts = "this text" if len(shown) == 1 else "both runs’ texts"
    counted = " and ".join(f"{len(ids):,}" for ids in ours)
    said = f"Ids equal those of tokenizers {tokenizers.__version__} on {texts}: {counted}"
    yield Check(said, float(wrong), 0.0, "differences")
    told = [
        ((model.unknown,) if each.search.why else each.search.ids, each.words[each.at].ids)
        for each in shown
        if each.search is not None
    ]
    ends = float(sum(ours != ids for ours, ids in told))
    yield Check("The look-ups, one by one, end in the encoder’s ids", ends, 0.0, "differences")


def _apart(ours: Sequence[object] | str, theirs: Sequence[object] | str) -> int:
    return sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))


def before(scene: Scene) -> Iterator[Rendered[figure.WordpieceBefore]]:
    text, _, typed = _text(scene)
    try:
        tokenizer, model = experiment.opened(scene.progress)
    except ExplorerError as error:
        reason = f"{error.message} {error.hint}".strip()
        yield Rendered(figure.WordpieceBefore(text=text, reason=reason, stages=(), decoded="", same=True, unknown=()))
        return
    text, _, typed, _ = _opened(scene, tokenizer, model)
    made = _done(tokenizer, model, text)
    data, wrong = figure.WordpieceBefore(text=text, reason="", **_shown(made)), _misnormalized(made)
    said = "The text after all steps equals that of the BERT normalizer of tokenizers"
    if (others := _others_text(scene, text, typed)) is not None:
        other = _done(tokenizer, model, others[0])
        data = replace(data, base=figure.BeforeBeside(text=other.text, **_shown(other)))
        said, wrong = f"{said}, for both runs’ texts", wrong + _misnormalized(other)
    yield Rendered(data, (Check(said, float(wrong), 0.0, "characters apart"),))


class _Done(NamedTuple):
    """What is done to a text before its words are searched, and what comes back."""

    text: str
    stages: tuple[experiment.Stage, ...]
    decoded: str
    lost: tuple[str, ...]


def _done(tokenizer: Tokenizer, model: WordPiece, text: str) -> _Done:
    stages = experiment.stages((*tokenizer.first, *tokenizer.normalizers), text)
    words = experiment.words(tokenizer, model, text)
    lost = tuple(dict.fromkeys(word.source for word in words if word.why))
    return _Done(text, stages, tokenizer.decode(tokenizer.encode(text).ids), lost)


class _Shown(TypedDict):
    stages: tuple[figure.WordpieceStage, ...]
    decoded: str
    same: bool
    unknown: tuple[str, ...]


def _shown(made: _Done) -> _Shown:
    return {
        "stages": tuple(map(figure.stage, made.stages)), "decoded": made.decoded,
        "same": made.decoded == made.text, "unknown": made.lost,
    }  # fmt: skip


def _misnormalized(made: _Done) -> int:
    theirs = experiment.library().normalizer.normalize_str(made.text)
    return _apart(made.stages[-1].text if made.stages else made.text, theirs)
