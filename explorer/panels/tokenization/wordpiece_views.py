"""WordPiece: the longest token first, and when a whole word is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.errors import ExplorerError
from explorer.experiments.tokenization import wordpiece as experiment
from explorer.figures.tokenization import wordpiece as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.stack.tokenization.wordpiece_search import greedy as searched
from explorer.stack.tokenization.wordpiece_search import missing

EMPTY = "There is no word in this text: write one in the field above."


def _text(scene: Scene) -> tuple[str, bool, bool]:
    """The text that was typed, or the prompt; whether it was cut; whether it was typed."""
    typed = scene.controls.get("typed")
    text, shortened = experiment.shown_text(scene.trace.key.text if typed is None else str(typed))
    return text, shortened, typed is not None


def greedy(scene: Scene) -> Iterator[Rendered[figure.WordpieceGreedy]]:
    text, shortened, typed = _text(scene)
    nothing = figure.WordpieceGreedy(typed, text, shortened, "", (), 0, (), 0, "", 0, 0, 0)
    try:
        tokenizer, model = experiment.opened(scene.progress)
    except ExplorerError as error:
        yield Rendered(_refused(nothing, f"{error.message} {error.hint}".strip()))
        return
    words = experiment.words(tokenizer, model, text)
    if not words:
        yield Rendered(_refused(nothing, EMPTY))
        return
    at = _chosen(scene, words)
    search = searched(model, words[at].text)
    data = figure.WordpieceGreedy(
        typed, text, shortened, "",
        tuple(figure.word(model, each) for each in words),
        at,
        figure.steps(search, model.prefix.decode()),
        sum(len(step.tried) for step in search.steps),
        missing(model, words[at].text) if search.why == "character" else "",
        len(model.vocabulary),
        sum(len(each.ids) for each in words),
        model.max_characters,
    )  # fmt: skip
    yield Rendered(data, tuple(_checks(model, words, text, at)))


def _refused(nothing: figure.WordpieceGreedy, reason: str) -> figure.WordpieceGreedy:
    from dataclasses import replace

    return replace(nothing, reason=reason)


def _chosen(scene: Scene, words: Sequence[experiment.Word]) -> int:
    """The word that is asked for; else the first that is unknown, or the one of most tokens."""
    asked = scene.number("word", -1, -1, len(words) - 1)
    if asked >= 0:
        return asked
    return max(range(len(words)), key=lambda i: (bool(words[i].why), len(words[i].ids), -i))


def _checks(model: WordPiece, words: Sequence[experiment.Word], text: str, at: int) -> Iterator[Check]:
    import tokenizers

    ours = [i for each in words for i in each.ids]
    theirs = experiment.library().encode(text, add_special_tokens=False).ids
    apart = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    said = f"Ids equal those of tokenizers {tokenizers.__version__} on this text: {len(ours):,}"
    yield Check(said, float(apart), 0.0, "differences")
    told = searched(model, words[at].text)
    ids = (model.unknown,) if told.why else told.ids
    yield Check("The tries told one by one end in the encoder’s ids", float(ids != words[at].ids), 0.0, "differences")


def before(scene: Scene) -> Iterator[Rendered[figure.WordpieceBefore]]:
    text, _, _ = _text(scene)
    try:
        tokenizer, model = experiment.opened(scene.progress)
    except ExplorerError as error:
        reason = f"{error.message} {error.hint}".strip()
        yield Rendered(figure.WordpieceBefore(text, reason, (), "", True, ()))
        return
    stages = experiment.stages((*tokenizer.first, *tokenizer.normalizers), text)
    decoded = tokenizer.decode(tokenizer.encode(text).ids)
    words = experiment.words(tokenizer, model, text)
    lost = tuple(dict.fromkeys(word.source for word in words if word.why))
    data = figure.WordpieceBefore(text, "", tuple(map(figure.stage, stages)), decoded, decoded == text, lost)
    theirs = experiment.library().normalizer.normalize_str(text)
    ours = stages[-1].text if stages else text
    apart = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    said = "The text after all steps = what tokenizers’ BERT normalizer makes of it"
    yield Rendered(data, (Check(said, float(apart), 0.0, "characters apart"),))
