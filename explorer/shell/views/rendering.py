"""A view rendered for the page: its scene made of what it requires, its result as JSON-able values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.shell.views import fetched, recorded_pictures
from explorer.zoo.companions import check_companion
from explorer.zoo.placement import COARSER, Placement, unit

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, Rendered, View
    from explorer.panels.scene import Scene
    from explorer.panels.selection import Focus, Scalar
    from explorer.shell.envelope.answers import Absent, Entry, OtherEntry
    from explorer.shell.envelope.runs import Piece
    from explorer.shell.views.drawn import Drawn, There
    from explorer.shell.views.subjects import Subject
    from explorer.zoo.card import Card
    from explorer.zoo.model import Model


def entry(view: View, drawn: Drawn) -> Entry:
    """A result, as the page gets it; with what is said of the other run where one is chosen, and that run's own."""
    from explorer.figures.payload import pack

    made, said, there = drawn
    whole: Entry = {
        "data": pack(made.data),
        "checks": [
            {"statement": c.statement, "error": pack(float(c.error)), "tolerance": c.tolerance, "word": c.word}
            for c in made.checks
        ],
        "title": made.title,
        "about": f"{made.about or view.about} {made.note}" if made.note else made.about,
    }
    if said is not None:
        whole["compared"] = {"title": said.title, "text": said.text, "fits": said.fits}
    if there is not None:
        whole["there"] = other_entry(there)
    return whole


def other_entry(there: There) -> OtherEntry:
    """The other run's result, and how it lies beside this one's."""
    from explorer.figures.payload import pack
    from explorer.shell.views.summary import model_of

    side, made = there
    scene = side.scene
    found: OtherEntry = {"data": pack(made.data), "places": blocks(side.places), "shared": side.shared}
    if scene.loaded is not None:
        found["model"] = model_of(scene.loaded, scene.run)
    if (run := scene.run) is not None:
        found["run"] = {
            "query": run.key.query(),
            "text": run.key.text,
            "ids": run.ids.tolist(),
            "nPrompt": run.n_prompt,
        }
    if not side.one_vocabulary:
        found["strings"] = strings(scene.loaded, [*made.token_ids, *([] if run is None else run.ids.tolist())])
    return found


def blocks(places: Iterable[int | None]) -> list[tuple[int, int, int]]:
    """Positions that belong together, as blocks: from where on here, from where on there, how many.

    >>> blocks((0, 1, None, 2, 3, 7))
    [(0, 0, 2), (3, 2, 2), (5, 7, 1)]
    """
    made: list[tuple[int, int, int]] = []
    for here, there in enumerate(places):
        if there is None:
            continue
        if made and (made[-1][0] + made[-1][2], made[-1][1] + made[-1][2]) == (here, there):
            made[-1] = (made[-1][0], made[-1][1], made[-1][2] + 1)
        else:
            made.append((here, there, 1))
    return made


def token_ids(drawn: Drawn) -> list[int]:
    """Ids of the tokens that a result names, in this run's vocabulary."""
    made, _, there = drawn
    if there is None or not there.side.one_vocabulary:
        return list(made.token_ids)
    run = there.side.scene.run
    return [*made.token_ids, *there.made.token_ids, *([] if run is None else run.ids.tolist())]


def absent(error: NotApplicableError) -> Entry:
    """A view that does not apply: why, and what to open instead, or to fetch."""
    why: Absent = {"message": error.message, "hint": error.hint}
    if (name := error.facts.get("fetch")) and fetched.allowed():
        why["fetch"] = str(name)
        why["hint"] = (
            f"The download has {error.facts.get('megabytes')} MB. If you accept the licence, fetch it here or with "
            f"`python -m explorer fetch {name}`."
        )
    elif name:
        why["hint"] = f"Only the owner of this server can fetch it: `python -m explorer fetch {name}`."
    if offer := error.facts.get("offer"):
        why["offer"] = str(offer)
    if recorded := error.facts.get("recorded"):
        why["recorded"] = str(recorded)
    return {"absent": why}


def require(panel: Panel, view: View, model: Model | None, compared: bool = True) -> None:
    """Raises NotApplicableError, with what to open or to fetch, where something that the view requires is not there.

    compared: the own decoder is held against transformers, where it has not been; else nothing is measured. What
    depends on a model is not asked while there is `None`.
    """
    required = panel.required(view)
    for name in panel.companions(view):
        try:
            check_companion(name)
        except ExplorerError as error:
            raise NotApplicableError.of(error) from error
    if model is None:
        return
    mixture = "experts" in required
    if {"attention", "decoder"}.intersection(required) and not model.dims.n_heads:
        raise NotApplicableError(
            f"{model.card.title} has no attention heads: its layers carry a state of fixed size from token to token.",
            "A model with attention has them.",
            offer=_instead_of(model, mixture),
            recorded=recorded_pictures.query_of(panel.name),
        )
    if mixture and not model.dims.n_experts:
        raise NotApplicableError(
            f"{model.card.title} is a dense model: it has no experts to route to.",
            "A mixture of experts has them.",
            offer=_instead_of(model, mixture),
            recorded=recorded_pictures.query_of(panel.name),
        )
    if "plain" in required or ("decoder" in required and "anywhere" not in required):
        model.check_plain()
    if "decoder" in required:
        try:
            model.check_decoder()
            _ = compared and model.decoder
        except NotApplicableError as error:
            facts = {"offer": _instead_of(model, mixture)} | error.facts
            raise NotApplicableError(error.message, error.hint, **facts) from error


def _instead_of(model: Model, mixture: bool) -> str:
    """The name of another model of the shelf, the default one first; where there is none, nothing."""
    names = [name for name, card in zoo.shelf().items() if name != model.name and _suits(card, mixture)]
    return zoo.DEFAULT if zoo.DEFAULT in names else next(iter(names), "")


def _suits(card: Card, mixture: bool) -> bool:
    """Whether a model is a mixture, where one is asked for, and whether it has attention."""
    return card.kind == "moe" or (card.kind == "dense" and not mixture)


def results(panel: Panel, view: View, scene: Scene) -> Iterator[Rendered]:
    """All that a view yields; the last is the whole. Raises NotApplicableError."""
    require(panel, view, scene.loaded)
    made = panel.results(view.name, scene)
    return made if scene.loaded is None else (rounded(each, scene.loaded.placement) for each in made)


def rounded(made: Rendered, placement: Placement) -> Rendered:
    """The checks with what the format of the weights allows, and a sentence that says so; float32's as they are."""
    if placement.dtype == "float32" or not made.checks:
        return made
    checks = tuple(replace(each, tolerance=placement.tolerance(each.tolerance)) for each in made.checks)
    dtype, times = placement.dtype, COARSER[placement.dtype]
    note = f"Tolerances are those of {dtype}: {times:g} times float32’s, at least four roundings of {unit(dtype):.2%}."
    return replace(made, checks=checks, note=f"{made.note} {note}".strip())


def strings(model: Model | None, ids: Iterable[int]) -> dict[str, Piece]:
    """Token id -> its text, or {hex} when its bytes are no whole characters."""
    found: dict[str, Piece] = {}
    if model is None:
        return found
    for i in {int(i) for i in ids}:
        raw = model.vocabulary.bytes(i)
        try:
            found[str(i)] = raw.decode("utf-8")
        except UnicodeDecodeError:
            found[str(i)] = {"hex": raw.hex(" ")}
    return found


def focus_of(wish: Mapping[str, Scalar], subject: Subject) -> Focus:
    """The selection that the page asked for, kept inside this run; unset fields take the run's own best.

    Raises BadRequestError for a field that is no number.
    """
    from explorer.panels.selection import SELECTION, Focus, FocusField, sizes_of
    from explorer.tracing.probes.telling_head import telling_head

    trace, model = subject.run, subject.model
    sizes = sizes_of(model.dims if model else None, len(trace.tokens) if trace else 0)
    chosen: dict[FocusField, int] = {}
    for each in SELECTION:
        value = wish.get(each.name)
        try:
            if value is not None and value != "":
                chosen[each.name] = each.inside(int(value), sizes)
        except (ValueError, OverflowError) as error:
            raise BadRequestError(f"“{str(value)[:40]}” is not a {each.label}.") from error
    focus = Focus(**chosen)
    if trace is None:
        return focus
    if "position" not in chosen:
        focus = replace(focus, position=trace.n_prompt - 1)
    if "layer" in chosen and "head" in chosen:
        return focus
    aim = trace.answer(focus.position) if focus.target is None else focus.target
    layer, head = telling_head(trace, focus.position, aim, chosen.get("layer"))
    return replace(focus, layer=layer, head=chosen.get("head", head))
