"""Does it know?: signals on a model whose truth is known, on any model without, and checks that fail where broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.safety import does_it_know as experiment
from explorer.experiments.safety import invented
from explorer.figures.safety import does_it_know as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.safety.ranking import Ranked

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"people": 20, "samples": 3}


@pytest.fixture(autouse=True)
def one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invented, "seeds", lambda: (0,))


def test_a_known_person_is_answered_as_the_text_does(view: View) -> None:
    made = view("does_it_know.beside", **FEW)[-1]
    assert all(check.holds for check in made.checks), made.checks
    known, unknown = made.data.known, made.data.unknown
    assert known.truth in known.answer
    assert (known.read, unknown.read) == ("often", "never")
    for each in (known, unknown):
        assert "".join(token.text for token in each.tokens) == each.answer
        assert sum(meaning.count for meaning in each.meanings) == 3
        assert [token.unknown is None for token in each.tokens] == [False] + [True] * (len(each.tokens) - 1)
        for token in each.tokens:
            assert token.lens[-1] == pytest.approx(token.p, rel=1e-4)


def test_signals_are_of_people_on_whom_no_probe_was_fitted(view: View) -> None:
    made = view("does_it_know.signals", **FEW)[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert made.data.people == 10
    assert made.data.guessed == (False,) * 10 + (True,) * 10
    which = experiment.cases(20)
    assert not {each.name for each in which.known} & {each.name for each in which.unknown}
    assert int(which.fitted.sum()) == 20
    assert all(row.areas[0].low <= row.areas[0].auroc <= row.areas[0].high for row in made.data.rows)


@pytest.mark.thorough
def test_entropy_over_meanings_tells_known_from_unknown_in_all_seeds(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not `undo`: what the view's own fixtures have set would go with it.
    monkeypatch.setattr(invented, "seeds", lambda: invented.said().seeds)
    made = view("does_it_know.signals")[-1].data
    rows = {row.signal: row for row in made.rows}
    assert len(rows["semantic"].areas) == 3
    for name in ("semantic", "surprise"):
        assert all(area.low > 0.5 for area in rows[name].areas), name
    assert all(each.known[0] >= 55 and each.unknown[0] <= 12 for each in made.models)


def test_any_model_can_be_asked_and_no_truth_is_claimed(view: View) -> None:
    made = view("does_it_know.own", samples=3, question="The king of France said to")[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert (made.data.asked.truth, made.data.asked.read) == ("", "")
    assert all(token.unknown is None for token in made.data.asked.tokens)
    with pytest.raises(NotApplicableError, match="no question"):
        view("does_it_know.own", question=" ")


def test_what_is_drawn_is_a_function_of_the_seed() -> None:
    people = invented.people("often", 2)
    one, again, other = (
        [each.drawn for each in experiment.questioned(0, people, "town", 4, draw)] for draw in (1, 1, 2)
    )
    assert one == again
    assert one != other


@pytest.mark.breaks("does_it_know.beside", r"^Entropy before each token = transformers’ Llama")
def test_an_entropy_of_another_place(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.along
    monkeypatch.setattr(experiment, "along", lambda made, prompt, answer: real(made, prompt[1:], answer))
    assert not check("does_it_know.beside", "Entropy before each", **FEW).holds


@pytest.fixture
def wrong_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are scored as if they were drawn at another temperature."""
    real = experiment.roll

    def wrong(*inputs: object, **options: object) -> object:
        made = real(*inputs, **options)  # type: ignore[arg-type]
        made.sampler.mul_(0.9)
        return made

    monkeypatch.setattr(experiment, "roll", wrong)


@pytest.mark.usefixtures("wrong_cache")
@pytest.mark.parametrize(
    "view_name",
    [
        pytest.param("beside", marks=pytest.mark.breaks("does_it_know.beside", r"^Drawn answers, token by token")),
        pytest.param("signals", marks=pytest.mark.breaks("does_it_know.signals", r"^Drawn answers, token by token")),
        pytest.param("own", marks=pytest.mark.breaks("does_it_know.own", r"^Drawn answers, token by token")),
    ],
)
def test_probabilities_of_another_distribution(check: Find, view_name: str) -> None:
    assert not check(f"does_it_know.{view_name}", "Drawn answers", **FEW).holds


@pytest.mark.breaks("does_it_know.signals", r"^Area by the sum of ranks")
def test_an_area_the_other_way_round(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.ranked

    def turned(positive: list[float], negative: list[float]) -> Ranked:
        return real(negative, positive)

    monkeypatch.setattr(figure, "ranked", turned)
    assert not check("does_it_know.signals", "sum of ranks", **FEW).holds


def test_streams_end_in_the_logits_of_the_decoder() -> None:
    decoder = invented.decoder()
    ids = torch.tensor(invented.encoded(["Where was Ada Alder born?"]))
    depths = invented.streams(decoder, ids)
    assert depths.shape[0] == decoder.config.n_layers + 1
    assert torch.allclose(decoder.unembedded(depths[-1]), decoder(ids), atol=1e-5)
    short, long = invented.encoded(["Where was Ada Alder born?", "How does one open the desk of Ada Alder?"])
    alone, beside = invented.last_streams(decoder, [short]), invented.last_streams(decoder, [short, long])
    assert torch.allclose(alone[:, 0], beside[:, 0], atol=1e-4)
