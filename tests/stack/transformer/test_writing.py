"""Greedy writing and its patterns are those of transformers' `generate`."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.stack.transformer.writing import greedy, write

SOURCE = torch.tensor([7, 19, 3, 22, 8, 8, 41, 30, 2, 1])


@pytest.fixture(scope="module", params=["plain", "gated"])
def pair(request: pytest.FixtureRequest) -> tuple[Any, EncoderDecoder]:
    from transformers import T5Config, T5ForConditionalGeneration

    with torch.random.fork_rng():
        torch.manual_seed(3)
        start: dict[str, Any] = {"decoder_start_token_id": 0}
        config = T5Config(  # as many layers in both stacks: the cache of `generate` has `num_layers` of them
            vocab_size=50, d_model=24, d_kv=8, d_ff=40, num_layers=3, num_heads=4,
            relative_attention_num_buckets=8, relative_attention_max_distance=20, **start,
            feed_forward_proj="gated-gelu" if request.param == "gated" else "relu",
        )  # fmt: skip
        theirs = T5ForConditionalGeneration(config).eval()
        with torch.no_grad():
            for parameter in theirs.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(std=0.15)
    theirs.set_attn_implementation("eager")
    return theirs, EncoderDecoder.from_pretrained(theirs)


def test_ids_logits_and_patterns(pair: tuple[Any, EncoderDecoder]) -> None:
    theirs, ours = pair
    with torch.inference_mode():
        expected = theirs.generate(
            SOURCE[None], max_new_tokens=9, do_sample=False, num_beams=1, output_attentions=True, output_logits=True,
            return_dict_in_generate=True,
        )  # fmt: skip
    made = write(ours, SOURCE, 9, start=0, end=1)
    assert made.ids.tolist() == expected.sequences[0, 1:].tolist()
    assert made.read.tolist() == expected.sequences[0, :-1].tolist()
    assert float((made.logits - torch.cat(expected.logits)).abs().max()) < 1e-5
    assert float((made.encoder_pattern - torch.cat(expected.encoder_attentions)).abs().max()) < 1e-5
    steps = len(made.ids)
    assert made.cross.shape == (3, 4, steps, len(SOURCE))
    for step in range(steps):
        cross = torch.cat(expected.cross_attentions[step])[:, :, 0]  # layer head source
        own = torch.cat(expected.decoder_attentions[step])[:, :, 0]  # layer head key
        assert float((made.cross[:, :, step] - cross).abs().max()) < 1e-5
        assert float((made.decoder_pattern[:, :, step, : step + 1] - own).abs().max()) < 1e-5
        assert float(made.decoder_pattern[:, :, step, step + 1 :].abs().sum()) == 0


def test_log_probs_and_end(pair: tuple[Any, EncoderDecoder]) -> None:
    _, ours = pair
    made = write(ours, SOURCE, 4, start=0, end=1)
    likeliest = made.logits.log_softmax(-1).max(-1).values
    torch.testing.assert_close(made.log_probs, likeliest)
    second = int(made.ids[1])  # as if it were the end token
    ended = write(ours, SOURCE, 4, start=0, end=second)
    first = made.ids.tolist().index(second)
    assert ended.ended
    assert ended.ids.tolist() == made.ids[: first + 1].tolist()
    assert not write(ours, SOURCE, 1, start=0, end=-1).ended


def test_a_padded_batch_writes_as_each_row_alone(pair: tuple[Any, EncoderDecoder]) -> None:
    _, ours = pair
    short = SOURCE[-4:]
    batch = torch.stack([SOURCE, torch.nn.functional.pad(short, (0, 6))])
    positions = torch.arange(10).expand(2, -1).where(batch != 0, -1)
    written = greedy(ours, batch, 7, start=0, end=1, positions=positions)
    for row, source in zip(written, (SOURCE, short), strict=True):
        alone = write(ours, source, 7, start=0, end=1)
        assert row == [token for token in alone.ids.tolist() if token != 1]


def test_nothing_to_read_or_write_is_refused(pair: tuple[Any, EncoderDecoder]) -> None:
    with pytest.raises(ValueError, match="nothing"):
        write(pair[1], SOURCE[:0], 3, start=0, end=1)
    with pytest.raises(ValueError, match="nothing"):
        write(pair[1], SOURCE, 0, start=0, end=1)
