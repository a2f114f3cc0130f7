"""Training an encoder-decoder of the shelf: span corruption of the texts, and tasks made of their sentences.

The tokenizer is that of the decoders which read the same texts, with an end token and T5's sentinels behind it: the
first sentinel, <extra_id_0>, has the last id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.corpora.source import Text
from explorer.errors import BadRequestError
from explorer.training.folder import Written
from explorer.training.plan import Plan
from explorer.training.recipe import EncoderDecoderSizes, PairData, Recipe
from explorer.training.tokens import END as PAD_TOKEN
from explorer.training.tokens import streams_of, tokenizer_for

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.stack.architectures.t5 import T5
    from explorer.stack.pretraining.pairs import PairCourse, PairSource, SentencePairs
    from explorer.stack.pretraining.train import Evaluation, Progress

END_TOKEN = "</s>"  # noqa: S105  # no password
SPANS = "span-corruption"
TASKS = ("iso-dates",)
SHOWN = 12
"""Held-out pairs in the sample."""


def plan(recipe: Recipe, sizes: EncoderDecoderSizes, loaded: list[Text]) -> Plan:
    """Model, pairs and measures. Raises BadRequestError for an unknown kind of pairs or a text that is not loaded."""
    import torch

    from explorer.stack.architectures.t5 import T5, T5Config

    pairs = recipe.pairs
    if pairs is None:
        raise BadRequestError("An encoder-decoder's recipe has a table [pairs], which this one lacks.")
    if unknown := set(pairs.shares) - {SPANS, *TASKS}:
        raise BadRequestError(f"There are no pairs {sorted(unknown)}; known are {[SPANS, *TASKS]}.")
    tokenizer = with_sentinels(tokenizer_for(recipe.data, loaded), pairs.sentinels)
    if sizes.d_model % sizes.n_heads:
        raise BadRequestError(
            f"[model] of the recipe: d_model {sizes.d_model} cannot be cut into {sizes.n_heads} heads of equal width."
        )
    config = T5Config(
        tokenizer.get_vocab_size(), sizes.n_layers, sizes.d_model, sizes.n_heads, sizes.d_mlp, sizes.n_ctx,
        end=_id(tokenizer, END_TOKEN), buckets=sizes.buckets, longest=sizes.longest, eps=sizes.eps,
    )  # fmt: skip
    model = T5(config, torch.Generator().manual_seed(recipe.run.seed), getattr(torch, recipe.run.compute))
    course = course_of(recipe, pairs, loaded, tokenizer)
    return Plan(
        tokenizer,
        model,
        course,
        lambda progress, final: _written(recipe, model, tokenizer, course, progress, final),
        tuple(_line(name, source, course.rows[name]) for name, source in course.sources.items()),
    )


def _line(name: str, source: PairSource, rows: int) -> str:
    from explorer.stack.pretraining.pairs import SentencePairs, SpanPairs

    if isinstance(source, SentencePairs):
        return f"{name}: {rows} rows a step; {len(source.sentences):,} sentences, {len(source.held):,} held out"
    assert isinstance(source, SpanPairs)
    return f"{name}: {rows} rows a step; {sum(map(len, source.streams.values())):,} tokens"


def with_sentinels(tokenizer: Tokenizer, sentinels: int) -> Tokenizer:
    """A copy with the end token, which it puts behind every text, and the sentinels."""
    from tokenizers import AddedToken, processors
    from tokenizers import Tokenizer as Made

    made = Made.from_str(tokenizer.to_str())
    names = [END_TOKEN, *(f"<extra_id_{n}>" for n in reversed(range(sentinels)))]
    made.add_special_tokens([AddedToken(name, normalized=False) for name in names])
    end = (END_TOKEN, made.token_to_id(END_TOKEN))
    made.post_processor = processors.TemplateProcessing(single=f"$A {END_TOKEN}", special_tokens=[end])
    return made


def _id(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    assert found is not None
    return found


def course_of(recipe: Recipe, pairs: PairData, loaded: list[Text], tokenizer: Tokenizer) -> PairCourse:
    """The kinds of pairs that the recipe names."""
    from explorer.stack.pretraining.pairs import PairCourse, SpanPairs

    sources: dict[str, PairSource] = {}
    for name in pairs.shares:
        if name == SPANS:
            streams, held = streams_of(tokenizer, loaded)
            weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
            sentinels = tuple(_id(tokenizer, f"<extra_id_{n}>") for n in range(pairs.sentinels))
            end = _id(tokenizer, END_TOKEN)
            sources[name] = SpanPairs(streams, held, weights, recipe.data.n_ctx, sentinels, end)
        else:
            sources[name] = _iso_dates(pairs, loaded, tokenizer)
    return PairCourse(sources, pairs.rows(recipe.data.rows), recipe.run.seed, recipe.run.evaluate_windows)


def _iso_dates(pairs: PairData, loaded: list[Text], tokenizer: Tokenizer) -> SentencePairs:
    from explorer.corpora import iso_dates
    from explorer.stack.pretraining.pairs import SentencePairs

    chosen = [text for text in loaded if text.source.name in pairs.sentences]
    if not chosen or len(chosen) < len(pairs.sentences):
        raise BadRequestError("[pairs] sentences must name texts of [data].")
    kept = [s for text in chosen for s in iso_dates.sentences(text.documents, pairs.longest)]
    known = set(kept)
    held = [s for text in chosen for s in iso_dates.sentences(text.held_out, pairs.longest) if s not in known]
    return SentencePairs(
        kept, held, iso_dates.compose, iso_dates.rewrite, lambda some: [e.ids for e in tokenizer.encode_batch(some)]
    )


def _written(
    recipe: Recipe, model: T5, tokenizer: Tokenizer, course: PairCourse, progress: Progress, final: Evaluation
) -> Written:
    pairs = progress.step * recipe.data.rows
    right = ", ".join(
        f"{name.removesuffix(' exact')} {100 * score:.1f} % exact on held-out sentences"
        for name, score in final.scores.items()
    )
    sentinels = [token for token in tokenizer.get_added_tokens_decoder().values() if token.content.startswith("<extra")]
    return Written(
        kind="encoder-decoder",
        note=f"trained here on {pairs / 1e3:.0f}k pairs" + (f"; {right}" if right else ""),
        tokenizer={
            "pad_token": PAD_TOKEN,
            "eos_token": END_TOKEN,
            "additional_special_tokens": [token.content for token in sentinels][::-1],
        },
        sample=sample(recipe, model, tokenizer, course, final),
        training={
            "pairs": pairs,
            "pairs_each": {name: rows * progress.step for name, rows in course.rows.items()},
            "held_out_loss": {name: round(loss, 4) for name, loss in final.losses.items()},
            "held_out_scores": {name: round(score, 4) for name, score in final.scores.items()},
            "held_out_pairs": {name: len(source.held_out(None)) for name, source in course.sources.items()},
            "held_out": "the last 5% of each text's documents; nats a token of the target; exact: written token for "
            "token by greedy decoding",
        },
    )


def sample(recipe: Recipe, model: T5, tokenizer: Tokenizer, course: PairCourse, final: Evaluation) -> str:
    """The recipe's prompts and some held-out sentences, as the model writes them, greedily; what is wrong is marked."""
    from explorer.stack.architectures.padded_pairs import padded
    from explorer.stack.pretraining.pairs import SentencePairs

    def write(lines: list[str]) -> list[str]:
        encoded = [each.ids for each in tokenizer.encode_batch(lines)]
        pairs = padded(encoded, encoded)
        return [tokenizer.decode(ids, skip_special_tokens=False) for ids in model.write(pairs, 96)]

    parts = [f"# What {recipe.name} writes\n\nGreedily.\n"]
    if recipe.run.prompts:
        lines = list(recipe.run.prompts)
        parts += [f"> {line}\n>\n> {made}\n" for line, made in zip(lines, write(lines), strict=True)]
    for name, source in course.sources.items():
        if not isinstance(source, SentencePairs):
            continue
        parts.append(f"## Held-out sentences\n\n{100 * final.scores[f'{name} exact']:.1f} % are exactly right.\n")
        every = source.held_out_texts()
        lines = every[:: max(1, len(every) // SHOWN)][:SHOWN]
        for line, made in zip(lines, write(lines), strict=True):
            right = source.rewrite(line)
            wrong = "" if made == right else f">\n> wrong; right is: {right}\n"
            parts.append(f"> {line}\n>\n> {made}\n{wrong}")
    return "\n".join(parts)
