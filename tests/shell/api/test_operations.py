"""What the operations say is what the Python API computes; each carries its checks, and they can fail."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from explorer.errors import BadRequestError, EmptyPromptError, ExplorerError, NotApplicableError, UnavailableError
from explorer.fetching.progress import silent
from explorer.shell.api import problems
from explorer.shell.api.operations import OPERATIONS
from explorer.shell.api.requests import Run
from explorer.tracing import TraceKey, capture
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model

TEXT = "The capital of France is"


def ask(name: str, **asked: Any) -> Any:
    operation = OPERATIONS[name]
    return operation.function(operation.request.model_validate(asked), silent)


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


def held(answer: Any) -> None:
    assert answer.checks
    assert all(each.holds and each.error <= each.tolerance for each in answer.checks), answer.checks


def test_a_run_in_short(model: Model, trace: Trace) -> None:
    found = ask("trace", text=TEXT, positions=[0, 4], top=3)
    held(found)
    assert [each.id for each in found.tokens] == trace.ids.tolist()
    assert b"".join(bytes.fromhex(each.bytes) for each in found.tokens).decode() == TEXT
    assert [each.position for each in found.next] == [0, 4]
    ids, probabilities = trace.likeliest(3)
    assert [each.id for each in found.next[1].top] == ids[4].tolist()
    assert [each.probability for each in found.next[1].top] == pytest.approx(probabilities[4].tolist(), abs=1e-6)
    assert ask("trace", query=found.key).tokens == found.tokens, "the key gives the same run again"


def test_the_lens_ends_with_the_models_own_answer(model: Model, trace: Trace) -> None:
    found = ask("lens", text=TEXT, target=" Paris", top=2)
    held(found)
    (column,) = found.columns
    assert len(column.depths) == model.dims.n_layers + 1
    assert column.depths[-1].top[0].text == " Paris"
    assert [each.target_rank for each in column.depths] == trace.rank(4, column.target.id).tolist()
    assert f"target={column.target.id}" in found.link


def test_the_parts_listed_and_not_listed_are_the_logit(model: Model, trace: Trace) -> None:
    found = ask("attribution", text=TEXT, top=7)
    held(found)
    assert len(found.parts) == 7
    assert sum(each.contribution for each in found.parts) + found.others == pytest.approx(found.lead, abs=1e-3)
    assert found.logit - found.reference == pytest.approx(found.lead)
    assert ask("attribution", text=TEXT, over="raw").lead == found.logit
    over = ask("attribution", text=TEXT, rival=" the")
    assert (over.over, "rival=" in over.link) == ("·the", True)
    own = trace.attribution(4, found.target.id)
    for part in found.parts:
        if part.kind == "head":
            assert part.contribution == pytest.approx(float(own.heads[part.layer, part.head]))
            assert part.part == f"L{part.layer}.H{part.head}"


def test_a_change_moves_what_the_traced_run_says_it_moves(model: Model, trace: Trace) -> None:
    found = ask("ablate", text=TEXT, change=["mlp:20", "ablate:20.1"], new_tokens=2)
    held(found)
    assert any("before block 20" in each.statement for each in found.checks)
    changed = capture(model, TraceKey.parse(found.key))
    moved = found.target
    assert moved.change == pytest.approx(
        float(changed.logits[4, moved.token.id] - trace.logits[4, moved.token.id]), abs=1e-4
    )
    assert moved.change != 0
    assert found.kl > 0
    assert "do=mlp:20,ablate:20.1" in found.link


def test_two_runs_side_by_side(model: Model) -> None:
    found = ask("compare", one={"text": TEXT}, other={"text": "The capital of Italy is"}, top=3)
    held(found.one)
    held(found.other)
    assert found.same_vocabulary
    assert found.shared_tokens == 3
    assert {" Paris", " Rome"} <= {each.token.text for each in found.shifts}
    other = ask("compare", one={"text": TEXT}, other={"text": TEXT, "model": "six-kinds-dense"})
    assert (other.same_vocabulary, other.kl, other.shifts) == (False, None, [])


def test_what_was_drawn_is_drawn_again(model: Model) -> None:
    asked = {"text": TEXT, "new_tokens": 3, "seed": 5, "sampler": {"temperature": 0.8, "top_k": 40}}
    found = ask("generate", **asked)
    held(found)
    assert len(found.steps) == 3
    assert found.text == "".join(each.chosen.text for each in found.steps)
    assert ask("generate", **asked).text == found.text
    forced = ask("generate", **asked, forced=[{"step": 0, "token": 260}])
    assert forced.steps[0].forced
    assert forced.steps[0].chosen.id == 260


@pytest.mark.parametrize("text", ["", "Hello wörld 🎈", "<|im_end|>", "مرحبا", "a\ud800b", "${x}<b>"])
def test_a_text_in_tokens(text: str) -> None:
    found = ask("tokenize", text=text)
    held(found)
    assert b"".join(bytes.fromhex(each.bytes) for each in found.tokens) == text.encode("utf-8", "replace").replace(
        b"?", "\ufffd".encode()
    )


@pytest.mark.parametrize(
    ("name", "asked", "error"),
    [
        ("trace", {}, EmptyPromptError),
        ("trace", {"text": " "}, EmptyPromptError),
        ("trace", {"text": "a", "query": "text=b"}, BadRequestError),
        ("trace", {"text": "a", "positions": [9]}, BadRequestError),
        ("lens", {"text": "a", "target": "several tokens at once"}, BadRequestError),
        ("lens", {"text": "a", "target": 10**9}, BadRequestError),
        ("ablate", {"text": "a", "change": ["head 3 off"]}, BadRequestError),
        ("ablate", {"text": "a", "change": ["ablate:99.0"]}, BadRequestError),
    ],
)
def test_what_makes_no_sense_is_told(
    model: Model, name: str, asked: dict[str, Any], error: type[ExplorerError]
) -> None:
    with pytest.raises(error):
        ask(name, **asked)


@pytest.mark.parametrize(
    "asked",
    [{"text": "a", "top": 21}, {"text": 5}, {"text": "a", "new_tokens": 65}, {"text": "a", "positions": list(range(9))},
     {"text": "a", "unknown": 1}, {"text": "x" * 20_001}, {"text": "a", "sampler": {"top_p": 0}}],
)  # fmt: skip
def test_what_passes_the_bounds_is_refused_unread(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OPERATIONS["trace"].request.model_validate(asked)


def test_positions_after_the_runs_part_are_not_compared(model: Model) -> None:
    whole = {"text": TEXT, "sampler": {"temperature": 0}, "new_tokens": 3}
    with pytest.raises(NotApplicableError, match="different tokens"):
        ask("ablate", **whole, change=[f"mlp:{layer}" for layer in range(20)], position=7)


def test_the_checks_can_fail(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is broken where it is measured: a wrong matrix, a wrong draw, a wrong spelling."""
    from explorer.experiments.overview import block_writes
    from explorer.figures.overview import residual_stream
    from explorer.stack.inference.decoding.sampling import Stages
    from explorer.stack.tokenization.tokenizer import Tokenizer

    held(ask("generate", text=TEXT, new_tokens=1))
    monkeypatch.setattr(Stages, "choose", lambda *_: 0)
    assert not ask("generate", text=TEXT, new_tokens=1).checks[0].holds
    monkeypatch.setattr(Tokenizer, "decode_bytes", lambda *_: b"")
    assert not ask("tokenize", text="a").checks[0].holds
    monkeypatch.setattr(residual_stream, "last_row_error", lambda *_: math.nan)
    (last,) = ask("lens", text=TEXT).checks
    assert (last.holds, last.error) == (False, None)
    real = block_writes.written
    monkeypatch.setattr(
        block_writes, "written", lambda *args: block_writes.Written(2 * real(*args).vectors, real(*args).made)
    )
    assert not any(each.holds for each in ask("attribution", text=TEXT).checks)


def test_every_error_has_its_word_in_http() -> None:
    for kind in ExplorerError.__subclasses__():
        said = problems.problem(kind("It is so.", "Do that.", limit=3, bad=math.nan))
        assert said.status == 503 if kind is UnavailableError else 400 <= said.status < 500
        assert (said.detail, said.hint, said.facts) == ("It is so.", "Do that.", {"limit": 3})


def test_what_is_no_visitors_mistake_is_not_told_in_detail(caplog: pytest.LogCaptureFixture) -> None:
    said = problems.problem(RuntimeError("/secret/path"))
    assert said.status == 500
    assert "secret" not in said.model_dump_json()
    assert "secret" in caplog.text


def test_a_run_by_its_parts_is_the_run_of_its_link() -> None:
    key = Run.model_validate(
        {"text": TEXT, "chat": True, "new_tokens": 2, "sampler": {"top_k": 9}, "seed": 3, "interventions": ["mlp:3"]}
    ).key()
    assert Run.model_validate({"query": key.query()}).key() == key


SHORT = "1G1iHIUUV0HWWMMcZQxxnDAA"


@pytest.mark.parametrize("before", ["", "?", "/?", "https://demo.example/?"])
def test_a_link_is_read_as_the_page_reads_it(before: str) -> None:
    """A short one, which *Share* copies, was answered with the page's own text, as was a whole address."""
    key = TraceKey("six-kinds-moe", "Two words", seed=7)
    assert Run.model_validate({"query": f"{before}{key.query()}&panel=walk&layer=3"}).key() == key
    short = Run.model_validate({"query": f"{before}s={SHORT}"}).key()
    assert (short.text, short.max_new_tokens) == ("When Mary and John went to the store, John gave a drink to", 12)
    long = Run.model_validate({"query": f"{before}text=Is+it%3F+https://a.example/?x%3D1&model=gpt2"}).key()
    assert (long.model, long.text) == ("gpt2", "Is it? https://a.example/?x=1")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (f"s={SHORT[:-3]}", BadRequestError), ("s=2abc", BadRequestError), ("s=1", BadRequestError),
        ("", EmptyPromptError), ("foo=bar", EmptyPromptError), ("panel=walk&layer=3", EmptyPromptError),
        ("model=gpt2&new=3", EmptyPromptError), ("model=gpt2&text=", EmptyPromptError), ("Hello", EmptyPromptError),
    ],
)  # fmt: skip
def test_a_link_that_names_no_text_is_no_run_of_another(query: str, error: type[ExplorerError]) -> None:
    with pytest.raises(error):
        ask("trace", query=query)
    with pytest.raises(ExplorerError):
        ask("compare", one={"text": "a"}, other={"query": query})


def test_a_view_that_reads_no_run_asks_for_no_text() -> None:
    from explorer.shell.api.drawing import subject_key
    from explorer.shell.api.requests import PanelRequest
    from explorer.shell.jobs.order import find

    def read(panel: str, view: str, query: str) -> TraceKey:
        found, its = find(panel, view)
        return subject_key(found, [its], PanelRequest.model_validate({"query": query}))

    assert read("dimensions", "sizes", "model=six-kinds-moe").model == "six-kinds-moe"
    for query in ("", "panel=dimensions"):
        with pytest.raises(BadRequestError):
            read("dimensions", "sizes", query)
        assert read("bpe_training", "merges", query).text == "-"
