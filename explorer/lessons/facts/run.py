"""Of the run: its tokens, what comes next, what the sampler leaves."""

from __future__ import annotations

from explorer.lessons.fact import fact
from explorer.lessons.selected import layer_of, position_of, token_id
from explorer.panels.scene import Scene
from explorer.tracing.recording import Step


def _text(scene: Scene, token: int) -> str:
    """A token as a lesson writes it: its text, or its label where its bytes are no whole characters."""
    raw = scene.model.vocabulary.bytes(token)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return scene.model.vocabulary.label(token)


@fact("count")
def n_tokens(scene: Scene) -> int:
    """Tokens of the run, prompt and continuation."""
    return len(scene.trace.tokens)


@fact("count")
def n_prompt_tokens(scene: Scene) -> int:
    """Tokens of the prompt."""
    return scene.trace.n_prompt


@fact("token")
def token(scene: Scene, position: int) -> str:
    """The token at a position."""
    return _text(scene, scene.trace.tokens[position_of(scene, position)].id)


@fact("position")
def place_of(scene: Scene, token: str, nth: int = 1) -> int:
    """Where a token stands: its nth occurrence."""
    wanted = token_id(scene, token)
    return [at for at, each in enumerate(scene.trace.tokens) if each.id == wanted][nth - 1]


@fact("token")
def top_token(scene: Scene, position: int | None = None, nth: int = 1) -> str:
    """The likeliest next token after a position, or the nth likeliest."""
    order = scene.trace.logits[position_of(scene, position)].topk(max(1, nth)).indices
    return _text(scene, int(order[nth - 1]))


@fact("share")
def probability(scene: Scene, token: str, position: int | None = None) -> float:
    """Of a token as the next one after a position, before any sampler."""
    return float(scene.trace.logits[position_of(scene, position)].double().softmax(-1)[token_id(scene, token)])


@fact("number")
def log_odds(scene: Scene, token: str, position: int | None = None) -> float:
    """ln(p / (1 - p)) of a token as the next one after a position."""
    from explorer.tracing.derived.baseline import explained

    return float(explained(scene.trace.logits[position_of(scene, position)], token_id(scene, token), "others"))


@fact("number")
def logit(scene: Scene, token: str, position: int | None = None) -> float:
    """A token's logit after a position."""
    return float(scene.trace.logits[position_of(scene, position), token_id(scene, token)])


@fact("count")
def rank(scene: Scene, token: str, position: int | None = None) -> int:
    """A token's place among all next tokens; 1 is the likeliest."""
    logits = scene.trace.logits[position_of(scene, position)]
    return int((logits > logits[token_id(scene, token)]).sum()) + 1


@fact("share")
def likeliest(scene: Scene, n: int, position: int | None = None) -> float:
    """The probability of the n likeliest next tokens together."""
    p = scene.trace.logits[position_of(scene, position)].double().softmax(-1)
    return float(p.topk(n).values.sum())


def _step(scene: Scene, position: int | None) -> Step:
    here = position_of(scene, position)
    found = next((each for each in scene.trace.steps if each.position == here), None)
    if found is None:
        raise LookupError(f"nothing was drawn after position {here}")
    return found


@fact("count")
def n_kept(scene: Scene, position: int | None = None) -> int:
    """Tokens that the sampler's cuts left after a position."""
    return int((_step(scene, position).stages.probabilities > 0).sum())


@fact("share")
def sampled_probability(scene: Scene, token: str, position: int | None = None) -> float:
    """A token's probability once the sampler has cut and scaled."""
    return float(_step(scene, position).stages.probabilities[token_id(scene, token)])


@fact("token")
def chosen(scene: Scene, position: int | None = None) -> str:
    """The token that was drawn after a position."""
    return _text(scene, _step(scene, position).chosen)


@fact("number")
def random_number(scene: Scene, position: int | None = None) -> float:
    """The random number in [0, 1) with which it was drawn."""
    return _step(scene, position).u


@fact("number")
def stream_length(scene: Scene, layer: int | None = None, position: int | None = None) -> float:
    """The length |x| of the stream after a block; after the embedding for layer -1."""
    here = position_of(scene, position)
    vector = scene.trace.embed[here] if layer == -1 else scene.trace.resid_post[layer_of(scene, layer), here]
    return float(vector.double().norm())


@fact("token")
def lens_token(scene: Scene, layer: int, position: int | None = None) -> str:
    """The likeliest token if the stream ended after a block; after the embedding for layer -1."""
    here = position_of(scene, position)
    depth = 0 if layer == -1 else layer_of(scene, layer) + 1
    return _text(scene, int(scene.trace.lens_at(here, k=1).ids[depth, 0, 0]))


@fact("count")
def lens_rank(scene: Scene, token: str, layer: int, position: int | None = None) -> int:
    """A token's place if the stream ended after a block; 1 is the likeliest."""
    ranks = scene.trace.rank(position_of(scene, position), token_id(scene, token))
    return int(ranks[0 if layer == -1 else layer_of(scene, layer) + 1])


@fact("layer")
def settled_at(scene: Scene, token: str, position: int | None = None) -> int:
    """The first block after which a token is the likeliest, and stays so to the end."""
    ranks = scene.trace.rank(position_of(scene, position), token_id(scene, token)).tolist()[1:]
    last_behind = max((layer for layer, each in enumerate(ranks) if each > 1), default=-1)
    if last_behind == len(ranks) - 1:
        raise LookupError("the token is not the likeliest at the end")
    return last_behind + 1
