"""From what a file holds to a `Tokenizer`: its pipeline, stage by stage, in the explorer's own parts.

Where a vocabulary marks spaces ("▁the"), tokens are kept with the space itself, and the text's spaces stay what they
are: a "▁" that stands in a text is read as a space, as in the original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from explorer.errors import WeightsDamagedError
from explorer.stack.tokenization import patterns
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
from explorer.stack.tokenization.pre_tokenization import Digits, InTurn, Split, Step, Whole
from explorer.stack.tokenization.tokenizer import Normalizer, Tokenizer
from explorer.zoo.tokenizers.assembly_models import MARK, model_of, refused
from explorer.zoo.tokenizers.contents import Contents


def assemble(name: str, contents: Contents) -> Tokenizer:
    """Raises UnsupportedModelError that names the first part that is not followed, WeightsDamagedError for parts that
    do not fit together."""
    try:
        return _Assembly(name, contents).tokenizer()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise WeightsDamagedError(
            f"The tokenizer {name} is inconsistent: {str(error)[:160]}.", "Fetch or copy it again."
        ) from error


def _steps(spec: Mapping[str, Any] | None, inner: str) -> Iterator[Mapping[str, Any]]:
    """A stage's steps one by one, sequences within sequences too."""
    if spec is None:
        return
    if spec["type"] == "Sequence":
        for each in spec[inner]:
            yield from _steps(each, inner)
    else:
        yield spec


class _Assembly:
    """One file's parts."""

    def __init__(self, name: str, contents: Contents) -> None:
        self.name = name
        self.contents = contents
        self.pipeline = contents.pipeline
        self.settings: Mapping[str, Any] = contents.pipeline["model"]
        self.marks = self._marks_spaces()
        self.first: list[Normalizer] = []

    def _marks_spaces(self) -> bool:
        """Whether "▁" in the vocabulary stands for a space."""
        if self.contents.byte_level or self.contents.algorithm == "WordPiece":
            return False
        steps = [*_steps(self.pipeline["normalizer"], "normalizers")]
        cuts = [*_steps(self.pipeline["pre_tokenizer"], "pretokenizers")]
        return any(each.get("content") == MARK for each in steps) or any(e["type"] == "Metaspace" for e in cuts)

    def tokenizer(self) -> Tokenizer:
        specials, defined = self._added()
        normalizers = [*self._normalizers()]
        pre_tokenizer = self._pre_tokenizer(normalizers)
        before, after = self._frame()
        taken = {*specials.values(), *defined.values()}
        return Tokenizer(
            self.name,
            tuple(normalizers),
            pre_tokenizer,
            model_of(self.name, self.contents, self.marks, taken, {*specials.values()}),
            specials,
            defined,
            before,
            after,
            first=tuple(self.first),
            drops_first_space=self._drops_first_space(),
        )

    def _added(self) -> tuple[dict[bytes, int], dict[bytes, int]]:
        """Special tokens, and others that are cut out of a text."""
        specials: dict[bytes, int] = {}
        defined: dict[bytes, int] = {}
        for each in self.pipeline["added_tokens"]:
            text = each["content"]
            if not each["special"]:
                for rule in ("single_word", "lstrip", "rstrip"):
                    if each.get(rule):
                        raise refused(self.name, f"has the added token {text[:40]!r} with {rule}")
                # One that is matched after normalization is the same before if normalization leaves all as it is.
                if each.get("normalized") and self.pipeline["normalizer"] is not None:
                    raise refused(self.name, f"looks for the added token {text[:40]!r} after normalization")
            (specials if each["special"] else defined)[text.encode()] = each["id"]
        return specials, defined

    # ---- normalizer ---------------------------------------------------------------------------------------------

    def _normalizers(self) -> Iterator[Normalizer]:
        specs = [*_steps(self.pipeline["normalizer"], "normalizers")]
        # A byte that is no character is U+FFFD after the map, which may know U+FFFD (as a space), as in the original.
        mapped = 1 + max((i for i, spec in enumerate(specs) if spec["type"] == "Precompiled"), default=-1)
        for spec in specs[:mapped]:
            yield from self._normalizer(spec)
        if not self.contents.byte_level:
            yield WholeCharacters()
        for spec in specs[mapped:]:
            yield from self._normalizer(spec)
        if self.marks:  # a mark in the text is none of the spaces that other steps look for
            yield Replace(MARK, " ")

    def _plain(self, text: str) -> str:
        return text.replace(MARK, " ") if self.marks else text

    def _normalizer(self, spec: Mapping[str, Any]) -> Iterator[Normalizer]:
        match spec["type"]:
            case "NFC" | "NFD" | "NFKC" | "NFKD" as form:
                yield Unicode(form)
            case "Lowercase":
                yield LowerCase()
            case "StripAccents":
                yield StripAccents(all_marks=True)
            case "Strip":
                yield Strip(spec["strip_left"], spec["strip_right"])
            case "Prepend":
                yield Prepend(self._plain(spec["prepend"]))
            case "Replace":
                pattern, new = spec["pattern"], self._plain(spec["content"])
                regex = "Regex" in pattern
                old = pattern["Regex"] if regex else pattern["String"]
                if old != new:
                    yield Replace(old, new, regex)
            case "Precompiled":
                blob = spec["precompiled_charsmap"]
                if blob:
                    yield CharacterMap.read(blob if isinstance(blob, bytes) else _from_base64(blob))
            case "BertNormalizer":
                accents, lower = spec["strip_accents"], spec["lowercase"]
                strips = bool(lower if accents is None else accents)
                yield from bert_steps(spec["clean_text"], spec["handle_chinese_chars"], strips, lower)
            case other:
                raise refused(self.name, f"normalizes by {other}")

    # ---- pre-tokenizer ------------------------------------------------------------------------------------------

    def _pre_tokenizer(self, normalizers: list[Normalizer]) -> Step:
        steps: list[Step] = []
        for spec in _steps(self.pipeline["pre_tokenizer"], "pretokenizers"):
            steps += self._cuts(spec, normalizers)
        return steps[0] if len(steps) == 1 else InTurn(tuple(steps)) if steps else Whole()

    def _cuts(self, spec: Mapping[str, Any], normalizers: list[Normalizer]) -> Iterator[Step]:
        match spec["type"]:
            case "ByteLevel":
                if spec.get("add_prefix_space"):
                    normalizers.append(Prepend(" ", unless_there=True))
                if spec.get("use_regex", True):
                    yield Split(patterns.GPT_2)
            case "Digits":
                yield Digits(spec["individual_digits"])
            case "Split":
                yield from self._split(spec)
            case "BertPreTokenizer":
                yield Split(patterns.BERT)
            case "Metaspace":
                scheme = spec.get("prepend_scheme", "always" if spec.get("add_prefix_space", True) else "never")
                put = Prepend(" ", unless_there=True)
                if scheme == "always":
                    normalizers.append(put)
                elif scheme == "first":
                    self.first.append(put)
                if spec.get("replacement", MARK) != MARK:
                    raise refused(self.name, "marks spaces by another sign than ▁")
                if spec.get("split", True):
                    yield Split(" ", "merged_with_next")
            case other:
                raise refused(self.name, f"cuts text by {other}")

    def _split(self, spec: Mapping[str, Any]) -> Iterator[Step]:
        import re

        text = spec["pattern"].get("Regex") or re.escape(spec["pattern"]["String"])
        behaviours = {
            "Isolated": "isolated",
            "MergedWithPrevious": "merged_with_previous",
            "MergedWithNext": "merged_with_next",
            "Contiguous": "contiguous",
        }
        behaviour = spec["behavior"]
        if self.marks and spec["pattern"].get("String") == " ":
            return  # Gemma: no space is left by then
        if behaviour == "Removed" or behaviour not in behaviours:
            raise refused(self.name, f"cuts text with the behaviour {behaviour}")
        if spec.get("invert") and behaviour != "Isolated":
            raise refused(self.name, "cuts text by what a pattern does not match")
        yield Split(text, behaviours[behaviour])  # type: ignore[arg-type]

    # ---- around a text ------------------------------------------------------------------------------------------

    def _frame(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids before and after a text."""
        before: list[int] = []
        after: list[int] = []
        for spec in _steps(self.pipeline["post_processor"], "processors"):
            match spec["type"]:
                case "ByteLevel":
                    continue
                case "TemplateProcessing":
                    ids = before
                    for part in spec["single"]:
                        if "Sequence" in part:
                            ids = after
                        else:
                            ids += spec["special_tokens"][part["SpecialToken"]["id"]]["ids"]
                case "BertProcessing" | "RobertaProcessing":
                    before.append(spec["cls"][1])
                    after.append(spec["sep"][1])
                case other:
                    raise refused(self.name, f"frames texts by {other}")
        return tuple(before), tuple(after)

    def _drops_first_space(self) -> bool:
        for spec in _steps(self.pipeline["decoder"], "decoders"):
            if spec["type"] == "Strip" and spec["content"] == " " and spec["start"]:
                return True
            if spec["type"] == "Metaspace":
                return spec.get("prepend_scheme", "always") != "never" and spec.get("add_prefix_space", True)
            if spec["type"] == "WordPiece":
                return True
        return False


def _from_base64(text: str) -> bytes:
    import base64

    return base64.b64decode(text)
