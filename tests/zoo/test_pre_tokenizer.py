"""Text is cut as `tokenizer.ggml.pre` says: compared with the published patterns, read by another engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import regex
from tokenizers import pre_tokenizers

from explorer.errors import UnsupportedModelError
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.zoo import loading
from explorer.zoo.gguf_file import convert
from explorer.zoo.pre_tokenizer import FIRST_TOKEN, GPT_2, SINGLE_DIGITS, SPLITS, restore_pre_tokenizer
from tests.tiers import spread

TEXTS = [
    "x  12", "In 1984, it's 3.1415 or 1234567!", "We'll see: THEY'VE don't, I'M", "one\n\ntwo\r\n  three\n",
    "a   b    c ",
    "\n\n  \t indented\n    code(x, y) = {x: [1, 22, 333]}", "naïve Zażółć — 中文字符 かな 한국어 ٣٤٥ ½",
    "snake_case CamelCase path/to/file.txt #tag @you $9.99", "  12 345  6789", "don't 'stop' \"it\" ...?!",
    "é e\u0301 👩‍👧 ok", "",
]  # fmt: skip
GPT_2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# As llama.cpp has them: without (?i:...), whose letters are written out.
CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
LLAMA_3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN_2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DEEPSEEK_3 = [
    r"\p{N}{1,3}",
    "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"""
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
]
PUBLISHED: dict[str, list[str]] = {
    **{name: [GPT_2_PATTERN] for name in sorted(GPT_2)},
    **{name: [r"\p{N}", GPT_2_PATTERN] for name in sorted(SINGLE_DIGITS)},
    **{name: [QWEN_2] for name in ["stablelm2", "hunyuan", "solar-open", "grok-2", "qwen2", "megrez"]},
    **{name: [LLAMA_3] for name in ["glm4", "chatglm-bpe", "llama-bpe", "llama3", "falcon3", "dbrx", "smaug-bpe"]},
    **{name: [r" ?[^(\s|.,!?…。，、।۔،)]+"] for name in ["bloom", "gpt3-finnish", "poro-chat"]},
    **dict.fromkeys(["deepseek-v3", "hunyuan-dense", "joyai-llm"], DEEPSEEK_3),
    "viking": [r" ?[^(\s|.,!?…。，、।۔،)]+", r"\p{N}"],
    "seed-coder": [
        CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"
    ],
    "minicpm5": [
        r"\p{N}{1,3}",
        CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ],
    "deepseek-coder": [
        "[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+", r"\p{N}",
    ],
}  # fmt: skip


def cut(text: str, patterns: list[str]) -> list[str]:
    """llama.cpp's way: each pattern cuts what it finds out of the pieces that the one before left."""
    pieces = [text] if text else []
    for pattern in patterns:
        cuts: list[str] = []
        for piece in pieces:
            at = 0
            for match in regex.finditer(pattern, piece):
                cuts += [piece[at : match.start()], match.group()]
                at = match.end()
            cuts.append(piece[at:])
        pieces = [each for each in cuts if each]
    return pieces


def written(piece: str) -> str:
    """A piece of the byte-level alphabet as the text that it stands for."""
    table = byte_alphabet()
    return bytes(table[character] for character in piece).decode()


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_pieces_are_those_of_the_published_pattern(name: str) -> None:
    from transformers.integrations.gguf.gguf_tokenizer_mapping import byte_level_tokenizer, set_split_regex

    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made: Any = byte_level_tokenizer({"tokens": [*characters, "<|endoftext|>"], "merges": []})
    made = set_split_regex(made, {"pre_tokenizer_type": name})
    restore_pre_tokenizer(made, name)
    for text in TEXTS:
        found = [written(piece) for piece, _ in made.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)]
        assert found == cut(text, PUBLISHED[name]), (name, text)


def test_every_name_that_is_restored_is_tried() -> None:
    assert set(PUBLISHED) >= GPT_2 | SINGLE_DIGITS | set(SPLITS)


@pytest.mark.parametrize("name", ["", "default", "falcon", "deepseek-llm", "kimi-k2", "superbpe", "new"])
def test_a_name_that_is_not_known_is_refused(
    name: str, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {".tokenizer.ggml.pre": name or None})
    with pytest.raises(UnsupportedModelError, match=r"tokenizer\.ggml\.pre") as caught:
        convert(path, "0" * 64, tmp_path / "made")
    assert repr(name) in caught.value.message or not name
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", spread(["starcoder", "refact", "command-r", "exaone", "smollm", "deepseek-coder", "gpt-2"], 3)
)
def test_the_split_survives_the_converted_folder(
    name: str, tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    path = gguf_llama(tmp_path / "m.gguf", plain_llama(), {".tokenizer.ggml.pre": name})
    model = loading.load_model(str(path))
    pieces = [p for p, _ in model.tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("x  12")]  # type: ignore[attr-defined]
    assert [written(piece) for piece in pieces] == cut("x  12", PUBLISHED[name])


def test_a_piece_that_is_a_token_stays_whole(
    tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    """Llama 3's vocabulary has tokens that its merges do not reach; and its texts begin with BOS."""
    for name, expected in {"llama-bpe": ["<eos>", "cd"], "gpt-2": ["c", "d"]}.items():
        characters = sorted(pre_tokenizers.ByteLevel.alphabet())[:-1]
        settings = {".tokenizer.ggml.pre": name}
        tokens = [*characters, "ab", "cd", "<eos>"]
        path = gguf_llama(tmp_path / f"{name}.gguf", plain_llama(), settings, tokens=tokens)
        model = loading.load_model(str(path))
        assert model.tokenizer.convert_ids_to_tokens(model.vocabulary.encode("cd")) == expected
    assert "llama-bpe" in FIRST_TOKEN


def test_no_space_in_front_where_the_file_says_so(
    tmp_path: Path, empty_cache: Path, plain_llama: Any, gguf_llama: Any
) -> None:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(252)), "\u2581", "a", "\u2581a"]
    for says, expected in {True: ["\u2581a"], False: ["a"], None: ["\u2581a"]}.items():
        path = gguf_llama(
            tmp_path / f"{says}.gguf", plain_llama(),
            {".tokenizer.ggml.model": "llama", ".tokenizer.ggml.pre": "default", ".tokenizer.ggml.eos_token_id": 2,
             ".tokenizer.ggml.add_space_prefix": says, ".tokenizer.ggml.add_bos_token": False,
             ".tokenizer.ggml.scores": [-float(i) for i in range(258)]},
            tokens=tokens, merges=("\u2581 a",),
        )  # fmt: skip
        model = loading.load_model(str(path))
        assert model.tokenizer.convert_ids_to_tokens(model.vocabulary.encode("a")) == expected, says
        assert json.loads((loading._from_gguf(path, lambda *_: None) / "config.json").read_text())
