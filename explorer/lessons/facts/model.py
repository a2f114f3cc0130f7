"""Of the model: its sizes, its vocabulary, its vectors."""

from __future__ import annotations

from explorer.experiments.embeddings.vocabulary import tables
from explorer.lessons.fact import fact
from explorer.lessons.selected import token_id
from explorer.panels.scene import Scene
from explorer.stack.embeddings.similarity import cosines, nearest


@fact("count")
def n_layers(scene: Scene) -> int:
    """Blocks."""
    return scene.model.dims.n_layers


@fact("count")
def n_heads(scene: Scene) -> int:
    """Query heads of a block."""
    return scene.model.dims.n_heads


@fact("count")
def n_kv_heads(scene: Scene) -> int:
    """Key-value heads of a block."""
    return scene.model.dims.n_kv_heads


@fact("count")
def d_model(scene: Scene) -> int:
    """Numbers in a token's vector."""
    return scene.model.dims.d_model


@fact("count")
def d_head(scene: Scene) -> int:
    """Numbers in a head's query."""
    return scene.model.dims.d_head


@fact("count")
def d_mlp(scene: Scene) -> int:
    """Neurons of a block's MLP."""
    return scene.model.dims.d_mlp


@fact("count")
def n_vocabulary(scene: Scene) -> int:
    """Tokens that the model knows."""
    return scene.model.dims.d_vocab


@fact("count")
def n_parameters(scene: Scene) -> int:
    """Parameters; tied ones count once."""
    return scene.model.dims.parameters


@fact("count")
def n_pieces(scene: Scene, text: str) -> int:
    """Tokens that a text is cut into."""
    return len(scene.model.vocabulary.encode(text))


@fact("token")
def piece(scene: Scene, text: str, at: int) -> str:
    """One of the tokens that a text is cut into, counted from 0."""
    vocabulary = scene.model.vocabulary
    return vocabulary.bytes(vocabulary.encode(text)[at]).decode("utf-8", "replace")


@fact("number")
def similarity(scene: Scene, one: str, other: str) -> float:
    """The cosine between two tokens' embeddings."""
    table = tables(scene.model)
    found = cosines(table.W_E, table.W_E[token_id(scene, one)], table.norms_E)
    return float(found[token_id(scene, other)])


@fact("token")
def neighbour(scene: Scene, token: str, nth: int = 1) -> str:
    """The token whose embedding points most nearly the same way, or the nth."""
    table, own = tables(scene.model), token_id(scene, token)
    near = nearest(table.W_E, table.W_E[own], nth, [own], table.norms_E).ids
    return scene.model.vocabulary.bytes(int(near[nth - 1])).decode("utf-8", "replace")


@fact("number")
def embedding_length(scene: Scene, token: str) -> float:
    """The length of a token's embedding."""
    return float(tables(scene.model).norms_E[token_id(scene, token)])


@fact("count")
def n_chat_tokens(scene: Scene, text: str) -> int:
    """Tokens of a text in the model's chat template."""
    return len(scene.model.vocabulary.encode(text, chat=True))
