"""Features: what a trained dictionary finds in a text, one feature beside a placebo's, a text steered by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.inside import features as experiment
from explorer.experiments.inside.features import OnText, OverCorpus
from explorer.experiments.inside.steering import Continued, continued
from explorer.figures.inside import features as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo import autoencoders

ROLES: tuple[autoencoders.Role, ...] = ("trained", "placebo")
#: Tokens that a steered text goes on for; texts that are continued.
NEW, NAMES = 16, ("unchanged", "feature", "random")
#: Random directions beside a feature's card.
DRAWS = 8
#: As a part of the largest logit; nats.
RELATIVE, NATS = 1e-4, 1e-3


@dataclass(frozen=True, eq=False)
class _Opened:
    """Both dictionaries on the text and over the corpus."""

    block: int
    texts: tuple[OnText, OnText]
    corpora: tuple[OverCorpus, OverCorpus]
    note: str

    @property
    def ids(self) -> list[int]:
        return self.texts[0].ids.tolist()

    def feature_of(self, scene: Scene) -> int:
        """The chosen one, or the strongest at the selected token."""
        acts, corpus = self.texts[0].acts, self.corpora[0]
        at = min(max(scene.position, 1), len(acts) - 1)
        own = int((acts[at] * (corpus.density < experiment.DENSE)).argmax())
        return scene.whole("feature", default=own, high=acts.shape[1] - 1)


def _opened(scene: Scene) -> _Opened:
    model, trace = scene.model, scene.trace
    block = autoencoders.nearest(model.name, scene.layer)
    if len(trace.ids) < 2:
        raise NotApplicableError(
            "The text has one token, and dictionaries do not learn the first token of a text.",
            "Write a longer text.",
        )
    both = [autoencoders.opened(model.name, block, role) for role in ROLES]
    texts = tuple(experiment.on_text(scene.decoder, each, trace.ids) for each in both)
    corpora = tuple(experiment.over_corpus(model, each, scene.progress) for each in both)
    note = "" if block == scene.layer else f"Block {scene.layer} has no dictionary: block {block} is the nearest."
    return _Opened(block, texts, corpora, f"{note} {scene.left_out}".strip())  # pyright: ignore[reportArgumentType]


def found(scene: Scene) -> Rendered[figure.FeaturesFound]:
    opened, word = _opened(scene), scene.text("word").strip()
    tokens = _holding(scene, opened.corpora[0], word) if word else []
    chosen = [_chosen(*each, tokens) for each in zip(opened.texts, opened.corpora, strict=True)]
    total, done, sides = sum(map(len, chosen)), 0, []
    for text, corpus, features in zip(opened.texts, opened.corpora, chosen, strict=True):
        rows = []
        for feature in features:
            scene.progress("Features removed", done, total)
            rows.append(figure.feature_row(text, corpus, experiment.removed(text, feature)))
            done += 1
        sides.append(figure.dictionary_on_text(text, rows, experiment.replaced(text)))
    first, corpus = opened.texts[0], opened.corpora[0]
    answer = int(first.logits[-1].argmax())
    data = figure.FeaturesFound(
        layer=opened.block,
        depths=list(autoencoders.blocks_of(scene.model.name)),
        word=word,
        matches=int(torch.isin(corpus.harvest.tokens, torch.tensor(tokens)).sum()) if tokens else 0,
        ids=first.ids,
        of=len(scene.trace.ids),
        corpus_tokens=len(corpus.acts),
        answer_id=answer,
        answer=float(first.logits[-1].softmax(-1)[answer]),
        trained=sides[0],
        placebo=sides[1],
    )
    named = [answer, *opened.ids, *(int(t) for side in sides for row in side.rows for t in row.raises)]
    return Rendered(data, _carried_check(scene, first), named, note=opened.note)


def _carried_check(scene: Scene, text: OnText) -> tuple[Check, ...]:
    """None where the page's run was changed by what is not applied here."""
    if scene.left_out:
        return ()
    carried = text.carried_on(text.stream[None])[0]
    expected = scene.trace.logits[: len(carried)]
    what = f"The run carried on from block {text.dictionary.block} = the page’s own run, all logits"
    error = float((carried - expected).abs().max() / expected.abs().max())
    return (Check(what, error, RELATIVE, "as a part of the largest"),)


def _holding(scene: Scene, corpus: OverCorpus, word: str) -> list[int]:
    """The tokens of the corpus that hold a word."""
    written = word.casefold()
    vocabulary = scene.model.vocabulary
    ids = corpus.harvest.tokens.unique().tolist()
    return [each for each in ids if written in vocabulary.bytes(each).decode(errors="ignore").casefold()]


def _chosen(text: OnText, corpus: OverCorpus, tokens: list[int]) -> list[int]:
    if not tokens:
        return experiment.listed(text, corpus.density)
    best = corpus.on_word(tokens).topk(experiment.LISTED // 2)
    return [int(f) for f, value in zip(best.indices, best.values, strict=True) if value > 0]


def one(scene: Scene) -> Rendered[figure.FeatureBesidePlacebo]:
    opened = _opened(scene)
    feature = opened.feature_of(scene)
    cards, errors = [], []
    peak = max(1, int(opened.texts[0].acts[:, feature].argmax()))
    for text, corpus in zip(opened.texts, opened.corpora, strict=True):
        mine = feature if not cards else int((text.acts[peak] * (corpus.density < experiment.DENSE)).argmax())
        cards.append(figure.feature_card(text, corpus, experiment.studied(text, mine, DRAWS)))
        errors.append(experiment.hooked_error(text, mine))
    data = figure.FeatureBesidePlacebo(
        layer=opened.block,
        ids=opened.texts[0].ids,
        corpus_tokens=len(opened.corpora[0].acts),
        trained=cards[0],
        placebo=cards[1],
    )
    check = Check(
        "The feature removed by a hook in a whole run = the run carried on without it, all logits of both",
        worst(errors),
        RELATIVE,
        "as a part of the largest",
    )
    named = [*opened.ids]
    for each in cards:
        named += [int(t) for part in (each.raises, each.lowers, each.next) for t in part]
        named += [int(t) for context in each.contexts for t in context.ids]
    return Rendered(data, (check,), named, note=opened.note)


def steered(scene: Scene) -> Iterator[Rendered[figure.FeatureSteered]]:
    opened = _opened(scene)
    text, corpus = opened.texts[0], opened.corpora[0]
    feature = opened.feature_of(scene)
    length = scene.real("strength") * float(corpus.most[feature])
    random = experiment.random_directions(text, feature, 1)[0]
    pushes = (torch.zeros_like(random), length * text.dictionary.sae.W_dec[feature], length * random)
    made: list[Continued] = []
    for done, push in enumerate(pushes):
        scene.progress("Texts continued", done, len(pushes))
        made += continued(text.decoder, text.ids, opened.block, push[None], NEW)
        data = figure.FeatureSteered(
            layer=opened.block,
            feature=feature,
            strength=scene.real("strength"),
            length=abs(length),
            stream=float(text.stream[1:].norm(dim=-1).mean()),
            texts=figure.steered(NAMES, made),
        )
        checks = (_surprise_check(scene, text, made),) if len(made) == len(pushes) else ()
        named = [*opened.ids, *(each for one in made for each in one.ids)]
        yield Rendered(data, checks, named, note=opened.note)


def _surprise_check(scene: Scene, text: OnText, made: list[Continued]) -> Check:
    errors = []
    for each in made:
        ids = torch.tensor([[*text.ids.tolist(), *each.ids]])
        labels = ids.clone()
        labels[:, : len(text.ids)] = -100
        with torch.inference_mode():
            errors.append(abs(float(scene.model.hf(ids, labels=labels, use_cache=False).loss) - each.surprise))
    what = "The surprise of the three continuations = what transformers computes of them"
    return Check(what, worst(errors), NATS, "difference, nats")
