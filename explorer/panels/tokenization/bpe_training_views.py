"""Train: a vocabulary is learned, one pair at a time."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora import passages, texts
from explorer.corpora.source import Source
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
        chosen = figure.Choice(
            str(name), OWN if own else name.source, name.cut, name.merges, figure.beginning(text), _sources()
        )
        for found in experiment.watch(name, scene.progress):
            if not found.result.events and found.finished:
                yield Rendered(figure.nothing(chosen, _why(text)))
                return
            yield Rendered(figure.merges(chosen, found), _checks(found))
    except ExplorerError as error:
        chosen = figure.Choice(str(name), name.source, name.cut, name.merges, figure.beginning(text), _sources())
        yield Rendered(figure.nothing(chosen, f"{error.message} {error.hint or ''}".strip()))


def kinds(scene: Scene) -> Rendered[figure.BpeTrainingKinds]:
    name = _name(scene)
    source = name.source.removeprefix(WHOLE)  # of a whole text, its passages
    found = trained.material(source)
    lines = three.suitable(found.documents)
    if not "".join(lines).strip():
        return Rendered(figure.BpeTrainingKinds("No line of this text can be read by all three.", found.title, ()))
    byte_level, sentencepiece, wordpiece = (
        train(lines, KINDS) for train in (three.byte_level, three.sentencepiece, three.wordpiece)
    )
    columns = (("Byte-level BPE", byte_level), ("SentencePiece’s BPE", sentencepiece), ("WordPiece", wordpiece))
    checks = (
        Check(
            f"SentencePiece’s {len(sentencepiece.ours):,} merges equal sentencepiece’s trainer",
            float(sentencepiece.differing), 0.0, "pieces that differ",
        ),
        Check(
            f"WordPiece’s {len(wordpiece.ours):,} pieces equal tokenizers’ trainer, with its numbering of characters",
            float(wordpiece.differing), 0.0, "pieces that differ",
        ),
    )  # fmt: skip
    return Rendered(figure.kinds(found.title, columns), checks)


def _name(scene: Scene) -> Name:
    """The training that the controls ask for."""
    known = (OWN, *texts.names(), *(WHOLE + each for each in texts.names()))
    source = scene.choice("source", "moby-dick", known)
    if source == OWN:
        source += well_formed(str(scene.controls.get("own") or ""))[: trained.LONGEST]
    cut = scene.choice("cut", "gpt2", trained.CUTS)
    return Name(cut, scene.number("merges", 200, 1, trained.MOST), source)


def _sources() -> tuple[figure.BpeTrainingSource, ...]:
    short = [figure.BpeTrainingSource(each.name, each.kind) for each in passages.read()]
    whole = [figure.BpeTrainingSource(WHOLE + name, _fetched(texts.find(name))) for name in texts.names()]
    return (*short, *whole)


def _fetched(source: Source) -> str:
    """A text by its title, and what it costs to fetch."""
    return f"{source.title}: {sum(package.bytes for package in source.packages) / 1e6:.0f} MB to fetch once"


def _why(text: str) -> str:
    """Why nothing was learned."""
    if not text:
        return "There is no text: write one in the field above."
    return "No two bytes stand side by side within a word of this text: there is no pair to join."


def _checks(found: experiment.Watched) -> tuple[Check, ...]:
    """What the library says of the same text."""
    library, result = found.library, found.result
    if library is None:
        return ()
    learned = [(result.tokens[event.left], result.tokens[event.right]) for event in result.events]
    half = learned[: len(library.fewer)]
    return (
        Check(
            f"Merges equal tokenizers’ trainer on the same text, {len(learned):,} of them",
            float(_differing(learned, library.merges)), 0.0, "merges that differ",
        ),
        Check(
            f"Its training of {len(half):,} merges is the beginning of this one",
            float(_differing(half, library.fewer)), 0.0, "merges that differ",
        ),
        Check(
            f"Tokens of the text after all merges, {result.length:,} = as the library encodes it",
            float(abs(result.length - library.tokens)), 0.0, "difference",
        ),
        Check(
            f"Tokens of the other text, {found.held[-1]:,} = as the library encodes it",
            float(abs(found.held[-1] - library.held_tokens)), 0.0, "difference",
        ),
    )  # fmt: skip


def _differing(ours: list[tuple[bytes, bytes]], theirs: tuple[tuple[bytes, bytes], ...]) -> int:
    return sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
