"""`python -m explorer claims`, as a person types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from explorer import cli
from explorer.errors import BadRequestError

runner = CliRunner()


def typed(*words: str) -> str:
    result = runner.invoke(cli.app, ["claims", *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_claim_by_name_is_an_object_with_what_was_found() -> None:
    (made,) = json.loads(typed("days", "--json"))
    assert (made["chapter"], made["verdict"], made["found"]) == (6, "wrong", "9.6 days")
    assert made["quotation"]
    assert made["why"]


def test_the_table_keeps_what_was_asked_for() -> None:
    out = typed("--chapter", "6", "--words", "h100", "--verdict", "wrong")
    assert "9.6 days" in out
    assert out.rstrip().endswith("1 claims: 0 right, 0 loose, 1 wrong, 0 open")
    assert typed("days", "--verdict", "right").rstrip().endswith("0 claims: 0 right, 0 loose, 0 wrong, 0 open")


@pytest.mark.parametrize("words", [["no-such-claim"], ["days", "--verdict", "perhaps"]])
def test_what_there_is_not_is_refused(words: list[str]) -> None:
    with pytest.raises(BadRequestError) as refused:
        runner.invoke(cli.app, ["claims", *words], catch_exceptions=False)
    assert refused.value.hint
