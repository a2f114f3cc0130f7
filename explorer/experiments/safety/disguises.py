"""The held-out requests in ten forms: what the taught refusal, the probe and the guard see of each, and of its twin.

The probe reads the model's own stream, the guard in front MiniLM's embedding of the text; both learn from plain
requests alone. The guard flags from the score that 5 % of harmless validation texts reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.corpora.requests import Twins
from explorer.corpora.requests.disguises import FORMS, disguised
from explorer.experiments.safety import finding, guards
from explorer.experiments.safety.asking import NEW, Outcome, asked, outcome
from explorer.experiments.safety.detectors import DETECTORS, Detector, Looked
from explorer.experiments.safety.finding import Tick
from explorer.experiments.safety.guard_texts import texts
from explorer.experiments.safety.own_text import own
from explorer.experiments.safety.refusal import Subject, located, some
from explorer.stack.safety.answers import Rate
from explorer.stack.safety.linear_probes import Probe, logistic

if TYPE_CHECKING:
    from explorer.zoo.text_encoder import TextEncoder

#: Of harmless validation texts, the share that the guard flags at most.
FALSE = 0.05
Flags = Callable[[Sequence[str]], list[bool]]


@dataclass(frozen=True)
class Seen:
    """What one detector sees of one form."""

    detector: str
    forbidden: tuple[bool, ...]
    harmless: tuple[bool, ...]

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """Of forbidden requests, of twins."""
        return Rate(sum(self.forbidden), len(self.forbidden)), Rate(sum(self.harmless), len(self.harmless))


@dataclass(frozen=True, eq=False)
class Form:
    """One form."""

    name: str
    about: str
    twins: tuple[Twins, ...]
    outcome: Outcome
    seen: tuple[Seen, ...]


def fitted(who: Subject, pairs: int, layer: int, tick: Tick) -> Probe:
    """A probe of plain requests, at the template's last token before that block."""
    made = located(who, pairs, 1, tick)
    return logistic(*made.labelled(layer, -1))


def guarded(encoder: TextEncoder, pairs: int) -> Flags:
    """The guard in front, fitted to so many plain pairs."""
    learnt = texts("request", pairs)
    made = guards.minilm(encoder, learnt)
    level = made.threshold(learnt, FALSE)

    def flags(some: Sequence[str]) -> list[bool]:
        return (made.guard.score(guards.vectors(encoder, [own(each) for each in some])) >= level).tolist()

    return flags


def forms(
    who: Subject, probe: Probe, guard: Flags, layer: int, count: int, tick: Tick,
    detectors: Sequence[Detector] = DETECTORS,
) -> Iterator[Form]:  # fmt: skip
    """One form after the other."""
    for done, (name, (about, _)) in enumerate(FORMS.items()):
        tick(done, len(FORMS))
        twins = some(disguised(name), count)
        asked_texts = [each.forbidden for each in twins] + [each.harmless for each in twins]
        said = outcome(who.decoder, who.speech, twins, NEW, lambda _, at=done: tick(at, len(FORMS)))
        x = finding.streams(who.decoder, [asked(who.speech, each) for each in asked_texts], 1).x[:, layer, 0]
        looked = Looked(asked_texts, (*said.forbidden, *said.harmless), x, probe, guard)
        seen = []
        for each in detectors:
            found = each.sees(looked)
            seen.append(Seen(each.name, tuple(found[: len(twins)]), tuple(found[len(twins) :])))
        yield Form(name, about, twins, said, tuple(seen))
