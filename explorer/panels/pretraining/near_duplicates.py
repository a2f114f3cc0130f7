"""Near duplicates: which texts of a crawl nearly repeat others, by MinHash and LSH."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="near_duplicates",
    title="Near duplicates",
    chapter="pretraining",
    order=30,
    about="Which texts of a crawl nearly repeat others? They are found without comparing all pairs.",
    also=("minhash", "lsh", "deduplication", "jaccard", "shingles", "fineweb", "datatrove", "suffix array"),
    requires=(),
    controls=(
        Control(
            "bands",
            "Bands × rows",
            "How a signature is cut: more rows make a band harder to match, more bands give more chances.",
            "14x8",
            choices=(
                ("14x8", "14 × 8 (FineWeb)"),
                ("9x13", "9 × 13 (datasketch at 0.8)"),
                ("20x5", "20 × 5"),
                ("5x20", "5 × 20"),
            ),
        ),
        Control("text", "A text", "The text at the left.", longest=2000),
        Control("other", "Another text", "The text at the right; empty: the left one, reworded.", longest=2000),
        Control("change", "Words replaced", "Of the left text, where no other is typed.", 3, range=(0, 40), unit="%"),
        Control("seed", "Seed", "Which words are replaced, and which crawl is made.", range=SEEDS, default=1),
        Control(
            "least",
            "Passages of at least",
            "Shorter repeats are left alone.",
            100,
            choices=(50, 100, 200),
            unit="bytes",
        ),
        Control("documents", "Pages", "Of the crawl that the recipe makes.", 2000, choices=(200, 1000, 2000)),
    ),
    views=(
        View(
            "sides",
            "Two texts, shingle by shingle",
            "A text is the set of its runs of five words. The two sets share some, and their Jaccard similarity is the "
            "share of all runs that both have. Equal entries of two signatures estimate it; one band of equal entries "
            "makes the pair a candidate.",
            controls=("text", "other", "change", "seed", "bands"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.minhash:shingle_spans",
                "stack.pretraining.data.minhash:jaccard",
                "stack.pretraining.data.minhash:lower",
                "stack.pretraining.data.words:simplified",
            ),
        ),
        View(
            "curve",
            "Planted pairs on the S-curve",
            "A recipe makes a crawl of real passages and plants copies in it, so that every pair is known. Each dot is "
            "the share of planted pairs of one similarity that are found. The curve is the formula. The "
            "threshold is where the curve is steep; it is not a sharp cut.",
            controls=("bands", "seed", "documents"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.data.minhash:candidates",
                "stack.pretraining.data.minhash:found_with",
                "stack.pretraining.data.minhash:clusters",
                "corpora.crawl:pages",
            ),
            heavy=True,
        ),
        View(
            "passages",
            "Passages that stand twice",
            "A suffix array over all pages, as a reader sees them, finds every passage that stood before, in time "
            "linear in the length of the crawl. Menus and feet of a site are found as well as copied pages.",
            controls=("least", "seed", "documents"),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.suffix_array:later_copies",
                "stack.pretraining.data.suffix_array:induce",
                "stack.pretraining.data.suffix_array:name",
                "stack.pretraining.data.suffix_array:share",
            ),
            heavy=True,
        ),
    ),
)
