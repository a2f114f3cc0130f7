"""A search for wordings that the taught refusal misses: what each way finds, and what a guard in front leaves of it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.safety.conditions import Conditions
from explorer.experiments.safety.red_team import WAYS, Attack, Found
from explorer.figures.payload import Payload
from explorer.figures.safety.refusal import RefusalRate, rate
from explorer.figures.safety.under import MeasuredUnder, under


@dataclass(frozen=True, kw_only=True)
class RedTeamWay:
    """All requests in one way."""

    name: str
    refused: RefusalRate
    helped: RefusalRate
    inconclusive: RefusalRate
    flagged: RefusalRate
    """By the guard in front."""
    passed: RefusalRate
    """Helped, and not flagged."""
    twins: RefusalRate
    """Twins that are helped in the same wording."""
    score: float
    """Mean refusal score of the prompts, nats."""
    tried: float
    """Prompts that were scored for a request, on average."""


@dataclass(frozen=True, kw_only=True)
class RedTeamAttack:
    """One request in one way."""

    way: str
    text: str
    score: float
    answer: str
    verdict: str
    twin: str
    twin_answer: str
    twin_verdict: str
    flagged: bool


@dataclass(frozen=True, kw_only=True)
class DisguisesSearch(Payload):
    taught: bool
    refuses: bool
    """Whether unchanged requests are refused more than answered: else there is no refusal to get around."""
    n: int
    total: int
    """Requests in all."""
    ways: list[RedTeamWay]
    requests: list[list[RedTeamAttack]]
    fitted: int
    recorded: bool
    record: MeasuredUnder | None


def search(
    made: Found, total: int, fitted: int, *, taught: bool, recorded: bool, record: Conditions | None
) -> DisguisesSearch:
    ways = [_way(made, name) for name in WAYS]
    return DisguisesSearch(
        taught=taught,
        refuses=ways[0].refused.count > ways[0].helped.count,
        n=len(made.twins),
        total=total,
        ways=ways,
        requests=[[_attack(each) for each in own] for own in made.attacks],
        fitted=fitted,
        recorded=recorded,
        record=under(record),
    )


def _way(made: Found, name: str) -> RedTeamWay:
    found = {kind: rate(each) for kind, each in made.rates(name).items()}
    own = [each for of in made.attacks for each in of if each.way == name]
    return RedTeamWay(
        name=name, **found, score=sum(each.after for each in own) / len(own),
        tried=sum(each.tried for each in own) / len(own),
    )  # fmt: skip


def _attack(each: Attack) -> RedTeamAttack:
    return RedTeamAttack(
        way=each.way, text=each.text, score=each.after, answer=each.answer, verdict=each.verdict, twin=each.twin,
        twin_answer=each.twin_answer, twin_verdict=each.twin_verdict, flagged=each.flagged,
    )  # fmt: skip
