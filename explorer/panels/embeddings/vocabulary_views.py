"""Vocabulary and embeddings: the tokens there are, and their vectors: neighbours, a map, analogies, untrained ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.embeddings import analogies as asked_analogies
from explorer.experiments.embeddings import neighbours as nearby
from explorer.experiments.embeddings import vocabulary as experiment
from explorer.experiments.embeddings.neighbours import CHUNK, NEAR
from explorer.figures.embeddings import vocabulary as figure
from explorer.figures.embeddings import vocabulary_vectors as vectors
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.embeddings.similarity import nearest, principal
from explorer.stack.worst import worst
from explorer.zoo.model import Model

#: tokens listed, points drawn, rows around a token, tokens that transformers is asked about
LISTED, POINTS, AROUND, SAMPLED = 40, 5000, 300, 400
#: of a larger table the map's directions are found from so many rows
MOST_ROWS = 1 << 16

TABLES: tuple[Literal["W_E", "W_U"], ...] = ("W_E", "W_U")

_TOKENS: WeakKeyDictionary[Model, list[bytes]] = WeakKeyDictionary()


def _tokens(model: Model) -> list[bytes]:
    """What each row of the embedding stands for."""
    if model not in _TOKENS:
        _TOKENS[model] = [model.vocabulary.bytes(i) for i in range(model.dims.d_vocab)]
    return _TOKENS[model]


def _chosen(scene: Scene) -> tuple[int, bool]:
    """The token that was chosen here, else the run's at the selected position."""
    chosen = scene.whole("token", high=scene.model.dims.d_vocab - 1)
    return (chosen, True) if chosen >= 0 else (scene.trace.tokens[scene.position].id, False)


def search(scene: Scene) -> Rendered[figure.VocabularySearch]:
    model = scene.model
    tokens, (chosen, own) = _tokens(model), _chosen(scene)
    by = scene.one_of("by")
    written = scene.text("find")
    # With nothing asked for: the forms of the chosen token's own text.
    text = tokens[chosen].decode("utf-8", "ignore").strip() if not written else ""
    query, by = (text, "text") if text else (written or str(chosen), by if written else "id")
    ids, wrong = figure.matches(query, by, tokens)
    shown = ids[:LISTED]
    norms = experiment.tables(model).norms_E
    found = [
        figure.Found(
            id=i,
            bytes=tokens[i].hex(" "),
            kind=figure.class_of(tokens[i], model.vocabulary.is_special(i)),
            script=figure.scripts_of(tokens[i]) or "",
            norm=float(norms[i]),
        )
        for i in shown
    ]
    at = scene.position
    data = figure.VocabularySearch(
        query=written,
        by=by,
        wrong=wrong,
        chosen=chosen,
        position=at,
        own=own,
        count=len(ids),
        d_vocab=len(tokens),
        found=found,
    )
    return Rendered(data, _as_decoded(model, shown), token_ids=[chosen, scene.trace.tokens[at].id, *shown])


def _as_decoded(model: Model, ids: Sequence[int]) -> tuple[Check, ...]:
    """What transformers writes for a token alone, where that is whole characters."""
    vocabulary, tokenizer = model.vocabulary, model.tokenizer
    wrong = asked = 0
    for i in ids:
        try:
            mine = vocabulary.bytes(i).decode()
        except UnicodeDecodeError:
            continue
        if not mine or vocabulary.is_special(i):
            continue
        asked += 1
        theirs = str(tokenizer.decode([i], clean_up_tokenization_spaces=False))
        # SentencePiece takes the first space of a text away.
        cut = vocabulary.kind == "sentencepiece"
        wrong += theirs.removeprefix(" ") != mine.removeprefix(" ") if cut else theirs != mine
    return (
        Check(
            f"The text of {asked:,} tokens equals what transformers writes for each", float(wrong), 0.0, "differences"
        ),
    )


def neighbours(scene: Scene) -> Rendered[vectors.VocabularyNeighbours]:
    """Both runs together: a token is found in the other vocabulary by its bytes, and that one's neighbours get their
    cosines in this run's table."""
    model, (chosen, own), there = scene.model, _chosen(scene), scene.there
    found, near = experiment.tables(model), nearby.near(model, chosen)
    apart, both, base = nearby.against_numpy(model, chosen, near), "", None
    other = None if there is None else _held_against(scene, there.model, chosen, own)
    if there is not None and other is not None:
        theirs = nearby.near(there.model, other)
        apart = worst(apart, nearby.against_numpy(there.model, other, theirs))
        base, both = vectors.neighbours_beside(model, chosen, near, there.model, other, theirs), ", in both runs"
    data = vectors.VocabularyNeighbours(
        id=chosen,
        own=own,
        tied=found.one,
        apart=None if np.isnan(found.apart) else found.apart,
        says_tied=found.says_tied,
        d_vocab=len(found.W_E),
        d_model=found.W_E.shape[1],
        sides=[vectors.NearTokens(**vars(side)) for side in near],
        base=base,
        alike=there is not None and base is None,
    )
    told = f"The {NEAR} nearest equal numpy’s in float64, by the distance of unit vectors{both}"
    checks = [Check(told, apart, 1e-5)]
    if found.says_tied:
        checks.append(Check("W_E = W_U in every entry, as the config says", found.apart, 0.0))
    here = [i for side in base.sides for i in side.here if i is not None] if base else []
    return Rendered(data, tuple(checks), token_ids=[chosen, *(i for side in near for i in side.ids), *here])


def _held_against(scene: Scene, there: Model, chosen: int, own: bool) -> int | None:
    """The token of the same bytes in another model; where the vectors are the same, the one that stands in the other
    run where this one does here, None where it is the same. Raises NotApplicableError."""
    model = scene.model
    if nearby.same_vectors(model, there):
        if own or scene.beside is None:
            return None
        trace, at = scene.beside
        return None if trace.tokens[at].id == chosen else trace.tokens[at].id
    same = vectors.counterpart(model, chosen, there)
    if same is None:
        label = model.vocabulary.label(chosen)
        raise NotApplicableError(f"The other model’s vocabulary has no token “{label}”.", "Choose another token.")
    return same


def map(scene: Scene) -> Iterator[Rendered[vectors.VocabularyMap]]:  # noqa: A001
    model, (chosen, _) = scene.model, _chosen(scene)
    table, scope = experiment.tables(model).W_E, scene.one_of("scope")
    norms = experiment.tables(model).norms_E
    near = nearest(table, table[chosen], AROUND, [chosen], norms).ids
    seeded = torch.Generator().manual_seed(0)
    if scope == "near":
        drawn = torch.cat([torch.tensor([chosen]), near])
        rows = table[drawn]
    else:
        some = torch.randperm(len(table), generator=seeded)[:POINTS]
        drawn = torch.cat([torch.tensor([chosen]), near[:NEAR], some]).unique()
        rows = table if len(table) <= MOST_ROWS else table[torch.randperm(len(table), generator=seeded)[:MOST_ROWS]]
    found = principal(rows, progress=scene.ticks("Rounds of the search for directions"))
    places = found.place(table[drawn])
    tokens, special = _tokens(model), model.vocabulary.is_special
    kinds = torch.tensor([figure.CLASSES.index(figure.class_of(tokens[i], special(i))) for i in drawn.tolist()])
    data = vectors.VocabularyMap(
        scope=scope,
        id=chosen,
        ids=drawn.int(),
        x=places[:, 0],
        y=places[:, 1],
        kinds=kinds.to(torch.int8),
        classes=list(figure.CLASSES),
        near=near[:NEAR].tolist(),
        explained=found.explained.tolist(),
        rows=len(rows),
        d_vocab=len(table),
        d_model=table.shape[1],
    )
    away = _residual(rows, found.axes, found.variance, found.total)
    checks = (Check("Covariance times axis = variance times axis, by numpy in float64", away, 1e-2, "relative error"),)
    yield Rendered(data, checks, token_ids=drawn.tolist())


def _residual(rows: Tensor, axes: Tensor, variance: Tensor, total: float) -> float:
    """|C v - lambda v| / lambda of the worse axis."""
    table, v = rows.numpy(), axes.double().numpy().T
    mean = table.mean(0, dtype=np.float64)
    product = np.zeros_like(v)
    for at in range(0, len(table), CHUNK):
        part = table[at : at + CHUNK].astype(np.float64) - mean
        product += part.T @ (part @ v)
    product /= len(table)
    value = variance.double().numpy()
    return float((np.linalg.norm(product - v * value, axis=0) / np.maximum(value, 1e-9 * max(total, 1e-30))).max())


def under_trained(scene: Scene) -> Iterator[Rendered[vectors.VocabularyUnderTrained]]:
    model = scene.model
    found, tables = experiment.suspects(model), experiment.tables(model)
    made: dict[int, experiment.Repeated] = {}
    typed = {i: _gives_itself(model, i) for i in (*found.suspected, *found.control)}
    shown = experiment.prompt(model, found, found.suspected[0]) if found.suspected else []

    def drawn(whole: bool) -> vectors.VocabularyUnderTrained:
        groups = [
            [
                vectors.AskedToken(
                    id=i,
                    score=float(found.scores[i]),
                    norm=float(tables.norms_U[i]),
                    p=made[i].p if i in made else None,
                    said=made[i].said if i in made else -1,
                    typed=typed[i],
                )
                for i in group
            ]
            for group in (found.suspected, found.control)
        ]
        right = [sum(made[i].said == i for i in group if i in made) for group in (found.suspected, found.control)]
        chance = vectors.by_chance(right[0], right[1], len(found.suspected)) if whole else None
        return vectors.VocabularyUnderTrained(
            by=found.by,
            n_unused=len(found.unused),
            unused=found.unused[:24],
            suspected=groups[0],
            control=groups[1],
            prompt=shown,
            chance=chance,
        )

    ids = [*found.suspected, *found.control, *found.unused[:24], *shown]
    yield Rendered(drawn(False), token_ids=ids)
    total = len(found.suspected) + len(found.control)
    for made in experiment.repeats(model, scene.decoder, found, scene.ticks("Tokens asked for")):
        named = [*ids, *(each.said for each in made.values())]
        checks = (_one_by_one(model, found, made),) if len(made) == total else ()
        yield Rendered(drawn(len(made) == total), checks, token_ids=named)


def _gives_itself(model: Model, token: int) -> bool:
    """Whether the token's own text, typed, is read as this token."""
    try:
        text = model.vocabulary.bytes(token).decode()
    except UnicodeDecodeError:
        return False
    ids = model.vocabulary.encode(text)[len(experiment.lead(model)) :]
    return ids == [token]


@torch.inference_mode()
def _one_by_one(model: Model, found: experiment.Suspects, made: dict[int, experiment.Repeated]) -> Check:
    """A few prompts alone, by transformers."""
    hf = model.hf
    apart = 0.0
    asked = [*found.suspected[:2], *found.control[:2]]
    for i in asked:
        logp = hf(torch.tensor([experiment.prompt(model, found, i)])).logits[0, -1].double().log_softmax(-1)
        apart = worst(apart, abs(float(logp[i]) - math.log(max(made[i].p, 1e-300))))
    return Check(
        f"ln p of {len(asked)} of these tokens equals that of transformers, one by one", apart, 1e-3, "largest error"
    )


def analogies(scene: Scene) -> Iterator[Rendered[vectors.VocabularyAnalogies]]:
    model = scene.model
    found = experiment.tables(model)
    name = scene.one_of("table", TABLES)
    table = found.W_U if name == "W_U" else found.W_E
    progress = scene.ticks("Analogies")
    made = None
    for made in asked_analogies.analogies(model, name):
        done = len(made.asked) + len(made.left_out)
        progress(done, made.total)
        if done % 6 == 0 and done < made.total:
            yield Rendered(_analogies(made, name, found.one), token_ids=_named(made))
    if made is None:
        return
    apart = worst(0.0, *(_analogy_by_numpy(table, each) for each in made.asked))
    what = f"The cosines of {5 * len(made.asked)} answers equal numpy’s in float64"
    yield Rendered(_analogies(made, name, found.one), (Check(what, apart, 1e-5),), token_ids=_named(made))


def _named(made: asked_analogies.Analogies) -> list[int]:
    return [i for each in made.asked for i in (*each.words, *each.answer.nearest.ids.tolist())]


def _analogies(
    made: asked_analogies.Analogies, table: Literal["W_E", "W_U"], tied: bool
) -> vectors.VocabularyAnalogies:
    asked = [
        vectors.AskedAnalogy(
            words=list(each.words),
            nearest=each.answer.nearest.ids.tolist(),
            cosines=each.answer.nearest.cosines.tolist(),
            rank=each.answer.rank,
            rank_without_inputs=each.answer.rank_without_inputs,
        )
        for each in made.asked
    ]
    return vectors.VocabularyAnalogies(
        table=table, tied=tied, asked=asked, left_out=list(made.left_out), total=made.total
    )


def _analogy_by_numpy(table: Tensor, asked: asked_analogies.Asked) -> float:
    a, b, c = (table[i].double().numpy() for i in asked.words[:3])
    wanted = b / np.linalg.norm(b) - a / np.linalg.norm(a) + c / np.linalg.norm(c)
    rows = table[asked.answer.nearest.ids].double().numpy()
    cos = rows @ wanted / np.linalg.norm(rows, axis=1) / np.linalg.norm(wanted)
    return float(np.abs(cos - asked.answer.nearest.cosines.double().numpy()).max())


def statistics(scene: Scene) -> Iterator[Rendered[figure.VocabularyStatistics]]:
    model = scene.model
    tokens, special = _tokens(model), model.vocabulary.is_special
    kinds: list[str | None] = []
    scripts: list[str | None] = []
    for at, raw in enumerate(tokens):
        if at % CHUNK == 0:
            scene.progress("Tokens counted", at, len(tokens))
        kinds.append(figure.class_of(raw, special(at)))
        scripts.append(None if special(at) else figure.scripts_of(raw))
    plain = [len(raw) for at, raw in enumerate(tokens) if raw and not special(at)]
    counts = torch.bincount(torch.tensor(plain).clamp(max=figure.LONG), minlength=figure.LONG + 1)
    spaced = [raw for raw in tokens if raw[:1] == b" " and len(raw) > 1]
    known = set(tokens)
    ranked = sorted((i for i in range(len(tokens)) if not special(i)), key=lambda i: -len(tokens[i]))
    data = figure.VocabularyStatistics(
        d_vocab=len(tokens),
        kinds=figure.shares(kinds, figure.CLASSES),
        scripts=figure.shares(scripts),
        lengths=counts,
        mean_length=sum(plain) / max(1, len(plain)),
        longest=ranked[:5],
        leading_space=len(spaced),
        copies=sum(raw[1:] in known for raw in spaced),
    )
    named = [i for group in (data.kinds, data.scripts) for each in group for i in each.examples] + data.longest
    some = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))[:SAMPLED].tolist()
    yield Rendered(data, _as_decoded(model, some), token_ids=named)
