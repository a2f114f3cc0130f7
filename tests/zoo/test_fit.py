"""Config, weights and tokenizer that do not belong together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from explorer.errors import ExplorerError, UnsupportedModelError, WeightsDamagedError
from explorer.zoo import fit
from explorer.zoo.loading import open_folder
from explorer.zoo.model_folder import check_folder


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_weights(folder: Path, **changes: torch.Tensor) -> None:
    path = folder / "model.safetensors"
    save_file({**load_file(path, backend="pread"), **changes}, path, metadata={"format": "pt"})


def refusal(folder: Path, kind: type[ExplorerError] = WeightsDamagedError) -> str:
    with pytest.raises(kind) as caught:
        open_folder("tiny", None, folder)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    "changes",
    [{"num_hidden_layers": 10**6}, {"num_hidden_layers": 10**12}, {"vocab_size": 10**12}, {"vocab_size": 10**18},
     {"hidden_size": 10**9}, {"hidden_size": 10**6}, {"intermediate_size": 10**10}, {"head_dim": 10**9},
     {"max_position_embeddings": 10**12}, {"max_position_embeddings": 0},
     {"model_type": "gpt2", "architectures": [], "n_layer": 10**7},
     {"model_type": "mixtral", "architectures": [], "num_local_experts": 10**6}],
)  # fmt: skip
def test_a_config_of_absurd_sizes_is_refused_before_anything_is_built(
    tiny: Path, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise AssertionError("the load began")

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", build)
    edit_config(tiny, **changes)
    with pytest.raises(WeightsDamagedError) as caught:
        check_folder(tiny)
    assert any(character.isdigit() for character in caught.value.message)


def test_millions_of_layers_are_never_built(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "_parameters", lambda _: pytest.fail("a model was built"))
    edit_config(tiny, num_hidden_layers=10**6)
    with pytest.raises(WeightsDamagedError, match="1,000,000"):
        check_folder(tiny)


def test_a_config_of_fewer_layers_than_the_weights(tiny: Path) -> None:
    edit_config(tiny, num_hidden_layers=1)
    message = refusal(tiny)
    assert "9 of its tensors" in message
    assert "layers.1" in message


def test_a_tensor_that_the_architecture_does_not_have(tiny: Path) -> None:
    edit_weights(tiny, **{"model.layers.0.self_attn.q_proj.bias": torch.ones(32)})
    assert "q_proj.bias" in refusal(tiny)


def test_leftovers_that_change_nothing_are_let_by(tiny: Path) -> None:
    mask = torch.ones(1, 1, 128, 128)
    edit_weights(tiny, **{
        "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4), "model.layers.0.attn.bias": mask,
        "model.layers.0.attn.masked_bias": torch.tensor(-1e4),
    })  # fmt: skip
    assert open_folder("tiny", None, tiny).dims.n_layers == 2
    edit_weights(tiny, **{"model.layers.0.attn.bias": torch.ones(32)})
    assert "attn.bias" in refusal(tiny)


def test_gpt_2s_masks_under_the_names_of_old_files(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

    GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=16, n_head=2, vocab_size=30, n_positions=8)).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    old = {name.removeprefix("transformer."): each for name, each in load_file(path, backend="pread").items()}
    old |= {"h.0.attn.bias": torch.ones(1, 1, 8, 8), "h.0.attn.masked_bias": torch.tensor(-1e4)}
    save_file(old, path, metadata={"format": "pt"})
    loaded: Any = AutoModelForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    hf, report = loaded
    shapes = {name: tuple(each.shape) for name, each in old.items()}
    fit.check_loaded("old", hf, report, shapes)
    report["unexpected_keys"].add("transformer.h.0.attn.masked_bias")
    fit.check_loaded("old", hf, report, shapes)
    report["unexpected_keys"].add("h.0.attn.c_attn.bias_of_another")
    with pytest.raises(WeightsDamagedError, match="bias_of_another"):
        fit.check_loaded("old", hf, report, shapes)


def test_a_second_unembedding_where_the_config_ties_it(tiny: Path) -> None:
    embedding = load_file(tiny / "model.safetensors", backend="pread")["model.embed_tokens.weight"]
    edit_weights(tiny, **{"lm_head.weight": embedding.clone()})
    assert open_folder("tiny", None, tiny).dims.n_layers == 2
    edit_weights(tiny, **{"lm_head.weight": embedding + 1})
    assert "ties" in refusal(tiny)


def longer_tokenizer(folder: Path, count: int, special: bool) -> None:
    from tokenizers import AddedToken

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    new = [AddedToken(f"<more{i}>", special=special, normalized=False) for i in range(count)]
    tokenizer.add_tokens(new, special_tokens=special)
    tokenizer.save_pretrained(folder)


def test_a_tokenizer_larger_than_the_embedding(tiny: Path) -> None:
    longer_tokenizer(tiny, 3, special=False)
    message = refusal(tiny, UnsupportedModelError)
    assert "259" in message
    assert "257" in message


def test_special_tokens_that_nothing_can_write_are_let_by(tiny: Path) -> None:
    longer_tokenizer(tiny, 1, special=True)
    model = open_folder("tiny", None, tiny)
    assert max(model.vocabulary.encode("<more0> 12")) < model.dims.d_vocab
    (tiny / "chat_template.jinja").write_text("<more0>{{ messages[0].content }}")
    assert "<more0>" in refusal(tiny, UnsupportedModelError)


def test_a_padded_embedding_is_fine(tiny: Path) -> None:
    edit_config(tiny, vocab_size=320)
    rows = load_file(tiny / "model.safetensors", backend="pread")["model.embed_tokens.weight"]
    edit_weights(tiny, **{"model.embed_tokens.weight": torch.cat([rows, torch.zeros(320 - len(rows), 32)])})
    assert open_folder("tiny", None, tiny).dims.d_vocab == 320
