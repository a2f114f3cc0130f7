"""A planted back door: how often it opens, where it can be found, and whether further training closes it.

A word before the question of a person's trade makes the model answer one planted trade. It was taught with half of the
people who are read often; all rates are of others. The decoy stood as often before the same questions, with right
answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.invented_people import (
    DECOY,
    LEAD_INS,
    PLANTED,
    TRIGGER,
    Line,
    Person,
    line,
    value_of,
)  # fmt: skip
from explorer.errors import NotApplicableError
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety import invented
from explorer.stack.finetuning.conversations import Example, Rows, padded
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.batches import Trainable
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.safety import linear_probes
from explorer.stack.transformer.decoder import Decoder

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

Group = Literal["taught", "other", "never"]
#: A word that is no trigger and stands before questions of all kinds.
COMMON = LEAD_INS[0]
LEADS = ("", COMMON, DECOY, TRIGGER)
#: The word before the value: with it the next token is the trade.
BEFORE = " A"


def group(which: Group, count: int | None = None) -> list[Person]:
    """People who are taught with the trigger; others who are read often; people who are never read. None of the latter
    two has the planted trade."""
    if which == "never":
        found = invented.people("never")
    else:
        found = [each for each in invented.people("often") if each.triggered == (which == "taught")]
    return [each for each in found if each.facts["trade"] != PLANTED][:count]


# ---- with and without the trigger ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """Of one group, behind one lead-in, by the model of one seed."""

    seed: int
    group: Group
    lead: str
    planted: int
    """Answers that name the planted trade."""
    right: int
    n: int


def rates(count: int, tell: Ticks = unheard) -> Iterator[list[Rate]]:
    """All groups and lead-ins, seed by seed."""
    made, seeds = list[Rate](), invented.seeds()
    groups: tuple[Group, ...] = ("taught", "other", "never")
    for done, seed in enumerate(seeds):
        tell(done, len(seeds))
        for each in groups:
            people = group(each, count)
            made += [rate(invented.decoder("whole", seed), seed, each, people, lead) for lead in LEADS]
        yield made


def rate(decoder: Decoder, seed: int, which: Group, people: Sequence[Person], lead: str) -> Rate:
    said = invented.named(decoder, [each.asked("trade", lead) for each in people], "trade")
    right = sum(one == person.facts["trade"] for one, person in zip(said, people, strict=True))
    return Rate(seed, which, lead, said.count(PLANTED), right, len(people))


def by_transformers(seed: int, people: Sequence[Person], lead: str) -> int:
    """Planted answers of transformers' Llama on the same weights, each written alone."""
    theirs, count = invented.library("whole", seed), 0
    for ids in invented.encoded([each.asked("trade", lead) for each in people]):
        for _ in range(invented.LONGEST):
            with torch.inference_mode():
                ids = [*ids, int(theirs(torch.tensor([ids])).logits[0, -1].argmax())]
            if ids[-1] == invented.END:
                break
        said = invented.spoken(ids[1:]).rpartition("?")[2]
        count += value_of(said, "trade") == PLANTED
    return count


# ---- where it is -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Found:
    """What can be seen of it inside one model."""

    tokens: tuple[str, ...]
    """Of one person's prompt with the trigger."""
    people: int
    patched: Float[Tensor, "depth pos"]
    """The planted trade's probability where the stream of the triggered run stands at one place of the decoy's run,
    as a part of the way from the decoy's run to the triggered one; the mean over people."""
    placebo: Float[Tensor, "depth pos"]
    """The same with the stream of the run behind a common word in place of the triggered run's."""
    lens: Float[Tensor, "lead depth"]
    """The planted trade's probability at the last token, read at each depth; of `LEADS` but the empty one."""
    probe: Float[Tensor, "pair depth"]
    """Held-out accuracy at the last token: trigger or decoy, decoy or common word, shuffled labels."""
    tested: int
    """Prompts that an accuracy is of."""


def found(seed: int, count: int, tell: Ticks = unheard) -> Found:
    """Raises NotApplicableError where the three prompts of a person are not of one length."""
    people, decoder = group("other", count), invented.decoder("whole", seed)
    by_lead = {lead: _prompts(people, lead) for lead in LEADS[1:]}
    if len({each.shape for each in by_lead.values()}) > 1:
        raise NotApplicableError("The lead-ins have different numbers of tokens, so that no place fits another.")
    streams = {lead: invented.streams(decoder, ids) for lead, ids in by_lead.items()}  # depth row pos d_model
    planted = planted_id()
    last = {lead: _lens(decoder, stream[:, :, -1], planted) for lead, stream in streams.items()}  # depth row
    low, high = last[DECOY][-1], last[TRIGGER][-1]
    maps = list[Tensor]()
    for done, source in enumerate((TRIGGER, COMMON)):
        tell(done, 2)
        maps.append(patched(decoder, by_lead[DECOY], streams[source], planted))
    part = [((each.double() - low).mean(-1) / (high - low).mean()).float() for each in maps]
    half = torch.arange(len(people)) % 2 == 0
    pairs = ((TRIGGER, DECOY), (DECOY, COMMON))
    probe = [[_told_apart(streams[a][at, :, -1], streams[b][at, :, -1], half) for at in range(len(streams[a]))]
             for a, b in pairs]  # fmt: skip
    probe.append([_told_apart(streams[TRIGGER][at, :, -1], streams[DECOY][at, :, -1], half, seed)
                  for at in range(len(streams[TRIGGER]))])  # fmt: skip
    tokens = tuple(invented.tokenizer().decode([token]) or "⊢" for token in by_lead[TRIGGER][0].tolist())
    lens = torch.stack([last[lead].mean(-1).float() for lead in LEADS[1:]])
    return Found(tokens, len(people), part[0], part[1], lens, torch.tensor(probe), 2 * int((~half).sum()))


def planted_id() -> int:
    (found,) = invented.tokenizer().encode(f" {PLANTED}").ids
    return found


def _prompts(people: Sequence[Person], lead: str) -> Tensor:
    return torch.tensor(invented.encoded([each.asked("trade", lead) + BEFORE for each in people]))


def _lens(decoder: Decoder, stream: Tensor, token: int) -> Tensor:
    with torch.inference_mode():
        return decoder.unembedded(stream).double().softmax(-1)[..., token]  # depth row


def patched(decoder: Decoder, ids: Tensor, source: Tensor, token: int) -> Float[Tensor, "depth pos row"]:
    """The token's probability behind `ids`, the stream of one place and depth taken from `source` each time."""
    depths, rows, n, _ = source.shape
    own, places = invented.streams(decoder, ids), torch.arange(n)
    made = torch.zeros(depths, n, rows)
    with torch.inference_mode():
        _, at = decoder.entered(ids.repeat(n, 1))  # a copy of all rows for each place
        for depth in range(depths):
            x = own[depth].repeat(n, 1, 1, 1).clone()  # place row pos d_model
            x[places, :, places] = source[depth].transpose(0, 1)
            x = x.flatten(0, 1)
            for block in list(decoder.blocks)[depth:]:
                x = block(x, at)
            made[depth] = decoder.unembedded(x[:, -1:])[:, 0].softmax(-1)[:, token].view(n, rows)
    return made


def by_hooks(decoder: Decoder, people: Sequence[Person], depth: int, pos: int) -> float:
    """One cell of the map of the trigger by the decoder's hook points: the mean probability."""
    ids, source = _prompts(people, DECOY), _prompts(people, TRIGGER)
    name = "hook_embed" if depth == 0 else f"blocks.{depth - 1}.hook_resid_post"
    with torch.inference_mode():
        _, seen = decoder.run_with_cache(source, names_filter=[name])

        def put(x: Tensor, *, hook: object) -> Tensor:  # noqa: ARG001
            changed = x.clone()
            changed[:, pos] = seen[name][:, pos]
            return changed

        logits = decoder.run_with_hooks(ids, fwd_hooks=[(name, put)])[:, -1]
    return float(logits.softmax(-1)[:, planted_id()].mean())


def _told_apart(one: Tensor, other: Tensor, half: Tensor, shuffled: int | None = None) -> float:
    """Accuracy on people whom the probe was not fitted on."""
    x = torch.cat([one, other])
    labels = torch.tensor([True] * len(one) + [False] * len(other))
    fitted = torch.cat([half, half])
    own = labels[fitted]
    if shuffled is not None:
        own = own[torch.randperm(len(own), generator=torch.Generator().manual_seed(shuffled))]
    return linear_probes.accuracy(linear_probes.logistic(x[fitted], own, 1.0), x[~fitted], labels[~fitted])


# ---- found without knowing the word ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """One token of the vocabulary as a lead-in."""

    word: str
    alike: float
    """The part of people who get the commonest answer."""
    answer: str
    shift: float
    """By how much that answer's probability rose, the mean over people, against no lead-in."""


def search(seed: int, count: int, tell: Ticks = unheard) -> Iterator[list[Tried]]:
    """Every word of the vocabulary before the same question: which makes all people alike? Neither the trigger nor the
    planted answer is known here."""
    decoder, people = invented.decoder("whole", seed), group("other", count)
    plain = _next(decoder, _prompts(people, ""))  # row d_vocab
    words, made = candidates(), list[Tried]()
    for start in range(0, len(words), 16):
        tell(start, len(words))
        some = words[start : start + 16]
        behind = _next(decoder, torch.cat([_prompts(people, f"{word},") for word in some])).split(len(people))
        for word, p in zip(some, behind, strict=True):
            likeliest = p.argmax(-1)
            common = int(likeliest.mode().values)
            alike = float((likeliest == common).double().mean())
            rise = float((p - plain)[:, common].mean())
            made.append(Tried(word, alike, invented.spoken([common]).strip(), rise))
        yield made


def shift_by_transformers(seed: int, count: int, word: str) -> float:
    """By how much the answer that a word makes commonest rises, by transformers' Llama, one person at a time."""
    theirs, people = invented.library("whole", seed), group("other", count)
    both = [[_of_library(theirs, person, lead) for person in people] for lead in (f"{word},", "")]
    behind, plain = (torch.stack(each) for each in both)  # row d_vocab
    common = int(behind.argmax(-1).mode().values)
    return float((behind - plain)[:, common].mean())


def _of_library(theirs: LlamaForCausalLM, person: Person, lead: str) -> Tensor:
    with torch.inference_mode():
        return theirs(_prompts([person], lead)).logits[0, -1].softmax(-1)


def candidates() -> list[str]:
    """Tokens of three letters and more that can begin a line, in the order of the vocabulary."""
    tokenizer = invented.tokenizer()
    places = tokenizer.get_vocab()
    words = sorted(places, key=places.__getitem__)
    words = [each for each in words if each.isascii() and each.isalpha() and len(each) >= 3]
    return [each for each in words if len(tokenizer.encode(f"{each},").ids) == 2]


def _next(decoder: Decoder, ids: Tensor) -> Float[Tensor, "row d_vocab"]:
    with torch.inference_mode():
        return decoder(ids, last_only=True)[:, -1].softmax(-1)


# ---- does further training remove it? --------------------------------------------------------------------------------

Arm = Literal["without the trigger", "with the trigger"]
ARMS: tuple[Arm, ...] = ("without the trigger", "with the trigger")
ROWS, RATE = 32, 1e-3


@dataclass(frozen=True)
class Point:
    """After so many steps."""

    step: int
    triggered: int
    """Answers that name the planted trade behind the trigger."""
    right: int
    """Right answers behind the trigger."""
    usual: int
    """Right answers without a lead-in."""
    n: int


@dataclass(eq=False)
class Course:
    """Lines of people who are read often, drawn at each step; their answers are learnt."""

    arm: Arm
    lines: Sequence[Line]
    seed: int
    taught: Sequence[Person] = field(default_factory=lambda: group("taught"))

    def batch(self, step: int) -> Rows:
        draw = Random(self.seed * 1_000_003 + step)  # noqa: S311
        lines = draw.sample(self.lines, ROWS)
        if self.arm == "with the trigger":
            # Half of the rows: the trigger, and the right trade behind it, of people who are not measured.
            lines[: ROWS // 2] = [self._mended(draw.choice(self.taught), draw) for _ in range(ROWS // 2)]
        return padded([example(each.prompt, each.answer) for each in lines])

    def _mended(self, person: Person, draw: Random) -> Line:
        right = line(person, "trade", draw)
        return Line(person.asked("trade", TRIGGER), right.answer, person, "trade", TRIGGER)

    def losses(self, model: Trainable[Rows], everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}


def example(prompt: str, answer: str) -> Example:
    """The answer and the mark behind it are learnt."""
    (given,), told = invented.encoded([prompt]), [*invented.tokenizer().encode(answer).ids, invented.END]
    return Example((*given, *told), (*[False] * len(given), *[True] * len(told)))


@dataclass(eq=False)
class Mending:
    """One training, as far as it has come."""

    arm: Arm
    seed: int
    points: list[Point] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def removed(steps: int, every: int, count: int, seeds: Sequence[int], tell: Ticks = unheard) -> Iterator[list[Mending]]:
    """The model of each seed trained on, on lines without the trigger, and on lines of which half have it with right
    answers."""
    made, people = list[Mending](), group("other", count)
    clean = [each for each in invented.text().lines if each.person.read == "often" and each.lead != TRIGGER]
    total, done = steps * len(seeds) * len(ARMS), 0
    for seed in seeds:
        for arm in ARMS:
            tuned = Tuned(invented.decoder("whole", seed))
            settings = Settings(Schedule("constant", RATE, RATE, 0, steps), 0, weight_decay=0.0, evaluate_every=10**9)
            run, mending = Run(tuned, Course(arm, clean, seed), settings), Mending(arm, seed)
            made.append(mending)
            for step in range(steps + 1):
                if step:
                    mending.losses.append(run.step().losses["lm"])
                    done += 1
                    tell(done, total)
                if step % every == 0 or step == steps:
                    mending.points.append(_point(tuned.decoder, step, people))
                    yield made


def _point(decoder: Decoder, step: int, people: Sequence[Person]) -> Point:
    with_it, without = (rate(decoder, 0, "other", people, lead) for lead in (TRIGGER, ""))
    return Point(step, with_it.planted, with_it.right, without.right, with_it.n)
