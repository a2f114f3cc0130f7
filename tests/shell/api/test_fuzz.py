"""Every endpoint, fuzzed from its own OpenAPI document: no 5xx, no stack trace, and what comes is what is documented.

EXPLORER_FUZZ=100 asks each endpoint a hundred times instead of a few: some minutes, by hand.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import booleans

from tests.shell.api.served import served

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
        body |= {name: 1 for name in {"position"} & set(body)} | {name: [0] for name in {"positions"} & set(body)}
        body |= {name: 300 for name in {"target"} & set(body)}
    elif body.get("query") is None:
        body["model"] = body.get("model", SMALL)
        body["model"] = SMALL if body["model"] == "smollm2-135m" else body["model"]
    return body


@pytest.fixture(scope="module")
def api() -> Any:
    import schemathesis

    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served("testserver"))


@pytest.mark.parametrize("panels", [False, True], ids=["operations", "panels"])
def test_every_endpoint(api: Any, panels: bool, capsys: pytest.CaptureFixture[str]) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    asked: Counter[int] = Counter()
    every = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    chosen = api.include(path_regex="^/panels/") if panels else api.exclude(path_regex="^/panels/")
    for found in chosen.get_all_operations():
        strategy = found.ok().as_strategy()

        @hypothesis_settings(
            max_examples=PANEL if panels else OPERATION,
            deadline=None,
            database=None,
            derandomize=not TIMES,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy, mend=booleans())
        def ask(case: Any, mend: bool) -> None:
            case.body = quick(case.body, mend)
            answer = case.call()
            asked[answer.status_code] += 1
            case.validate_response(answer, checks=every)
            assert "Traceback" not in answer.text
            assert 'File "' not in answer.text

        ask()
    with capsys.disabled():
        print(f" {sum(asked.values())} requests, by status {dict(asked)}", end=" ")
