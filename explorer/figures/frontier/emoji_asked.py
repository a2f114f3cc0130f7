"""An emoji among words: the answer, and what the held-out questions say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from explorer.corpora.scenes import emoji
from explorer.corpora.scenes.asked import KINDS
from explorer.corpora.scenes.emoji import Rendering
from explorer.experiments.frontier.emoji_kept import Answered, Record
from explorer.experiments.frontier.scenes_kept import Answered as OfScene
from explorer.figures.frontier.picture_words import AnswerWord
from explorer.figures.payload import Payload
from explorer.stack.evaluation.standard_errors import wilson

#: Wrong answers that are shown of each sort.
MOST = 6


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Questions of one kind: the share that is right, with the interval of 95 %."""

    kind: str
    n: int
    right: float
    low: float
    high: float
    blank: float
    """Right about an empty page instead of the picture, by the same model."""
    usual: float
    """Right by the commonest answer."""


@dataclass(frozen=True, kw_only=True)
class Mistaken:
    """A wrong answer, and how often it was given about this emoji."""

    char: str
    name: str
    kind: str
    said: str
    count: int
    of: int
    """Questions of the kind about this emoji, with this sort."""
    seed: int


@dataclass(frozen=True, kw_only=True)
class OfSort:
    """One sort of picture."""

    name: str
    counted: list[Counted]
    mistakes: list[Mistaken]


@dataclass(frozen=True, kw_only=True)
class OnScenes:
    """Questions about scenes: this model's share and that of the model of scenes alone, each with its interval."""

    kind: str
    n: int
    right: float
    low: float
    high: float
    alone: float
    alone_low: float
    alone_high: float


@dataclass(frozen=True, kw_only=True)
class EmojiLearned:
    """At one step of the training: shares of held-out questions that are answered rightly."""

    step: int
    scenes: float
    name: float
    presence: float


@dataclass(frozen=True, kw_only=True)
class EmojiAsked(Payload):
    """A picture with its question and answers, and what was measured on all."""

    image: str
    """A data address."""
    char: str
    name: str
    trained: bool
    question: str
    answer: str
    truth: str
    """Empty where the rule has none."""
    answers: list[AnswerWord]
    caption: str
    true_caption: str
    sorts: list[OfSort]
    scenes: list[OnScenes]
    curve: list[EmojiLearned]
    share: float
    """Of the texts of a step, about emoji."""
    pairs: float
    """Of the texts of a step, those that ask “is this a …?” alone."""
    emoji: int
    """Emoji trained on."""
    kept_out: int
    steps: int
    parameters: int


def emoji_asked(
    shown: Rendering, *, image: str, question: str, answer: str, truth: str, answers: list[AnswerWord], caption: str,
    kept: Record, alone: Sequence[OfScene],
) -> EmojiAsked:  # fmt: skip
    """What the page shows."""
    every = emoji.emoji()
    return EmojiAsked(
        image=image, char=shown.emoji.char, name=shown.name, trained=shown.emoji.trained, question=question,
        answer=answer, truth=truth, answers=answers, caption=caption, true_caption=emoji.caption(shown),
        sorts=[_of_sort(sort, [each for each in kept.answers if each.sort == sort]) for sort in emoji.SORTS],
        scenes=on_scenes(kept, alone), curve=[EmojiLearned(**asdict(each)) for each in kept.curve],
        share=kept.texts.share, pairs=kept.texts.share * kept.texts.pairs, emoji=sum(each.trained for each in every),
        kept_out=sum(not each.trained for each in every), steps=kept.steps, parameters=kept.parameters,
    )  # fmt: skip


def _of_sort(name: str, rows: Sequence[Answered]) -> OfSort:
    named = set(emoji.words())
    scored = [each for each in rows if each.answer in named]
    counted = [counted_of(kind, [each for each in scored if each.kind == kind]) for kind in emoji.KINDS]
    return OfSort(name=name, counted=[each for each in counted if each.n], mistakes=mistakes(rows))


def counted_of(kind: str, rows: Sequence[Answered]) -> Counted:
    """
    >>> counted_of("name", []).n
    0
    """
    n = len(rows)
    if not n:
        return Counted(kind=kind, n=0, right=0.0, low=0.0, high=0.0, blank=0.0, usual=0.0)
    right = wilson(sum(each.said == each.answer for each in rows), n)
    blank, usual = (sum(map(str.__eq__, column, [each.answer for each in rows])) / n
                    for column in ([each.blank for each in rows], [each.usual for each in rows]))  # fmt: skip
    return Counted(kind=kind, n=n, right=right.mean, low=right.low, high=right.high, blank=blank, usual=usual)


def mistakes(rows: Sequence[Answered]) -> list[Mistaken]:
    """The commonest wrong names and kinds, emoji by emoji. One never trained on has no right name in the vocabulary."""
    chars = {each.name: each.char for each in emoji.emoji()}
    found: dict[tuple[str, str, str], list[Answered]] = {}
    asked: dict[tuple[str, str], int] = {}
    for each in rows:
        if each.kind not in ("name", "kind"):
            continue
        asked[each.name, each.kind] = asked.get((each.name, each.kind), 0) + 1
        if each.said != each.answer:
            found.setdefault((each.name, each.kind, each.said), []).append(each)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))[:MOST]
    return [
        Mistaken(char=chars[name], name=name, kind=kind, said=said, count=len(own), of=asked[name, kind],
                 seed=own[0].seed)
        for (name, kind, said), own in ordered
    ]  # fmt: skip


def on_scenes(kept: Record, alone: Sequence[OfScene]) -> list[OnScenes]:
    """Both models on the same held-out questions."""
    found = []
    for kind in KINDS:
        own = [each for each in alone if each.kind == kind and not each.unseen]
        right, of = kept.scenes[kind]
        here, there = wilson(right, of), wilson(sum(each.said == each.answer for each in own), len(own))
        found.append(OnScenes(kind=kind, n=of, right=here.mean, low=here.low, high=here.high, alone=there.mean,
                              alone_low=there.low, alone_high=there.high))  # fmt: skip
    return found
