"""Items in the formats of benchmarks whose own may not be passed on: made by rules and a seed, their answers known.

They are easier than the benchmarks' own, and say so wherever they are shown.

>>> len(ten_options()[0]["choices"]), len(science()), blanks()[0]["beginnings"][1].endswith("the suitcase")
(10, 20, True)
"""

from __future__ import annotations

import random
from math import factorial

Doc = dict[str, object]
ITEMS, SEED = 20, 13

KINDS = {
    "mammal": ["whale", "bat", "mouse", "horse"], "bird": ["penguin", "eagle", "ostrich", "duck"],
    "reptile": ["snake", "turtle", "crocodile", "lizard"], "insect": ["ant", "beetle", "butterfly", "bee"],
    "metal": ["copper", "iron", "zinc", "aluminium"], "planet": ["Mars", "Venus", "Saturn", "Neptune"],
    "gas at room temperature": ["oxygen", "helium", "nitrogen", "neon"],
    "source of renewable energy": ["wind", "sunlight", "tides"],
}  # fmt: skip
#: (sentence up to the blank, the two nouns, the rest that fits the first, the rest that fits the second)
TWINS = [
    ("The trophy did not fit into the suitcase because", "the trophy", "the suitcase", "was too big.", "was small."),
    ("Anna could not lift her son because", "Anna", "her son", "was too weak.", "was too heavy."),
    ("The ball broke the window because", "the ball", "the window", "was made of steel.", "was made of thin glass."),
    ("The man asked the doctor for help because", "the man", "the doctor", "was ill.", "could heal people."),
    ("The truck passed the bus because", "the truck", "the bus", "was driving fast.", "was driving slowly."),
    ("The table does not fit through the door because", "the table", "the door", "is too wide.", "is too narrow."),
    ("The fish ate the worm because", "the fish", "the worm", "was hungry.", "was tasty."),
    ("The teacher praised the pupil because", "the teacher", "the pupil", "was kind.", "had worked hard."),
    ("The jug filled the cup until", "the jug", "the cup", "was empty.", "was full."),
    ("The lawyer sent the client a bill because", "the lawyer", "the client", "wanted to be paid.", "had not paid."),
]  # fmt: skip
FIELDS = ("writing", "role play", "reasoning", "maths", "coding", "extraction", "science", "history")
TOPICS = ("a bridge", "the moon", "a library", "a river", "a recipe for bread")


def _rng(name: str) -> random.Random:
    return random.Random(f"{name} {SEED}")  # noqa: S311 - items, not secrets


def _item(question: str, right: str, wrong: list[str], rng: random.Random) -> Doc:
    choices = [right, *wrong]
    rng.shuffle(choices)
    return {"question": question, "choices": choices, "answer": choices.index(right)}


def ten_options() -> list[Doc]:
    """MMLU-Pro: ten choices, each a number that a slip would give."""
    rng, made = _rng("ten"), list[Doc]()
    for at in range(ITEMS):
        speed, hours = rng.randrange(12, 90), rng.randrange(3, 9)
        share, whole = rng.randrange(5, 96, 5), rng.randrange(2, 20) * 20
        question, right = (
            (f"A train moves at {speed} km/h for {hours} hours. How many kilometres does it go?", speed * hours)
            if at % 2
            else (f"What is {share} % of {whole}?", share * whole // 100)
        )
        near = [right + step for step in range(-40, 41) if step and right + step > 0]
        made.append(_item(question, str(right), [str(each) for each in rng.sample(near, 9)], rng))
    return made


def science() -> list[Doc]:
    """ARC: which of four is of a kind?"""
    rng, made = _rng("science"), list[Doc]()
    asked = [(kind, member) for kind, members in KINDS.items() for member in members]
    for kind, member in rng.sample(asked, ITEMS):
        others = [rng.choice(KINDS[each]) for each in rng.sample([each for each in KINDS if each != kind], 3)]
        made.append(_item(f"Which of these is {'an' if kind == 'insect' else 'a'} {kind}?", member, others, rng))
    return made


def formulas() -> list[Doc]:
    """GPQA: a formula of physics, chemistry or algebra, applied."""
    rng, made = _rng("formulas"), list[Doc]()
    for at in range(ITEMS):
        n = 2 + at // 4
        question, right, wrong = (
            (f"How many orbitals has the electron shell with n = {n}?", n * n, [2 * n * n + 1, n + 11, 2 * n + 20]),
            (f"How many elements has the symmetric group S_{n}?", factorial(n), [n * n + 30, 2**n + 50, n + 40]),
            (f"What is the pH of a solution with 10^-{n} mol/l of H+?", n, [14 - n + 20, -n, 10 * n]),
            (f"How many spanning trees has the complete graph on {n + 1} vertices?", (n + 1) ** (n - 1),
             [factorial(n + 1) + 9, 2**n + 70, n + 90]),
        )[at % 4]  # fmt: skip
        made.append(_item(question, str(right), [str(each) for each in wrong], rng))
    return made


def blanks() -> list[Doc]:
    """WinoGrande: twins that differ in a word or two, and in the noun that is meant."""
    return [
        {"beginnings": [f"{begin} {first}", f"{begin} {second}"], "answer": answer, "rest": rest}
        for begin, first, second, *rests in TWINS
        for answer, rest in enumerate(rests)
    ]


def boxed() -> list[Doc]:
    """MATH: a problem in LaTeX and a solution that boxes its answer."""
    rng, made = _rng("boxed"), list[Doc]()
    for at in range(ITEMS):
        a, x, b = rng.randrange(2, 12), rng.randrange(2, 15), rng.randrange(1, 30)
        c = a * x + b
        solution = f"Subtracting ${b}$ gives ${a}x={c - b}$, so $x=\\boxed{{{x}}}$."
        made.append({"problem": f"Solve ${a}x+{b}={c}$ for $x$.", "level": f"Level {1 + at % 2}", "solution": solution})
    return made


#: (function, its argument, what it should return, what it returns, two checks)
_BUGS = [
    ("mean", "values", "sum(values) / len(values)", "sum(values) / (len(values) - 1)", "mean([2, 4]) == 3"),
    ("last", "values", "values[-1]", "values[len(values) - 2]", "last([1, 2, 3]) == 3"),
    ("is_even", "n", "n % 2 == 0", "n % 2 == 1", "is_even(4)"),
    ("initial", "word", "word[:1].upper()", "word[:1].lower()", "initial('ada') == 'A'"),
    ("area", "side", "side * side", "side + side", "area(3) == 9"),
    ("reverse", "text", "text[::-1]", "text[::1]", "reverse('ab') == 'ba'"),
    ("clamp", "x", "max(0, min(1, x))", "min(0, max(1, x))", "clamp(0.5) == 0.5"),
    ("words", "text", "text.split()", "text.split(' ')", "words('a  b') == ['a', 'b']"),
    ("double", "n", "2 * n", "n ** 2", "double(3) == 6"),
    ("smallest", "values", "min(values)", "max(values)", "smallest([2, 1]) == 1"),
]


def issues() -> list[Doc]:
    """SWE-bench: a report, a file with a fault, the patch, and the test that fails without it. Each fault twice: once
    in a plain report, once with the failing line alone."""
    made = list[Doc]()
    for name, argument, right, wrong, test in _BUGS:
        for report in (f"`{name}` gives wrong results.", f"`{test}` is False, and should be True."):
            made.append(
                {"repo": "written/small", "problem_statement": report, "file": f"{name}.py",
                 "text": f"def {name}({argument}):\n    return {wrong}\n",
                 "patch": f"-    return {wrong}\n+    return {right}\n", "test": f"assert {test}"}
            )  # fmt: skip
    return made


def conversations() -> list[Doc]:
    """MT-Bench: two turns, the second about the first's answer."""
    pairs = [(field, topic) for topic in TOPICS for field in FIELDS][:ITEMS]
    return [
        {"category": field, "turns": [f"Answer with a task of {field} in mind: what matters most about {topic}?",
                                      "Say the same in one sentence, for a child."]}
        for field, topic in pairs
    ]  # fmt: skip


def prompts() -> list[Doc]:
    """Arena: what a visitor may ask."""
    asks = (
        "Explain {} to a beginner.",
        "Write four lines about {}.",
        "List three facts about {}.",
        "Why does {} matter?",
    )
    return [{"prompt": ask.format(topic)} for topic in TOPICS for ask in asks]
