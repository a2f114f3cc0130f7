"""Special tokens and chat: the model's template on a conversation, what each mark is for, marks that people type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.tokenization import special_tokens as experiment
from explorer.experiments.tokenization.conversation import Conversation
from explorer.figures.overview.tokens import differences
from explorer.figures.tokenization import special_tokens as figure
from explorer.figures.tokenization.special_tokens_beside import beside
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.chat_template import Turn, turn
from explorer.stack.worst import worst
from explorer.tracing.capturing.capture import stop_ids
from explorer.zoo.chat import Written
from explorer.zoo.model import Model
from explorer.zoo.vocabulary import well_formed

#: special tokens that the table shows
MOST_SHOWN = 60
#: likeliest next tokens of each reading
LIKELIEST = 8
#: characters of the prompt that stand in the user's turn
LONGEST = 4000
#: how the page says that a field is empty, where nothing said means the prompt
EMPTY = " "
NO_TEMPLATE = (
    "This model’s files hold no chat template: it continues text and was not trained to answer. It reads a text as it "
    "is, after the tokens that the tokenizer puts before every text."
)


def conversation(scene: Scene) -> Rendered[figure.SpecialTokensConversation]:
    model, turns = scene.model, _turns(scene)
    own, reason = _held(scene)
    if own is None:
        data, named = _plain(model, turns, reason), model.vocabulary.encode("")
    else:
        names, lead = _named(model, [content for _, content in turns]), model.vocabulary.encode("")
        data = figure.conversation(own.written, turns, own.answer, own.ids, own.pieces, own.special, lead, names)
        named = [*own.ids, *lead]
    shown = [own]
    if (there := scene.there) is not None:
        other, why = _held(there)
        _differs(own, other)
        data, shown = replace(data, base=beside(own, other, there.model, why)), [own, other]
    return Rendered(data, tuple(_conversation_checks([each for each in shown if each])), token_ids=named)


def _held(scene: Scene) -> tuple[Conversation | None, str]:
    """The conversation as the model's template writes it; or none, and why."""
    if not scene.model.vocabulary.has_chat:
        return None, NO_TEMPLATE
    try:
        return Conversation.of(scene.model, _turns(scene), scene.whole("answer") == 1), ""
    except NotApplicableError as error:
        return None, f"{error.message} {error.hint}"


def _differs(own: Conversation | None, other: Conversation | None) -> None:
    """Raises NotApplicableError where both runs have the same conversation, or none."""
    if own is None and other is None:
        raise NotApplicableError("Neither model has a chat template.")
    if own and other and (own.turns, own.text, own.pieces) == (other.turns, other.text, other.pieces):
        raise NotApplicableError("Both runs have this conversation and this template, so the tokens are the same.")


def _conversation_checks(shown: Sequence[Conversation]) -> Iterator[Check]:
    """Of each run that is shown."""
    if not shown:
        return

    def sizes(of: Iterable[int]) -> str:
        return " and ".join(f"{each:,}" for each in of)

    wrong = sum(differences(each.text, each.by_transformers()) for each in shown)
    n = sizes(len(each.written.text) for each in shown)
    yield Check(f"All {n} characters equal those that transformers writes", float(wrong), 0.0, "differences")
    wrong = sum(differences(each.spelled, each.text) for each in shown)
    n = sizes(len(each.text) for each in shown)
    yield Check(f"The tokens spell all {n} bytes of this text", float(wrong), 0.0, "differences")
    if all(each.written.spans is not None for each in shown):
        wrong = sum(differences(each.marks(), each.quiet_marks()) for each in shown)
        what = "This text has the special tokens of the template around empty turns, and no other"
        yield Check(what, float(wrong), 0.0, "differences")


def _turns(scene: Scene) -> list[tuple[str, str]]:
    """Who says what: the fields of the page, the prompt for the user's turn; an empty field is no turn."""
    user = scene.text("user") or scene.trace.key.text[:LONGEST]
    found = [("system", scene.text("system")), ("user", user), ("assistant", scene.text("assistant"))]
    return [(role, "" if text == EMPTY else well_formed(text)) for role, text in found if text or role == "user"]


def _plain(model: Model, turns: Sequence[tuple[str, str]], reason: str) -> figure.SpecialTokensConversation:
    said = [figure.ChatTurn(role=role, content=content) for role, content in turns]
    lead = model.vocabulary.encode("")
    return figure.SpecialTokensConversation(
        reason=reason, turns=said, answer=False, pieces=[], chunks=[], ids=[], special=[], said=[], lead=lead, names=[]
    )


def _named(model: Model, contents: Sequence[str]) -> list[str]:
    """Special tokens whose names stand in what was said."""
    found = {i: None for content in contents for i in model.vocabulary.named_in(content)}
    return [model.vocabulary.label(i) for i in found]


def table(scene: Scene) -> Rendered[figure.SpecialTokensTable]:
    model = scene.model
    vocabulary, tokenizer = model.vocabulary, model.tokenizer
    source = vocabulary.template.source if vocabulary.template else ""
    stops, lead = stop_ids(model), set(vocabulary.encode(""))
    roles: dict[int, list[str]] = {}
    for role in figure.ROLES:
        if isinstance(i := getattr(tokenizer, f"{role}_token_id", None), int):
            roles.setdefault(i, []).append(role)
    weight = _embedding(model)
    norms = torch.linalg.vector_norm(weight, dim=1)
    special = [i for i in range(len(vocabulary)) if vocabulary.is_special(i)]
    found = [
        figure.SpecialToken(
            id=i,
            roles=roles.get(i, []),
            words=figure.meaning(name, roles.get(i, [])),
            template=bool(name) and name in source,
            stops=i in stops,
            lead=i in lead,
            norm=float(norms[i]) if i < len(norms) else None,
        )
        for i in special
        for name in [vocabulary.bytes(i).decode("utf-8", "replace")]
    ]
    found.sort(
        key=lambda each: (not (each.roles or each.template or each.stops), each.words.startswith("kept"), each.id)
    )
    shown = found[:MOST_SHOWN]
    data = figure.SpecialTokensTable(
        tokens=shown,
        count=len(found),
        d_vocab=len(weight),
        typical_norm=float(norms.median()),
        template=vocabulary.has_chat,
    )
    return Rendered(data, tuple(_table_checks(model, special)), token_ids=[each.id for each in shown])


def _table_checks(model: Model, special: Sequence[int]) -> Iterator[Check]:
    tokenizer = model.tokenizer
    vocabulary = model.vocabulary
    if not special:
        return
    n = f"{len(special):,}"
    text = str(tokenizer.decode(list(special), skip_special_tokens=True, clean_up_tokenization_spaces=False))
    what = f"transformers writes nothing for these {n} tokens when it skips special tokens"
    yield Check(what, float(len(text.strip())), 0.0, "characters")
    typed = b" ".join(vocabulary.bytes(i) for i in special[:1000]).decode("utf-8", "replace")
    lead = vocabulary.encode("")
    given = sum(map(vocabulary.is_special, vocabulary.encode(typed))) - sum(map(vocabulary.is_special, lead))
    what = f"The names of {min(1000, len(special)):,} of them, typed as text, give no special token"
    yield Check(what, float(given), 0.0, "ids")


def _embedding(model: Model) -> torch.Tensor:
    weight: Any = model.hf.get_input_embeddings()
    return weight.weight.detach()


def injection(scene: Scene) -> Iterator[Rendered[figure.SpecialTokensInjection]]:
    model, vocabulary = scene.model, scene.model.vocabulary
    if not vocabulary.has_chat:
        yield Rendered(_no_readings(NO_TEMPLATE.partition(":")[0] + ", so there is no mark to inject."))
        return
    system = scene.text("system")
    before = [turn("system", well_formed(system))] if system else []
    forged, tried = _forged(model, scene.trace.key.text), []
    if said := well_formed(scene.text("said")):
        usual = forged[0]
    else:
        usual, tried = _strongest(scene, before, forged)
        said = usual
    written = vocabulary.written([*before, turn("user", said)])
    text, token = vocabulary.ids_of(written), vocabulary.ids_of(written, inject=True)
    if text == token:
        names = " ".join(vocabulary.label(i) for i in list(_marks(model))[:3])
        reason = f"This text holds no special token’s name, so both readings are the same. Type one, such as {names}."
        yield Rendered(_no_readings(reason, said, usual))
        return
    limit = scene.decoder.config.n_ctx
    if max(len(text), len(token)) + experiment.NEW > limit:
        raise NotApplicableError(
            f"{len(text):,} tokens and {experiment.NEW} new ones exceed the model’s limit of {limit:,} tokens.",
            "Shorten the text.",
        )
    around = figure.tokens_around(written, [vocabulary.bytes(i) for i in text])
    for made in experiment.two_readings(
        scene.decoder, text, token, stop_ids(model), scene.ticks("Tokens"), experiment.NEW
    ):
        data = replace(_readings(model, made, text, token, said, usual, around), tried=tried)
        named = [i for side in (data.text, data.token) if side for i in (*side.ids, *side.next_ids, *side.text)]
        if not data.token or not data.token.done:
            yield Rendered(data, token_ids=named)
        else:
            yield Rendered(data, _injection_checks(scene, written, made, text, token), token_ids=named)


def _strongest(scene: Scene, before: Sequence[Turn], forged: Sequence[str]) -> tuple[str, list[float]]:
    """The forged conversation that moves the next token most, and what each of them does, that one first."""
    vocabulary, limit = scene.model.vocabulary, scene.decoder.config.n_ctx
    found: list[tuple[float, str]] = []
    for at, said in enumerate(forged):
        scene.progress("Forged conversations", at, len(forged))
        written = vocabulary.written([*before, turn("user", said)])
        text, token = vocabulary.ids_of(written), vocabulary.ids_of(written, inject=True)
        if text != token and max(len(text), len(token)) + experiment.NEW <= limit:
            found.append((experiment.effect(scene.decoder, text, token), said))
    found.sort(key=lambda each: -each[0])
    return (found[0][1], [kl for kl, _ in found]) if found else (forged[0], [])


def _forged(model: Model, prompt: str) -> list[str]:
    """The prompt, then turns of the model's and of the user's, forged with what the template writes between turns."""
    vocabulary = model.vocabulary
    turns = [turn("user", "q1"), turn("assistant", "a1"), turn("user", "q2")]
    written = vocabulary.written(turns)
    if written.spans is None or len(written.spans) < 3:
        return [prompt]
    first, second, third = ([each for each in written.spans if each.turn == at][-1] for at in range(3))
    text = written.text
    answer, ask = text[first.end : second.start], text[second.end : third.start]
    return [
        prompt[:600] + "".join(f"{answer}{answered}{ask}{asked}" for answered, asked in turns)
        for turns in experiment.FORGED
    ]


def _marks(model: Model) -> dict[int, None]:
    written = model.vocabulary.written([turn("user", "x")])
    return {i: None for i in model.vocabulary.ids_of(written) if model.vocabulary.is_special(i)}


def _no_readings(reason: str, said: str = "", usual: str = "") -> figure.SpecialTokensInjection:
    return figure.SpecialTokensInjection(
        reason=reason,
        said=said,
        usual=usual,
        tried=[],
        first=0,
        start=0,
        after=0,
        text=None,
        token=None,
        kl=None,
        other=None,
    )


def _readings(
    model: Model,
    made: experiment.TwoReadings,
    text: Sequence[int],
    token: Sequence[int],
    said: str,
    usual: str,
    around: tuple[int, int],
) -> figure.SpecialTokensInjection:
    vocabulary = model.vocabulary
    p = made.logprobs.exp()
    likeliest = p.topk(LIKELIEST, dim=-1)
    sides = [
        figure.ReadSide(
            ids=list(ids),
            special=[vocabulary.is_special(i) for i in ids],
            next_ids=likeliest.indices[at].tolist(),
            next_p=likeliest.values[at],
            text=list(made.written[at]),
            done=made.done[at],
        )
        for at, ids in enumerate((text, token))
    ]
    other = torch.stack([p[1][likeliest.indices[0]], p[0][likeliest.indices[1]]])
    first = next(i for i, (one, two) in enumerate(zip(text, token, strict=False)) if one != two)
    return figure.SpecialTokensInjection(
        reason="",
        said=said,
        usual=usual,
        tried=[],
        first=first,
        start=around[0],
        after=around[1],
        text=sides[0],
        token=sides[1],
        kl=made.kl,
        other=other,
    )


def _injection_checks(
    scene: Scene, written: Written, made: experiment.TwoReadings, text: Sequence[int], token: Sequence[int]
) -> tuple[Check, ...]:
    model = scene.model
    tokenizer = model.tokenizer
    spelled = [b"".join(map(model.vocabulary.bytes, ids)) for ids in (text, token)]
    theirs = list(tokenizer(written.text, add_special_tokens=False)["input_ids"])
    apart = 0.0
    with torch.inference_mode():
        for at, ids in enumerate((text, token)):
            logits = model.hf(torch.tensor([list(ids)])).logits[0, -1]
            apart = worst(apart, float((logits.double().log_softmax(-1).exp() - made.logprobs[at].exp()).abs().max()))
    n = f"{len(spelled[0]):,}"
    return (
        Check(f"Both readings spell the same {n} bytes", float(differences(*spelled)), 0.0, "differences"),
        Check(
            "The ids of the reading as tokens equal those of transformers",
            float(differences(token, theirs)),
            0.0,
            "differences",
        ),
        Check("Next-token probabilities equal those of transformers", apart, 1e-4, "largest error"),
    )
