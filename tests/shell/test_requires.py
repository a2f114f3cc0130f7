"""What a view requires and is not there: a sentence, and what to open or to fetch instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import NotApplicableError, SourceMissingError
from explorer.panels import panels
from explorer.panels.protocol import Panel, View
from explorer.panels.scene import Scene
from explorer.shell import service
from explorer.shell.views import rendering
from explorer.tracing import TraceKey
from explorer.zoo import companions
from explorer.zoo.model import Model
from explorer.zoo.speech_model import SpeechModel
from explorer.zoo.verdict import refused
from tests.panels.declared import what_is_drawn_on_is_declared as what_is_drawn_on_is_declared
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
TEXT, TOKENS = "one two three and four", 5
MIXTURE, OPTIONAL_EAR = "six-kinds-moe", "moonshine-tiny"
SPEECH = panels()["pictures_and_speech"]


def views_with(what: str) -> list[tuple[Panel, View]]:
    """All that require it."""
    return [(panel, view) for panel in panels().values() for view in panel.views if what in panel.required(view)]


DENSE = pytest.param("gpt_neox", False, marks=pytest.mark.thorough)


@pytest.mark.parametrize(("architecture", "experts"), [DENSE, ("olmoe", True)])
def test_a_model_that_the_own_decoder_does_not_know(
    folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, experts: bool
) -> None:
    """What requires the decoder offers another model; what does without it is shown."""
    query, explorer = TraceKey(str(folder_of(tiny(architecture, d_vocab))), TEXT).query(), service.Explorer()
    for panel, view in views_with("decoder"):
        drawn = explorer.views(query, panel.name, [view.name], {}, {})["views"][view.name]
        mixture = "experts" in panel.required(view)
        lack = "has no experts" if mixture and not experts else f"does not know how a “{architecture}” is put together"
        assert lack in drawn["absent"]["message"], (panel.name, view.name)
        assert drawn["absent"]["offer"] == (MIXTURE if mixture else zoo.DEFAULT)
        if view.heavy:  # found before a job is begun
            said = explorer.light(query, panel.name, [view.name], {}, {})
            assert said["kind"] == "views"
            assert (said.get("pending"), said["views"][view.name]) == ([], drawn)
    for at, panel in enumerate(panels().values()):
        others = [view for view in panel.views if not view.heavy and "decoder" not in panel.required(view)]
        if not any(view.optional for view in others) or (not experts and "experts" in panel.requires):
            continue
        names = [view.name for view in others]
        # Elsewhere in the text: what another panel has worked out is kept with the run.
        drawn = explorer.views(query, panel.name, names, {"position": at % TOKENS}, {})["views"]
        lacking = {name for name, entry in drawn.items() if "absent" in entry}
        assert lacking == (set(names) if experts and panel.name == "feed_forward" else set())  # a mixture has none


def test_what_is_offered_qualifies_and_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a shelf without the default model, and where the default one itself does not qualify."""
    for name, mixture in ((zoo.DEFAULT, False), (MIXTURE, True)):
        model: Any = type("Named", (), {"name": "brought"})
        assert rendering._instead_of(model, mixture) == name
        model.name = name
        other = rendering._instead_of(model, mixture)
        assert other in zoo.shelf()
        assert other != name
        assert not mixture or zoo.shelf()[other].kind == "moe"
    dense = {"six-kinds-dense": zoo.shelf()["six-kinds-dense"]}
    monkeypatch.setattr(zoo, "shelf", lambda: dense)
    model.name = "brought"
    assert rendering._instead_of(model, False) == "six-kinds-dense"
    assert rendering._instead_of(model, True) == ""


def test_a_decoder_that_computes_another_model(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found where a view is drawn; nothing is compared to say which views apply."""

    def differs(_: Model) -> None:
        raise refused("decoder", "its logits are far away.")

    monkeypatch.setattr(Model, "decoder", property(differs))
    panel = panels()["kv_cache"]
    rendering.require(panel, panel.view("scaling"), moe, compared=False)
    with pytest.raises(NotApplicableError, match="far away") as error:
        rendering.require(panel, panel.view("scaling"), moe)
    assert error.value.facts == {"part": "decoder", "offer": zoo.DEFAULT}


def test_every_companion_is_a_model_that_is_known() -> None:
    named = {name for panel in panels().values() for view in panel.views for name in panel.companions(view)}
    assert named <= set(zoo.shelf() | zoo.companion_cards())
    assert OPTIONAL_EAR in named


def test_a_companion_that_was_not_fetched_says_how_to() -> None:
    """Before a job is begun, and without fetching it."""
    said = service.Explorer().light("", SPEECH.name, ["speech"], {}, {})
    assert said["kind"] == "views"
    assert said.get("pending") == []
    assert f"`python -m explorer fetch {OPTIONAL_EAR}`" in said["views"]["speech"]["absent"]["hint"]
    with pytest.raises(NotApplicableError) as error:
        rendering.require(SPEECH, SPEECH.view("speech"), None)
    megabytes = round(zoo.companion_cards()[OPTIONAL_EAR].download_bytes / 1e6)
    assert error.value.facts == {"fetch": OPTIONAL_EAR, "megabytes": megabytes}
    rendering.require(SPEECH, SPEECH.view("patches"), None)  # not optional: it is fetched when it is asked for


def test_why_a_companion_cannot_be_opened_keeps_its_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise SourceMissingError("No network.", "Check it.", tried=["a package"])

    monkeypatch.setattr(companions, "open_card", gone)
    monkeypatch.setattr(companions, "_opened", {})
    with pytest.raises(NotApplicableError, match=r"^No network") as error:
        Scene().companion(OPTIONAL_EAR, SpeechModel)
    assert error.value.facts == {"tried": ["a package"]}
