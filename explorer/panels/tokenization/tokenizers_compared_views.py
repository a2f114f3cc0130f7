"""Compare tokenizers: one text in many real vocabularies, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.corpora import article_one
from explorer.errors import ExplorerError
from explorer.experiments.tokenization import habits as small
from explorer.experiments.tokenization import tokenizers_compared as experiment
from explorer.experiments.tokenization.lineup import LINEUP
from explorer.figures.tokenization import tokenizers_compared as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.tokenization.text import utf8, well_formed

PROSE = (
    "On 20 July 1969 some 650,000,000 people watched unbelievably grainy pictures: 384,400 km away, "
    "two astronauts walked on the Moon 🌕. Wasn't that extraordinary?"
)
CODE = '''def fibonacci(n: int) -> list[int]:
    """The first n numbers."""
    a, b, out = 0, 1, []
    while len(out) < n:
        out.append(a)
        a, b = b, a + b
    return out
'''
#: Of the texts that are no person's own.
PRESETS = {"prose": PROSE, "code": CODE, **{each.code: each.text for each in article_one.read()}}
CHOICES = (
    figure.TextChoice("prompt", "The prompt"),
    figure.TextChoice("typed", "Your text"),
    figure.TextChoice("prose", "English, numbers, emoji"),
    figure.TextChoice("code", "Python"),
    *(figure.TextChoice(each.code, each.name, each.code) for each in article_one.read()),
)


def lanes(scene: Scene) -> Iterator[Rendered]:
    source, text = _text(scene)
    names = chosen(scene)
    if not names:
        yield Rendered(_lanes(source, text, names, ()))
    for found in experiment.compared(text, names, progress=scene.progress):
        whole = len(found) == len(names)
        yield Rendered(_lanes(source, text, names, found), checks(text, found) if whole else ())


def _lanes(source: str, text: str, names: tuple[str, ...], found: Sequence[experiment.Cut]) -> figure.TokenizersLanes:
    return figure.TokenizersLanes(
        source, text, len(utf8(text)), len(text), CHOICES, figure.lineup(), names, tuple(map(figure.lane, found))
    )


def _text(scene: Scene) -> tuple[str, str]:
    """Which text is asked for, and the text."""
    source = scene.choice("source", "prompt", (each.name for each in CHOICES))
    if source == "prompt":
        return source, well_formed(scene.trace.key.text)
    return source, PRESETS[source] if source in PRESETS else well_formed(str(scene.controls.get("typed") or ""))


def chosen(scene: Scene) -> tuple[str, ...]:
    """The tokenizers that are asked for, in their order; all of them where nothing is said."""
    said = scene.controls.get("lineup")
    if not isinstance(said, str):
        return tuple(LINEUP)
    return tuple(dict.fromkeys(name for name in said.split(",") if name in LINEUP))


def checks(text: str, found: Sequence[experiment.Cut]) -> tuple[Check, ...]:
    """What holds of all that could be opened."""
    made: list[Check] = []
    read = [each for each in found if each.found is not None and each.theirs is not None]
    if read:
        libraries = " and ".join(dict.fromkeys(each.library for each in read))
        ids = sum(len(each.theirs or ()) for each in read)
        statement = f"Equal to {libraries} on this text: {len(read)} vocabularies, {ids:,} ids"
        made.append(Check(statement, float(sum(each.differing for each in read)), 0.0, "differences"))
    promising = [each for each in found if each.promised]
    if promising:
        statement = f"decode(encode(text)) = text for the {len(promising)} that promise it"
        made.append(Check(statement, float(sum(not each.exact for each in promising)), 0.0, "differences"))
    level = [each for each in found if each.found is not None and each.member.keeps == "all"]
    if level:
        statement = f"Blocks of the {len(level)} on bytes cover every byte once"
        made.append(Check(statement, float(sum(uncovered(each, len(utf8(text))) for each in level)), 0.0, "bytes"))
    return tuple(made)


def uncovered(cut: experiment.Cut, nbytes: int) -> int:
    """Bytes between two tokens that neither covers, or both do."""
    assert cut.found is not None, "only what could be opened is checked"
    edges = [0, *cut.found.ends.tolist()]
    begins = [*cut.found.starts.tolist(), nbytes]
    return sum(abs(a - b) for a, b in zip(edges, begins, strict=True))


def languages(scene: Scene) -> Iterator[Rendered]:
    paragraphs, names = article_one.read(), chosen(scene)
    texts = [each.text for each in paragraphs]
    rows = tuple(figure.LanguageRow(each.code, each.name, len(each.text), len(utf8(each.text))) for each in paragraphs)
    columns: list[figure.LanguageColumn] = []
    apart = asked = 0
    for at, name in enumerate(names):
        scene.progress("Tokenizers", at, len(names))
        member, reason, counts = LINEUP[name], "", experiment.NONE
        try:
            at_hand = experiment.opened(name, scene.progress)
            counts = experiment.counts(at_hand.tokenizer, texts)
            theirs = [at_hand.ids(text) for text in texts]
            asked += sum(each is not None for each in theirs)
            apart += sum(
                abs(n - len(each)) for n, each in zip(counts.tolist(), theirs, strict=True) if each is not None
            )
        except ExplorerError as error:
            reason = f"{error.message} {error.hint}".strip()
        columns.append(figure.LanguageColumn(name, member.title, reason, counts))
        data = figure.TokenizersLanguages(article_one.TITLE, rows, tuple(columns), len(names))
        said = Check(f"Tokens as the libraries count them, {asked} paragraphs", float(apart), 0.0, "differences")
        yield Rendered(data, (said,) if len(columns) == len(names) and asked else ())


def habits(scene: Scene) -> Iterator[Rendered]:
    names, missing = chosen(scene), []
    rows: dict[str, list[figure.WorkedRow]] = {case.name: [] for case in small.CASES}
    apart = asked = 0
    for at, name in enumerate(names):
        scene.progress("Tokenizers", at, len(names))
        try:
            at_hand = experiment.opened(name, scene.progress)
        except ExplorerError:
            missing.append(LINEUP[name].title)
            continue
        for case in small.CASES:
            variants = []
            for text in case.texts:
                found, theirs = at_hand.tokenizer.encode(text), at_hand.ids(text)
                variants.append(figure.worked(text, found, at_hand.tokenizer))
                asked += theirs is not None
                apart += theirs is not None and tuple(found.ids.tolist()) != theirs
            rows[case.name].append(figure.WorkedRow(name, LINEUP[name].title, tuple(variants)))
        cases = tuple(figure.worked_case(case, tuple(rows[case.name])) for case in small.CASES)
        data = figure.TokenizersHabits(cases, tuple(missing), len(names))
        said = Check(f"Ids as the libraries give them, {asked} small texts", float(apart), 0.0, "differences")
        yield Rendered(data, (said,) if at + 1 == len(names) and asked else ())
    if not any(rows.values()):
        yield Rendered(figure.TokenizersHabits((), tuple(missing), len(names)))
