"""Five tasks with known truth, made by rules and a seed, that a model of a tenth of a billion parameters can do above
chance: what a format, an adapter or an intervention does to a model is seen on them.

- **copy**: a list of words, again; which comes next? (one of the list's words, all of them equally far away)
- **induction**: words without order, a few of them again; which word followed before? (Olsson et al. 2022, 2209.11895)
- **agreement**: a subject, a noun of the other number between, and a verb (Linzen et al. 2016, arXiv 1611.01368)
- **facts**: a sentence of an encyclopaedia's article with its answer left out; the others are answers of its kind
- **digits**: sums and differences of numbers below 20

They lie in ``assets/tasks/`` and are made anew, to the byte, by

    python -c "from explorer.corpora.tasks import made; made.write()"

>>> first = copy(1, random.Random(0))[0]
>>> first["choices"][first["answer"]] in first["text"]
True
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

from explorer import places
from explorer.corpora import texts

FOLDER = places.assets() / "tasks"
ITEMS, SEED = 300, 12
Doc = dict[str, str | int | list[str]]

_LISTED = """
apple bird boat book bottle bridge candle chair city cloud coin door dress engine farm field finger fire flower forest
garden glass hammer horse house island key kitchen ladder lake lamp letter market mirror moon mountain needle ocean
orange paper pencil piano plate pocket river road rope salt school shirt shoe silver snow stone sugar table tiger tower
train tree valley wagon wall water window winter wolf yard
"""
WORDS = _LISTED.split()
NOUNS = [
    ("author", "authors"), ("pilot", "pilots"), ("farmer", "farmers"), ("teacher", "teachers"), ("key", "keys"),
    ("picture", "pictures"), ("letter", "letters"), ("guard", "guards"), ("senator", "senators"), ("child", "children"),
    ("woman", "women"), ("book", "books"), ("car", "cars"), ("doctor", "doctors"), ("student", "students"),
]  # fmt: skip
BETWEEN = [
    ("near the {}", [("house", "houses"), ("river", "rivers"), ("tree", "trees"), ("window", "windows")]),
    ("behind the {}", [("door", "doors"), ("wall", "walls"), ("table", "tables"), ("truck", "trucks")]),
    ("next to the {}", [("lamp", "lamps"), ("chair", "chairs"), ("horse", "horses"), ("box", "boxes")]),
]
VERBS = [("is", "are"), ("was", "were"), ("has", "have")]


def copy(n: int, rng: random.Random) -> list[Doc]:
    """A list of eight words, read again up to one of them."""

    def one() -> Doc:
        listed = rng.sample(WORDS, 8)
        at = rng.randrange(3, 8)
        again = ", ".join(listed[:at])
        others = [each for each in listed if each != listed[at]]
        return _item(f"List: {', '.join(listed)}.\nThe same list again: {again},", listed[at], others, rng)

    return _distinct(n, one)


def induction(n: int, rng: random.Random) -> list[Doc]:
    """Twenty-four words in no order, then three of the words that follow each other in it."""

    def one() -> Doc:
        drawn = rng.sample(WORDS, 24)
        at = rng.randrange(2, 20)
        others = [each for each in drawn if each not in drawn[at - 2 : at + 2]]
        return _item(" ".join([*drawn, *drawn[at - 2 : at + 1]]), drawn[at + 1], others, rng)

    return _distinct(n, one)


def agreement(n: int, rng: random.Random) -> list[Doc]:
    """Minimal pairs: a verb in both numbers, behind a noun of the number that the subject does not have."""

    def one() -> Doc:
        plural = rng.randrange(2)
        noun, verb = rng.choice(NOUNS), rng.choice(VERBS)
        place, nouns = rng.choice(BETWEEN)
        text = f"The {noun[plural]} {place.format(rng.choice(nouns)[1 - plural])}"
        return {"text": text, "choices": list(verb), "answer": plural}

    return _distinct(n, one)


def digits(n: int, rng: random.Random) -> list[Doc]:
    """Sums and differences; wrong answers are one, two or ten away."""

    def one() -> Doc:
        a, b = rng.randrange(1, 20), rng.randrange(1, 10)
        plus = rng.random() < 0.5 or a < b
        right = a + b if plus else a - b
        others = [str(each) for each in (right - 2, right - 1, right + 1, right + 2, right + 10) if each >= 0]
        return _item(f"{a} {'+' if plus else '-'} {b} =", str(right), others, rng)

    return _distinct(n, one)


_PEOPLES = (
    "American|French|German|Italian|Chinese|Indian|Russian|Japanese|Spanish|Dutch|Roman|Greek|Scottish|Swedish|Persian|"
    "Polish|Irish"
)
_CONTINENTS = "Africa|Europe|Asia|(?:North|South|Central) America"
#: kind -> (what an article's beginning says, the sentence that is completed)
FACTS: dict[str, tuple[str, str]] = {
    "capital": (
        r"\bis the capital (?:and (?:largest|most populous) city )?of ([A-Z]\w+(?: [A-Z]\w+)?)(?:[,.]| and\b)",
        "{} is the capital of",
    ),
    "people": (rf"^[^.]{{0,160}}? was an? ({_PEOPLES}) \w+", "The nationality of {} was"),
    "element": (r"symbol ([A-Z][a-z]?) and atomic number", "The chemical symbol of {} is"),
    "continent": (
        rf"is an? (?:[\w-]+ ){{0,2}}country[^.]{{0,60}}? in (?:\w+ )?({_CONTINENTS})\b",
        "{} is a country in",
    ),
}


def facts(n: int, rng: random.Random) -> list[Doc]:
    """One sentence an article, an equal part of each kind as far as there are enough."""
    articles = texts.load("encyclopaedia")
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in FACTS}
    for document in sorted((*articles.documents, *articles.held_out)):
        title, _, body = document.partition("\n\n")
        name = re.sub(r" \([^)]*\)|,.*", "", title)
        for kind, (pattern, _) in FACTS.items():
            said = re.search(pattern, body[:300])
            if said and said[1].lower() not in name.lower() and name.lower() not in said[1].lower():
                found[kind].append((name, said[1]))
                break
    made = list[Doc]()
    for at, kind in enumerate(sorted(FACTS, key=lambda each: len(found[each]))):
        known, answers = found[kind], sorted({answer for _, answer in found[kind]})
        for name, answer in rng.sample(known, min(len(known), (n - len(made)) // (len(FACTS) - at))):
            wrong = [each for each in answers if each != answer]
            made.append(_item(FACTS[kind][1].format(name), answer, wrong, rng) | {"kind": kind})
    rng.shuffle(made)
    return made


def _item(text: str, right: str, others: list[str], rng: random.Random) -> Doc:
    """Three of the others beside the right one, in an order that says nothing."""
    choices = [right, *rng.sample(others, 3)]
    rng.shuffle(choices)
    return {"text": text, "choices": choices, "answer": choices.index(right)}


def _distinct(n: int, one: Callable[[], Doc]) -> list[Doc]:
    made: dict[str, Doc] = {}
    while len(made) < n:
        doc = one()
        choices = doc["choices"]
        assert isinstance(choices, list)
        made.setdefault(f"{doc['text']} {sorted(choices)}", doc)
    return list(made.values())


MAKERS: dict[str, Callable[[int, random.Random], list[Doc]]] = {
    "copy": copy, "induction": induction, "agreement": agreement, "facts": facts, "digits": digits,
}  # fmt: skip
#: What each says of itself, and where its items come from.
ABOUT = {
    "copy": "A list of words is read again: which word comes next?",
    "induction": "Words in no order, a few of them again: which word followed before?",
    "agreement": "A subject, a noun of the other number, and a verb in both numbers.",
    "facts": "A sentence of an encyclopaedia without its last word; the other choices are answers of the same kind.",
    "digits": "Sums and differences of small numbers, behind three worked examples.",
}
LICENCES = {"facts": "CC BY-SA 4.0: introductions of English Wikipedia’s vital articles"}
SHOTS = {"digits": 3}


def items(name: str) -> list[Doc]:
    """The same seed gives the same items."""
    return MAKERS[name](ITEMS, random.Random(f"{name} {SEED}"))  # noqa: S311 - items, not secrets


def write(folder: Path = FOLDER) -> list[Path]:
    """Make and store all of them."""
    return [path for name in MAKERS for path in store(folder, name, items(name))]


def store(folder: Path, name: str, docs: list[Doc]) -> list[Path]:
    """One task as its two files."""
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in docs)
    (target / "items.jsonl").write_text(lines, encoding="utf-8")
    (target / "task.yaml").write_text(_described(name), encoding="utf-8")
    return [target / "items.jsonl", target / "task.yaml"]


def _described(name: str) -> str:
    licence = LICENCES.get(name, "Apache-2.0: written for this project by rules")
    shots = "" if name not in SHOTS else f'fewshot_split: test\nfewshot_delimiter: "\\n"\nnum_fewshot: {SHOTS[name]}\n'
    return f"""# {ABOUT[name]}
# {licence}; seed {SEED}, explorer/corpora/tasks/made.py.
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: items.jsonl
test_split: test
{shots}output_type: multiple_choice
doc_to_text: "{{{{text}}}}"
doc_to_choice: choices
doc_to_target: answer
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: acc_bytes
  - metric: brier_score
metadata:
  version: 1.0
"""
