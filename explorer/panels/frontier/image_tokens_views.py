"""Image tokens: what a decoder makes of a picture's patches, and which of them an answer reads and needs."""

from __future__ import annotations

from explorer.experiments.frontier import picture_words as experiment
from explorer.figures.frontier import picture_words as figure
from explorer.panels.pictures_read import asked_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

NEAR = 1e-4


def lens(scene: Scene) -> Rendered[figure.TokenWords]:
    found = asked_of(scene)
    shares = experiment.lens(found.reader, found.asked)
    ids, first = figure.nearest(shares)
    from explorer.corpora.scenes.asked import WORDS

    data = figure.TokenWords(
        pictured=found.pictured, words=list(WORDS), nearest=ids, share=first,
        named=figure.named(ids, experiment.drawn_on(found.asked)),
    )  # fmt: skip
    theirs = experiment.of_transformers(found.reader, found.asked).hidden[:-1]
    ours = found.asked.read.hidden[: len(theirs), 0]
    apart = float((ours - theirs).abs().max() / theirs.abs().max())
    statement = "The stream at every depth but the last = transformers’ Llama on the image tokens as input embeddings"
    return Rendered(data, (Check(statement, apart, NEAR, "relative error"),), note=found.note)


def looking(scene: Scene) -> Rendered[figure.LookedAt]:
    found = asked_of(scene)
    causes = experiment.causes(found.reader, found.asked, progress=scene.progress)
    theirs = experiment.on_picture(experiment.of_transformers(found.reader, found.asked).patterns, found.asked)
    blank = experiment.without_picture(found.reader, found.asked)[found.asked.answer]
    all_gone = worst([abs(end - float(blank)) for end in (causes.by_attention[-1], causes.by_effect[-1])])
    checks = (
        Check("Attention of every head at every word = transformers’ Llama on the image tokens as input embeddings",
              float((causes.attention - theirs).abs().max()), NEAR),
        Check("All patches taken away, in either order = the same question about an empty page", all_gone, NEAR,
              "difference"),
    )  # fmt: skip
    words = [found.reader.words[each] for each in found.asked.ids[0, found.asked.said].tolist()]
    return Rendered(figure.looked_at(found.pictured, words, causes), checks, note=found.note)
