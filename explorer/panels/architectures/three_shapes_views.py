"""Three shapes: decoder-only, encoder-decoder and encoder-only on one sentence, with their real masks and attention."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from explorer.corpora import passages
from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.architectures import span_filling as filling
from explorer.experiments.architectures import three_shapes as experiment
from explorer.figures.architectures import families as family
from explorer.figures.architectures import span_filling as filled
from explorer.figures.architectures import three_shapes as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.pretraining.span_corruption import restored
from explorer.stack.worst import worst
from explorer.zoo.sequence_model import SequenceModel
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

ENCODER, WRITER = "minilm-l6", "iso-dates"
#: Tokens of the run's text that all three read.
MOST = 24
#: Tokens that the encoder-decoder writes at most.
WRITTEN = 48
#: Characters of a text that spans are cut out of, and the kinds of passages that are offered.
SPAN_KINDS = ("scripture", "novel", "drama", "encyclopaedia")
#: Makers round: 7 is said of 7.24 billion.
ROUNDED = 0.05
EXAMPLES = (
    "On the 14th of March 1823 the ship left Boston with twenty-three men.",
    "The king was born on the 2nd of July 1489 and died on the 30th of January 1547.",
    "She bought twelve books on the 1st of December 1901.",
)


def _text(trace: Trace) -> str:
    tokens = trace.tokens[: min(trace.n_prompt, MOST)]
    return b"".join(t.bytes for t in tokens if not t.special).decode("utf-8", "ignore").strip() or "A token."


def shapes(scene: Scene) -> Rendered[figure.ThreeShapes]:
    trace, n, text = scene.trace, min(len(scene.trace.tokens), MOST), _text(scene.trace)
    reader, writer = scene.companion(ENCODER, TextEncoder), scene.companion(WRITER, SequenceModel)
    read, made = reader.read([text]), writer.write(text, WRITTEN)
    steps = made.writing
    causal, both = trace.pattern[:, :, :n, :n], read.pattern()
    tokens = [scene.model.vocabulary.label(token.id) for token in trace.tokens[:n]]
    data = figure.ThreeShapes(
        text=text,
        decoder=figure.DecoderMap(
            title=scene.model.card.title, tokens=tokens, pattern=figure.roots(causal), ahead=figure.ahead_share(causal)
        ),
        writer=figure.WriterMaps(
            title=writer.card.title,
            source=experiment.labelled(made.source),
            tokens=["start", *experiment.labelled(made.tokens[:-1])],
            encoder=figure.roots(steps.encoder_pattern),
            pattern=figure.roots(steps.decoder_pattern),
            cross=figure.roots(steps.cross),
            ahead=figure.ahead_share(steps.encoder_pattern),
            text=made.written,
        ),
        encoder=figure.EncoderMap(
            title=reader.card.title,
            tokens=list(read.tokens[0]),
            pattern=figure.roots(both),
            ahead=figure.ahead_share(both),
            d_model=reader.model.config.stack.d_model,
        ),
    )
    latest = worst(float(figure.ahead(p).max()) for p in (causal, steps.decoder_pattern))
    maps = (causal, steps.decoder_pattern, steps.cross, steps.encoder_pattern, both)
    sinks = trace.readout.sinks  # gpt-oss: a part of each query's attention goes nowhere
    rows = worst(figure.rows_error(p) for p in maps[sinks:])
    which = "the other four" if sinks else "all five"
    checks = (
        Check("Largest weight on a later token, in both decoders", latest, 0.0, "weight"),
        Check(f"Each row of {which} kinds of map adds up to 1", rows, 1e-5, "largest error"),
    )
    return Rendered(data, checks)


def reach(scene: Scene) -> Rendered[figure.WordReach]:
    text, by = _text(scene.trace), _by(scene)
    words, at, other = figure.changed(text, scene.whole("word", default=len(text.split()) // 2), by)
    if other == text:
        raise NotApplicableError(
            f"In {scene.whose} the new word equals the old one, so nothing changes.", "Write another word."
        )
    found, shown = {}, {}
    for name, (old, made) in _moved(scene, scene.model, text, other).items():
        found[name], shown[name] = made, figure.shape_reach(old.title, old.tokens, made)
    still = sum(one.before + one.after - one.stirred for name, one in shown.items() if name != "decoder")
    depths = len(found["decoder"].moved)
    checks = (
        Check(
            f"Before the word, all {depths} depths of the decoder are unchanged",
            found["decoder"].before, 1e-5, "largest movement",
        ),
        Check("In both encoders the last state of every other token changed", float(still), 0.0, "exceptions"),
    )  # fmt: skip
    data = figure.WordReach(
        words=words,
        word=at,
        by=by,
        text=text,
        other=other,
        decoder=shown["decoder"],
        writer=shown["writer"],
        encoder=shown["encoder"],
    )
    return Rendered(data, checks, note=scene.left_out, chosen={"word": at})


def _moved(scene: Scene, model: Model, text: str, other: str) -> dict[str, tuple[experiment.ReadText, figure.Reach]]:
    """The text and the changed one, read by three shapes of model."""
    readers = {
        "decoder": partial(experiment.by_decoder, model),
        "writer": partial(experiment.by_encoder_decoder, scene.companion(WRITER, SequenceModel)),
        "encoder": partial(experiment.by_encoder, scene.companion(ENCODER, TextEncoder)),
    }
    found = {}
    for name, read in readers.items():
        old, new = read(text), read(other)
        found[name] = old, figure.reach(old.hidden, new.hidden, figure.shared_ends(old.ids, new.ids))
        scene.progress("Models asked", len(found), len(readers))
    return found


def _by(scene: Scene) -> str:
    """The word that is put in: one."""
    return (scene.text("by").split() or [str(scene.declared_control("by").default)])[0]


def cross(scene: Scene) -> Rendered[figure.CrossReading]:
    writer = scene.companion(WRITER, SequenceModel)
    text = scene.text("sentence").strip() or EXAMPLES[0]
    try:
        said = writer.write(text, 2 * WRITTEN)
    except ExplorerError as error:  # too long for it
        raise NotApplicableError.of(error) from error
    made = said.writing
    layer, head = figure.sharpest(made.cross)
    data = figure.CrossReading(
        examples=list(EXAMPLES),
        text=text,
        title=writer.card.title,
        source=experiment.labelled(said.source),
        written=experiment.labelled(said.tokens),
        answer=said.written,
        cross=made.cross,
        layer=layer,
        head=head,
        p=made.log_probs.exp(),
        ended=made.ended,
    )
    error = experiment.written_error(writer, made)
    return Rendered(data, (Check("Written token by token, or read at once: the same logits", error, 1e-4),))


def spans(scene: Scene) -> Rendered[filled.SpanFilling]:
    writer = scene.companion(WRITER, SequenceModel)
    examples = [each.excerpts[1].text for each in passages.read() if each.kind in SPAN_KINDS]
    text = scene.text("passage").strip() or examples[0]
    density, mean = scene.whole("density"), scene.whole("mean")
    seed = scene.whole("draw")
    made = filling.filling(writer, text, density / 100, mean, seed)
    data = filled.shown(
        made,
        filled.SpansAsked(
            title=writer.card.title, examples=examples, text=text, density=density, mean_span=mean, seed=seed
        ),
        filling.trained(writer),
        lambda ids: experiment.labelled(writer.pieces(ids)),
        writer.sentinels,
    )
    again = restored(made.cut.source, made.cut.target, writer.sentinels)
    lost = len(made.ids) if len(again) != len(made.ids) else int((again != made.ids).sum())
    checks = (
        Check(f"Source and target together restore the text, {len(made.ids)} tokens", float(lost), 0.0, "lost"),
        Check(
            "Written token by token, or read at once: the same logits", experiment.written_error(writer, made.writing),
            1e-4,
        ),
    )  # fmt: skip
    return Rendered(data, checks)


def families(scene: Scene) -> Rendered[family.ModelFamilies]:  # noqa: ARG001
    models = sorted(map(family.counted, PUBLISHED.values()), key=lambda each: family.SHAPES.index(each.shape))
    known = [(each.total, each.exact) for each in models if each.exact]
    off = worst(abs(each.total / 1e9 / each.stated - 1) for each in models)
    checks = (
        Check(
            f"Counted from {len(known)} configs = the numbers in the released weights",
            float(worst(abs(total - exact) for total, exact in known)), 0.0, "largest difference",
        ),
        Check(f"All {len(models)} equal what their makers state, within rounding", off, ROUNDED, "relative difference"),
    )  # fmt: skip
    return Rendered(family.ModelFamilies(models=models, unpublished=list(family.UNPUBLISHED)), checks)
