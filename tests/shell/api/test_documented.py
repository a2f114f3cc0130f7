"""The OpenAPI document, and every endpoint fuzzed from it: no 5xx, no stack trace, what comes is what is documented.

EXPLORER_FUZZ=100 asks each endpoint a hundred times instead of a few: some minutes, by hand.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import booleans

from explorer.panels import panels
from explorer.shell.api.documentation import page as written
from explorer.shell.api.drawing import panels_said
from explorer.shell.api.operations import OPERATIONS
from explorer.shell.api.payloads import payload_of
from tests.shell.api.served import served
from tests.tiers import spread

TIMES = int(os.environ.get("EXPLORER_FUZZ", "0"))
#: requests of an operation, and of a panel
OPERATION, PANEL = TIMES or 12, TIMES or 2
SMALL = "six-kinds-dense"


def quick(body: Any, mend: bool) -> Any:
    """The same request of a small model that writes little; mended, so that it is not refused at the door."""
    if not isinstance(body, dict):
        return body
    for name in {"one", "other"} & set(body):
        body[name] = quick(body[name], mend)
    if isinstance(body.get("new_tokens"), int):
        body["new_tokens"] = min(body["new_tokens"], 2)
    if {"tokenizer", "one"} & set(body):
        return body
    if mend:
        body = {name: value for name, value in body.items() if name not in ("query", "order", "forced", "views")}
        body |= {"text": f"{body.get('text') or ''} a b", "model": SMALL, "interventions": []}
        body |= {name: ["mlp:1"] for name in {"change"} & set(body)}
        body |= dict.fromkeys({"position"} & set(body), 1) | {name: [0] for name in {"positions"} & set(body)}
        body |= dict.fromkeys({"target"} & set(body), 300)
    elif body.get("query") is None:
        body["model"] = body.get("model", SMALL)
        body["model"] = SMALL if body["model"] == "smollm2-135m" else body["model"]
    return body


@pytest.fixture(scope="module")
def api() -> Any:
    import schemathesis

    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served("testserver"))


def test_every_view_says_which_payload_it_is_drawn_from() -> None:
    from explorer.figures.payload import Payload

    for panel in panels().values():
        for view in panel.views:
            kind = payload_of(panel, view.name)
            kinds = {*(get_args(kind) or (kind,))} - {type(None)}  # None: there is nothing to draw yet
            assert kinds, f"{panel.name}.{view.name}"
            assert all(issubclass(each, Payload) for each in kinds), f"{panel.name}.{view.name}"


def test_the_document_and_its_page(api: Any) -> None:
    found = api.raw_schema
    page = written(found, panels_said().panels)
    assert found["openapi"].startswith("3.1")
    assert found["servers"] == [{"url": "/api/v1"}]
    described = found["components"]["schemas"]["ResidualLens"]
    assert "depth pos k" in json.dumps(described["properties"]["ids"])
    for name, operation in OPERATIONS.items():
        assert found["paths"][f"/{name}"]["post"]["summary"] == operation.sentence
        assert f'id="{name}"' in page
    for panel in panels().values():
        assert all(f"<code>{view.name}</code>" in page for view in panel.views)
    assert "http://" not in page.replace("http://127.0.0.1:7860", "")
    assert "https://" not in page, "nothing is loaded from elsewhere"


def test_the_schema_says_what_a_run_needs() -> None:
    """A program that reads it alone sent neither a text nor a link, as it was allowed to."""
    from jsonschema import Draft202012Validator
    from mcp_types import Tool

    from explorer.shell.api.mcp import tool

    for name in ("trace", "lens", "attribution", "generate", "ablate", "compare"):
        asked, more = OPERATIONS[name].request, {"change": ["mlp:1"]} if name == "ablate" else {}
        valid = Draft202012Validator(asked.model_json_schema()).is_valid
        for run, fits in (({"text": "a"}, True), ({"query": "text=a"}, True), ({}, False), ({"text": None}, False)):
            assert valid({"one": run, "other": run} if name == "compare" else {**run, **more}) is fits, (name, run)
        offered: Tool = tool(OPERATIONS[name])
        assert "anyOf" not in offered.input_schema, "clients of models' makers refuse it there"


@pytest.mark.parametrize("of_panels", spread([False, True], 1), ids=["operations", "panels"])
def test_every_endpoint(api: Any, of_panels: bool, capsys: pytest.CaptureFixture[str]) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    asked: Counter[int] = Counter()
    every = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    chosen = api.include(path_regex="^/panels/") if of_panels else api.exclude(path_regex="^/panels/")
    for found in chosen.get_all_operations():
        strategy = found.ok().as_strategy()

        @hypothesis_settings(
            max_examples=PANEL if of_panels else OPERATION,
            deadline=None,
            database=None,
            derandomize=not TIMES,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
                HealthCheck.function_scoped_fixture,
            ],
        )
        @given(case=strategy, mend=booleans())
        def ask(case: Any, mend: bool) -> None:
            case.body = quick(case.body, mend)
            answer = case.call(timeout=120)  # models that are first loaded, on a busy machine
            asked[answer.status_code] += 1
            case.validate_response(answer, checks=every)
            assert "Traceback" not in answer.text
            assert 'File "' not in answer.text

        ask()
    with capsys.disabled():
        print(f" {sum(asked.values())} requests, by status {dict(asked)}", end=" ")
