"""Three shapes: decoder-only, encoder-decoder and encoder-only on one sentence, with their real masks and attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.errors import ExplorerError, NotApplicableError
from explorer.figures.architectures import three_shapes as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.zoo.vocabulary import label_of

ENCODER, WRITER = "minilm-l6", "iso-dates"
#: Tokens of the run's text that all three read.
MOST = 24
#: Tokens that the encoder-decoder writes at most.
WRITTEN = 48
EXAMPLES = (
    "On the 14th of March 1823 the ship left Boston with twenty-three men.",
    "The king was born on the 2nd of July 1489 and died on the 30th of January 1547.",
    "She bought twelve books on the 1st of December 1901.",
)


def _text(scene: Scene) -> str:
    tokens = scene.trace.tokens[: min(scene.trace.n_prompt, MOST)]
    return b"".join(t.bytes for t in tokens if not t.special).decode("utf-8", "ignore").strip() or "A token."


def _words(scene: Scene, ids: list[int]) -> list[str]:
    return [scene.model.vocabulary.label(i) for i in ids]


def _shown(pieces: Sequence[str]) -> list[str]:
    """Tokens with their spaces made visible."""
    return [label_of(piece.encode()) for piece in pieces]


def shapes(scene: Scene) -> Rendered:
    text, n = _text(scene), min(len(scene.trace.tokens), MOST)
    reader, writer = scene.companion(ENCODER), scene.companion(WRITER)
    read, made = reader.read([text]), writer.write(text, WRITTEN)
    steps = made.writing
    causal, both = scene.trace.pattern[:, :, :n, :n], read.pattern()
    data = {
        "text": text,
        "decoder": {
            "title": scene.model.card.title, "tokens": _words(scene, [t.id for t in scene.trace.tokens[:n]]),
            "pattern": figure.roots(causal), "ahead": figure.ahead_share(causal),
        },
        "writer": {
            "title": writer.card.title, "source": _shown(made.source), "tokens": ["start", *_shown(made.tokens[:-1])],
            "encoder": figure.roots(steps.encoder_pattern), "pattern": figure.roots(steps.decoder_pattern),
            "cross": figure.roots(steps.cross), "ahead": figure.ahead_share(steps.encoder_pattern),
            "text": made.written,
        },
        "encoder": {
            "title": reader.card.title, "tokens": list(read.tokens[0]), "pattern": figure.roots(both),
            "ahead": figure.ahead_share(both), "d_model": reader.model.config.stack.d_model,
        },
    }  # fmt: skip
    latest = max(float(figure.ahead(p).max()) for p in (causal, steps.decoder_pattern))
    maps = (causal, steps.decoder_pattern, steps.cross, steps.encoder_pattern, both)
    sinks = scene.trace.readout.sinks  # gpt-oss: a part of each query's attention goes nowhere
    rows = max(figure.rows_error(p) for p in maps[sinks:])
    checks = (
        Check("Largest weight on a later token, in both decoders", latest, 0.0, "weight"),
        Check(
            f"Each row of {'the other four' if sinks else 'all five'} kinds of map adds up to 1",
            rows,
            1e-5,
            "largest error",
        ),
    )
    return Rendered(data, checks)


def reach(scene: Scene) -> Rendered:
    text, by = _text(scene), _by(scene)
    words, at, other = figure.changed(text, scene.number("word", len(text.split()) // 2, 0, 999), by)
    if other == text:
        raise NotApplicableError("The new word is the old one: nothing changes.", "Write another word.")
    data: dict[str, Any] = {"words": words, "word": at, "by": by, "text": text, "other": other}
    found = {}
    for name, one in _readers(scene).items():
        old, new = one(text), one(other)
        made = figure.reach(old.hidden, new.hidden, figure.shared_ends(old.ids, new.ids))
        found[name] = made
        data[name] = {
            "title": old.title, "tokens": list(old.tokens), "moved": made.moved.nan_to_num(-1.0),
            "before": made.ends.before, "after": made.ends.after, "stirred": made.stirred(),
        }  # fmt: skip
    still = sum(found[k].ends.before + found[k].ends.after - found[k].stirred() for k in ("writer", "encoder"))
    depths = len(found["decoder"].moved)
    checks = (
        Check(
            f"In front of the word, all {depths} depths of the decoder are the same",
            found["decoder"].before, 1e-5, "largest movement",
        ),
        Check("In both encoders every other token's last state moved", float(still), 0.0, "exceptions"),
    )  # fmt: skip
    return Rendered(data, checks)


@dataclass(frozen=True, eq=False)
class _Read:
    """A text as one of the three read it."""

    title: str
    ids: Sequence[int]
    tokens: Sequence[str]
    hidden: Tensor
    """depth pos d_model: the stream before the first block and after each."""


def _readers(scene: Scene) -> dict[str, Callable[[str], _Read]]:
    model, reader, writer = scene.model, scene.companion(ENCODER), scene.companion(WRITER)

    def decoder(text: str) -> _Read:
        ids = model.vocabulary.encode(text)
        with torch.inference_mode():
            out: Any = model.hf(torch.tensor([ids]), output_hidden_states=True, use_cache=False)
        return _Read(model.card.title, ids, _words(scene, ids), torch.cat(out.hidden_states))

    def encoder_decoder(text: str) -> _Read:
        made = writer.read(text)
        return _Read(writer.card.title, made.ids, _shown(made.tokens), made.hidden)

    def encoder(text: str) -> _Read:
        made = reader.read([text])
        return _Read(reader.card.title, made.ids[0].tolist(), made.tokens[0], made.hidden())

    return {"decoder": decoder, "writer": encoder_decoder, "encoder": encoder}


def _by(scene: Scene) -> str:
    """The word that is put in: one, and of a sensible length."""
    return (str(scene.controls.get("by", "")).split() or ["never"])[0][:40]


def cross(scene: Scene) -> Rendered:
    writer = scene.companion(WRITER)
    text = str(scene.controls.get("sentence", ""))[:400].strip() or EXAMPLES[0]
    try:
        said = writer.write(text, 2 * WRITTEN)
    except ExplorerError as error:  # too long for it
        raise NotApplicableError(error.message, error.hint) from error
    made = said.writing
    with torch.inference_mode():
        again = writer.model(made.source[None], made.read[None])[0]
    layer, head = figure.sharpest(made.cross)
    data = {
        "examples": list(EXAMPLES), "text": text, "title": writer.card.title,
        "source": _shown(said.source), "written": _shown(said.tokens), "answer": said.written,
        "cross": made.cross, "layer": layer, "head": head, "p": made.log_probs.exp(), "ended": made.ended,
    }  # fmt: skip
    checks = (
        Check(
            "Written token by token, or read at once: the same logits",
            float((again - made.logits).abs().max()), 1e-4, "largest error",
        ),
        Check(
            f"Shares over the source's {len(said.source)} tokens add up to 1",
            figure.rows_error(made.cross), 1e-5, "largest error",
        ),
    )  # fmt: skip
    return Rendered(data, checks)
