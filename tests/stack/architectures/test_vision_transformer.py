"""The vision transformer equals transformers' DINOv2, at the size that it was trained on and at others."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.architectures.vision_transformer import VisionConfig, VisionTransformer, patches_of
from explorer.stack.transformer.config import DecoderConfig


@pytest.fixture(scope="module")
def pair() -> tuple[Any, VisionTransformer]:
    """Theirs with random weights, large enough to matter; ours on the same ones."""
    from transformers import Dinov2Config, Dinov2Model

    config = Dinov2Config(
        hidden_size=24, num_hidden_layers=3, num_attention_heads=4, image_size=40, patch_size=8
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(5)
        theirs = Dinov2Model(config).eval()
        with torch.no_grad():
            for name, parameter in theirs.named_parameters():
                if parameter.ndim > 1 or "bias" in name:
                    parameter.normal_(std=0.1)
                else:  # norms and LayerScale
                    parameter.uniform_(0.3, 1.2)
    theirs.set_attn_implementation("eager")
    return theirs, VisionTransformer.from_pretrained(theirs)


def pictures(height: int, width: int, rows: int = 2) -> Tensor:
    return torch.randn(rows, 3, height, width, generator=torch.Generator().manual_seed(height))


@pytest.mark.parametrize("size", [(40, 40), (16, 24), (64, 48), (24, 40)], ids=str)
def test_parity_with_transformers(pair: tuple[Any, VisionTransformer], size: tuple[int, int]) -> None:
    theirs, ours = pair
    pixels = pictures(*size)
    with torch.inference_mode():
        expected = theirs(pixels, output_attentions=True, output_hidden_states=True)
        looked = ours.look(pixels)
        plain = ours(pixels)
    rows, columns = looked.grid
    assert (rows * 8, columns * 8) == size
    assert float((looked.hidden - torch.stack(expected.hidden_states)).abs().max()) < 1e-5
    assert float((looked.patterns - torch.stack(expected.attentions)).abs().max()) < 1e-5
    assert float((looked.states - expected.last_hidden_state).abs().max()) < 1e-5
    assert float((looked.cls - expected.pooler_output).abs().max()) < 1e-5
    assert float((plain - looked.states).abs().max()) < 1e-5
    assert float(looked.states.std()) > 0.1
    assert looked.patches.shape == (2, rows, columns, 24)


def test_both_spellings_of_the_weights_are_read(pair: tuple[Any, VisionTransformer]) -> None:
    """Files keep transformers' older names."""
    theirs, ours = pair
    old = {"q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value"}
    state = {}
    for name, tensor in theirs.state_dict().items():
        for new, was in ({f"attention.{n}": f"attention.{o}" for n, o in old.items()}).items():
            name = name.replace(new, was)
        state[name.replace("attention.o_proj", "attention.output.dense")] = tensor
    assert "encoder.layer.0.attention.attention.query.weight" in state
    pixels = pictures(16, 16)
    with torch.inference_mode():
        assert torch.equal(VisionTransformer.from_pretrained(theirs.config, state)(pixels), ours(pixels))


def test_attention_in_its_places(pair: tuple[Any, VisionTransformer]) -> None:
    _, ours = pair
    with torch.inference_mode():
        looked = ours.look(pictures(16, 24))
    assert looked.cls_attention.shape == (3, 2, 4, 2, 3)
    itself = looked.patterns[:, :, :, 0, 0]
    assert float((looked.cls_attention.sum((-1, -2)) + itself - 1).abs().max()) < 1e-6
    # The patch in row 1, column 2 is the last of 2 x 3: position 6.
    assert torch.equal(looked.attention_from(1, 2), looked.patterns[:, :, :, 6, 1:].unflatten(-1, (2, 3)))


def test_principal_directions(pair: tuple[Any, VisionTransformer]) -> None:
    """By the covariance of the patches instead of the singular values: the same order of patches along each."""
    _, ours = pair
    with torch.inference_mode():
        looked = ours.look(pictures(40, 40))
    made = looked.principal(3)
    assert made.shape == (2, 5, 5, 3)
    assert made.amin((1, 2)).tolist() == [[0, 0, 0]] * 2
    assert made.amax((1, 2)).tolist() == [[1, 1, 1]] * 2
    rows = looked.states[1, 1:].double()
    vectors = torch.linalg.eigh(torch.cov(rows.T)).eigenvectors.flip(-1)[:, :3]  # d_model component
    along, ours_along = rows @ vectors, made[1].flatten(0, 1).double()
    for i in range(3):
        assert abs(float(torch.corrcoef(torch.stack([along[:, i], ours_along[:, i]]))[0, 1])) > 0.9999


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=25)
def test_a_patch_is_its_square(rows: int, columns: int, patch: int, channels: int) -> None:
    pixels = torch.randn(1, channels, rows * patch, columns * patch)
    cut = patches_of(pixels, patch)
    assert cut.shape == (1, rows * columns, channels * patch**2)
    for row in range(rows):
        for column in range(columns):
            square = pixels[0, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch]
            assert torch.equal(cut[0, row * columns + column], square.flatten())


def test_layer_scale_of_zero_leaves_the_stream_alone(pair: tuple[Any, VisionTransformer]) -> None:
    theirs, _ = pair
    state = {k: v * 0 if "lambda1" in k else v for k, v in theirs.state_dict().items()}
    still = VisionTransformer.from_pretrained(theirs.config, state)
    with torch.inference_mode():
        looked = still.look(pictures(40, 40))
    assert torch.equal(looked.hidden[0], looked.hidden[-1])


def test_a_moved_picture_without_positions_moves_its_patches(pair: tuple[Any, VisionTransformer]) -> None:
    """Attention itself knows no place: without the table, permuted patches give permuted states."""
    theirs, _ = pair
    state = {k: v * 0 if "position" in k else v for k, v in theirs.state_dict().items()}
    blind, pixels = VisionTransformer.from_pretrained(theirs.config, state), pictures(16, 24)
    with torch.inference_mode():
        plain, rolled = blind.look(pixels), blind.look(pixels.roll(8, -1))
    assert float((rolled.patches - plain.patches.roll(1, 2)).abs().max()) < 1e-5
    assert float((rolled.cls - plain.cls).abs().max()) < 1e-5


def test_what_cannot_be_put_together(pair: tuple[Any, VisionTransformer]) -> None:
    from transformers import Dinov2Config, ViTConfig

    theirs, ours = pair
    stack = DecoderConfig(1, 8, 2, 2, 4, 16, 1, 6, norm="layer", positions="none", causal=False)
    with pytest.raises(BadRequestError, match="square"):
        VisionConfig(stack)
    with pytest.raises(BadRequestError, match="causal"):
        VisionConfig(DecoderConfig(1, 8, 2, 2, 4, 16, 1, 5, positions="none"))
    for config in (ViTConfig(), Dinov2Config(use_swiglu_ffn=True)):
        with pytest.raises(NotApplicableError):
            VisionConfig.from_hf(config)
    with pytest.raises(NotApplicableError, match="lambda1"):
        VisionTransformer.from_pretrained(
            theirs.config, {k: v for k, v in theirs.state_dict().items() if "lambda1" not in k}
        )
    with pytest.raises(BadRequestError, match="41 x 40"):
        ours.look(pictures(40, 41))
    with pytest.raises(BadRequestError, match="channels"):
        ours.look(torch.zeros(1, 1, 16, 16))
