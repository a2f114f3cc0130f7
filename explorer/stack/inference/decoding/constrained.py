"""Constrained decoding: only tokens are drawn with which the text can still become what was asked for.

A regular expression is a finite automaton over bytes, a JSON schema a grammar over such automata. A token is a run of
bytes: it is allowed in a state if the automaton can read all of them and still reach its end from there. The others'
logits become -inf before the sampler's own steps; the stop token is allowed where the text is whole. What is drawn
then is the model's distribution given that this next token is allowed, renormalised (Willard and Louf 2023, arXiv
2307.09702):

    p'(v | x) = p(v | x) * [v allowed] / (1 - mass that is forbidden)

That is not the model's distribution over whole allowed texts: a prefix that is likely by itself may lead where only
unlikely texts are allowed. The mass forbidden at each step shows how much the constraint bends the model.

The automaton is llguidance's (https://github.com/guidance-ai/llguidance): derivatives of regular expressions, and
Earley's algorithm above them, on a trie of the vocabulary's bytes.

Worked example with six tokens, of which the last is the stop token:

>>> table = TokenTable([b"yes", b"no", b"y", b"es", b" ", b"<end>"], stop_id=5)
>>> answer = RegexConstraint("yes|no", table)
>>> state = answer.start
>>> answer.allowed(state).tolist()
[True, True, True, False, False, False]
>>> state = answer.advance(state, 2)
>>> state.text, state.whole, answer.allowed(state).tolist()
(b'y', False, [False, False, False, True, False, False])
>>> state = answer.advance(state, 3)
>>> state.text, state.whole, answer.allowed(state).tolist()
(b'yes', True, [False, False, False, False, False, True])
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Bool
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding import apart
from explorer.stack.inference.decoding.sampling import Sampler, Stages
from explorer.stack.inference.decoding.schema_references import check_references
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: A pattern or schema that needs more is refused, so that nobody's text can fill the memory.
LIMITS: dict[str, Any] = {"max_lexer_states": 20_000, "max_grammar_size": 50_000}
#: characters
LONGEST = 4_000


class TokenTable:
    """A vocabulary's bytes, arranged as a trie. Made once for a model, shared by its constraints."""

    def __init__(self, token_bytes: Sequence[bytes], stop_id: int, special_ids: Collection[int] = ()) -> None:
        """`special_ids` (the stop token need not be among them) are never part of a constrained text."""
        self.tokens = list(token_bytes)
        self.stop_id = stop_id
        self.special = frozenset({stop_id, *special_ids})
        self.trie = LLTokenizer(TokenizerWrapper(_Listed(self.tokens, stop_id, sorted(self.special))), slices=[])

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class _Listed:
    """The vocabulary under the names that llguidance reads."""

    tokens: list[bytes]
    eos_token_id: int
    special_token_ids: list[int]
    bos_token_id: int | None = None

    def __call__(self, _: bytes | str) -> list[int]:
        """Encodes nothing: a mask needs the bytes of tokens only."""
        return []


@dataclass(frozen=True)
class State:
    """Where the automaton stands after a text. States are values: to advance one leaves it as it was."""

    text: bytes
    whole: bool
    """The text is a full match: it may end here."""
    ended: bool
    """The stop token was read."""
    matcher: LLMatcher = field(repr=False, compare=False)


class Constraint:
    """Texts of one form. The subclasses say which."""

    start: State

    def __init__(self, rule: str, table: TokenTable, what: str, hint: str) -> None:
        """`rule`: the text's form in llguidance's Lark notation."""
        self.table = table
        # Left to itself, llguidance allows one way only to write bytes that are the only ones possible.
        grammar = LLMatcher.grammar_from_lark('%llguidance {"no_forcing": true}\n' + rule)
        if not _is_tame(grammar):
            raise BadRequestError(
                f"{what} takes more than {apart.SECONDS} seconds, or too much memory, to be made into an automaton.",
                "Take smaller counts and numbers, and fewer conditions on one text.",
            )
        matcher = LLMatcher(table.trie, grammar, log_level=0, limits=LLParserLimits(**LIMITS))
        if matcher.is_error():
            raise BadRequestError(f"{what} cannot be used: {_reason(matcher.get_error())}.", hint)
        self.start = State(b"", matcher.is_accepting(), False, matcher)
        if self.is_dead(self.start):
            raise BadRequestError(f"{what} matches no text at all.", hint)

    def allowed(self, state: State) -> Bool[Tensor, " d_vocab"]:
        """The tokens that may come next. After the stop token, none."""
        if state.ended:
            return torch.zeros(len(self.table), dtype=torch.bool)
        # Asked of a copy: the matcher keeps what it has computed, and a state may be shared between threads.
        matcher = state.matcher.deep_copy()
        bits = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        # Where no text leads on, it says so as an error: all bits are zero, and that is the answer.
        if matcher.is_error() and not matcher.get_error().startswith("NoExtensionBias"):
            raise BadRequestError(
                f"After {state.text.decode(errors='replace')[-40:]!r} the rule cannot be followed: "
                f"{_reason(matcher.get_error())}.",
                "Take smaller counts, and fewer of them.",
            )
        allowed = torch.from_numpy(np.unpackbits(bits, bitorder="little")[: len(self.table)].astype(bool))
        allowed[self.table.stop_id] = state.whole  # where nothing can follow, llguidance offers the stop token always
        return allowed

    def is_dead(self, state: State) -> bool:
        """No token of this vocabulary leads on, though the text is not whole."""
        return not state.ended and not bool(self.allowed(state).any())

    def advance(self, state: State, token: int) -> State:
        """The state after one more token. Raises BadRequestError if it is not allowed there."""
        if state.ended or not 0 <= token < len(self.table):
            raise BadRequestError(f"Token {token} cannot follow here.")
        if token == self.table.stop_id and state.whole:
            return State(state.text, True, True, state.matcher)
        matcher = state.matcher.deep_copy()
        if not matcher.consume_token(token) or token == self.table.stop_id:
            raise BadRequestError(f"Token {token} is not allowed after {state.text!r}.")
        return State(state.text + self.table.tokens[token], matcher.is_accepting(), False, matcher)


class RegexConstraint(Constraint):
    """The whole text matches a regular expression: Rust's syntax, without lookaround and back references."""

    def __init__(self, pattern: str, table: TokenTable) -> None:
        self.pattern = pattern
        _check_length(pattern, "pattern")
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise BadRequestError(
                "This pattern ends with a backslash that escapes nothing.", "Write it twice for a \\."
            )
        rule = json.loads(LLMatcher.grammar_from_regex(pattern))["grammars"][0]["lark_grammar"]
        hint = "Classes, groups, alternatives and repetitions are understood; lookaround and back references are not."
        super().__init__(rule, table, "This pattern", hint)


class JsonSchemaConstraint(Constraint):
    """The text is JSON that a schema accepts, on one line. A schema that cannot be kept to in full is refused."""

    def __init__(self, schema: str | Mapping[str, Any], table: TokenTable) -> None:
        written = schema if isinstance(schema, str) else json.dumps(schema)
        _check_length(written, "schema")
        hint = "Write the schema as one JSON object; keywords that cannot be kept to are refused."
        try:
            self.schema = json.loads(written)
            if not isinstance(self.schema, dict):
                raise ValueError("it is no object")
            check_references(self.schema)
        except (ValueError, RecursionError) as error:
            raise BadRequestError(f"This schema cannot be read: {_reason(str(error))}.", hint) from error
        spaced = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
        super().__init__(
            "start: %json " + json.dumps({**self.schema, "x-guidance": spaced}), table, "This schema", hint
        )


@lru_cache(maxsize=256)
def _is_tame(grammar: str) -> bool:
    """Whether the grammar's automaton is there within the limits: tried where it can be ended."""
    return apart.ask("compile", grammar=grammar, limits=LIMITS).whole


def _check_length(text: str, what: str) -> None:
    if len(text) > LONGEST:
        raise BadRequestError(f"The {what} has {len(text):,} characters; at most {LONGEST:,} are read.")


def _reason(message: str) -> str:
    """What llguidance says is wrong, without the grammar and the place in it.

    >>> _reason('at 2(8): invalid regex "(a" (in regex): regex parse error:\\n    (a\\nerror: unclosed group\\n')
    'unclosed group'
    >>> _reason('at 2(8): failed to compile JSON schema: Unimplemented keys: ["not"]\\n   1 | %llguidance')
    'Unimplemented keys: ["not"]'
    """
    error = re.search(r"^error: (.+)$", message, re.MULTILINE)
    first = error[1] if error else message.strip().partition("\n")[0]
    for before in (r"^at \d+\(\d+\): ", r"^.*\(in regex\): ", r"^.*failed to compile JSON schema: "):
        first = re.sub(before, "", first)
    return (first.partition(" in regex /")[0].rstrip(".") or "no reason is given")[:200]


@dataclass(frozen=True)
class Step:
    """One new token of a constrained text."""

    state: State
    """Before it."""
    stages: Stages
    """The first is the constraint's."""
    u: float
    token: int

    @property
    def allowed(self) -> Bool[Tensor, " d_vocab"]:
        return self.stages["constraint"].kept

    @property
    def forbidden_mass(self) -> float:
        """The model's own probability of all tokens that were forbidden."""
        own = self.stages.logits.double().softmax(-1)
        return float(own[~self.allowed].sum())


@dataclass(frozen=True)
class Constrained:
    """A text and how it came about."""

    steps: tuple[Step, ...]
    end: State

    @property
    def whole(self) -> bool:
        """The text is of the form asked for; False if the limit cut it short, or if no token could lead on."""
        return self.end.whole

    @property
    def text(self) -> str:
        return self.end.text.decode(errors="replace")


def constrained_decode(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    constraint: Constraint,
    max_new_tokens: int,
    sampler: Sampler | None = None,
    seed: int = 0,
) -> Constrained:
    """Continue the prompt under a constraint: until the stop token is drawn, at most `max_new_tokens`."""
    *_, made = constraining(decoder, prompt_ids, constraint, max_new_tokens, sampler, seed)
    return made


@torch.inference_mode()
def constraining(
    decoder: Decoder,
    prompt_ids: Sequence[int],
    constraint: Constraint,
    max_new_tokens: int,
    sampler: Sampler | None = None,
    seed: int = 0,
) -> Iterator[Constrained]:
    """The same, as it goes: the text so far, after every token."""
    sampler, state = sampler or Sampler(), constraint.start
    generator = torch.Generator().manual_seed(seed)
    cache = ContiguousCache(decoder.config, 1, len(prompt_ids) + max_new_tokens)
    ids, new, steps = list(prompt_ids), list(prompt_ids), []
    for _ in range(max_new_tokens):
        logits = decoder(torch.tensor([new]), cache=cache, last_only=True)[0, -1].clone()
        allowed = torch.zeros(len(logits), dtype=torch.bool)  # the embedding may have rows that no token uses
        allowed[: len(constraint.table)] = constraint.allowed(state)
        stages = sampler.stages(logits, ids, len(prompt_ids), allowed)
        u = float(torch.rand((), generator=generator, dtype=torch.float64))
        token = stages.choose(u)
        steps.append(Step(state, stages, u, token))
        state = constraint.advance(state, token)
        yield Constrained(tuple(steps), state)
        if state.ended or constraint.is_dead(state):
            return
        new = [token]
        ids.append(token)
