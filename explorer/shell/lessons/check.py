"""A lesson walked as a visitor would: each state applied, its light views rendered, each claim held against the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.lessons.document import Lesson, Phase, Step
from explorer.lessons.shown import Sight, shown
from explorer.lessons.state import State
from explorer.lessons.step_values import Told, told
from explorer.panels import panels
from explorer.shell.lessons.for_page import reads, scene_of
from explorer.shell.service import completed
from explorer.shell.views.checkpoints import models_in, train
from explorer.shell.views.rendering import require
from explorer.shell.views.subjects import made


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
    said: tuple[Told, ...]
    """What it said in each of its phases."""
    findings: tuple[Finding, ...]

    @property
    def n_claims(self) -> int:
        """Claims of the step, and the answer to its question."""
        phases: tuple[Phase, ...] = ("shown",) if self.step.ask_phase == "shown" else ("shown", "then")
        return sum(len(self.step.claimed(each)) for each in phases) + (self.step.ask is not None)

    @property
    def n_held(self) -> int:
        """Those that the run bears out."""
        answers = sum(each.right is not None or each.picked is not None for each in self.said)
        return sum(claim.holds for each in self.said for claim in each.claims) + answers


def walk(lesson: Lesson, progress: Progress = silent) -> Iterator[Walked]:
    """Each step of a lesson. Findings say what a visitor would see go wrong."""
    for step in lesson.steps:
        phases: list[Phase] = ["shown", "then"] if step.ask_phase == "then" else ["shown"]
        heard: list[Told] = []
        findings: list[Finding] = []
        for phase in phases:
            said, wrong = _phase(step, phase, progress)
            findings += wrong
            heard += [] if said is None else [said]
        walked = Walked(step, tuple(heard), tuple(findings))
        if not findings and not walked.n_claims:
            lacks = Finding(step.line, f"the step “{step.title}” claims nothing that can be checked.", "Add a claim.")
            walked = Walked(step, tuple(heard), (lacks,))
        yield walked


def _phase(step: Step, phase: Phase, progress: Progress) -> tuple[Told | None, list[Finding]]:
    state = step.state(phase)
    try:
        train(models_in(completed(state.run)), progress)
        subject = made(reads(state), completed(state.run), progress)
    except ExplorerError as error:
        return None, [Finding(step.line, error.message, error.hint)]
    scene = scene_of(state, subject)
    findings = _views(step, state, scene)
    said = told(step, phase, scene)
    findings += [Finding(each.line, f"{each.what}.", each.hint) for each in said.problems]
    lines = {each.source: each.line for each in step.claimed(phase)}
    for claim in said.claims:
        if not claim.holds:
            findings.append(Finding(lines[claim.source], f"the claim “{claim.source}” does not hold on the run."))
    if said.picked is not None:
        findings += _picked(step, said.picked, scene)
    return said, findings


def _views(step: Step, state: State, scene: Sight) -> list[Finding]:
    """The panel's light views, as the page would get them."""
    panel = panels()[state.panel]
    findings: list[Finding] = []
    for view in panel.views:
        if view.heavy:
            continue
        try:
            require(panel, view, scene.loaded)
            checks = shown(scene, panel.name, view.name).checks
        except NotApplicableError as error:
            if view.name == state.view:
                findings.append(Finding(step.line, f"{panel.name}.{view.name} shows nothing: {error.message}"))
            continue
        for check in checks:
            if not check.holds:
                findings.append(Finding(step.line, f"{panel.name}.{view.name}: “{check.statement}” does not hold."))
    return findings


def _picked(step: Step, picked: Mapping[str, int], scene: Sight) -> list[Finding]:
    """What must be picked is not selected already: it could not be picked then."""
    chosen = {name: getattr(scene.focus, name) for name in picked}
    if chosen != picked:
        return []
    line = step.ask.line if step.ask else step.line
    return [Finding(line, f"what must be picked is selected already ({chosen}).", "Let the link select another.")]
