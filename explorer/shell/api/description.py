"""The OpenAPI document: FastAPI's own of the routes, and each panel's payloads, which are imported for it alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from explorer.panels import panels
from explorer.shell.api.payloads import payload_schema
from explorer.shell.api.problems import Problem

REF = "#/components/schemas/{model}"


def outline(api: FastAPI) -> dict[str, Any]:
    """The document without the panels' payloads: at once."""
    document = deepcopy(api.openapi())
    _add(document, [Problem])
    return document


def description(api: FastAPI) -> dict[str, Any]:
    """The whole document."""
    document = outline(api)
    models = {panel.name: payload_schema(panel) for panel in panels().values()}
    named = _add(document, list(models.values()))
    for panel, model in models.items():
        answer = document["paths"][f"/panels/{panel}"]["post"]["responses"]["200"]
        answer["content"] = {"application/json": {"schema": named[model]}}
    return document


def _add(document: dict[str, Any], models: Sequence[type[BaseModel]]) -> dict[type[BaseModel], dict[str, Any]]:
    """Document some models, and what they hold: where each stands. Raises ValueError where two bear one name."""
    named, shared = models_json_schema([(model, "serialization") for model in models], ref_template=REF)
    schemas = document["components"]["schemas"]
    for name, schema in shared["$defs"].items():
        if schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two models are documented as {name}")
    return {model: dict(schema) for (model, _), schema in named.items()}  # pyright: ignore[reportReturnType]
