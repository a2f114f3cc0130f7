"""Chapter 6 of the reference: what it says, each with its check."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from explorer.experiments.overview.errata import pretraining_checks as checks
from explorer.experiments.overview.errata.claims import Claim, Found, Ground, not_here
from explorer.experiments.pretraining.published_mixes import REFERENCE

_P, _T, _L = "Data Pipeline", "Training Data Sizes", "The Compute–Performance Relationship"
_FLOW = ("data_pipeline", "flow")


def _stage(name: str, says: str, quotation: str, check: Callable[[Ground], Found], panel: str, view: str) -> Claim:
    return Claim(name, 6, _P, says, quotation, check, "loose", panel, view)


CLAIMS = (
    Claim("dearest", 6, "Opening", "Pre-training takes most of the compute",
          "This is by far the most compute-intensive stage", checks.dearest, panel="compute", view="cost"),
    Claim("clm-loss", 6, "Causal Language Modelling (CLM)", "The loss is a negative log-likelihood",
          "LCLM = - Σt=1T log P(xt | x1, ..., xt-1; θ)", checks.likelihood, panel="perplexity", view="surprise"),
    Claim("mlm-fifteen", 6, "Masked Language Modelling (MLM)", "BERT masks 15 % of the tokens",
          "Randomly mask 15% of tokens and predict the originals", checks.fifteen, "loose", "objectives", "examples"),
    Claim("mlm-both", 6, "Masked Language Modelling (MLM)", "BERT sees both directions",
          "Produces bidirectional representations", checks.sees_both, panel="three_shapes", view="reach"),
    Claim("span-corruption", 6, "Span Corruption", "T5 predicts the spans behind sentinels",
          "Replace random spans of text with sentinel tokens in the input; the decoder must predict the original spans",
          checks.spans, panel="objectives", view="examples"),
    Claim("span-efficient", 6, "Span Corruption", "Span corruption learns from fewer samples than masking",
          "More sample-efficient than MLM",
          not_here("It takes trainings of equal compute; the panel Objectives shows three of them at one size, which "
                   "decide nothing about larger ones."), panel="objectives", view="trained"),
    Claim("crawl-size", 6, _P, "Common Crawl has 250 B pages", "Raw Web Crawl (Common Crawl, ~250B pages)",
          not_here("No crawl of that size is here; its makers write “over 250 billion pages” (commoncrawl.org).")),
    _stage("pipeline-order", "Language is told before the text is extracted",
           "Language Detection … URL Filtering … HTML Extraction", checks.order, *_FLOW),
    _stage("dedup-exact", "A hash finds exact copies", "Exact: Hash-based (SHA-256)", checks.exact, "near_duplicates",
    "sides"),
    _stage("dedup-near", "MinHash finds near copies by Jaccard similarity",
           "Near-duplicate: MinHash + LSH (Jaccard similarity)", checks.near, "near_duplicates", "curve"),
    _stage("dedup-substring", "A suffix array finds repeated passages", "Substring: Suffix array-based",
    checks.substring,
           "near_duplicates", "passages"),
    _stage("filter-perplexity", "Perplexity tells good text", "Perplexity filter (KenLM trained on Wikipedia)",
    checks.kenlm,
           "good_text", "judges"),
    _stage("filter-rules", "Rules remove bad pages", "Heuristic rules (line length, special char ratio, etc.)",
           checks.heuristics, "passport", "rules"),
    _stage("filter-pii", "Mail addresses, telephone numbers and SSNs are removed",
           "PII Removal (emails, phone numbers, SSNs, etc.)", checks.personal, "passport", "rules"),
    _stage("filter-toxic", "Toxic pages are removed", "Toxicity / Safety Filtering", checks.toxic, "filtered",
    "let_through"),
    _stage("mix-total", "The shares of the mix fit together", "Data Mixing", checks.shares, "mixing", "published"),
    *(
        _stage(f"mix-{kind.split()[0].lower()}", f"{kind[0].upper()}{kind[1:]} is {low} to {high} %",
        f"{label}: ~{low}-{high}%",
               partial(checks.mix, kind), "mixing", "published")
        for (kind, (low, high)), label in zip(REFERENCE.items(), (
            "Web text", "Code (GitHub)", "Books", "Academic papers", "Wikipedia", "Curated Q&A", "Math"), strict=True)
    ),
    *(
        Claim(f"tokens-{model.split()[0].lower()}{at}", 6, _T, f"{model} read {said} tokens", f"{model} … {said}",
              partial(checks.tokens, model), panel="mixing", view="published")
        for at, (model, said) in enumerate((("GPT-3", "300B"), ("Chinchilla", "1.4T"), ("LLaMA 65B", "1.4T"),
                                            ("Llama 2 70B", "2T"), ("Llama 3.1 405B", "15T+")))
    ),
    Claim("tokens-mistral", 6, _T, "Mistral Large read about 12 T tokens", "Mistral Large … ~12T (est.) … ~123B",
          not_here("Its maker has not published it, and the reference calls it an estimate."), panel="mixing",
          view="published"),
    *(
        Claim(f"size-{model.lower()}", 6, _T, f"{model} has {said} B parameters", f"… {said}B",
              partial(checks.billions, model, said), panel="dimensions", view="sizes")
        for model, said in (("GPT-3", 175), ("Llama-2-70B", 70), ("Llama-3.1-405B", 405))
    ),
    Claim("power-law", 6, "Chinchilla Optimal Scaling", "The law of loss", "L(N, D) = E + A/Nα + B/Dβ", checks.formula,
          panel="scaling", view="law"),
    Claim("chinchilla-product", 6, "Chinchilla Optimal Scaling", "70 B parameters ask for 1.4 T tokens",
          "A 70B model should be trained on ~1.4T tokens", checks.product, panel="compute", view="budget"),
    Claim("over-trained", 6, "Chinchilla Optimal Scaling", "Many models read more than that",
          'Many modern models are "over-trained" beyond this optimum', checks.over_trained, panel="compute",
          view="published"),
    Claim("six-n-d", 6, _L, "Training takes 6 N D operations", "Compute (FLOPs) ≈ 6 × N × D", checks.six,
    panel="compute",
          view="modules"),
    Claim("six-multiplies", 6, _L, "Of the 6, 2 and 4 are multiplies",
          "6  ≈ 2 (forward) + 4 (backward) multiplies per parameter per token", checks.multiplies, panel="compute",
          view="modules"),
    Claim("zetta", 6, _L, "8.4e23 FLOPs are 840 zettaFLOPs", "≈ 840 ZettaFLOPs", checks.zetta, panel="compute",
    view="cost"),
    Claim("emergence", 6, "Emergent Abilities", "Abilities appear abruptly with size",
          "Certain capabilities appear abruptly as models scale",
          not_here("It takes models of many sizes; the largest here has 135 M parameters."), panel="emergence",
          view="metrics"),
    Claim("emergence-metric", 6, "Emergent Abilities", "The jump is partly made by the metric",
          "it is partly an artefact of evaluation metrics", checks.artefact, panel="emergence", view="metrics"),
)  # fmt: skip
