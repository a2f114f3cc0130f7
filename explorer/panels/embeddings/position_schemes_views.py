"""Position schemes: a learned table, shuffled tokens, two layouts of RoPE, and who uses which."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from explorer.corpora import passages
from explorer.experiments.embeddings import position_end, position_families, position_shuffle, rope_layouts
from explorer.experiments.embeddings.positions_reach import PASSAGE
from explorer.figures.embeddings import position_schemes as figure
from explorer.figures.embeddings.positions import config_of, rope_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.text_encoder import TextEncoder

ENCODER = "minilm-l6"
#: Tokens of the run's text that are shuffled at most.
MOST = 24
#: Tokens of the passage that is read under each layout.
READ = 64
FABLE = "fable"


def table(scene: Scene) -> Rendered[figure.PositionSchemesTable]:
    encoder = scene.companion(ENCODER, TextEncoder)
    rows = encoder.model.positions.weight
    scene.progress("Reading to the end", 0, 2)
    end = position_end.encoder_end(encoder, position_end.peer_of(encoder))
    scene.progress("Reading to the end", 1, 2)
    data = figure.PositionSchemesTable(
        title=encoder.card.title,
        rows=len(rows),
        d_model=rows.shape[1],
        likeness=figure.likeness(rows),
        refused=end.refused,
        theirs=end.theirs,
        length=position_end.LENGTH,
        ends=position_end.past_end(),
    )
    checks = (
        Check(
            f"A text of {len(rows)} tokens, up to the last row, has the states of transformers’ BERT",
            end.error,
            1e-4,
            "largest error",
        ),
        Check(f"Neither of the two reads token {len(rows) + 1}", float(end.readers), 0.0, "readers"),
    )
    return Rendered(data, checks)


def shuffle(scene: Scene) -> Rendered[figure.PositionSchemesShuffle]:
    encoder, seed = scene.companion(ENCODER, TextEncoder), scene.whole("order")
    tokens = scene.trace.tokens[: min(scene.trace.n_prompt, MOST)]
    text = b"".join(t.bytes for t in tokens if not t.special).decode("utf-8", "ignore").strip() or "A token."
    coded = encoder.tokenizer.encode(text)
    ids = torch.tensor(coded.ids)
    order = position_shuffle.order_of(len(ids), seed)
    bare, full = (
        position_shuffle.shuffled(each, ids, order)
        for each in (position_shuffle.without_positions(encoder.model), encoder.model)
    )
    peer = position_shuffle.shuffled_peer(position_end.peer_of(encoder), ids, order)
    causal = torch.tensor([t.id for t in tokens])
    places = position_shuffle.order_of(len(causal), seed)
    data = figure.PositionSchemesShuffle(
        title=encoder.card.title,
        tokens=list(coded.tokens),
        order=order,
        seed=seed,
        without=bare.error,
        with_table=full.error,
        likeness_without=bare.likeness,
        likeness_with=full.likeness,
        cosines_without=bare.cosines,
        cosines_with=full.cosines,
        decoder=scene.model.card.title,
        causal=position_shuffle.shuffled_decoder(scene.decoder, causal, places).error,
    )
    apart = float((bare.plain[-1] - peer.plain[-1]).abs().max())
    checks = (
        Check("Without positions, the shuffled text has the same states, shuffled", float(bare.error.max()), 1e-4),
        Check("The same holds in transformers’ BERT", float(peer.error.max()), 1e-4),
        Check("Without positions, the states here equal those of transformers’ BERT", apart, 1e-4, "largest error"),
    )
    return Rendered(data, checks, note=scene.left_out)


def layouts(scene: Scene) -> Iterator[Rendered[figure.PositionSchemesLayouts]]:
    model, layer = scene.model, scene.layer
    turn = rope_of(config_of(model), layer)
    known = {each.kind.lower(): each for each in passages.read()}
    text = scene.one_of("text", (FABLE, *known))
    words = PASSAGE if text == FABLE else known[text].excerpts[0].text
    ids = torch.tensor(model.tokenizer(words)["input_ids"][:READ])
    for readings, held in rope_layouts.layouts(model.hf, model.decoder, ids, layer, scene.ticks("Readings")):
        data = figure.PositionSchemesLayouts(
            ids=ids, d_head=turn.d_head, d_rotary=turn.d_rotary, readings=figure.layout_readings(readings)
        )
        yield Rendered(data, () if held is None else _held(held, layer), token_ids=ids.tolist())


def _held(held: rope_layouts.Held, layer: int) -> tuple[Check, ...]:
    scores = f"In block {layer}, adjacent pairs multiplied as complex numbers give the scores of halves"
    checks = [
        Check("Both matching orders give the logits of transformers", held.right_error, 1e-3, "largest error"),
        Check(scores, held.complex_error, 1e-4, "relative error"),
    ]
    if not math.isnan(held.wrong_error):
        told = "Reordered rows read as halves give the wrong logits that transformers gives"
        checks.append(Check(told, held.wrong_error, 1e-3, "largest error"))
    return tuple(checks)


def families(scene: Scene) -> Iterator[Rendered[figure.PositionSchemesFamilies]]:
    import transformers

    model = scene.model
    found = [position_families.of_model(model)]
    for each in position_families.families(scene.ticks("Families")):
        found.append(each)
        yield Rendered(figure.PositionSchemesFamilies(library=transformers.__version__, families=list(found)))
    wrong = float(found[0].scheme != config_of(model).positions)
    checks = (Check("The scheme found in this model’s parts is the one in its config", wrong, 0.0),)
    yield Rendered(figure.PositionSchemesFamilies(library=transformers.__version__, families=found), checks)
