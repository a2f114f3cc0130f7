"""A written GGUF file: what llama.cpp's own quantizer makes of the same weights, what it computes, what is refused."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize

from explorer import zoo
from explorer.cli import main
from explorer.errors import BadRequestError, StorageError, UnsupportedModelError
from explorer.experiments.systems.calibration_text import importances
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.mix import MIXES
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.zoo import gguf_writer
from explorer.zoo.gguf_tensors import places
from explorer.zoo.gguf_writer import write

TEXT = "The capital of France is Paris, and 12 rivers run through it."
NAME = "six-kinds-dense"


@pytest.fixture(scope="module")
def model() -> Any:
    return zoo.load(NAME)


@pytest.fixture(scope="module")
def f32(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(model, MIXES["f32"], tmp_path_factory.mktemp("written") / "f32.gguf").path


def kept(path: Path) -> dict[str, tuple[int, np.ndarray]]:
    from gguf import GGUFReader

    return {each.name: (int(each.tensor_type), np.array(each.data)) for each in GGUFReader(path).tensors}


@pytest.mark.parametrize("name", ["q4_k_m", "q4_k_s", "q5_k_m", "q6_k", "q8_0", "q4_0", "q2_k", "q3_k_m"])
def test_types_and_bytes_are_those_of_llama_cpps_quantizer(name: str, model: Any, f32: Path, tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    ours = kept(write(model, MIXES[name], tmp_path / "ours.gguf").path)
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype, settings.nthread = MIXES[name].file_type, 1
    assert llama_cpp.llama_model_quantize(bytes(f32), bytes(tmp_path / "theirs.gguf"), ctypes.byref(settings)) == 0
    theirs = kept(tmp_path / "theirs.gguf")
    assert {each: kind for each, (kind, _) in ours.items()} == {each: kind for each, (kind, _) in theirs.items()}
    assert all(np.array_equal(ours[each][1], theirs[each][1]) for each in ours)


def test_llama_cpp_computes_our_logits(model: Any, f32: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    llama = llama_cpp.Llama(str(f32), n_ctx=128, logits_all=True, verbose=False, n_threads=1, type_k=0, type_v=0)
    ids = model.vocabulary.encode(TEXT)
    assert llama.tokenize(TEXT.encode(), add_bos=False) == ids
    llama.eval(ids)
    ours = model.decoder(torch.tensor([ids]))[0]
    torch.testing.assert_close(torch.from_numpy(np.array(llama.scores[: len(ids)])), ours, atol=2e-4, rtol=1e-4)


@pytest.mark.thorough
def test_the_explorer_reads_it_back(model: Any, f32: Path, tmp_path: Path, empty_cache: Path) -> None:
    ids = torch.tensor([model.vocabulary.encode(TEXT)])
    again = zoo.load(str(f32))
    assert again.vocabulary.encode(TEXT) == ids[0].tolist()
    torch.testing.assert_close(again.decoder(ids), model.decoder(ids))
    small = zoo.load(str(write(model, MIXES["q8_0"], tmp_path / "q8.gguf").path))
    assert 0 < float((small.decoder(ids) - model.decoder(ids)).abs().max()) < 0.5


@pytest.mark.thorough
def test_an_importance_changes_the_matrix_that_it_is_of(model: Any, tmp_path: Path) -> None:
    weigh = torch.rand(192, generator=torch.Generator().manual_seed(1)) ** 4
    plain = kept(write(model, MIXES["q4_k_m"], tmp_path / "plain.gguf").path)
    weighed = kept(write(model, MIXES["q4_k_m"], tmp_path / "w.gguf", importance={"blocks.2.attn.W_K": weigh}).path)
    assert {each for each in plain if not np.array_equal(plain[each][1], weighed[each][1])} == {"blk.2.attn_k.weight"}


def test_a_mix_in_the_decoder_is_that_of_the_file(model: Any, tmp_path: Path) -> None:
    file = kept(write(model, MIXES["q4_k_m"], tmp_path / "m.gguf").path)
    known = matrices(model.decoder)
    formats = SCHEMES["q4_k_m"].formats(known)
    for each in known:
        kind, raw = file[places(each.name)[0][0] if each.layer is not None else "token_embd.weight"]
        assert GGMLQuantizationType(kind).name.lower() == formats[each.name].name
        if each.role not in ("W_Q", "W_K"):  # whose rows stand in another order there
            packed = formats[each.name].quantize(each.weight).parts["blocks"]
            assert np.array_equal(raw, packed.numpy())


def test_what_is_refused_leaves_nothing(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "taken.gguf"
    taken.write_text("mine")
    with pytest.raises(BadRequestError, match="is there already"):
        write(model, MIXES["q8_0"], taken)
    with pytest.raises(BadRequestError, match="is a folder"):
        write(model, MIXES["q8_0"], tmp_path)
    with pytest.raises(StorageError, match="cannot be written"):
        write(model, MIXES["q8_0"], tmp_path / "nowhere" / "m.gguf")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gguf_writer, "add_settings", full)
    with pytest.raises(StorageError, match="No space left"):
        write(model, MIXES["q8_0"], taken, force=True)
    assert taken.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [taken]


def test_an_architecture_that_is_not_written(model: Any, tmp_path: Path) -> None:
    other = replace(model, hf=SimpleNamespace(config=SimpleNamespace(architectures=["GPT2LMHeadModel"])))
    with pytest.raises(UnsupportedModelError, match="cannot be written as GGUF"):
        write(other, MIXES["q8_0"], tmp_path / "m.gguf")
    assert not list(tmp_path.iterdir())


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.gguf"
    with pytest.raises(SystemExit) as ended:
        main(["quantize", NAME, "--out", str(out)])
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "Q4_K_M" in said
    assert "rows of 192 fell back" in said
    with pytest.raises(SystemExit) as ended:
        main(["quantize", NAME, "--out", str(out), "--format", "q9"])
    assert ended.value.code == 2
    assert "no kind of file “q9”" in capsys.readouterr().err


@pytest.mark.thorough
def test_the_command_weighs_errors_by_the_inputs(model: Any, tmp_path: Path) -> None:
    for name, more in (("plain.gguf", []), ("weighed.gguf", ["--imatrix"])):
        with pytest.raises(SystemExit) as ended:
            main(["quantize", NAME, "--format", "q4_0", "--out", str(tmp_path / name), *more])
        assert not ended.value.code
    weigh = importances(model)
    plain, weighed = kept(tmp_path / "plain.gguf"), kept(tmp_path / "weighed.gguf")
    for each in matrices(model.decoder):
        if each.role not in ("W_V", "W_O", "W_out"):
            continue
        errors = []
        for file in (plain, weighed):
            kind, raw = file[places(each.name)[0][0]]
            back = torch.from_numpy(dequantize(raw, GGMLQuantizationType(kind)))
            errors.append(float(((back - each.weight).square() * weigh[each.name]).sum()))
        assert errors[1] < errors[0]
