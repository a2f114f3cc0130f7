"""A folder that is looked over before anything in it is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from explorer.errors import ExplorerError, UnsupportedModelError, WeightsDamagedError
from explorer.zoo.model_folder import check_folder, weight_files

INDEX = "model.safetensors.index.json"
NESTED = "[" * 100_000 + "]" * 100_000


def refusal(folder: Path, kind: type[ExplorerError] = WeightsDamagedError) -> str:
    with pytest.raises(kind) as caught:
        check_folder(folder)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("name", ["config.json", INDEX, "tokenizer_config.json", "generation_config.json"])
@pytest.mark.parametrize("content", [NESTED, '{"a": "\udcff"}', "{"], ids=["nested", "not UTF-8", "cut"])
def test_json_that_is_none(tiny: Path, name: str, content: str) -> None:
    (tiny / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert name in refusal(tiny)


def test_a_config_that_is_a_folder(tiny: Path) -> None:
    (tiny / "config.json").unlink()
    (tiny / "config.json").mkdir()
    assert "config.json" in refusal(tiny)


@pytest.mark.parametrize("name", ["config.json", INDEX, "tokenizer.json", "tokenizer_config.json"])
def test_files_of_a_gigabyte_are_not_read(tiny: Path, name: str) -> None:
    with (tiny / name).open("wb") as stream:
        stream.truncate(1 << 30)
    assert name in refusal(tiny)


@pytest.mark.parametrize(
    "name",
    ["../other/model.safetensors", "/etc/hostname", "a\0.safetensors", "..", "", "sub/model.safetensors",
     "model.bin", ".safetensors", "x" * 5000 + ".safetensors", 7, None, ["model.safetensors"]],
)  # fmt: skip
def test_an_index_that_points_outside_its_folder(tiny: Path, name: object) -> None:
    other = tiny.parent / "other"
    shutil.copytree(tiny, other)
    (tiny / "model.safetensors").unlink()
    (tiny / INDEX).write_text(json.dumps({"weight_map": {"a": name}}))
    assert INDEX in refusal(tiny)


def test_links_are_followed_as_the_hubs_cache_is_made_of_them(tiny: Path) -> None:
    blob = tiny.parent / "blob"
    shutil.move(tiny / "model.safetensors", blob)
    (tiny / "model.safetensors").symlink_to(blob)
    assert check_folder(tiny)["architectures"] == ["LlamaForCausalLM"]


def test_what_is_checked_is_what_transformers_would_load(tiny: Path) -> None:
    assert weight_files(tiny) == [tiny / "model.safetensors"]
    shutil.copy(tiny / "model.safetensors", tiny / "model-1.safetensors")
    assert weight_files(tiny) == [tiny / "model.safetensors"]
    (tiny / INDEX).write_text(json.dumps({"weight_map": {"a": "model-1.safetensors"}}))
    assert "two models" in refusal(tiny)
    (tiny / "model.safetensors").unlink()
    assert weight_files(tiny) == [tiny / "model-1.safetensors"]


@pytest.mark.parametrize("named", ["other.safetensors", "../x.safetensors"])
def test_a_config_that_names_another_weight_file(tiny: Path, named: str) -> None:
    path = tiny / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "transformers_weights": named}))
    assert "transformers_weights" in refusal(tiny, UnsupportedModelError)


@pytest.mark.parametrize("stated", [7, True, 1e308, "T5Model", {"a": 1}, [["LlamaForCausalLM"]]])
def test_architectures_that_are_no_list_of_names(tiny: Path, stated: object) -> None:
    path = tiny / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "architectures": stated}))
    refusal(tiny, UnsupportedModelError)


def test_an_adapter_beside_the_weights(tiny: Path) -> None:
    (tiny / "adapter_config.json").write_text('{"base_model_name_or_path": "/somewhere/else"}')
    assert "adapter" in refusal(tiny, UnsupportedModelError)
