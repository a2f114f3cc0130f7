"""Training a decoder of the shelf: a mixture of experts as Mixtral is one, or a Llama, on windows of the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.corpora.source import Text
from explorer.errors import BadRequestError
from explorer.training.folder import Written
from explorer.training.plan import Plan
from explorer.training.recipe import DecoderSizes, Recipe
from explorer.training.tokens import END, streams_of, tokenizer_for

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from explorer.stack.frontier.state_spaces.model import StateSpaceModel
    from explorer.stack.pretraining.batches import WindowCourse
    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder


def plan(recipe: Recipe, sizes: DecoderSizes, loaded: list[Text]) -> Plan:
    """Model, windows and measures. Raises BadRequestError for sizes that do not fit together."""
    import torch

    model = build(recipe, sizes, torch.Generator().manual_seed(recipe.run.seed))
    tokenizer, course, lines = windows_of(recipe, loaded)
    return Plan(
        tokenizer, model, course, lambda progress, final: _written(recipe, model, tokenizer, progress, final), lines
    )


def windows_of(recipe: Recipe, loaded: list[Text]) -> tuple[Tokenizer, WindowCourse, tuple[str, ...]]:
    """The tokenizer, the windows of every step, and what is said of them: twins of one seed see the same."""
    from explorer.stack.pretraining.batches import Batches, WindowCourse

    tokenizer = tokenizer_for(recipe.data, loaded)
    streams, held = streams_of(tokenizer, loaded)
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    data = recipe.data
    batches = Batches(streams, weights, data.n_ctx, data.rows, recipe.run.seed, data.repeated, data.period)
    lines = tuple(f"{kind}: {len(ids):,} tokens, {len(held[kind]):,} held out" for kind, ids in streams.items())
    return tokenizer, WindowCourse(batches, held, recipe.run.evaluate_windows), lines


def build(recipe: Recipe, sizes: DecoderSizes, generator: torch.Generator | None = None) -> Decoder:
    """The untrained decoder. Raises BadRequestError for sizes that do not fit together."""
    import torch

    from explorer.stack.transformer.decoder import Decoder

    config = config_of(sizes, recipe.data.d_vocab)
    return Decoder(config, getattr(torch, recipe.run.compute)).initialise(generator)


def config_of(sizes: DecoderSizes, d_vocab: int) -> DecoderConfig:
    """The decoder that the sizes describe. Raises BadRequestError for sizes that do not fit together."""
    from explorer.stack.embeddings.rope import RopeConfig
    from explorer.stack.transformer.config import DecoderConfig

    d_head, rest = divmod(sizes.d_model, sizes.n_heads)
    if rest or d_head % 2:
        raise BadRequestError(
            f"[model] of the recipe: d_model {sizes.d_model} cannot be cut into {sizes.n_heads} heads of an even width."
        )
    sparse = sizes.architecture == "mixtral"
    return DecoderConfig(
        n_layers=sizes.n_layers,
        d_model=sizes.d_model,
        n_heads=sizes.n_heads,
        n_kv_heads=sizes.n_kv_heads,
        d_head=d_head,
        d_mlp=sizes.d_expert,
        d_vocab=d_vocab,
        n_ctx=sizes.n_ctx,
        eps=sizes.eps,
        rope=RopeConfig(sizes.theta, d_head),
        n_experts=sizes.n_experts if sparse else 0,
        k=sizes.k if sparse else 0,
    )


def _written(recipe: Recipe, model: Decoder, tokenizer: Tokenizer, progress: Progress, final: Evaluation) -> Written:
    """What the folder of a decoder says."""
    tokens = progress.step * recipe.tokens_per_step
    return Written(
        kind="moe" if model.config.n_experts else "dense",
        note=f"trained here on {tokens / 1e6:.1f}M tokens, held-out loss {final.mean:.2f} nats",
        tokenizer={"bos_token": END, "eos_token": END},
        config={"bos_token_id": 0, "eos_token_id": 0},
        sample=sample(recipe, model, tokenizer),
    )


def sample(recipe: Recipe, model: Decoder | StateSpaceModel, tokenizer: Tokenizer, new_tokens: int = 80) -> str:
    """The recipe's prompts continued: temperature 0.8, the 40 likeliest tokens, the recipe's seed."""
    import torch

    generator = torch.Generator().manual_seed(recipe.run.seed)
    parts = [
        f"# What {recipe.name} writes\n\nTemperature 0.8, top-k 40, seed {recipe.run.seed}; the prompt is in bold.\n"
    ]
    for prompt in recipe.run.prompts:
        ids = tokenizer.encode(prompt).ids
        given = len(ids)
        with torch.no_grad():
            for _ in range(min(new_tokens, model.config.n_ctx - given)):
                logits = model(torch.tensor([ids]))[0, -1] / 0.8
                top, index = logits.topk(40)
                ids.append(int(index[torch.multinomial(top.softmax(-1), 1, generator=generator)]))
                if ids[-1] == 0:
                    break
        written = tokenizer.decode(ids[given:])
        parts.append(f"**{prompt.strip()}**\n\n```text\n{prompt}{written}\n```\n")
    return "\n".join(parts)
