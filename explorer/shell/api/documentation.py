"""The documentation as one plain page, made of the OpenAPI document: it loads nothing but the page's own style."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from explorer.shell.api.results import ControlSaid, PanelSaid

Schema = Mapping[str, Any]
#: fields deep, of answers within answers
DEEP = 3
HEAD = """<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>For programs · LLM Internals Explorer</title>
<link rel="stylesheet" href="/explorer/css/theme.css">
<link rel="stylesheet" href="/explorer/css/base.css">
<link rel="stylesheet" href="/explorer/css/terms.css">
<link rel="stylesheet" href="/explorer/css/programs.css">
<script>
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
</script>
</head>
<body><main class="glossary programs">
"""


def page(document: Schema, panels: Sequence[PanelSaid]) -> str:
    """The whole page."""
    return HEAD + "\n".join(_sections(document, panels)) + "\n</main></body></html>\n"


def _sections(document: Schema, panels: Sequence[PanelSaid]) -> Iterator[str]:
    yield f"<h1>For programs</h1><p>{escape(document['info']['description'])}</p>"
    yield (
        '<p><a href="/">Back to the explorer</a> · <a href="/api/v1/openapi.json">OpenAPI 3.1</a> · '
        "the same operations by MCP at <code>/mcp</code>, or <code>python -m explorer mcp</code></p>"
    )
    tags: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/panels/"):  # those stand by themselves
                tags.setdefault(operation["tags"][0], []).append(_operation(document, path, method, operation))
    for tag, entries in tags.items():
        yield f"<h2>{escape(tag)}</h2>" + "".join(entries)
    one = document["paths"][f"/panels/{panels[0].name}"]["post"]
    any_panel = {**one, "operationId": "panel", "summary": "Views of a panel: the data that the page draws."}
    yield "<h2>Panels</h2>" + _operation(document, "/panels/{panel}", "post", any_panel)
    yield "".join(map(_views, panels))
    yield "<h2>Errors</h2>" + _problems(document)


def _operation(document: Schema, path: str, method: str, operation: Schema) -> str:
    name = escape(operation["operationId"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    asked = _fields(document, body, DEEP) + "".join(map(_parameter, operation.get("parameters", [])))
    answer = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    answered = _fields(document, answer, DEEP)
    return (
        f'<details class="endpoint" id="{name}"><summary><code>{method.upper()} /api/v1{escape(path)}</code>'
        f"<span>{escape(operation['summary'])}</span></summary>"
        f"<pre>{escape(_example(document, path, method, body))}</pre>"
        + (f"<h3>Request</h3><dl>{asked}</dl>" if asked else "")
        + (f"<h3>Answer</h3><dl>{answered}</dl>" if answered else "")
        + "</details>"
    )


def _views(panel: PanelSaid) -> str:
    """What a panel's request may name. The types of what is answered stand in the OpenAPI document."""
    views = "".join(
        _entry(view.name, ", ".join([*view.reads, *view.controls, *["measured"] * view.heavy]), view.about)
        for view in panel.views
    )
    controls = "".join(
        _entry(f"controls.{each.name}", _default(each), f"{each.meaning} Takes {each.takes}.")
        for each in panel.controls
    )
    asked = json.dumps({"text": "The capital of France is", "views": [panel.views[0].name]})
    name = escape(panel.name)
    return (
        f'<details class="endpoint" id="panel_{name}"><summary><code>POST /api/v1/panels/{name}</code>'
        f"<span>{escape(panel.title)}: {escape(panel.about)}</span></summary>"
        f"<pre>curl http://127.0.0.1:7860/api/v1/panels/{name} -H 'Content-Type: application/json' "
        f"-d '{escape(asked)}'</pre><dl>{views}</dl>"
        + (f"<h3>Controls</h3><dl>{controls}</dl>" if controls else "")
        + "</details>"
    )


def _default(control: ControlSaid) -> str:
    return "" if control.default is None else f"{control.default} {control.unit}".rstrip()


def _example(document: Schema, path: str, method: str, body: Schema) -> str:
    address = f"http://127.0.0.1:7860/api/v1{path}"
    if method == "get":
        return f"curl {address}"
    properties = _resolved(document, body).get("properties", {})
    asked: dict[str, Any] = {"text": "The capital of France is"} if "text" in properties else {}
    for name, field in properties.items():
        if "examples" in field:
            asked[name] = field["examples"][0]
        elif name in ("one", "other"):
            asked[name] = {"text": f"The capital of {'France' if name == 'one' else 'Italy'} is"}
    return f"curl {address} -H 'Content-Type: application/json' -d '{json.dumps(asked)}'"


def _parameter(parameter: Schema) -> str:
    said = parameter["schema"].get("description") or parameter.get("description", "")
    return _entry(
        f"{'?' if parameter['in'] == 'query' else ''}{parameter['name']}", _kind({}, parameter["schema"]), said
    )


def _fields(document: Schema, schema: Schema, deep: int) -> str:
    """The fields of an object, those within them indented."""
    found = _resolved(document, schema)
    needed = found.get("required", [])
    entries = []
    for name, field in found.get("properties", {}).items():
        kind = _kind(document, field) + (" · needed" if name in needed and "default" not in field else "")
        entries.append(_entry(name, kind, field.get("description", "")))
        inner = _fields(document, _within(document, field), deep - 1) if deep > 1 else ""
        if inner:
            entries.append(f'<dd class="inner"><dl>{inner}</dl></dd>')
    return "".join(entries)


def _entry(name: str, kind: str, said: str) -> str:
    return f"<dt><code>{escape(name)}</code> <small>{escape(kind)}</small></dt><dd>{escape(said)}</dd>"


def _resolved(document: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name] if name else schema


def _within(document: Schema, field: Schema) -> Schema:
    """The object that a field holds, or that its list or its first choice holds."""
    if choices := field.get("anyOf"):
        field = choices[0]
    if items := field.get("items"):
        field = items
    return _resolved(document, field)


def _kind(document: Schema, field: Schema) -> str:
    """A field's type in a word or two.

    >>> _kind({}, {"type": "integer", "minimum": 1, "maximum": 20, "default": 5})
    'integer, 1 to 20, 5'
    """
    if name := field.get("$ref", "").rpartition("/")[2]:
        return name
    if choices := field.get("anyOf"):
        return " or ".join(dict.fromkeys(_kind(document, each) for each in choices))
    if field.get("type") == "array":
        return f"list of {_kind(document, field['items'])}" if field.get("items") else "list"
    words = [str(field.get("type", "any"))]
    if "enum" in field:
        words = [" | ".join(map(str, field["enum"]))]
    if "maximum" in field and field["maximum"] < 2**53 - 1:
        words.append(f"{field.get('minimum', field.get('exclusiveMinimum', 0)):g} to {field['maximum']:g}")
    if isinstance(field.get("default"), str | int | float):
        words.append(str(field["default"]))
    return ", ".join(words)


def _problems(document: Schema) -> str:
    """Statuses, and the errors that are meant."""
    from explorer.errors import ExplorerError
    from explorer.shell.api.problems import STATUSES

    said = _fields(document, {"$ref": "#/components/schemas/Problem"}, DEEP)
    kinds = "".join(
        f'<dt id="{kind.__name__}"><code>{kind.__name__}</code> <small>{status}</small></dt>'
        f"<dd>{escape((kind.__doc__ or '').split(chr(10))[0])}</dd>"
        for kind, status in STATUSES.items()
        if issubclass(kind, ExplorerError)
    )
    return f'<p><code>application/problem+json</code>, as RFC 9457 has it:</p><dl id="unread">{said}{kinds}</dl>'
