"""A tokenizer written as tokenizers' JSON, which gives the same ids when that library loads it.

    writing.write(tokenizer, Path("tokenizer.json"))

What the library cannot do is refused by name; so is nothing that this package's readers give. A vocabulary by ranks
(tiktoken's) has its merges worked out: the last two parts that a token is made of under the tokens before it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import orjson

from explorer.stack.tokenization import patterns
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.charsmap import CharacterMap
from explorer.stack.tokenization.normalization import (
    LowerCase,
    Prepend,
    Replace,
    Strip,
    StripAccents,
    Unicode,
    WholeCharacters,
    bert_steps,
)
from explorer.stack.tokenization.pre_tokenization import Digits, InTurn, Split, Whole
from explorer.stack.tokenization.sentencepiece_bpe import SentencePieceBPE
from explorer.stack.tokenization.tokenizer import Normalizer, PreTokenizer, Tokenizer
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.zoo.tokenizers.writing_models import MARK, Table, model_table, refused


def write(tokenizer: Tokenizer, path: Path) -> None:
    """Write the file. Raises UnsupportedModelError for a part that tokenizers has nothing for."""
    path.write_bytes(written(tokenizer))


def written(tokenizer: Tokenizer) -> bytes:
    """The file's bytes."""
    marks = isinstance(tokenizer.model, SentencePieceBPE | Unigram) and any(b" " in t for t in tokenizer.model.tokens)
    return orjson.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": _added(tokenizer),
            "normalizer": _sequence(_normalizers(tokenizer, marks), "normalizers"),
            "pre_tokenizer": _sequence(_pre_tokenizers(tokenizer, marks), "pretokenizers"),
            "post_processor": _frame(tokenizer),
            "decoder": _decoder(tokenizer, marks),
            "model": model_table(tokenizer, marks),
        }
    )


def _sequence(steps: list[Table], inner: str) -> Table | None:
    if not steps:
        return None
    return steps[0] if len(steps) == 1 else {"type": "Sequence", inner: steps}


def _added(tokenizer: Tokenizer) -> list[Table]:
    rules = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    listed = [(i, name, True) for name, i in tokenizer.specials.items()]
    listed += [(i, name, False) for name, i in tokenizer.defined.items()]
    return [{"id": i, "content": name.decode(), **rules, "special": special} for i, name, special in sorted(listed)]


# ---- normalizer ------------------------------------------------------------------------------------------------------


def _normalizers(tokenizer: Tokenizer, marks: bool) -> list[Table]:
    read_in = Replace(MARK, " ")
    steps = [s for s in tokenizer.normalizers if s != WholeCharacters() and not (marks and s == read_in)]
    for clean, ideographs, accents, lower in product((True, False), repeat=4):
        if steps and tuple(steps) == bert_steps(clean, ideographs, accents, lower):
            return [
                {
                    "type": "BertNormalizer",
                    "clean_text": clean,
                    "handle_chinese_chars": ideographs,
                    "strip_accents": accents,
                    "lowercase": lower,
                }
            ]
    found = [table for step in steps if (table := _normalizer(step, marks)) is not None]
    if marks and not _by_metaspace(tokenizer):
        found.append({"type": "Replace", "pattern": {"String": " "}, "content": MARK})
    return found


def _normalizer(step: Normalizer, marks: bool) -> Table | None:
    """None for a step that the pre-tokenizer does in that library."""
    match step:
        case Unicode(form):
            return {"type": form}
        case LowerCase():
            return {"type": "Lowercase"}
        case StripAccents(all_marks=True):
            return {"type": "StripAccents"}
        case Strip(left, right):
            return {"type": "Strip", "strip_left": left, "strip_right": right}
        case Replace(old, new, pattern):
            return {"type": "Replace", "pattern": {"Regex" if pattern else "String": old}, "content": new}
        case CharacterMap():
            return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(step.blob).decode()}
        case Prepend(put, unless_there=False):
            return {"type": "Prepend", "prepend": put.replace(" ", MARK) if marks else put}
        case Prepend(" ", unless_there=True):
            return None
        case _:
            raise refused(f"the normalization {step}")


# ---- pre-tokenizer ---------------------------------------------------------------------------------------------------

_BY_WORD = Split(" ", "merged_with_next")


def _flat(step: PreTokenizer) -> list[PreTokenizer]:
    return [each for inner in step.steps for each in _flat(inner)] if isinstance(step, InTurn) else [step]


def _puts_space(steps: Sequence[Normalizer]) -> bool:
    return Prepend(" ", unless_there=True) in steps


def _by_metaspace(tokenizer: Tokenizer) -> bool:
    """Whether the library's Metaspace marks the spaces: where it also cuts by them, or puts one in front."""
    return (
        _puts_space(tokenizer.normalizers) or _puts_space(tokenizer.first) or _BY_WORD in _flat(tokenizer.pre_tokenizer)
    )


def _pre_tokenizers(tokenizer: Tokenizer, marks: bool) -> list[Table]:
    steps = [step for step in _flat(tokenizer.pre_tokenizer) if step != Whole()]
    puts, first = _puts_space(tokenizer.normalizers), _puts_space(tokenizer.first)
    if tokenizer.first and not first:
        raise refused("a normalization where a text begins")
    if marks and _by_metaspace(tokenizer):
        scheme = "always" if puts else "first" if first else "never"
        space = {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": _BY_WORD in steps}
        return [_cut(step) for step in steps if step != _BY_WORD] + [space]
    found = [_cut(step) for step in steps]
    if isinstance(tokenizer.model, BytePairs):
        found.append({"type": "ByteLevel", "add_prefix_space": puts, "trim_offsets": False, "use_regex": False})
        if puts and len(found) > 1:
            # The space has to stand there before anything is cut.
            found = [{**found[-1], "use_regex": True}] if steps == [Split(patterns.GPT_2)] else []
    if (puts and not found) or first:
        raise refused("a space before a text that is cut by another pattern than GPT-2's")
    return found


def _cut(step: PreTokenizer) -> Table:
    names = {
        "isolated": "Isolated",
        "merged_with_previous": "MergedWithPrevious",
        "merged_with_next": "MergedWithNext",
        "contiguous": "Contiguous",
    }
    match step:
        case Split(patterns.BERT):
            return {"type": "BertPreTokenizer"}
        case Split(pattern, behaviour):
            # cl100k's pattern is written with quantifiers that mean something else to this library, Llama 3's not.
            same = patterns.LLAMA_3 if pattern == patterns.CL100K else pattern
            return {"type": "Split", "pattern": {"Regex": same}, "behavior": names[behaviour], "invert": False}
        case Digits(individual):
            return {"type": "Digits", "individual_digits": individual}
        case _:
            raise refused(f"the cuts {step}")


# ---- around a text ---------------------------------------------------------------------------------------------------


def _frame(tokenizer: Tokenizer) -> Table | None:
    if not tokenizer.before and not tokenizer.after:
        return None

    def special(i: int) -> Table:
        return {"SpecialToken": {"id": names[i], "type_id": 0}}

    names = {i: tokenizer.bytes_of(i).decode() for i in (*tokenizer.before, *tokenizer.after)}
    before, after = [special(i) for i in tokenizer.before], [special(i) for i in tokenizer.after]
    first, second = ({"Sequence": {"id": each, "type_id": 0}} for each in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [*before, first, *after],
        "pair": [*before, first, *after, *before, second, *after],
        "special_tokens": {name: {"id": name, "ids": [i], "tokens": [name]} for i, name in names.items()},
    }


def _decoder(tokenizer: Tokenizer, marks: bool) -> Table | None:
    match tokenizer.model:
        case BytePairs():
            return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
        case WordPiece():
            return {"type": "WordPiece", "prefix": tokenizer.model.prefix.decode(), "cleanup": False}
        case _ if marks:
            steps: list[Table] = [{"type": "Replace", "pattern": {"String": MARK}, "content": " "}]
            steps += [{"type": "ByteFallback"}, {"type": "Fuse"}]
            if tokenizer.drops_first_space:
                steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
            return {"type": "Sequence", "decoders": steps}
        case _:
            return None
