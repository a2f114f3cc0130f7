"""A lesson walked as a visitor would: each state applied, its light views rendered, each claim held against the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress, silent
from explorer.lessons.document import Lesson, Phase, Step
from explorer.lessons.told import Told
from explorer.panels import panels
from explorer.shell.lessons import reads, scene_of, tell
from explorer.shell.service import Explorer, completed
from explorer.shell.subjects import Subject, made


@dataclass(frozen=True)
class Finding:
    """What is wrong with a step."""

    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" + (f" {self.hint}" if self.hint else "")


@dataclass(frozen=True)
class Walked:
    """A step that was walked."""

    step: Step
    told: tuple[Told, ...]
    """What it said in each of its phases."""
    findings: tuple[Finding, ...]

    @property
    def n_claims(self) -> int:
        """Claims and answers that were held against the run."""
        return sum(len(each.claims) + (each.right is not None or each.picked is not None) for each in self.told)


def walk(lesson: Lesson, progress: Progress = silent) -> Iterator[Walked]:
    """Each step of a lesson. Findings say what a visitor would see go wrong."""
    for step in lesson.steps:
        phases: list[Phase] = ["shown", "then"] if step.ask_phase == "then" else ["shown"]
        told: list[Told] = []
        findings: list[Finding] = []
        for phase in phases:
            said, wrong = _phase(step, phase, progress)
            findings += wrong
            told += [] if said is None else [said]
        walked = Walked(step, tuple(told), tuple(findings))
        if not findings and not walked.n_claims:
            lacks = Finding(step.line, f"the step “{step.title}” claims nothing that can be checked.", "Add a claim.")
            walked = Walked(step, tuple(told), (lacks,))
        yield walked


def _phase(step: Step, phase: Phase, progress: Progress) -> tuple[Told | None, list[Finding]]:
    state = step.state(phase)
    try:
        subject = made(reads(state), completed(state.run), progress)
    except ExplorerError as error:
        return None, [Finding(step.line, error.message, error.hint)]
    findings = _views(step, phase)
    said = tell(step, phase, subject)
    findings += [Finding(each.line, f"{each.what}.", each.hint) for each in said.problems]
    lines = {each.source: each.line for each in step.claimed(phase)}
    for claim in said.claims:
        if not claim.holds:
            findings.append(Finding(lines[claim.source], f"the run does not bear out “{claim.source}”."))
    if said.picked is not None:
        findings += _picked(step, said.picked, subject)
    return said, findings


def _views(step: Step, phase: Phase) -> list[Finding]:
    """The panel's light views, as the page would get them."""
    state = step.state(phase)
    panel = panels()[state.panel]
    names = [view.name for view in panel.views if not view.heavy]
    drawn = Explorer().views(completed(state.run), state.panel, names, state.focus, state.controls)["views"]
    findings: list[Finding] = []
    for name, entry in drawn.items():
        if "absent" in entry:
            if name == state.view:
                findings.append(Finding(step.line, f"{panel.name}.{name} shows nothing: {entry['absent']['message']}"))
            continue
        for check in entry["checks"]:
            if check["error"] is None or check["error"] > check["tolerance"]:
                findings.append(Finding(step.line, f"{panel.name}.{name}: “{check['statement']}” does not hold."))
    return findings


def _picked(step: Step, picked: object, subject: Subject) -> list[Finding]:
    """What must be picked is not selected already: it could not be picked then."""
    scene = scene_of(step.show, subject)
    assert isinstance(picked, dict)
    chosen = {name: getattr(scene.focus, name) for name in picked}
    if chosen == picked:
        line = step.ask.line if step.ask else step.line
        return [Finding(line, f"what must be picked is selected already ({chosen}).", "Let the link select another.")]
    return []
