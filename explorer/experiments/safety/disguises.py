"""The held-out requests in ten forms: what the taught refusal and the probe see of each, and of its harmless twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.corpora.requests import Twins
from explorer.corpora.requests.disguises import FORMS, disguised
from explorer.experiments.safety import finding
from explorer.experiments.safety.asking import NEW, Outcome, asked, outcome
from explorer.experiments.safety.detectors import DETECTORS, Detector, Looked
from explorer.experiments.safety.finding import Tick
from explorer.experiments.safety.refusal import Subject, located, some
from explorer.stack.safety.answers import Rate
from explorer.stack.safety.linear_probes import Probe, logistic


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


def forms(
    who: Subject, probe: Probe, layer: int, count: int, tick: Tick, detectors: Sequence[Detector] = DETECTORS
) -> Iterator[Form]:
    """One form after the other."""
    for done, (name, (about, _)) in enumerate(FORMS.items()):
        tick(done, len(FORMS))
        twins = some(disguised(name), count)
        texts = [each.forbidden for each in twins] + [each.harmless for each in twins]
        said = outcome(who.decoder, who.speech, twins, NEW, lambda _, at=done: tick(at, len(FORMS)))
        x = finding.streams(who.decoder, [asked(who.speech, each) for each in texts], 1).x[:, layer, 0]
        looked = Looked(texts, (*said.forbidden, *said.harmless), x, probe)
        seen = []
        for each in detectors:
            found = each.sees(looked)
            seen.append(Seen(each.name, tuple(found[: len(twins)]), tuple(found[len(twins) :])))
        yield Form(name, about, twins, said, tuple(seen))
