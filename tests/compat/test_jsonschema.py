"""jsonschema's readers of patterns, as `explorer.compat.jsonschema` sets them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

SCHEMA = {"type": "string", "pattern": r"^\p{Lu}+$"}
#: In a process of its own: what it does lasts.
PROGRAM = r"""
from explorer.compat.jsonschema import read_patterns_by_regex
read_patterns_by_regex()
import jsonschema
kind = jsonschema.Draft202012Validator
print(kind({"pattern": r"^\p{Lu}+$"}).is_valid("ÄB"), kind({"pattern": r"^\p{Lu}+$"}).is_valid("ab"))
print(kind({"patternProperties": {r"^\p{Lu}$": {"type": "number"}}}).is_valid({"Ä": "no number"}))
print(kind({"patternProperties": {r"^\p{Lu}$": True}, "additionalProperties": False}).is_valid({"Ä": 1}))
"""


def test_patterns_everywhere_in_a_schema_are_read_by_regex() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["True False", "False", "True"]


def test_without_it_they_are_not() -> None:
    with pytest.raises(Exception, match=r"bad escape"):
        jsonschema.Draft202012Validator(SCHEMA).is_valid("ÄB")
