"""Connectors: their orders and merges as transformers' own, by hand, and what they may not mix up."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.frontier.vision_language import model as mechanism
from explorer.stack.frontier.vision_language.connectors import KINDS, CrossAttention, connector, n_tokens
from explorer.stack.frontier.vision_language.interleaving import IGNORED, expanded, merged, targets
from explorer.stack.frontier.vision_language.model import Examples, VisionLanguage, VisionLanguageConfig
from explorer.stack.frontier.vision_language.pixel_shuffle import pixel_shuffle
from explorer.stack.transformer.config import DecoderConfig

IMAGE = 2
DECODER = DecoderConfig(n_layers=2, d_model=32, n_heads=2, n_kv_heads=2, d_head=16, d_mlp=48, d_vocab=20, n_ctx=64)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def made(kind: Any) -> VisionLanguage:
    config = VisionLanguageConfig(DECODER, d_vision=6, rows=4, columns=4, image=IMAGE, connector=kind, n_latents=5)
    return VisionLanguage(config).initialise(torch.Generator().manual_seed(1)).eval()


def test_pixel_shuffle_equals_transformers_connector() -> None:
    from transformers import Idefics3Config
    from transformers.models.idefics3.modeling_idefics3 import Idefics3Connector

    config: Any = Idefics3Config(
        vision_config={"hidden_size": 6, "num_attention_heads": 2},
        text_config={"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2}, scale_factor=2,
    )  # fmt: skip
    theirs = Idefics3Connector(config).eval()
    ours: Any = connector("shuffle", d_vision=6, d_model=8, k=2)
    ours.project.weight = theirs.modality_projection.proj.weight
    patches = drawn(2, 4, 4, 6)
    torch.testing.assert_close(ours(patches), theirs(patches.flatten(1, 2)))
    # PixelUnshuffle of super-resolution puts channels outermost: another order
    other = torch.nn.PixelUnshuffle(2)(patches.permute(0, 3, 1, 2)).flatten(2).transpose(1, 2)
    assert not torch.allclose(pixel_shuffle(patches, 2), other)
    with pytest.raises(BadRequestError, match="no squares of 3 x 3"):
        pixel_shuffle(patches, 3)


def test_projector_and_placeholders_equal_llava() -> None:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    config: Any = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=6, intermediate_size=8, num_attention_heads=2, num_hidden_layers=1, image_size=8, patch_size=2
        ),
        text_config=LlamaConfig(
            vocab_size=20, hidden_size=8, intermediate_size=8, num_attention_heads=2, num_hidden_layers=1
        ),
        image_token_index=IMAGE,
    )  # fmt: skip
    theirs: Any = LlavaForConditionalGeneration(config).eval().model
    projector = theirs.multi_modal_projector
    ours: Any = connector("mlp", d_vision=6, d_model=8)
    ours.map[0], ours.map[2] = projector.linear_1, projector.linear_2
    patches = drawn(1, 4, 4, 6)
    tokens = ours(patches)
    torch.testing.assert_close(tokens, projector(patches.flatten(1, 2)))
    ids = torch.tensor([expanded([1, IMAGE, 7], IMAGE, 16)])
    embedded = theirs.language_model.embed_tokens(ids)
    mask = theirs.get_placeholder_mask(ids, inputs_embeds=embedded, image_features=tokens)
    torch.testing.assert_close(merged(embedded, ids, IMAGE, tokens), embedded.masked_scatter(mask, tokens))


def test_the_count_of_placeholders_is_checked_row_by_row() -> None:
    """Together both rows have as many as both pictures: transformers, which counts the whole batch, lets it pass."""
    ids = torch.tensor([[1, IMAGE, IMAGE, IMAGE], [1, IMAGE, 5, 5]])
    with pytest.raises(BadRequestError, match="Text 0 has 3 placeholders, and its picture has 2 tokens"):
        merged(torch.zeros(2, 4, 8), ids, IMAGE, torch.ones(2, 2, 8))


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_the_loss_is_of_what_is_said_alone(kind: Any) -> None:
    model = made(kind)
    n = model.config.n_tokens
    assert n == (n_tokens(kind, 4, 4, n_latents=5) if kind else 0)
    ids = expanded([1, IMAGE, 7, 8, 9], IMAGE, n)
    wanted = targets(ids, [False] * (len(ids) - 1) + [True])
    batch = Examples(drawn(1, 4, 4, 6), torch.tensor([ids]), torch.tensor([wanted]))
    shares = model(batch.ids, batch.patches)[0, -2].log_softmax(-1)
    torch.testing.assert_close(model.loss(batch).parts["lm"], -shares[9])
    assert sum(each != IGNORED for each in wanted) == 1
    padded = torch.nn.functional.pad(batch.ids, (0, 3)), torch.nn.functional.pad(batch.targets, (0, 3), value=IGNORED)
    torch.testing.assert_close(model.loss(Examples(batch.patches, *padded)).parts["lm"], -shares[9])


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_changes_what_is_said(kind: Any) -> None:
    model = made(kind)
    ids = torch.tensor([expanded([1, IMAGE, 7], IMAGE, model.config.n_tokens)])
    one, other = drawn(1, 4, 4, 6), drawn(1, 4, 4, 6, seed=5)
    assert not torch.allclose(model(ids, one)[:, -1], model(ids, other)[:, -1])
    seen = model.read(ids, one)
    torch.testing.assert_close(seen.logits, model(ids, one))
    assert seen.hidden.shape[0] == len(seen.patterns) + 1


def test_cross_attention_by_hand() -> None:
    """One head: softmax of scaled products over all patches, none hidden."""
    layer = CrossAttention(32, 32)
    x, read = drawn(1, 3, 32), drawn(1, 5, 32, seed=2)
    y = layer.norm(x)
    pattern = (layer.W_Q(y) @ layer.W_K(read).mT / 32**0.5).softmax(-1)
    torch.testing.assert_close(layer(x, read), x + layer.W_O(pattern @ layer.W_V(read)))


def test_twins_begin_with_the_same_decoder() -> None:
    ours, blind = made("mlp").decoder.state_dict(), made(None).decoder.state_dict()
    assert all(torch.equal(ours[name], blind[name]) for name in blind)
    assert mechanism.IGNORED == IGNORED
