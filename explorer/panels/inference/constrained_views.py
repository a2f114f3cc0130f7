"""Constrained decoding: the run's prompt continued under a regular expression or a JSON schema, mask by mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.inference.decoding import constrained as experiment
from explorer.figures.inference.decoding import constrained as figure
from explorer.figures.inference.decoding.constrained import ConstrainedText, RuleKind
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.decoding.constrained import Constraint, JsonSchemaConstraint, RegexConstraint, TokenTable
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.capture import stop_ids
from explorer.zoo import Model

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
#: name -> (kind, rule): what the page offers to begin with
EXAMPLES: dict[str, tuple[RuleKind, str]] = {
    "name": ("regex", r" (Alice|Bob|Carol|Dave)\."),
    "sentence": ("regex", r" [a-z]+( [a-z]+){2,6}\."),
    "date": ("regex", rf" on [0-9]{{1,2}} ({MONTHS}) (19|20)[0-9]{{2}}\."),
    "person": (
        "json",
        '{"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, '
        '"age": {"type": "integer", "minimum": 0, "maximum": 120}}, '
        '"required": ["name", "age"], "additionalProperties": false}',
    ),
    "nested": (
        "json",
        '{"type": "object", "properties": {"pet": {"type": "object", "properties": {"kind": {"enum": ["cat", "dog"]}, '
        '"name": {"type": "string", "maxLength": 8}}, "required": ["kind", "name"], "additionalProperties": false}, '
        '"size": {"enum": ["small", "large"]}}, "required": ["pet", "size"], "additionalProperties": false}',
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


def _asked(scene: Scene) -> figure.RuleSettings:
    form = scene.one_of("form", [*EXAMPLES, "regex", "json"])
    kind, rule = EXAMPLES.get(form) or (form, scene.text("rule"))
    return figure.RuleSettings(
        form=form,
        kind="json" if kind == "json" else "regex",
        rule=rule,
        temperature=scene.real("temperature"),
        seed=scene.whole("seed", default=scene.trace.key.seed),
        new=scene.whole("new"),
        examples={name: figure.RuleExample(kind=kind, rule=rule) for name, (kind, rule) in EXAMPLES.items()},
        changed=bool(scene.trace.key.interventions),
    )


def steps(scene: Scene) -> Iterator[Rendered[ConstrainedText]]:
    """Decode under the constraint, then without it. A rule that cannot be used is answered with what is wrong."""
    asked = _asked(scene)
    prompt = _prompt(scene, asked)
    try:
        for made in _written(scene, asked, _constraint(asked, _table(scene.model)), prompt):
            yield replace(made, chosen={"seed": asked.seed})
    except BadRequestError as error:
        yield Rendered(ConstrainedText(**vars(asked), wrong=figure.RuleRefused(message=error.message, hint=error.hint)))


def _prompt(scene: Scene, asked: figure.RuleSettings) -> list[int]:
    prompt = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]]
    if len(prompt) + asked.new > scene.decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {asked.new} new ones pass the model's "
            f"{scene.decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    return prompt


def _constraint(asked: figure.RuleSettings, table: TokenTable) -> Constraint:
    """Raises BadRequestError for a rule that cannot be used."""
    if not asked.rule.strip():
        raise BadRequestError("There is no rule yet.", "Write a rule or choose an example.")
    return (RegexConstraint if asked.kind == "regex" else JsonSchemaConstraint)(asked.rule, table)


def _written(scene: Scene, asked: figure.RuleSettings, constraint: Constraint, prompt: list[int]) -> Iterator[Rendered]:
    sampler, table, vocabulary = Sampler(temperature=asked.temperature), constraint.table, scene.model.vocabulary
    shown: list[figure.MaskedStep] = []
    ids: set[int] = set()
    for now in experiment.constrained(
        scene.decoder, prompt, constraint, asked.new, sampler, asked.seed, stop_ids(scene.model), scene.ticks("Tokens")
    ):
        made = now.made
        for step in made.steps[len(shown) :]:
            shown.append(figure.shown(step))
            ids |= {*shown[-1].ids, *figure.named_ids(step)}
        whole = now.free is not None
        data = ConstrainedText(
            **vars(asked),
            left_out=now.proof.left_out if now.proof else "",
            steps=tuple(shown),
            mask=figure.masks(made.steps),
            d_vocab=len(made.steps[0].allowed),
            stop=table.stop_id,
            whole=made.whole,
            ended=made.end.ended,
            stuck=not made.end.ended and constraint.is_dead(made.end),
            text=made.text,
            cost=figure.cost(made.steps),
            free=now.free,
            canonical=tuple(vocabulary.encode(made.text)) if whole and made.text.isprintable() else (),
            times=figure.MaskTimes.of(now.cost),
        )
        checks = _checks(now.proof, made.whole) if now.proof else ()
        yield Rendered(data, checks, token_ids={*ids, *(now.free or ()), *data.canonical})


def _checks(proof: experiment.RuleProof, whole: bool) -> tuple[Check, ...]:
    """What other libraries say of the text, and one uncached pass of its probabilities."""
    found: list[Check] = []
    compared = proof.compared
    if compared is not None and compared.asked:
        what = f"The masks equal partial matching of the “regex” library on {compared.asked:,} likely tokens"
        found.append(Check(what, float(compared.wrong), 0.0, "differences"))
    if compared is not None and whole and compared.fits is not None:
        found.append(Check("The whole text matches the pattern", float(not compared.fits), 0.0, "differences"))
    if proof.fits is not None:
        found.append(Check("The “jsonschema” library accepts the text", float(not proof.fits), 0.0, "differences"))
    what = "Each probability under the mask = the model’s own ÷ the allowed share, from one uncached pass over the text"
    return (*found, Check(what, proof.gap, 1e-3, "largest error"))
