"""The OpenAPI document: FastAPI's own of the routes, and each panel's payloads, which are imported for it alone."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from explorer.panels import panels
from explorer.shell.api.payloads import payload_schema
from explorer.shell.api.problems import Problem

REF = "#/components/schemas/{model}"


def description(api: FastAPI) -> dict[str, Any]:
    """The whole document."""
    document = api.openapi()
    models = {panel.name: payload_schema(panel) for panel in panels().values()}
    named, shared = models_json_schema(
        [*((model, "serialization") for model in models.values()), (Problem, "serialization")], ref_template=REF
    )
    schemas = document["components"]["schemas"]
    for name, schema in shared["$defs"].items():
        if schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two models are documented as {name}")
    for panel, model in models.items():
        answer = document["paths"][f"/panels/{panel}"]["post"]["responses"]["200"]
        answer["content"] = {"application/json": {"schema": named[model, "serialization"]}}
    return document
