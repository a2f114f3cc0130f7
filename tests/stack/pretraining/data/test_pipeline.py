"""The pipeline by hand: every document has one fate, cuts say what went, thresholds rerun without reading anew."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora import crawl
from explorer.stack.pretraining.data import copies, minhash
from explorer.stack.pretraining.data.pipeline import Document, Each, Outcome, Passport, Reading, Settings, Whole, run
from explorer.stack.pretraining.data.stage import ORDERS
from explorer.stack.pretraining.data.stages import Tools, stages
from explorer.stack.pretraining.data.url_rules import UrlRules
from explorer.stack.pretraining.data.verdict import Verdict

PAGES = crawl.pages(200, seed=6)
KINDS = {str(at): page.kind for at, page in enumerate(PAGES)}
DOCUMENTS = [Document(id=str(at), url=page.url, text=page.text) for at, page in enumerate(PAGES)]
TOOLS = Tools(url_rules=UrlRules(domains=frozenset({crawl.BLOCKED})))
LENIENT = {"gopher_short_doc": 5, "gopher_below_alpha_threshold": 0.5, "too_few_sentences": 0}


def outcome(settings: Settings = Settings(order="reference"), **options: object) -> Outcome:  # noqa: B008 - frozen
    return run(DOCUMENTS, stages(settings, TOOLS), **options)  # pyright: ignore[reportArgumentType]


def test_every_document_has_one_fate_and_every_stage_gets_what_the_one_before_left() -> None:
    made = outcome(thresholds=LENIENT)
    assert [each.id for each in made.passports] == [each.id for each in DOCUMENTS]
    coming = len(DOCUMENTS)
    for count in made.counts:
        assert count.documents == coming
        coming -= count.removed + count.set_aside
    assert coming == len(made.kept) > 20
    for before, after in zip(made.counts, made.counts[1:], strict=False):
        assert after.tokens == before.tokens - before.tokens_removed - before.tokens_cut


def test_planted_truth() -> None:
    whole = outcome(thresholds=LENIENT)
    made = {each.stage: each for each in whole.judged(KINDS)}
    assert made["exact duplicates"].recall == 1
    assert made["url"].precision == made["url"].recall == 1
    assert made["toxicity"].recall is None or made["toxicity"].recall > 0.9
    assert made["pii"].recall == 1
    # pages of one spammer are much alike; nothing else is taken for a copy
    taken = {KINDS[each.id] for each in whole.passports if each.removed_by == "near duplicates"}
    assert taken - {"exact", "near"} <= {"spam", "keywords", "boilerplate"}
    near = made["near duplicates"]
    # 14 bands of 8 rows find few of the pairs whose similarity is low: the S-curve, and no cut
    assert near.recall is not None
    assert 0.3 < near.recall < 1


def test_a_second_run_with_other_thresholds_reads_nothing_anew() -> None:
    read: list[str] = []

    def counted(document: Document) -> Reading:
        read.append(document.id)
        return Reading(verdicts=(Verdict("words", len(document.text.split()), 30, "at least"),))

    memory: dict = {}
    first = run(DOCUMENTS, [Each("words", counted)], memory=memory)
    assert len(read) == len(DOCUMENTS)
    second = run(DOCUMENTS, [Each("words", counted)], thresholds={"words": 10**6}, memory=memory)
    assert len(read) == len(DOCUMENTS)
    assert len(first.kept) > 0 == len(second.kept)
    assert (
        second.passports[0].steps[0].reading.verdicts[0].value == first.passports[0].steps[0].reading.verdicts[0].value
    )


def test_through_tells_what_later_rules_would_have_said() -> None:
    made = outcome(Settings(order="fineweb"), through=True)
    plain = outcome(Settings(order="fineweb"))
    assert [each.removed_by for each in made.passports] == [each.removed_by for each in plain.passports]
    assert made.counts == plain.counts
    singles = [name for name in ORDERS["fineweb"] if name != "near duplicates"]
    removed = next(each for each in made.passports if each.removed_by == "language")
    assert [step.stage for step in removed.steps] == singles


def applied(passport: Passport, at: int) -> str:
    """The text before a step, cut as the step says."""
    step, pieces, place = passport.steps[at], [], 0
    for cut in step.reading.cuts:
        pieces += [step.before.text[place : cut.start], cut.put]
        place = cut.stop
    return "".join((*pieces, step.before.text[place:]))


def test_cuts_say_exactly_what_went() -> None:
    made = run(DOCUMENTS, stages(Settings(order="reference", passage=60), TOOLS), thresholds=LENIENT)
    seen = set()
    for passport in made.passports:
        for at, step in enumerate(passport.steps):
            if step.reading.cuts:
                seen.add(step.stage)
                assert applied(passport, at).split() == step.after.text.split()
            else:
                assert step.before.text == step.after.text
    assert {"pii", "c4"} <= seen


def test_a_stage_that_breaks_sets_one_document_aside() -> None:
    errors = {"7": RecursionError("too deep"), "8": AssertionError()}

    def fragile(document: Document) -> Reading:
        if document.id in errors:
            raise errors[document.id]
        return Reading()

    made = run(DOCUMENTS[6:9], [Each("fragile", fragile)])
    said = [each.set_aside for each in made.passports]
    assert said == ["", "fragile: RecursionError: too deep", "fragile: AssertionError: "]
    assert (made.counts[0].set_aside, len(made.kept)) == (2, 1)


@given(st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=3), max_size=12))
def test_clusters_of_bands_are_those_of_candidates(bands: list[list[int]]) -> None:
    made = np.array(bands, np.uint64).reshape(len(bands), 3)
    first, shared = copies.clustered(made)
    pairs = minhash.candidates(made, rows=1, bands=3)
    assert first.tolist() == minhash.clusters(pairs, len(bands))
    assert [bool(each) for each in shared] == [any(at in pair for pair in pairs) for at in range(len(bands))]


def test_bands_are_the_signature_s() -> None:
    """Texts whose signatures agree in a band agree in that band's hash, and in no other."""
    texts = [page.text for page in PAGES if page.kind in ("prose", "exact", "near")][:80]
    made = minhash.signatures(texts, minhash.Permutations.datatrove())
    stage = copies.near_duplicates(Settings())
    hashed = np.stack([np.frombuffer(stage.sketch(Document(id="", text=text)), "<u8") for text in texts])
    for band in range(14):
        own = made[:, band * 8 : band * 8 + 8]
        same = (own[:, None] == own[None]).all(-1)
        assert (same == (hashed[:, band][:, None] == hashed[:, band][None])).all()


def test_passages_in_blocks() -> None:
    """A passage is found within a block; over a border of blocks it is not."""
    text = "The same long passage stands in every one of these texts."
    sketched = [(str(at), f"{at}{at}{at} {text}".encode()) for at in range(4)]
    found = [reading.text for reading in copies.passages(sketched, 30, 10_000)]
    assert found == [None, "111", "222", "333"]
    assert [reading.text for reading in copies.passages(sketched, 30, 130)] == [None, "111", None, "333"]
    umlauts = [("a", "ü" * 40 + "x"), ("b", "ö" + "ü" * 40)]
    readings = list(copies.passages([(name, each.encode()) for name, each in umlauts], 31, 10_000))
    assert all("\ufffd" not in (each.text or "") for each in readings)


def test_sketches_of_nothing() -> None:
    whole = Whole("near duplicates", copies.near_duplicates(Settings()).sketch, copies.near)
    made = run([Document(id="a"), Document(id="b"), Document(id="c", text="two words")], [copies.exact(), whole])
    assert len(made.kept) == 3  # a text without words is like no other
    assert run([], [whole]).passports == ()
