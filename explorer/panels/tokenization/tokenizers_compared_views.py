"""Compare tokenizers: one text in many real vocabularies, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from explorer.corpora import article_one
from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.tokenization import habits as small
from explorer.experiments.tokenization import tokenizers_compared as experiment
from explorer.experiments.tokenization import vocabulary_kinds as kinds
from explorer.experiments.tokenization.lineup import MODEL, Asked, name_of, of_model, trained_name
from explorer.figures.tokenization import tokenizers_compared as figure
from explorer.figures.tokenization import vocabulary_kinds as kinds_figure
from explorer.figures.tokenization.tokenizers_beside import beside
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.text import utf8, well_formed
from explorer.zoo.tokenizers import find
from explorer.zoo.tokenizers.shelf import contents

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
#: A prompt of which the tokenizers agree on a larger share of the places where a token ends shows no difference worth
#: looking at: this text is shown in its stead.
ALIKE, INSTEAD = 0.9, "prose"
#: Of the texts that are no person's own.
PRESETS = {"prose": PROSE, "code": CODE, **{each.code: each.text for each in article_one.read()}}


def lanes(scene: Scene) -> Iterator[Rendered[figure.TokenizersLanes]]:
    asked = asked_of(scene, own=True)
    names = chosen(scene, asked)
    alike = _alike(scene, names, asked)
    source, text = _text(scene) if alike is None else (INSTEAD, PRESETS[INSTEAD])

    def shown(found: Sequence[experiment.Cut]) -> figure.TokenizersLanes:
        return figure.TokenizersLanes(
            source=source,
            text=text,
            nbytes=len(utf8(text)),
            characters=len(text),
            lineup=figure.lineup(asked.members),
            chosen=names,
            lanes=tuple(map(figure.lane, found)),
            alike=alike,
        )

    if not names:
        yield Rendered(shown(()))
        return
    second, found = _second(scene, source, text, names), ()
    for at, found in enumerate(experiment.compared(text, names, asked, scene.progress)):
        whole = at == len(names) and second is None
        yield Rendered(shown(found), checks([(text, found)]) if whole else ())
    if second is not None and scene.there is not None:
        other, own = second
        *_, there = experiment.compared(other, names, asked, scene.there.progress)
        by_own = [] if own is None else [(text, own[:1]), (other, own[1:])]
        data = replace(shown(found), base=beside(text, other, there, own))
        yield Rendered(data, checks([(text, found), (other, there), *by_own]))


def _alike(scene: Scene, names: Sequence[str], asked: Asked) -> figure.CutAlike | None:
    """How far the tokenizers agree on the prompt, where they agree on so much of it that another text shows more. Who
    has chosen a text, or compares two runs, gets what was chosen."""
    if scene.said("source") or scene.there is not None:
        return None
    text, found = well_formed(scene.trace.key.text), []
    for at, name in enumerate(names):
        scene.progress("Tokenizers", at, len(names))
        found.append(experiment.cut(name, text, asked, scene.progress))
    opened = sum(each.found is not None for each in found)
    agreed, ends = experiment.agreed(found)
    return (
        figure.CutAlike(tokenizers=opened, agreed=agreed, ends=ends) if opened > 1 and agreed > ALIKE * ends else None
    )


def _text(scene: Scene) -> tuple[str, str]:
    """Which text is asked for, and the text."""
    source = scene.one_of("source", ("prompt", "typed", *PRESETS), "prompt")
    if source == "prompt":
        return source, well_formed(scene.trace.key.text)
    return source, PRESETS[source] if source in PRESETS else well_formed(scene.text("typed"))


def _second(
    scene: Scene, source: str, text: str, names: Sequence[str]
) -> tuple[str, tuple[experiment.Cut, experiment.Cut] | None] | None:
    """The chosen run's text, and its model's own tokenizer on this text and on that one, where it is none of the lanes;
    None while no run is chosen. Raises NotApplicableError where both are this run's."""
    if (there := scene.there) is None:
        return None
    other, asked, name = _text(there)[1], asked_of(there, own=True), name_of(there.model)
    lane = there.model.original is scene.model.original or (name in names and name != MODEL)
    own = None
    if name and not lane:
        cuts = [
            experiment.held(experiment.cut(name, each, asked, there.progress), each, asked) for each in (text, other)
        ]
        own = (cuts[0], cuts[1])
    if own is None and other == text:
        which = (
            "Both runs have this prompt"
            if source == "prompt"
            else "This text is not a prompt, and it is the same for both runs"
        )
        raise NotApplicableError(f"{which}. A tokenizer’s cut does not depend on the model.")
    return other, own


def asked_of(scene: Scene, own: bool = False) -> Asked:
    """What is asked of the line-up; with the model's own tokenizer where the view has a model."""
    return Asked(trained_name(scene.text("yours")), _fetched(scene), of_model(scene.model) if own else None)


def _fetched(scene: Scene) -> frozenset[str]:
    """Tokenizers that somebody has asked to download."""
    return frozenset(scene.text("fetch").split(","))


def chosen(scene: Scene, asked: Asked) -> tuple[str, ...]:
    """The tokenizers that are asked for, in their order; the usual ones where nothing is said."""
    known = asked.members
    if not scene.said("lineup"):
        return tuple(member.name for member in known.values() if member.first)
    return tuple(dict.fromkeys(name for name in scene.text("lineup").split(",") if name in known))


def checks(texts: Sequence[tuple[str, Sequence[experiment.Cut]]]) -> tuple[Check, ...]:
    """What holds of all that could be opened, on this text, or on both runs'."""
    made: list[Check] = []
    cuts = [each for _, found in texts for each in found]

    def n(those: Sequence[experiment.Cut]) -> int:
        """Vocabularies: a tokenizer may have cut two texts."""
        return len({(each.member.name, each.member.owner) for each in those})

    read = [each for each in cuts if each.theirs is not None]
    if read:
        libraries = " and ".join(dict.fromkeys(each.library for each in read))
        ids, which = (
            sum(len(each.theirs or ()) for each in read),
            "this text" if len(texts) == 1 else "both runs’ texts",
        )
        statement = f"Ids equal those of {libraries} on {which}: {ids:,} ids in {n(read)} vocabularies"
        made.append(Check(statement, float(sum(each.differing for each in read)), 0.0, "differences"))
    promising = [each for each in cuts if each.promised]
    if promising:
        statement = f"decode(encode(text)) = text for the {n(promising)} tokenizers that promise it"
        made.append(Check(statement, float(sum(not each.exact for each in promising)), 0.0, "differences"))
    level = [(each, len(utf8(text))) for text, found in texts for each in found if each.found is not None]
    level = [(each, nbytes) for each, nbytes in level if each.member.keeps == "all"]
    if level:
        statement = f"Blocks of the {n([each for each, _ in level])} byte-level tokenizers cover every byte once"
        made.append(Check(statement, float(sum(uncovered(*each) for each in level)), 0.0, "bytes"))
    return tuple(made)


def uncovered(cut: experiment.Cut, nbytes: int) -> int:
    """Bytes between two tokens that neither covers, or both do."""
    assert cut.found is not None, "only what could be opened is checked"
    edges = [0, *cut.found.ends.tolist()]
    begins = [*cut.found.starts.tolist(), nbytes]
    return sum(abs(a - b) for a, b in zip(edges, begins, strict=True))


def languages(scene: Scene) -> Iterator[Rendered[figure.TokenizersLanguages]]:
    paragraphs, asked = article_one.read(), asked_of(scene)
    names = chosen(scene, asked)
    texts = [each.text for each in paragraphs]
    rows = tuple(
        figure.LanguageRow(code=each.code, name=each.name, characters=len(each.text), nbytes=len(utf8(each.text)))
        for each in paragraphs
    )
    columns: list[figure.LanguageColumn] = []

    def data() -> figure.TokenizersLanguages:
        return figure.TokenizersLanguages(
            title=article_one.TITLE, languages=rows, columns=tuple(columns), total=len(names)
        )

    for at, name in enumerate(names):
        scene.progress("Tokenizers", at, len(names))
        reason, counts, unknown = "", experiment.NONE, experiment.NONE
        try:
            counts, unknown = experiment.counts(asked.open(name, scene.progress).tokenizer, texts)
        except ExplorerError as error:
            reason = f"{error.message} {error.hint}".strip()
        columns.append(
            figure.LanguageColumn(
                name=name, title=asked.members[name].title, reason=reason, counts=counts, unknown=unknown
            )
        )
        yield Rendered(data())
    apart = compared = 0
    for at, column in enumerate(columns):
        scene.progress("Files read by the library", at, len(names))
        if not column.reason:
            at_hand = asked.open(column.name)
            theirs = [at_hand.ids(text) for text in texts]
            compared += sum(each is not None for each in theirs)
            pairs = zip(column.counts.tolist(), theirs, strict=True)
            apart += sum(abs(n - len(each)) for n, each in pairs if each is not None)
    said = Check(
        f"Tokens of {compared} paragraphs equal those of the tokenizers library", float(apart), 0.0, "differences"
    )
    yield Rendered(data(), (said,) if compared else ())


def habits(scene: Scene) -> Iterator[Rendered[figure.TokenizersHabits]]:
    asked = asked_of(scene)
    names, missing = chosen(scene, asked), []
    rows: dict[str, list[figure.WorkedRow]] = {case.name: [] for case in small.CASES}

    def data() -> figure.TokenizersHabits:
        cases = tuple(figure.worked_case(case, tuple(rows[case.name])) for case in small.CASES if rows[case.name])
        return figure.TokenizersHabits(cases=cases, missing=tuple(missing), total=len(names))

    for at, name in enumerate(names):
        scene.progress("Tokenizers", at, len(names))
        try:
            tokenizer = asked.open(name, scene.progress).tokenizer
        except ExplorerError:
            missing.append(asked.members[name].title)
            continue
        for case in small.CASES:
            variants = tuple(figure.worked(text, tokenizer.encode(text), tokenizer) for text in case.texts)
            rows[case.name].append(figure.WorkedRow(name=name, title=asked.members[name].title, texts=variants))
        yield Rendered(data())
    apart = compared = 0
    for case in small.CASES:
        for row in rows[case.name]:
            at_hand = asked.open(row.name)
            for text, ours in zip(case.texts, row.texts, strict=True):
                theirs = at_hand.ids(text)
                compared += theirs is not None
                apart += theirs is not None and ours.ids != theirs
    said = Check(
        f"Ids of {compared} small texts equal those of the tokenizers library", float(apart), 0.0, "differences"
    )
    yield Rendered(data(), (said,) if compared else ())


def published(scene: Scene) -> Iterator[Rendered[kinds_figure.TokenizersPublished]]:
    rows: list[kinds_figure.PublishedRow] = []
    asked = Asked(fetch=_fetched(scene))
    apart = counted = 0
    checks: list[Check] = []
    for at, said in enumerate(kinds.PUBLISHED):
        scene.progress("Files", at, len(kinds.PUBLISHED))
        if not said.name:
            rows.append(kinds_figure.without_a_file(said, "The shelf has no file of this tokenizer."))
        else:
            try:
                tokenizer = asked.open(said.name, scene.progress).tokenizer
            except ExplorerError as error:
                rows.append(kinds_figure.without_a_file(said, f"{error.message} {error.hint}".strip()))
                continue
            held = contents(find(said.name))
            found = kinds.traits(held.tokens, {*tokenizer.specials})
            rows.append(kinds_figure.row(said, len(tokenizer), found))
            apart += abs(len(tokenizer) - find(said.name).vocabulary)
            counted += 1
            if said.name == "llama3":
                statement = f"Each of the {found.longer:,} longer tokens of Llama 3 joins two tokens of lower id"
                checks.append(Check(statement, float(found.out_of_order), 0.0, "exceptions"))
        yield Rendered(kinds_figure.TokenizersPublished(rows=tuple(rows), total=len(kinds.PUBLISHED)))
    statement = f"The files of {counted} vocabularies hold as many ids as their makers publish"
    whole = kinds_figure.TokenizersPublished(rows=tuple(rows), total=len(kinds.PUBLISHED))
    yield Rendered(whole, (*((Check(statement, float(apart), 0.0, "differences"),) if counted else ()), *checks))
