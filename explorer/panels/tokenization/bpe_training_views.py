"""Train: a vocabulary is learned, one pair at a time."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora import texts
from explorer.errors import ExplorerError
from explorer.experiments.tokenization import bpe_training as experiment
from explorer.experiments.tokenization import bpe_training_kinds as three
from explorer.experiments.tokenization import trained
from explorer.experiments.tokenization.trained import OWN, WHOLE, Name
from explorer.figures.tokenization import bpe_training as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.text import well_formed

#: Merges that the three trainers learn.
KINDS = 60


def merges(scene: Scene) -> Iterator[Rendered[figure.BpeTrainingMerges]]:
    name = _name(scene)
    own = name.source.startswith(OWN)
    text = name.source.removeprefix(OWN) if own else ""
    try:
        if not own:
            text = "\n\n".join(trained.material(name.source, scene.progress).documents)
        chosen = figure.Choice(str(name), OWN if own else name.source, name.cut, name.merges, figure.beginning(text))
        for found in experiment.watch(name, scene.progress):
            if not found.result.events and found.finished:
                yield Rendered(figure.nothing(chosen, _why(text)))
                return
            yield Rendered(figure.merges(chosen, found), _checks(found))
    except ExplorerError as error:
        chosen = figure.Choice(str(name), name.source, name.cut, name.merges, figure.beginning(text))
        yield Rendered(figure.nothing(chosen, f"{error.message} {error.hint or ''}".strip()))


def kinds(scene: Scene) -> Rendered[figure.BpeTrainingKinds]:
    found = trained.material(_source(scene).removeprefix(WHOLE))  # of a whole text, its passages
    lines = three.suitable(found.documents)
    if not "".join(lines).strip():
        return Rendered(
            figure.BpeTrainingKinds(
                reason="None of the lines of this text suits all three trainers.", title=found.title, columns=()
            )
        )
    byte_level, sentencepiece, wordpiece = (
        train(lines, KINDS) for train in (three.byte_level, three.sentencepiece, three.wordpiece)
    )
    columns = (("Byte-level BPE", byte_level), ("SentencePiece’s BPE", sentencepiece), ("WordPiece", wordpiece))
    checks = (
        Check(
            f"SentencePiece’s BPE: {len(sentencepiece.ours):,} merges equal those of the sentencepiece library",
            float(sentencepiece.differing), 0.0, "pieces that differ",
        ),
        Check(
            f"WordPiece: {len(wordpiece.ours):,} pieces equal those of the tokenizers library",
            float(wordpiece.differing), 0.0, "pieces that differ",
        ),
    )  # fmt: skip
    return Rendered(figure.kinds(found.title, columns), checks)


def _name(scene: Scene) -> Name:
    """The training that the controls ask for."""
    return Name(scene.one_of("cut", trained.CUTS), scene.whole("merges"), _source(scene))


def _source(scene: Scene) -> str:
    source = scene.one_of("source", (OWN, *texts.names(), *(WHOLE + each for each in texts.names())))
    return source + well_formed(scene.text("own")) if source == OWN else source


def _why(text: str) -> str:
    """Why nothing was learned."""
    if not text:
        return "There is no text. Write one in the field above."
    return "Every word of this text is a single byte: there is no pair to merge."


def _checks(found: experiment.Watched) -> tuple[Check, ...]:
    """What the library says of the same text."""
    library, result = found.library, found.result
    if library is None:
        return ()
    learned = [(result.tokens[event.left], result.tokens[event.right]) for event in result.events]
    half = learned[: len(library.fewer)]
    return (
        Check(
            f"All {len(learned):,} merges equal those of the tokenizers library on the same text",
            float(_differing(learned, library.merges)), 0.0, "merges that differ",
        ),
        Check(
            f"The library’s training of {len(half):,} merges equals the first {len(half):,} here",
            float(_differing(half, library.fewer)), 0.0, "merges that differ",
        ),
        Check(
            f"The text becomes {result.length:,} tokens, as the library encodes it",
            float(abs(result.length - library.tokens)), 0.0, "difference",
        ),
        Check(
            f"The held-out text becomes {found.held[-1]:,} tokens, as the library encodes it",
            float(abs(found.held[-1] - library.held_tokens)), 0.0, "difference",
        ),
    )  # fmt: skip


def _differing(ours: list[tuple[bytes, bytes]], theirs: tuple[tuple[bytes, bytes], ...]) -> int:
    return sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
