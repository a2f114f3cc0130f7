"""A document's passport: one page from raw HTML to kept or removed, rule by rule."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.pipeline_thresholds import NAMES, threshold_controls
from explorer.panels.protocol import Panel, View

SETTINGS = ("document", "text", "order", "documents", "seed", *NAMES)

PANEL = Panel(
    name="passport",
    title="A document’s passport",
    chapter="pretraining",
    order=20,
    about="Why was this page removed: by which rule, and by what margin?",
    also=("document", "margin", "threshold", "extraction", "pii", "html", "trafilatura", "own text"),
    requires=(),
    controls=(
        Control("document", "Document", "A page of the crawl by its number; at first one that is instructive."),
        Control(
            "text",
            "Your own page or text",
            "HTML or text, read as one more document of the crawl, the last one.",
            longest=20_000,
        ),
        Control(
            "order",
            "Order",
            "Which stages there are, and which comes first.",
            "reference",
            choices=(("reference", "Duplicates first"), ("fineweb", "Filters first (FineWeb)")),
        ),
        Control("documents", "Pages", "Of the crawl that the recipe makes.", 1000, choices=(200, 1000, 2000)),
        Control("seed", "Seed", "Which crawl is made.", range=SEEDS, default=1),
        *threshold_controls(),
    ),
    views=(
        View(
            "rules",
            "Every rule, with its margin",
            "Each stage states its rules: the value of this document, the threshold, and the margin between them. A "
            "rule removes the document where its value lies beyond the threshold. Stages that read one document at a "
            "time judge a removed one as well.",
            controls=SETTINGS,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.verdict:Verdict",
                "stack.pretraining.data.pipeline:Passport",
                "stack.pretraining.data.gopher:quality",
                "stack.pretraining.data.gopher:repetition",
                "stack.pretraining.data.fineweb:quality",
            ),
            heavy=True,
        ),
        View(
            "cuts",
            "What is cut out of the text",
            "First the page, part by part: extraction keeps the main text and cuts menus and feet. Then the text, as "
            "each later stage cuts lines or passages and replaces personal data. What is cut is struck through.",
            controls=SETTINGS,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.extraction:opened",
                "stack.pretraining.data.pii:replaced",
                "stack.pretraining.data.c4:read",
            ),
            heavy=True,
        ),
    ),
)
