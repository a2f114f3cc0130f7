"""A tokenizer's vocabulary seen as bytes: what each token really stands for, and text as ids without hidden meanings.

Byte-level BPE (Radford et al., 2019, GPT-2) writes each byte as one printable character; SentencePiece (Kudo and
Richardson, 2018, arXiv:1808.06226) writes a space as "▁" and a byte outside its alphabet as "<0x0A>". Both are undone
here, so that a token that is half a character gives its bytes and not U+FFFD.

>>> byte_alphabet()["Ġ"]        # the space
32
>>> label_of(b" Mary"), label_of(b"\\n"), label_of(b"\\xe2\\x9c")
('·Mary', '↵', '⟨e2 9c⟩')
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from explorer.errors import NotApplicableError
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.chat_template import Turn, turn
from explorer.stack.tokenization.labels import Spelling, label_of, spelled_by
from explorer.stack.tokenization.text import well_formed
from explorer.zoo.chat import ChatTemplate, Written

if TYPE_CHECKING:
    from tokenizers import AddedToken, Tokenizer
    from transformers import PreTrainedTokenizerBase


class Vocabulary:
    """The tokens of one tokenizer, by id.

    `bytes` of a real special token are those of its written form, `<|im_end|>`; `is_special` tells it from text that
    merely looks like it, since `encode` never reads special tokens out of a person's text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer: Any = tokenizer
        self._added: dict[int, AddedToken] = dict(self._tokenizer.added_tokens_decoder)
        self._special = frozenset(tokenizer.all_special_ids) | {i for i, t in self._added.items() if t.special}
        self.kind: Spelling = self._find_kind()
        self.bytes = lru_cache(maxsize=1 << 16)(self._bytes)
        self.label = lru_cache(maxsize=1 << 16)(self._label)

    def __len__(self) -> int:
        return len(self._tokenizer)

    def _find_kind(self) -> Spelling:
        decoder = json.dumps(self._pipeline["decoder"])
        if "ByteLevel" in decoder:
            return "byte-level"
        return "sentencepiece" if "▁" in decoder or "ByteFallback" in decoder else "other"

    @cached_property
    def _pipeline(self) -> dict[str, str]:
        """The tokenizer's pipeline without its vocabulary (whose JSON is megabytes)."""
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        if backend is None:
            return {"decoder": "ByteFallback"}
        return {"decoder": repr(backend.decoder)}

    def _bytes(self, token_id: int) -> bytes:
        """The bytes that token `token_id` stands for; none for a row of the embedding that no token uses."""
        if token_id in self._added:
            return str(self._added[token_id].content).encode()
        token = self._tokenizer.convert_ids_to_tokens(token_id) if 0 <= token_id < len(self) else None
        if token is None:
            return b""
        return spelled_by(token, self.kind)

    def _label(self, token_id: int) -> str:
        """How the token is written on the page."""
        raw = self.bytes(token_id)
        return label_of(raw) if raw else f"⟨{token_id}⟩"

    @cached_property
    def ids_by_bytes(self) -> dict[bytes, int]:
        """Each token's id by its bytes; of several that are alike, the first."""
        return {self.bytes(i): i for i in reversed(range(len(self)))}

    def is_special(self, token_id: int) -> bool:
        """Whether the token is a control token, which no text can produce."""
        return token_id in self._special

    @cached_property
    def _missing_bytes(self) -> bytes:
        """Bytes that a byte-level vocabulary has no token for; its tokenizer drops them without a word."""
        if self.kind != "byte-level":
            return b""
        known = self._tokenizer.get_vocab()
        return bytes(byte for character, byte in byte_alphabet().items() if character not in known)

    def writable(self, text: str) -> str:
        """The text as this vocabulary can write it: whatever it cannot is U+FFFD, rather than gone.

        Lone surrogates have no UTF-8 form; and a vocabulary may lack bytes: SmolLM2's has no token for six control
        characters (U+0006 among them) nor for the unassigned planes, and would drop them from the text.
        """
        text = well_formed(text)
        missing = self._missing_bytes
        if not missing or len(text.encode().translate(None, missing)) == len(text.encode()):
            return text
        return "".join("\ufffd" if any(byte in missing for byte in c.encode()) else c for c in text)

    @cached_property
    def _plain(self) -> Tokenizer:
        """A copy of the backend that takes special tokens in a text for plain text. A copy, since the flag is state."""
        import copy

        plain = copy.deepcopy(self._tokenizer.backend_tokenizer)
        plain.encode_special_tokens = True
        plain.no_padding()
        plain.no_truncation()
        return plain

    def _encode_plain(self, text: str, lead: bool) -> list[int]:
        """Ids of a text without any special token out of it; `lead` puts the tokenizer's own first token (BOS)
        before."""
        if getattr(self._tokenizer, "backend_tokenizer", None) is None:
            return list(self._tokenizer.encode(text, add_special_tokens=lead, split_special_tokens=True))
        return list(self._plain.encode(text, add_special_tokens=lead).ids)

    def encode(self, text: str, chat: bool = False) -> list[int]:
        """The ids of a text, with whatever first token the tokenizer itself puts (Gemma's <bos>; none for SmolLM2).

        Text that looks like a special token stays text. With `chat` the text becomes the user's turn of the model's
        chat template, whose own special tokens are real. Raises NotApplicableError if the model has no template.
        """
        if not chat:
            return self._encode_plain(self.writable(text), lead=True)
        return self.ids_of(self.written([turn("user", text)]))

    @cached_property
    def template(self) -> ChatTemplate | None:
        """The model's chat template, if it has one."""
        return ChatTemplate.of(self._tokenizer)

    @property
    def has_chat(self) -> bool:
        """Whether the model has a chat template."""
        return self.template is not None

    def written(self, turns: Sequence[Turn], answer: bool = True) -> Written:
        """A conversation as the chat template writes it, up to the model's own turn.

        Raises NotApplicableError if the model has no template, or if its template refuses or cannot be followed.
        """
        if self.template is None:
            raise NotApplicableError(
                "This model has no chat template: it was trained to continue text, not to answer.",
                "Turn the chat template off, or choose a model that chats.",
            )
        turns = [turn(each["role"], self.writable(each["content"])) for each in turns]
        made = self.template.write(turns, answer)
        named = [i for each in turns for i in self.named_in(each["content"])]
        if made.spans is None and named:
            raise NotApplicableError(
                f"The text holds {self.label(named[0])}, the name of a special token, and what this model's chat "
                "template makes of a text cannot be followed.",
                "Take the name out of the text, or turn the chat template off.",
            )
        return made

    def ids_of(self, written: Written, inject: bool = False) -> list[int]:
        """The ids of what the chat template wrote. Its own special tokens are real; what a person says is text,
        unless `inject` reads special tokens out of that as well, as careless programs do."""
        ids: list[int] = []
        plain = ""
        # The pieces between special tokens are encoded whole, for the text may merge with the template's words around
        # it.
        for piece, special in self._pieces(written, inject):
            if special is None:
                plain += piece
                continue
            if plain:
                ids += self._encode_plain(plain, lead=False)
                plain = ""
            ids.append(special)
        return ids + (self._encode_plain(plain, lead=False) if plain else [])

    def named_in(self, text: str) -> list[int]:
        """The special tokens whose names stand in a text, in order."""
        return [special for _, special in self._split(text) if special is not None]

    def _pieces(self, written: Written, inject: bool) -> Iterator[tuple[str, int | None]]:
        """The text cut at its special tokens: (text, None) or (written form, id)."""
        text, at = written.text, 0
        for span in () if inject else written.spans or ():
            yield from self._split(text[at : span.start])
            yield text[span.start : span.end], None
            at = span.end
        yield from self._split(text[at:])

    @cached_property
    def _special_pattern(self) -> tuple[re.Pattern[str], dict[str, int]] | None:
        """Longest first, so that a special token that begins another one does not hide it."""
        ids = {str(self._added[i].content): i for i in self._special if i in self._added}
        if not ids:
            return None
        longest_first = sorted(ids, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first))), ids

    def _split(self, template: str) -> list[tuple[str, int | None]]:
        """Words cut at their special tokens: (text, None) or (written form, id)."""
        if self._special_pattern is None:
            return [(template, None)]
        pattern, ids = self._special_pattern
        pieces: list[tuple[str, int | None]] = []
        at = 0
        for match in pattern.finditer(template):
            pieces += [(template[at : match.start()], None), (match.group(), ids[match.group()])]
            at = match.end()
        return [piece for piece in [*pieces, (template[at:], None)] if piece[0]]
