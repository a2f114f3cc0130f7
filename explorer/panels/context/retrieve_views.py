"""Retrieve: one question, the lists of every retriever side by side, each score taken apart."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Bool, Float

from explorer.corpora import articles, questions
from explorer.errors import NotApplicableError
from explorer.experiments.context import embedding, own_documents, reranker_measured, reranking, retrieving
from explorer.experiments.context.own_documents import Brought
from explorer.experiments.context.retrieving import Found, Library
from explorer.figures.context import reranking as reranked_figure
from explorer.figures.context import retrieving as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context import bm25
from explorer.stack.worst import worst
from explorer.zoo.pair_reader import PairReader
from explorer.zoo.text_encoder import TextEncoder

EXAMPLES = (
    "How do plants make food out of sunshine?",
    "Who makes children laugh in a circus with a painted face?",
    "Which huge reptiles died out long before us?",
    "What is a chemical compound with the chemical formula CaCO3?",
    "himself greek multilingual english later german",
)
SOURCES = ("articles", "own", "files")


def lists(scene: Scene) -> Rendered[figure.RetrieveLists]:
    encoder = scene.companion("minilm-l6", TextEncoder)
    question, weight = _question(scene), scene.whole("weight") / 100
    try:
        held, made = _library(scene, encoder)
        allowed, variant = _allowed(scene, held), scene.one_of("variant", bm25.VARIANTS)
    except NotApplicableError as error:  # the picture is drawn even so: it has the fields that help
        return Rendered(figure.nothing(question, list(EXAMPLES), weight, str(error), _place(scene)), passing=True)
    read = embedding.embedded(encoder, [question])
    vector, trade = read.vectors[0].numpy(), scene.whole("trade") / 100
    found = retrieving.search(held, question, vector, variant, weight, trade, allowed)
    known = _known(held, question)
    data = figure.lists(
        held, found, question, variant, known, list(EXAMPLES), weight, int(allowed.sum()), made.place if made else ""
    )
    places = sorted({at for name in retrieving.LISTS for at in retrieving.best(found, name, figure.SHOWN)})
    note = " ".join(filter(None, (_note(read), _of_files(made) if made else "")))
    checks = _checks(encoder, held, found, places, variant)
    if made and made.place in ("disk", "remote"):
        checks = (*checks, _by_store(made, found, vector))
    return Rendered(data, checks, note=note, passing=made is not None and bool(made.away or made.gone or made.rebuilt))


def again(scene: Scene) -> Rendered[reranked_figure.RetrieveAgain]:
    encoder, sparse = (scene.companion(name, TextEncoder) for name in ("minilm-l6", "splade-tiny"))
    question, (held, _) = _question(scene), _library(scene, encoder)
    vector = embedding.embedded(encoder, [question]).vectors[0].numpy()
    variant, weight = scene.one_of("variant", bm25.VARIANTS), scene.whole("weight") / 100
    found = retrieving.search(held, question, vector, variant, weight, allowed=_allowed(scene, held))
    ticks = scene.ticks("Passages read by the model")
    reader = scene.companion("rerank-tiny", PairReader)
    made = reranking.reranked(scene.model, sparse, reader, held, found, question, "rrf", reranking.AGAIN, ticks)
    data = reranked_figure.again(held, made, question, _known(held, question))
    return Rendered(data, _checks_again(scene, sparse, reader, held, made, question), token_ids=set(made.ids))


def _question(scene: Scene) -> str:
    return scene.text("question").strip() or EXAMPLES[0]


def _allowed(scene: Scene, held: Library) -> Bool[np.ndarray, " passage"]:
    """The passages that the filter lets through."""
    title = scene.text("title").strip().lower()
    allowed = np.array([title in each.lower() for each in held.titles])
    if not allowed.any():
        raise NotApplicableError(f"No title holds “{title}”.", "Write another word, or none.")
    return allowed


def _checks_again(
    scene: Scene, sparse: TextEncoder, reader: PairReader, held: Library, made: reranking.Reranked, question: str
) -> tuple[Check, ...]:
    first = int(made.likelihood.argmax())
    theirs = reranking.of_transformers(scene.model, made, first)
    text = held.texts[made.places[int(made.cross.argmax())]]
    pair = reranker_measured.of_transformers(reader, question, text)
    words = reranking.weighed(sparse, [question])[0] - reranking.splade_of_transformers(sparse, question)
    return (
        Check(
            "The question’s probabilities behind the likeliest passage = transformers’ own pass",
            float((made.logp[first] - theirs).abs().max()), 2e-3,
        ),
        Check("SPLADE’s weights of the question = transformers’ BERT with its head", float(words.abs().max()), 1e-4),
        Check(
            "The cross-encoder’s first score = transformers’ BERT with its head",
            abs(float(made.cross.max()) - pair), 1e-4,
        ),
    )  # fmt: skip


def _by_store(made: Brought, found: Found, vector: Float[np.ndarray, " d"]) -> Check:
    """What the store finds by itself, with the vectors as they lie there, beside MiniLM's list."""
    asked = own_documents.searched(made, vector, figure.SHOWN)
    best = np.sort(found.dense)[::-1][: figure.SHOWN]
    places = {name: at for at, name in enumerate(made.passages)}
    apart = [
        worst(abs(score - float(found.dense[places[name]])), abs(score - float(there)))
        for (name, score), there in zip(asked, best, strict=True)
    ]
    return Check(f"The store’s own search finds MiniLM’s first {len(best)}: the same cosines", worst(*apart), 1e-5)


def _place(scene: Scene) -> str:
    if scene.one_of("source", SOURCES) != "files":
        return ""
    return "memory" if scene.files is None else "remote" if own_documents.address() else "disk"


def _library(scene: Scene, encoder: TextEncoder) -> tuple[Library, Brought | None]:
    """What is searched; where it is a visitor's files, what there is to say of them."""
    source = scene.one_of("source", SOURCES)
    if source == "articles":
        return retrieving.library(), None
    if source == "files":
        keeps = scene.files is not None  # on a public server nothing of a visitor's is written
        made = own_documents.brought(encoder, scene.text("documents"), scene.texts, keeps, scene.progress)
        return made.library, made
    written = [each.strip() for each in re.split(r"^-{3,} *$", scene.text("own"), flags=re.MULTILINE)]
    documents = [(f"Document {at}", each) for at, each in enumerate(filter(None, written), 1)]
    if not any(encoder.tokenizer.encode(text, add_special_tokens=False).ids for _, text in documents):
        raise NotApplicableError("No document of yours holds a word to search for.", "Paste a text above.")
    return retrieving.own_library(encoder, documents, scene.progress), None


def _of_files(made: Brought) -> str:
    """What was not as it should be."""
    most = f"{own_documents.MOST:,}"
    said = {
        f"{made.away} Your files are searched out of this server’s memory, and are not kept.": made.away,
        f"Not reached: {', '.join(made.gone)}.": made.gone and made.away,
        f"No longer here: {', '.join(made.gone)}. Bring them again.": made.gone and not made.away,
        f"Without a word: {', '.join(made.empty)}.": made.empty,
        f"Only the first {most} characters are searched of {', '.join(made.cut)}.": made.cut,
        "The store on the disk could not be read; it was made anew.": made.rebuilt,
    }
    return " ".join(sentence for sentence, holds in said.items() if holds)


def _known(held: Library, question: str) -> int:
    if held.own:
        return -1
    return next((each.article for each in questions.of(articles.read()) if each.text == question), -1)


def _note(read: embedding.Embedded) -> str:
    lost = read.pieces[0] - embedding.READ
    return f"MiniLM does not read the question’s last {lost} pieces." if lost > 0 else ""


def _checks(
    encoder: TextEncoder, held: Library, found: Found, places: list[int], variant: bm25.Variant
) -> tuple[Check, ...]:
    again = retrieving.counted(held, found.words, places, variant)
    vectors = np.stack([embedding.embedded(encoder, [held.texts[at]]).vectors[0].numpy() for at in places[:8]])
    kept = held.vectors[places[:8]]
    return (
        Check(
            f"BM25 by the index = words counted in the texts of {len(places)} passages",
            worst(*np.abs(again - found.bm25[places]).tolist()), 1e-9, "score",
        ),
        Check(
            f"MiniLM reads {len(kept)} of the passages again, one by one: the same vectors",
            worst(*np.linalg.norm(vectors - kept, axis=1).tolist()), 0.03, "length of the difference",
        ),
    )  # fmt: skip
