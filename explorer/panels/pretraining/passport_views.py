"""A document's passport: one page from raw HTML to kept or removed, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.pretraining import data_pipeline, passport
from explorer.figures.pretraining import passport as figure
from explorer.panels.pipeline_thresholds import moved
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data.stage import ORDERS, Settings


def rules(scene: Scene) -> Iterator[Rendered[figure.PassportRules]]:
    for made in _followed(scene):
        again, differing = data_pipeline.again(made)
        what = f"{again} stages, asked anew for this document alone = what is shown"
        yield Rendered(figure.rules(made), (Check(what, float(differing), 0.0, "stages that differ"),))


def cuts(scene: Scene) -> Iterator[Rendered[figure.PassportCuts]]:
    for made in _followed(scene):
        page = passport.page_of(made)
        stages, apart = passport.unlike(made)
        of = len(made.piped.stages)
        what = f"Where a stage cuts ({stages} of {of}), the text before it without the cuts = the text after it"
        checks = [Check(what, float(apart), 0.0, "words that differ")]
        if page:
            shown = sum(len(word) for block in page.opened.blocks for word in block.words)
            text = sum(len(word) for word in page.opened.text.split()) - sum(map(len, page.opened.added))
            kept = sum(
                len(word)
                for block in page.opened.blocks
                for word, keep in zip(block.words, block.kept, strict=True)
                if keep
            )
            checks += [
                Check(
                    "Letters kept + cut = letters of the page, by another parser",
                    float(abs(shown - page.letters)),
                    0.0,
                    "letters",
                ),
                Check("Letters kept = letters of the main text", float(abs(kept - text)), 0.0, "letters"),
            ]
        yield Rendered(figure.cuts(made, page), tuple(checks))


def _followed(scene: Scene) -> Iterator[data_pipeline.Followed]:
    """The document that is chosen, or a person's own where none is."""
    documents, seed, own = scene.whole("documents"), scene.whole("seed"), scene.text("text")
    settings = Settings(order=scene.one_of("order", ORDERS), thresholds=moved(scene))
    chosen = scene.text("document") or (str(documents) if own.strip() else "")
    runs = data_pipeline.piped(documents, seed, settings, scene.ticks("Documents read, of all stages"), own, again=0)
    for made in runs:
        yield data_pipeline.followed(made, chosen)
