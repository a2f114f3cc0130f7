"""Checkpoints that runs ask for: trained once for all who wait, in turns, within the server's bounds."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from explorer.errors import BadRequestError, BusyError, ExplorerError, TimeUpError, UntrainedError
from explorer.shell import at_work, settings, trainings
from explorer.shell.api.operations import OPERATIONS
from explorer.shell.api.problems import problem
from explorer.shell.api.requests import CompareRequest, TraceRequest
from explorer.shell.bounds import Bounds
from explorer.shell.jobs import worker
from explorer.shell.jobs.jobs import Jobs
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.jobs.order import Stopped, training_order
from explorer.shell.settings import Settings
from explorer.shell.views import subjects
from explorer.shell.views.checkpoints import missing, models_in
from explorer.zoo import checkpoints
from explorer.zoo.made_names import Trained, parse
from tests.shell.jobs.test_jobs import Scripted
from tests.shell.loops import finish
from tests.zoo.checkpoints import named, written

NAME = "trained:block_variants.residual_path.with,blocks:2,seed:{},steps:8,texts:passages@2"
DONE = b'{"entry":null,"strings":{},"partial":false}'


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, empty_cache: Any) -> Any:
    """A server whose process makes each checkpoint of a tiny model; `orders` are those that it was given."""
    assert empty_cache

    def script(number: int, send: Any, given_up: Any) -> None:
        order = place.orders[-1]
        send("status", "Training", 1, 2)
        if not given_up():
            name = parse(models_in(order.query)[0])
            assert isinstance(name, Trained)
            written(name)
            send("done", DONE)

    place = Scripted(script)
    made: Any = Jobs(Answers(), 0, None, waiting=8, share=4)
    made._slots = [place]
    threading.Thread(target=made._serve, args=(place,), daemon=True).start()
    monkeypatch.setattr(at_work, "jobs", lambda: made)
    return place


async def heard(*models: str, visitor: str = "a") -> list[str]:
    return [each["stage"] async for each in trainings.trained(models, visitor)]


def test_it_is_trained_once_with_its_progress_and_found_from_then_on(served: Any) -> None:
    said = finish(heard("smollm2-135m", NAME.format(0)))
    assert said
    assert [each.key for each in served.orders] == [training_order(NAME.format(0)).key]
    assert finish(heard(NAME.format(0))) == []
    checkpoints.shrink(0)  # the answer of the job is kept, the checkpoint is not
    finish(heard(NAME.format(0)))
    assert len(served.orders) == 2


def test_all_who_ask_for_one_wait_for_one_training(served: Any) -> None:
    async def crowd() -> None:
        await asyncio.gather(*(heard(NAME.format(1), visitor=str(each)) for each in range(50)))

    finish(crowd())
    assert len(served.orders) == 1


def test_fifty_who_ask_for_fifty_are_bounded_and_take_turns(served: Any) -> None:
    async def crowd() -> list[Any]:
        greedy = [heard(NAME.format(each), visitor="greedy") for each in range(2, 30)]
        others = [heard(NAME.format(each), visitor=str(each)) for each in range(30, 50)]
        return await asyncio.gather(*greedy, *others, return_exceptions=True)

    ended = finish(crowd())
    busy = [each for each in ended if isinstance(each, BusyError)]
    assert len(ended) - len(busy) == len(served.orders) <= 10
    assert busy
    assert any("are yours" in each.message for each in busy)
    assert any(not isinstance(each, Exception) for each in ended[28:])  # who asks for one has a place beside the greedy


def test_who_leaves_is_not_trained_for(served: Any) -> None:
    async def left() -> None:
        async for _ in trainings.trained([NAME.format(60)], "a", lambda: False):
            pass

    with pytest.raises(Stopped):
        finish(left())


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("BadRequestError", BadRequestError), ("TimeUpError", TimeUpError), ("Stopped", Stopped),
        ("JobError", ExplorerError), ("annotations", ExplorerError),
    ],
)  # fmt: skip
def test_what_ends_a_training_is_told_as_what_it_was(failure: str, kind: type[Exception]) -> None:
    told = trainings.raised({"name": failure, "message": "No.", "hint": "Wait.", "facts": {"seconds": 3}})
    assert isinstance(told, kind)
    assert failure == "Stopped" or (isinstance(told, ExplorerError) and told.message == "No.")


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_started", [Settings(public=True, bounds=Bounds.read({}, public=True))])


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("trained:six-kinds-dense@2200", "trains for at most 120 s"),
        ("trained:six-kinds-dense@2201", "no step 2,201"),
        ("trained:nothing@1", "no recipe"),
        ("trained:block_variants.residual_path.neither@1", "no training"),
        ("trained:block_variants.residual_path.with,blocks:99@1", "blocks"),
        ("trained:block_variants.residual_path.with,layers:2@1", "no setting “layers”"),
        ("trained:block_variants.residual_path.with@121", "no step 121"),
        ("trained:walk.river.any@1", "no training"),
        ("trained:/etc/passwd@1", "not of the form"),
        ("adapter:smollm2-135m+x", "opens no adapters"),
        ("/etc/passwd", "only its own models"),
    ],
)
def test_a_public_server_refuses_what_is_not_its_own_and_what_takes_long(name: str, words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        subjects.allow(name)
    with pytest.raises(BadRequestError, match=words):
        subjects.made("run", f"model={name.replace('+', '%2B')}&text=a")


@pytest.mark.usefixtures("public")
def test_a_public_server_opens_what_is_made_of_its_shelf() -> None:
    for name in (
        "trained:six-kinds-dense@100",
        NAME.format(0),
        "quantized:six-kinds-dense+nf4",
        "adapter:smollm2-135m+json",
    ):
        subjects.allow(name)


def test_programs_wait_for_what_all_their_runs_read(served: Any) -> None:
    names = [NAME.format(70), NAME.format(71)]
    one, other = ({"text": "a", "model": name} for name in names)
    asked = CompareRequest.model_validate({"one": one, "other": other})
    found: Any = finish(OPERATIONS["compare"].answered(asked))
    assert found.same_vocabulary
    assert found.kl == pytest.approx(0, abs=1e-9)  # the scripted process makes one model of both
    assert len(served.orders) == 2
    again: Any = finish(OPERATIONS["trace"].answered(TraceRequest(text="ab", model=names[0])))
    assert again.model == names[0]
    assert again.n_prompt == 2
    assert len(served.orders) == 2


def test_a_program_is_told_which_name_says_nothing(served: Any) -> None:
    with pytest.raises(BadRequestError, match="no step 99"):
        finish(OPERATIONS["trace"].answered(TraceRequest(text="a", model=NAME.format(0).replace("@2", "@99"))))
    assert not served.orders
    assert problem(UntrainedError("There is none.")).status == 424


def test_the_process_that_measures_trains_what_a_view_reads(empty_cache: Any) -> None:
    assert empty_cache
    name = NAME.format(80)
    told: list[Any] = []
    assert worker.measure(training_order(name), lambda *said: told.append(said)) == DONE
    assert told
    assert missing([name]) == []
    told.clear()
    worker.measure(training_order(name), lambda *said: told.append(said))
    assert not told


def test_models_of_a_run_and_of_what_is_beside_it() -> None:
    assert missing(["smollm2-135m", "trained:not well written"]) == []
    assert models_in("text=a") == []
    assert named(3).text.startswith("trained:")
