"""The tools, by the protocol's own client: those of the table and nothing else; over stdio, and in this process."""

from __future__ import annotations

import json
import sys
from typing import Any

import jsonschema
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from explorer.shell.api.mcp import server
from explorer.shell.api.operations import OPERATIONS
from explorer.zoo.model import Model
from tests.shell.loops import finish

TEXT = "The capital of France is"
CALLS: dict[str, dict[str, Any]] = {
    "trace": {"text": TEXT},
    "lens": {"text": TEXT, "positions": [0, 4], "top": 20},
    "attribution": {"text": TEXT, "top": 100},
    "ablate": {"text": TEXT, "change": ["ablate:20.1"]},
    "compare": {"one": {"text": TEXT}, "other": {"text": "The capital of Italy is"}},
    "generate": {"text": TEXT, "new_tokens": 2},
    "tokenize": {"text": TEXT},
}
#: characters of an answer
BOUND = 200_000


async def listed(client: Client) -> None:
    """What there is, and that there is nothing else."""
    tools = (await client.list_tools()).tools
    assert [each.name for each in tools] == list(OPERATIONS) == list(CALLS)
    assert [each.description for each in tools] == [each.sentence for each in OPERATIONS.values()]
    assert all(each.annotations and each.annotations.read_only_hint for each in tools)
    capabilities = client.server_capabilities
    assert capabilities.tools is not None
    assert capabilities.resources is capabilities.prompts is capabilities.completions is None


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_tool_answers_within_its_schema(model: Model, mode: str) -> None:
    async def go() -> None:
        async with Client(server(), mode=mode) as client:
            await listed(client)
            schemas = {each.name: each.output_schema or False for each in (await client.list_tools()).tools}
            for name, asked in CALLS.items():
                answer = await client.call_tool(name, asked)
                assert not answer.is_error, answer.content
                jsonschema.validate(answer.structured_content, schemas[name])
                (text,) = answer.content
                assert json.loads(text.text) == answer.structured_content  # pyright: ignore[reportAttributeAccessIssue]
                assert len(text.text) < BOUND  # pyright: ignore[reportAttributeAccessIssue]

    finish(go())


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        ("lens", {"text": "a", "model": "../../no-such-folder"}, "no model"),
        ("lens", {"text": 5}, "valid string"),
        ("lens", {"text": "a", "secret": 1}, "not permitted"),
        ("trace", {}, "no text"),
        ("dispatch", {}, "no tool"),
    ],
)
def test_a_mistake_is_a_sentence(model: Model, name: str, asked: dict[str, Any], why: str) -> None:
    async def go() -> Any:
        async with Client(server()) as client:
            return await client.call_tool(name, asked)

    answer = finish(go())
    assert answer.is_error
    assert why in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


@pytest.mark.thorough
def test_over_stdio() -> None:
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "explorer", "mcp"], env={"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    )

    async def go() -> Any:
        async with Client(stdio_client(program)) as client:
            await listed(client)
            return await client.call_tool("tokenize", {"text": "Hello", "tokenizer": "smollm2"})

    answer = finish(go())
    assert [each["text"] for each in answer.structured_content["tokens"]] == ["Hello"]
