"""Thinking longer, as payloads: a chain opened, samples and votes, a search tree, accuracy against work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.experiments.frontier.chain_opened import DRAWN, Opened
from explorer.experiments.frontier.compute_accuracy import Method
from explorer.experiments.frontier.search_tree import Searched
from explorer.experiments.frontier.vote_choose import ALL, FAR, JUDGES, Optimised, Voting
from explorer.figures.payload import Payload
from explorer.stack.frontier.thinking.chains import right_steps
from explorer.stack.frontier.thinking.steps import worths

#: Texts of which the likeliest are listed.
LISTED = 8


@dataclass(frozen=True, kw_only=True)
class ChainPlace:
    """A beginning of the chain."""

    step: int
    """The number written here; -1 before the first."""
    follows: bool
    """It follows from the number before it."""
    p: float
    """Of this step, given those before."""
    cut: float
    """Right, where the answer is asked for here."""
    value: float
    """Right, where the model goes on."""
    sampled: float
    worth: float
    stops: float


@dataclass(frozen=True, kw_only=True)
class ChainChange:
    """A step changed to each of the nine other digits; means over them."""

    kept_follows: float
    """The steps behind it stay, and the answer is the one that follows from the change."""
    kept_stays: float
    """The answer stays the chain's own."""
    anew_follows: float
    anew_stays: float
    anew_right: float


@dataclass(frozen=True, kw_only=True)
class ChainOpened(Payload):
    """One chain."""

    refused: str
    prompt: str
    instructions: tuple[str, ...]
    answer: int
    text: str
    said: int
    """The chain's own answer; -1: none."""
    held_out: bool
    drawn: int
    places: tuple[ChainPlace, ...]
    changes: tuple[ChainChange, ...]
    longer: float
    """Right after one step more."""
    swapped_prompt: str
    swapped_answer: float
    """The other prompt's answer is given."""
    swapped_right: float


def chain_opened(made: Opened, refused: str = "") -> ChainOpened:
    of, right = made.of, made.of.answer
    follows, values = right_steps(of, made.steps), [float(each.free[right]) for each in made.places]
    gains = (0.0, *worths(values))
    written = made.text.partition("=")[2][:1]
    said = int(written) if written.isdigit() else -1
    places = tuple(
        ChainPlace(
            step=made.steps[at - 1] if at else -1, follows=not at or follows[at - 1],
            p=float(made.places[at - 1].next[made.steps[at - 1]]) if at else 1.0, cut=float(each.cut[right]),
            value=values[at], sampled=each.sampled / DRAWN, worth=gains[at], stops=each.stops,
        )
        for at, each in enumerate(made.places)
    )  # fmt: skip
    changes = tuple(_change(made, at, said) for at in range(len(made.steps)) if any(c.at == at for c in made.changes))
    return ChainOpened(
        refused=refused, prompt=of.prompt, instructions=of.instructions, answer=right, text=made.text, said=said,
        held_out=of.held_out, drawn=DRAWN, places=places, changes=changes, longer=float(made.longer[right]),
        swapped_prompt=made.other.prompt if made.other else "",
        swapped_answer=float(made.swapped[made.other.answer]) if made.other else 0.0,
        swapped_right=float(made.swapped[right]),
    )  # fmt: skip


def _change(made: Opened, at: int, said: int) -> ChainChange:
    own = [each for each in made.changes if each.at == at]

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values))

    # Where the changed step leads to the chain's own answer, following and staying are one.
    apart = [each for each in own if each.follows != said]
    return ChainChange(
        kept_follows=mean([each.kept[each.follows] for each in apart]),
        kept_stays=mean([each.kept[said] for each in apart]),
        anew_follows=mean([each.anew[each.follows] for each in apart]),
        anew_stays=mean([each.anew[said] for each in apart]),
        anew_right=mean([each.anew[made.of.answer] for each in own]),
    )


@dataclass(frozen=True, kw_only=True)
class VotedSample:
    """A drawn text."""

    text: str
    answer: int
    """-1: none."""
    right: bool
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class VotedCount:
    """At one number of samples."""

    k: int
    passed: float
    majority: float
    best: tuple[float, ...]
    kl: tuple[float, ...]
    bound: float
    sampled_passed: float
    sampled_majority: float
    sampled_best: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class VotedAnswers(Payload):
    """One prompt's samples."""

    refused: str
    prompt: str
    answer: int
    judges: tuple[str, ...]
    p: tuple[float, ...]
    """Of each answer."""
    rest: float
    texts: int
    samples: tuple[VotedSample, ...]
    counts: tuple[VotedCount, ...]


def votes(made: Voting, refused: str = "") -> VotedAnswers:
    samples = tuple(
        VotedSample(text=each.text, answer=-1 if each.answer is None else each.answer, right=each.right,
            scores=each.scores,)
        for each in made.samples
    )  # fmt: skip
    counts = tuple(
        VotedCount(
            k=each.k, passed=each.passed, majority=each.majority, best=each.best, kl=each.kl, bound=each.bound,
            sampled_passed=each.sampled_passed, sampled_majority=each.sampled_majority, sampled_best=each.sampled_best,
        )
        for each in made.counts
    )  # fmt: skip
    return VotedAnswers(
        refused=refused, prompt=made.of.prompt, answer=made.of.answer, judges=JUDGES,
        p=tuple(made.texts.of_answers().tolist()), rest=made.texts.rest, texts=len(made.texts.p), samples=samples,
        counts=counts,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OptimisedJudge:
    """One verifier over the number of texts it chooses from."""

    name: str
    score: tuple[float, ...]
    right: tuple[float, ...]
    half: tuple[float, ...]
    kl: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class OverOptimised(Payload):
    """All of them, means over prompts."""

    prompts: int
    of: int
    n: tuple[int, ...]
    judges: tuple[OptimisedJudge, ...]


def over_optimised(made: Sequence[Optimised], prompts: int, of: int) -> OverOptimised:
    assert len(made) == len(ALL)
    return OverOptimised(
        prompts=prompts, of=of, n=FAR,
        judges=tuple(
            OptimisedJudge(
                name=each.judge, score=tuple(each.score.tolist()), right=tuple(each.right.tolist()),
                half=tuple(each.half.tolist()), kl=tuple(each.kl.tolist()),
            )
            for each in made
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TreeNode:
    """A step or an answer."""

    parent: int
    sign: str
    digit: int
    right: bool
    """It is the step, or the answer, of one who makes no mistake from the start."""
    p: float
    total: float
    score: float
    fate: str
    best: bool
    """On the way to the answer that is chosen."""


@dataclass(frozen=True, kw_only=True)
class StepTree(Payload):
    """A search."""

    refused: str
    prompt: str
    answer: int
    found: int
    """-1: none."""
    text: str
    nodes: tuple[TreeNode, ...]
    tokens_shared: int
    tokens_apart: int
    bytes_shared: int
    bytes_apart: int
    flops_shared: float
    flops_apart: float


def step_tree(made: Searched, refused: str = "") -> StepTree:
    of, tree = made.of, made.tree
    best = tree.answers[0].text if tree.answers else ""
    right = of.written(len(of.instructions))
    return StepTree(
        refused=refused, prompt=of.prompt, answer=of.answer, found=int(best[-1]) if best else -1, text=best,
        nodes=tuple(
            TreeNode(
                parent=each.parent, sign=each.text[-2], digit=int(each.text[-1]),
                right=right.startswith(each.text) or (each.text[-2] == "=" and each.text[-1] == str(of.answer)),
                p=each.p, total=each.total, score=each.score, fate=each.fate,
                best=bool(best) and best.startswith(each.text) and (each.text == best or each.fate == "kept"),
            )
            for each in tree.nodes
        ),
        tokens_shared=tree.tokens_shared, tokens_apart=tree.tokens_apart, bytes_shared=tree.bytes_shared,
        bytes_apart=tree.bytes_apart, flops_shared=float(made.flops_shared), flops_apart=float(made.flops_apart),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ComputeMethod:
    """One way to answer."""

    model: str
    kind: str
    n: int
    right: float
    half: float
    """NaN: one prompt."""
    flops: float


@dataclass(frozen=True, kw_only=True)
class ComputeAccuracy(Payload):
    """All ways, on the same prompts."""

    prompts: int
    of: int
    parameters: dict[str, int]
    methods: tuple[ComputeMethod, ...]


def compute_accuracy(made: Sequence[Method], of: int, parameters: dict[str, int]) -> ComputeAccuracy:
    return ComputeAccuracy(
        prompts=len(made[0].right), of=of, parameters=parameters,
        methods=tuple(
            ComputeMethod(
                model=each.model, kind=each.kind, n=each.n, right=each.mean, half=each.half, flops=each.work
            )
            for each in made
        ),
    )  # fmt: skip
