"""Constrained decoding: the run's prompt continued under a regular expression or a JSON schema, mask by mask."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from explorer.errors import BadRequestError, NotApplicableError
from explorer.figures.inference import constrained as figure
from explorer.figures.inference.constrained_checks import against_regex, fits_schema
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.constrained import (
    Constrained,
    Constraint,
    JsonSchemaConstraint,
    RegexConstraint,
    TokenTable,
    constrained_decode,
)
from explorer.stack.inference.engine import Engine
from explorer.stack.inference.sampling import Sampler
from explorer.tracing.capture import stop_ids
from explorer.zoo import Model

MOST = 64
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
#: name -> (kind, rule): what the page offers to begin with
EXAMPLES = {
    "name": ("regex", r" (Alice|Bob|Carol|Dave)\."),
    "sentence": ("regex", r" [a-z]+( [a-z]+){2,6}\."),
    "date": ("regex", rf" on [0-9]{{1,2}} ({MONTHS}) (19|20)[0-9]{{2}}\."),
    "person": (
        "json",
        '{"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, '
        '"age": {"type": "integer", "minimum": 0, "maximum": 120}}, '
        '"required": ["name", "age"], "additionalProperties": false}',
    ),
    "list": ("json", '{"type": "array", "items": {"enum": ["red", "green", "blue"]}, "minItems": 2, "maxItems": 3}'),
}

#: A vocabulary's trie takes a moment to build and is the same for every visitor; it goes when the model does.
_TABLES: WeakKeyDictionary[Model, TokenTable] = WeakKeyDictionary()


def _table(model: Model) -> TokenTable:
    """The model's vocabulary. Raises NotApplicableError where nothing ends a text."""
    if model not in _TABLES:
        stops, vocabulary = stop_ids(model), model.vocabulary
        if not stops:
            raise NotApplicableError(f"{model.card.title} has no token that ends a text.", "Open another model.")
        own = model.tokenizer.eos_token_id
        stop = own if isinstance(own, int) and own in stops else min(stops)
        n = len(vocabulary)
        special = [i for i in range(n) if vocabulary.is_special(i)]
        _TABLES[model] = TokenTable([vocabulary.bytes(i) for i in range(n)], stop, special)
    return _TABLES[model]


def _said(scene: Scene) -> dict[str, Any]:
    form = scene.choice("form", "name", [*EXAMPLES, "regex", "json"])
    kind, rule = EXAMPLES.get(form) or (form, str(scene.controls.get("rule", "")))
    return {
        "form": form,
        "kind": kind,
        "rule": rule,
        "temperature": scene.number("temperature", 1.0, 0.0, 2.0),
        "seed": scene.number("seed", scene.trace.key.seed, 0, 2**31 - 1),
        "new": scene.number("new", 32, 4, MOST),
        "examples": {name: {"kind": kind, "rule": rule} for name, (kind, rule) in EXAMPLES.items()},
        "unmodified": bool(scene.trace.key.interventions),
    }


def steps(scene: Scene) -> Rendered:
    """Decode under the constraint, then without it. A rule that cannot be used is answered with what is wrong."""
    decoder, said = scene.model.decoder, _said(scene)
    prompt, new = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]], said["new"]
    if len(prompt) + new > decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {new} new ones pass the model's {decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    table = _table(scene.model)

    def tick(done: int) -> None:
        scene.progress("Tokens", done, 2 * new)

    sampler = Sampler(temperature=said["temperature"])
    try:
        kind = RegexConstraint if said["kind"] == "regex" else JsonSchemaConstraint
        if not said["rule"].strip():
            raise BadRequestError("There is no rule yet.", "Write one, or take an example.")
        constraint: Constraint = kind(said["rule"], table)
        made = constrained_decode(
            decoder, prompt, constraint, new, sampler, said["seed"], progress=lambda done, _: tick(done)
        )
    except BadRequestError as error:
        return Rendered({**said, "wrong": {"message": error.message, "hint": error.hint}, "steps": []})
    n = len(made.steps)
    free = Engine(decoder).generate(
        [prompt], n, sampler, said["seed"], stop_ids(scene.model), on_token=lambda _: tick(new + n)
    )[0]
    checks, left_out = _checks(constraint, made, table)
    data = {
        **said,
        "wrong": None,
        "left_out": left_out,
        "prompt": prompt[-6:],
        "steps": [figure.shown(step) for step in made.steps],
        "mask": figure.masks(made.steps),
        "d_vocab": len(made.steps[0].allowed),
        "stop": table.stop_id,
        "whole": made.whole,
        "ended": made.end.ended,
        "stuck": not made.end.ended and constraint.is_dead(made.end),
        "text": made.text,
        "cost": figure.cost(made.steps),
        "free": free.new_ids,
        "canonical": scene.model.vocabulary.encode(made.text) if made.text.isprintable() else [],
    }
    ids = {
        *prompt[-6:],
        *free.new_ids,
        *data["canonical"],
        *(i for step in data["steps"] for i in step["ids"]),
    } | figure.named_ids(made)
    return Rendered(data, tuple(checks), token_ids=ids)


def _checks(constraint: Constraint, made: Constrained, table: TokenTable) -> tuple[list[Check], str]:
    """What other libraries say of the text, and what they could not be asked."""
    found: list[Check] = []
    left_out = ""
    if isinstance(constraint, RegexConstraint):
        compared = against_regex(constraint.pattern, made.steps, table, made.text)
        left_out = compared.left_out
        if compared.asked:
            what = f"The masks equal partial matching of the “regex” library on {compared.asked:,} likely tokens"
            found.append(Check(what, float(compared.wrong), 0.0, "differences"))
        if made.whole and compared.fits is not None:
            found.append(Check("The whole text matches the pattern", float(not compared.fits), 0.0, "differences"))
    elif isinstance(constraint, JsonSchemaConstraint) and made.whole:
        fits, left_out = fits_schema(constraint.schema, made.text)
        if fits is not None:
            found.append(Check("The “jsonschema” library accepts the text", float(not fits), 0.0, "differences"))
    gap = max(figure.renormalisation_error(step) for step in made.steps)
    found.append(Check("What is left, times its share, is the model’s own", gap, 1e-12, "largest error"))
    return found, left_out
