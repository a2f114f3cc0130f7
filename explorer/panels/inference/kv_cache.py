"""KV cache: what a step writes and reads, bytes and time, and what a smaller cache changes."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="kv_cache",
    title="KV cache",
    chapter="inference",
    order=20,
    about="Keys and values that are kept so that a new token costs one row.",
    also=("eviction", "streaming", "perplexity by cache policy", "float16", "bfloat16"),
    views=(
        View(
            "blocks",
            "The cache, block by block",
            "Every cell is one stored key and value. A step writes one token’s cells, violet, and reads what is there: "
            "the more ink, the more attention. Dashes were evicted.",
            depends=("position",),
            compares="row",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.transformer.kv_cache:ContiguousCache",
                "experiments.inference.written:written_by_slot",
                "experiments.inference.kv_cache:formula_bytes",
                "figures.inference.kv_cache:reads",
            ),
        ),
        View(
            "growth",
            "Bytes grow with every token, time slowly",
            "With a cache each step adds the same few bytes and takes little longer than the one before: it reads all "
            "weights, and a cache that is one token longer. Without it, every step runs the whole text again.",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.transformer.kv_cache:ContiguousCache.update",
                "experiments.inference.kv_growth:growth",
                "experiments.inference.written:written_by_slot",
            ),
            compares="any",
            heavy=True,
            requires=("run", "decoder"),
        ),
        View(
            "example",
            "A prompt and an answer, with a cache and without",
            "Without a cache every new token sends the whole text through the model again; with one the prompt is read "
            "once and each token fed alone. Counted for this model, by formula.",
            controls=("prompt", "answer"),
            provenance=("FORMULA",),
            requires=("decoder",),
            source=("stack.systems.generation_work:cached", "stack.systems.generation_work:uncached"),
        ),
        View(
            "policies",
            "What a smaller cache costs",
            "The run's own tokens fed to several caches: all of it, all in codes of 8 or 4 bits, the newest with the "
            "first few, or the most attended. Every step's distribution is compared with the full cache's.",
            controls=("budget",),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "experiments.inference.kv_cache:policies",
                "stack.inference.sliding_window_cache:SlidingWindowCache",
                "stack.inference.heavy_hitter_cache:HeavyHitterCache",
                "stack.inference.quantized_cache:QuantizedCache",
            ),
            heavy=True,
            requires=("run", "decoder"),
        ),
        View(
            "scaling",
            "How the cost grows with the text",
            "Texts of growing length written by this model both ways. Tokens fed grow as the square of the length "
            "without a cache, and attention within them as the cube; what the clock shows depends on which part of a "
            "pass takes the time.",
            controls=("longest",),
            provenance=("MEASURED", "DERIVED", "FORMULA"),
            requires=("decoder",),
            source=(
                "experiments.inference.uncached_growth:written",
                "experiments.inference.uncached_growth:text_seconds",
                "experiments.inference.uncached_growth:uncached_growth",
                "stack.systems.generation_work:uncached",
            ),
            heavy=True,
        ),
        View(
            "corpus",
            "Bytes against perplexity, over held-out texts",
            "Every policy fed the same texts of six kinds, a token at a time: what its cache takes, and how much "
            "worse it predicts than the full cache in 32 bits or in the usual 16. Differences are text by text.",
            controls=("kept", "texts"),
            provenance=("MEASURED",),
            requires=("decoder",),
            source=(
                "experiments.inference.cache_corpus:caches",
                "experiments.inference.cache_corpus:cache_losses",
                "experiments.inference.held_out_texts:over_texts",
                "stack.inference.quantized_cache:QuantizedCache",
                "stack.inference.heavy_hitter_cache:HeavyHitterCache",
            ),
            heavy=True,
        ),
    ),
)
