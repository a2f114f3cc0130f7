"""Speculative decoding: rounds of draft, check and keep on the run's own prompt, and what each draft would be worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from explorer.errors import NotApplicableError
from explorer.experiments.architectures.held_out import unknown
from explorer.experiments.inference.decoding import speculative as experiment
from explorer.experiments.inference.decoding import speculative_corpus as over_texts
from explorer.experiments.inference.decoding.draft_opening import DraftOpening, opening
from explorer.experiments.inference.decoding.fair_draws import Agreement
from explorer.experiments.inference.decoding.held_out_texts import beginnings
from explorer.figures.inference.decoding import drafts_worth as worth
from explorer.figures.inference.decoding import speculative as figure
from explorer.figures.inference.decoding import speculative_corpus as corpus_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.capturing.capture import stop_ids

GAMMAS = 8
#: Bits of weights that nobody has rounded since they were trained, at least.
FULL = 16
#: Longer texts are written anew fewer times.
LONG, FEW = 24, 3


def _settings(scene: Scene) -> figure.SpecSettings:
    n_layers, kinds = scene.decoder.config.n_layers, experiment.kinds(scene.decoder)
    return figure.SpecSettings(
        kinds=kinds,
        draft=scene.one_of("draft", kinds, kinds[0]),
        blocks=scene.whole("blocks", default=max(1, n_layers - 4), high=n_layers),
        gamma=scene.whole("gamma"),
        temperature=scene.real("temperature"),
        seed=scene.whole("seed", default=scene.run.key.seed if scene.run else 0),
        new=scene.whole("new"),
        n_layers=n_layers,
    )


def _note(scene: Scene, kinds: tuple[str, ...]) -> str:
    """What a 4-bit draft of weights that were rounded before shows, and what not."""
    card = scene.model.card
    if "int4" not in kinds or card.weight_bits is None or card.weight_bits >= FULL:
        return ""
    if card.weight_bits > 4:
        return (
            f"This model’s file holds {card.weights_note}. Its 4-bit draft rounds numbers that were rounded before, so "
            "its acceptance says little about 4-bit drafts of a model in full precision."
        )
    grid = f"{card.weight_bits} bit{'s'[: card.weight_bits - 1]}"
    return (
        f"This model’s file holds {card.weights_note}. Its 4-bit draft rounds numbers that lie on a grid of {grid} "
        "already, so its acceptance says nothing about 4-bit drafts of a model in full precision."
    )


def _theirs(said: figure.SpecSettings, there: Scene) -> figure.SpecSettings:
    """The same for the other run's model; as many blocks as it has. Raises NotApplicableError."""
    kinds, n_layers = experiment.kinds(there.decoder), there.decoder.config.n_layers
    if said.draft not in kinds:
        raise NotApplicableError(
            "The sizes of the other run’s model do not suit this draft’s format.", "Choose another draft."
        )
    return replace(said, kinds=kinds, n_layers=n_layers, blocks=min(said.blocks, n_layers))


def rounds(scene: Scene) -> Iterator[Rendered[figure.SpeculationRounds]]:
    said, opened = _opened(scene)
    repeats = experiment.REPEATS if said.new <= LONG else FEW
    changed, note = bool(scene.trace.key.interventions), _note(scene, said.kinds)
    chosen = {"draft": said.draft, "blocks": said.blocks, "seed": said.seed}
    shown: list[figure.SpecRound] = []
    for made in _raced(scene, said, repeats):
        if made.latest is not None:
            shown.append(figure.shown(made.latest, made.plain_seconds))
        data = figure.race(made, shown, said, repeats, changed, opened)
        ids = {*data.context, *data.new_ids, *(i for r in shown for i in r.ids)}
        ids |= {i for r in shown for b in r.bars for i in b.ids}
        checks = _checks(made) if made.repeats == repeats else ()
        yield Rendered(data, checks, token_ids=ids, note=note, chosen=chosen)


def _opened(scene: Scene) -> tuple[figure.SpecSettings, DraftOpening | None]:
    """What is asked for; where no draft is, one that the model keeps in part."""
    said, prompt = _settings(scene), _prompt(scene)
    if scene.said("draft") or len(prompt) + said.new > scene.decoder.config.n_ctx:
        return said, None
    kind, opened = opening(
        scene.decoder, prompt, said.blocks, said.gamma, said.new, stop_ids(scene.model), scene.ticks("Drafts compared")
    )
    return replace(said, draft=kind), opened


def _prompt(scene: Scene) -> list[int]:
    return [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]]


def _raced(scene: Scene, said: figure.SpecSettings, repeats: int) -> Iterator[experiment.Race]:
    prompt = _prompt(scene)
    if len(prompt) + said.new > scene.decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {said.new} new ones pass the model's "
            f"{scene.decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    return experiment.race(
        scene.decoder, prompt, said.draft, said.blocks, said.gamma, said.new, said.temperature, said.seed,
        stop_ids(scene.model), scene.ticks("Tokens"), repeats,
    )  # fmt: skip


def _checks(made: experiment.Race) -> tuple[Check, ...]:
    fair, done, alone = made.fair, made.done, made.alone
    if fair is None:
        same = sum(a == b for a, b in zip(done.new_ids, alone.new_ids, strict=False))
        off = max(len(done.new_ids), len(alone.new_ids)) - same
        what = f"The output equals plain greedy decoding, {same} of {len(done.new_ids)} tokens"
        return (Check(what, float(off), 0.0, "differences"),)
    if not fair.positions:
        return ()
    where = f"{fair.positions} decided position{'s'[: fair.positions - 1]}"
    what = (
        f"Tokens that are drawn {experiment.DRAWS:,} times at {where} follow p: total variation beyond the "
        f"{fair.expected / fair.positions:.2%} of fair draws"
    )
    return (Check(what, fair.excess, fair.allowed, "excess"),)


def drafts(scene: Scene) -> Iterator[Rendered[worth.DraftsWorth]]:
    said = _settings(scene)
    note, chosen = _note(scene, said.kinds), {"blocks": said.blocks}
    for made in _judged(scene, said):
        checks = (_as_chance(made),) if made.rounds == experiment.ROUNDS else ()
        yield Rendered(worth.drafts(made, said, GAMMAS, experiment.ROUNDS), checks, note=note, chosen=chosen)


def _judged(scene: Scene, said: figure.SpecSettings) -> Iterator[experiment.Drafts]:
    ids = [t.id for t in scene.trace.tokens]
    if len(ids) < 2:
        raise NotApplicableError("Drafts cannot be compared on one token.", "Take a longer prompt.")
    return experiment.drafts(
        scene.decoder, ids, scene.trace.n_prompt, said.blocks, said.temperature, scene.trace.key.seed,
        scene.ticks("Passes"), experiment.ROUNDS,
    )  # fmt: skip


def _as_chance(made: experiment.Drafts) -> Check:
    drawn = made.drawn
    what = (
        f"The model judges {len(made.alphas) - 1} drafts {experiment.FEW_DRAWS} times at {made.positions} positions "
        f"and keeps {drawn.measured:.2%}; the mean of Σ min(p, q) is {drawn.overlap:.2%}"
    )
    # Four standard deviations: chance passes them once in 16,000 times.
    return Check(what, abs(drawn.measured - drawn.overlap), 4 * drawn.deviation + 1e-12, "difference")


def _of_texts(scene: Scene) -> figure.SpecSettings:
    """Where 4 bits are the model itself all of that draft is kept: another one is shown unless it is asked for."""
    said = _settings(scene)
    first = "skip" if _note(scene, said.kinds) else said.draft
    return replace(said, draft=scene.one_of("draft", said.kinds, first))


def corpus(scene: Scene) -> Iterator[Rendered[corpus_figure.SpeculativeCorpus]]:
    """Both runs together: the other run's model only reads the texts, and its races, which take minutes, are left
    out."""
    said, each = _of_texts(scene), scene.whole("texts")
    notes, there, made = [], scene.there, None
    if said.draft == "int4":
        notes.append(_note(scene, said.kinds))
    notes.append(unknown(scene.model.name, "these texts"))
    note = " ".join(filter(None, notes))
    for made in _over_texts(scene, said, each):
        checks = _kept(made) if len(made.raced) == made.of_raced and there is None else ()
        yield Rendered(corpus_figure.corpus(made, said, each), checks, note=note)
    if there is not None and made is not None:
        theirs = _theirs(said, there)
        *_, read = takewhile(lambda part: not part.raced, _over_texts(there, theirs, each))
        base = corpus_figure.corpus_beside(read, theirs)
        both = replace(made, texts=made.texts + read.texts)
        yield Rendered(corpus_figure.corpus(made, said, each, base), _kept(both), note=note)


def _over_texts(scene: Scene, said: figure.SpecSettings, each: int) -> Iterator[over_texts.Corpus]:
    room = scene.decoder.config.n_ctx - over_texts.GAMMA - 1
    if room < 8:
        raise NotApplicableError("The model's context is too short to draft in.", "Choose another model.")
    texts = beginnings(scene.model, each, min(over_texts.LENGTH, room))
    return over_texts.corpus(
        scene.decoder, texts, said.draft, said.blocks, said.temperature, said.seed, scene.ticks("Passes")
    )


def _kept(made: over_texts.Corpus) -> tuple[Check, ...]:
    """What was kept against what the two models' distributions say, from one pass of each; and from the rounds' own."""
    rounds = [one for text in made.texts for one in text.rounds]
    drafted = [one for one in rounds if one.drafted]
    if not drafted:
        return ()
    judged = sum((one.first for one in drafted), Agreement())
    alone = sum(one.alone for one in drafted) / len(drafted)
    tied = sum(one.tied for one in drafted) / len(drafted)
    shares = [share for one in rounds for share in one.overlap]
    kept, expected = sum(one.kept for one in rounds), sum(shares)
    spread = sum(max(share * (1 - share), 0.0) for share in shares) ** 0.5
    # Four standard deviations: chance passes them once in 16,000 times. Float32 rounds sums of p and q by some 1e-6.
    return (
        Check(
            f"The model judges the first drafted tokens at {len(drafted)} positions {experiment.FEW_DRAWS} times and "
            f"keeps {judged.measured:.2%}; the mean of Σ min(p, q) from one uncached pass of each model is {alone:.2%}",
            abs(judged.measured - alone), 4 * judged.deviation + tied + 1e-4, "difference",
        ),
        Check(
            f"The model keeps {kept} of {len(shares)} decided drafts; Σ min(p, q) expects {expected:.1f}",
            abs(kept - expected) / len(shares), 4 * spread / len(shares) + 1e-6, "difference a draft",
        ),
    )  # fmt: skip
