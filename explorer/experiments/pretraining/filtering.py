"""What filtering buys: one decoder trained on a crawl, and one on what a filter leaves of it, on as many bytes.

FineWeb (Penedo et al. 2024, arXiv 2406.17557) decides by such pairs of trainings, of 1.8 billion parameters on 28 or
350 billion tokens. Here the decoders have some hundred thousand parameters and read some hundred thousand bytes. Both
of a seed begin with the same weights; the windows are drawn apart, so that no filter at all shows what chance does.

The crawl is made by a recipe: real prose (the interpreter's documentation and the passages), with planted spam, lists
of keywords, texts in other languages, and exact and near copies. One document of prose in `EVERY` is held out, and so
is the last passage of each kind: nothing that is planted is made of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pydoc_data import topics
from random import Random

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import crawl, good_text, passages
from explorer.experiments import side_by_side
from explorer.experiments.pretraining import quality
from explorer.experiments.shelf_course import Bytes
from explorer.experiments.side_by_side import Arm, in_turns, settings_of, windows
from explorer.experiments.transformer.library_blocks import llama_of
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.stack.pretraining.data import gopher, language, minhash
from explorer.stack.pretraining.data.quality_classifier import THRESHOLD
from explorer.stack.pretraining.data.verdict import removed_by
from explorer.stack.pretraining.data.words import words
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo.quiet import quiet

ALL, KEPT = ARMS = ("all", "kept")
N_LAYERS, D_MODEL, BYTES, N_CTX, ROWS = 2, 64, 256, 128, 8
PEAK = 5e-3
#: Held-out windows of each kind, and times that both are measured after the beginning.
HELD, MEASURED = 12, 6
#: Characters of a document of prose, at least and about; one in so many is held out.
SHORTEST, USUAL, EVERY = 500, 900, 8
#: Pages of the crawl that what is planted is taken from, and copies that are planted, as a share of the prose.
PAGES, COPIES = 1200, 0.2
BANDS, ROWS_OF_A_BAND = 14, 8
#: Steps that are trained a second time, to see that they come out the same.
AGAIN = 5


@dataclass(frozen=True)
class Document:
    """One page, and what it is."""

    text: str
    kind: str
    """prose, exact, near, spam, keywords or language."""


@lru_cache(maxsize=2)
def documents(seed: int) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """The crawl in an order that the seed draws, and the prose that is held out of it."""
    draw = Random(seed)  # noqa: S311 - pages, not secrets
    prose = [piece for name in sorted(topics.topics) for piece in crawl.cut(topics.topics[name], SHORTEST, USUAL)]
    read = [piece for at, piece in enumerate(prose) if at % EVERY]
    read += [
        one.text for kind in passages.read() for one in kind.excerpts[: good_text.HELD_OUT] if kind.kind != "French"
    ]
    made = [Document(piece, "prose") for piece in read]
    for _ in range(int(COPIES * len(read))):
        made.append(Document(draw.choice(read), "exact"))
        made.append(Document(crawl.nearly(draw.choice(read), draw, read)[0], "near"))
    planted = crawl.pages(PAGES, seed)
    made += [Document(page.text, page.kind) for page in planted if page.kind in ("spam", "keywords", "language")]
    draw.shuffle(made)
    known = "\n".join(read)  # the documentation repeats itself
    return tuple(made), tuple(piece for piece in prose[::EVERY] if piece not in known)


# ---- filters ---------------------------------------------------------------------------------------------------------


def _gopher(text: str) -> bool:
    split = words(text)
    return removed_by((*gopher.repetition(text, split), *gopher.quality(text, split))) is None


def _english(text: str) -> bool:
    return language.probability_of("en", text) >= language.THRESHOLD


def _good(text: str) -> bool:
    return quality.trained().classifier.good(text) >= THRESHOLD


def _first_of_their_cluster(texts: Sequence[str]) -> list[bool]:
    permutations = minhash.Permutations.datatrove(BANDS * ROWS_OF_A_BAND)
    found = minhash.candidates(minhash.signatures(texts, permutations), ROWS_OF_A_BAND, BANDS)
    return [root == at for at, root in enumerate(minhash.clusters(found, len(texts)))]


#: Filters that read a document at a time.
EACH: dict[str, Callable[[str], bool]] = {"language": _english, "gopher": _gopher, "classifier": _good}
FILTERS = ("none", "duplicates", *EACH, "everything")


def kept(name: str, texts: Sequence[str]) -> list[bool]:
    """Whether each document stays."""
    chosen = [each for each in EACH if name in (each, "everything")]
    made = [all(EACH[each](text) for each in chosen) for text in texts]
    if name in ("duplicates", "everything"):
        left = [at for at, stay in enumerate(made) if stay]
        first = _first_of_their_cluster([texts[at] for at in left])
        for at, stay in zip(left, first, strict=True):
            made[at] = stay
    return made


@lru_cache(maxsize=4)
def stays(name: str, seed: int) -> tuple[bool, ...]:
    """Whether each document of that crawl stays."""
    return tuple(kept(name, [each.text for each in documents(seed)[0]]))


# ---- two trainings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a person chooses."""

    filter: str = "classifier"
    steps: int = 120
    seeds: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Kind:
    """Documents of one kind, and what the filter does to them."""

    kind: str
    documents: int
    bytes: int
    removed: int


@dataclass(eq=False)
class Side(Arm):
    """One training on one side of the filter."""

    seed: int = 0


@dataclass(frozen=True, eq=False)
class Filtering:
    """All trainings so far."""

    asked: Asked
    kinds: tuple[Kind, ...]
    sides: dict[str, tuple[int, int]]
    """Documents and bytes of each side."""
    arms: list[Side]
    course: WindowCourse
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs in the crawl."""

    @property
    def sample(self) -> Int[Tensor, "row pos"]:
        return windows(self.course)[:, :-1]

    @property
    def done(self) -> bool:
        wanted = self.asked.seeds * len(ARMS)
        return len(self.arms) == wanted and all(arm.steps_measured[-1:] == [self.asked.steps] for arm in self.arms)


def filtering(asked: Asked, progress: Progress = silent) -> Iterator[Filtering]:
    """Seed after seed, both sides step by step in turns."""
    progress("Documents judged", 0, 1)
    made = beginning(asked)
    each = len(ARMS) * asked.steps
    for number in range(asked.seeds):
        if number:
            made.arms.extend(_pair(asked, asked.seed + number))

        def tell(done: int, before: int = number * each) -> None:
            progress("Training steps", before + done, each * asked.seeds)

        for _ in in_turns(made.arms[-len(ARMS) :], made.course, asked.steps, MEASURED, tell):
            yield made


def beginning(asked: Asked) -> Filtering:
    """The crawl filtered, and the first seed's two before their first step."""
    crawled, _ = documents(asked.seed)
    stay_of = stays(asked.filter, asked.seed)
    every, gone, size = Counter[str](), Counter[str](), Counter[str]()
    for each, stay in zip(crawled, stay_of, strict=True):
        every[each.kind] += 1
        gone[each.kind] += not stay
        size[each.kind] += len(each.text.encode())
    arms = _pair(asked, asked.seed)
    course = arms[0].course
    assert course is not None
    sides = {
        ALL: (len(crawled), sum(size.values())),
        KEPT: (sum(stay_of), sum(len(d.text.encode()) for d, stay in zip(crawled, stay_of, strict=True) if stay)),
    }
    kinds = tuple(Kind(kind, every[kind], size[kind], gone[kind]) for kind in sorted(every, key=lambda k: -size[k]))
    return Filtering(asked, kinds, sides, arms, course, side_by_side.by_frequency(course, BYTES))


def _pair(asked: Asked, seed: int) -> list[Side]:
    made = []
    for at, (name, stream) in enumerate(zip(ARMS, _streams(asked.filter, asked.seed), strict=True)):
        batches = Batches({"crawl": stream}, {"crawl": 1.0}, N_CTX, ROWS, seed * len(ARMS) + at)
        course = WindowCourse(batches, _held(asked.seed), HELD)
        config = DecoderConfig(
            N_LAYERS, D_MODEL, n_heads=4, n_kv_heads=4, d_head=D_MODEL // 4, d_mlp=3 * D_MODEL, d_vocab=BYTES,
            n_ctx=N_CTX, tied=False,
        )  # fmt: skip
        model = Decoder(config).initialise(torch.Generator().manual_seed(seed))
        made.append(Side(name, model, settings_of(PEAK, asked.steps, course), course=course, seed=seed))
    return made


@lru_cache(maxsize=4)
def _streams(name: str, seed: int) -> tuple[Tensor, Tensor]:
    crawled, _ = documents(seed)
    texts = [each.text for each in crawled]
    left = [text for text, stay in zip(texts, stays(name, seed), strict=True) if stay]
    return _stream(texts), _stream(left)


def _held(seed: int) -> dict[str, Tensor]:
    own = [kind.excerpts[good_text.HELD_OUT].text for kind in passages.read() if kind.kind != "French"]
    return {"documentation": _stream(documents(seed)[1]), "passages": _stream(own)}


def _stream(texts: Sequence[str]) -> Tensor:
    return torch.tensor([token for text in texts for token in (0, *Bytes().encode(text))], dtype=torch.int32)


# ---- what is claimed -------------------------------------------------------------------------------------------------


def repeat_error(made: Filtering) -> float:
    """The first steps of the first seed's filtered side, trained again: the largest difference of a loss."""
    again = _pair(made.asked, made.asked.seed)[1]
    assert again.course is not None
    first = next(arm for arm in made.arms if arm.name == KEPT)
    steps = min(AGAIN, made.asked.steps)
    for at in range(steps):
        again.step(again.course.batch(at))
    return worst([abs(a - b) for a, b in zip(first.losses[:steps], again.losses, strict=True)])


@torch.no_grad()
def library_error(model: Decoder, ids: Int[Tensor, "row pos"]) -> float:
    """The logits against those of transformers' Llama on the same weights: the largest difference."""
    with quiet():
        theirs = llama_of(model)
    return float((theirs(ids).logits - model(ids)).abs().max())


def held_out_again(seed: int) -> int:
    """Held-out documents that stand in the crawl, letter by letter."""
    crawled, held = documents(seed)
    everything = "\n".join(each.text for each in crawled)
    return sum(each in everything for each in held)
