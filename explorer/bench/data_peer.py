"""datatrove's local executor on the steps of FineWeb's order: the peer of the whole pipeline.

Words and sentences are split as ours are, by an expression: spaCy, which datatrove asks for, takes several times as
long. Languages are identified by the same library, since datatrove's model is a download.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from explorer.experiments.pretraining.corpus_run.tools import tools
from explorer.stack.pretraining.data import language
from explorer.stack.pretraining.data.stages import SEEN
from explorer.stack.pretraining.data.words import sentences, words

FILTERS = "datatrove.pipeline.filters."


class Words:
    """In place of a tokenizer of the library."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


def given_words() -> ExitStack:
    """While it is open, datatrove splits as ours does; its processes are forked and do likewise."""
    stack = ExitStack()
    for name in ("gopher_quality_filter", "gopher_repetition_filter", "fineweb_quality_filter"):
        stack.enter_context(mock.patch(f"{FILTERS}{name}.split_into_words", lambda text, _: words(text)))
    stack.enter_context(mock.patch(f"{FILTERS}c4_filters.split_into_sentences", lambda text, _: sentences(text)))
    stack.enter_context(mock.patch("datatrove.pipeline.dedup.minhash.load_word_tokenizer", return_value=Words()))
    return stack


def filtered(source: Path, out: Path, workers: int) -> int:
    """The whole run; says how many documents are kept. `source` holds a .jsonl file for each worker."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
        LambdaFilter,
    )
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    def execute(steps: list[PipelineStep], name: str, tasks: int = workers) -> None:
        LocalPipelineExecutor(
            steps, tasks=tasks, workers=min(tasks, workers), logging_dir=str(out / "logs" / name), start_method="fork"
        ).run()

    def writer(name: str) -> JsonlWriter:
        return JsonlWriter(str(out / name), output_filename="${rank}.jsonl", compression=None)

    signatures, buckets, remove = (str(out / name) for name in ("signatures", "buckets", "remove"))
    by_sha1 = HashConfig(precision=64, hash_fc="sha1")
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=by_sha1)
    rules = tools(()).url_rules
    with given_words():
        execute(
            [
                JsonlReader(str(source), text_key="html"),
                LambdaFilter(lambda each: not rules.read(each.metadata["url"]).reason),
                Trafilatura(favour_precision=True, deduplicate=False, timeout=30),
                LambdaFilter(lambda each: language.probability(each.text[:SEEN], {"en"}) >= language.THRESHOLD),
                GopherRepetitionFilter(),
                GopherQualityFilter(),
                C4QualityFilter(filter_no_terminal_punct=False),
                FineWebQualityFilter(),
                writer("filtered"),
            ],
            "filter",
        )
        reader = JsonlReader(str(out / "filtered"))
        execute([reader, MinhashDedupSignature(signatures, config)], "signatures")
        execute([MinhashDedupBuckets(signatures, buckets, config=config)], "buckets", 14)
        execute([MinhashDedupCluster(buckets, remove, config=config)], "cluster", 1)
        execute(
            [reader, MinhashDedupFilter(remove), PIIFormatter(), JsonlWriter(str(out / "kept"), compression=None)],
            "kept",
        )
    return sum(len(path.read_bytes().splitlines()) for path in (out / "kept").glob("*.jsonl"))
