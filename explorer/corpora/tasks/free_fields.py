"""The fields of a task with free answers: how they are written, cut out and compared, as lm-eval's YAML says it.

    output_type: generate_until
    generation_kwargs: {until: ["Question:"], max_gen_toks: 256, do_sample: false}
    repeats: 1
    filter_list:
      - name: strict-match
        filter: [{function: regex, regex_pattern: "#### (-?[0-9.,]+)"}, {function: take_first}]
    metric_list:
      - {metric: exact_match, ignore_case: true, regexes_to_ignore: [","]}

Programs are scored by ``{metric: pass_at_k, k: [1, 10]}`` (and ``pass_all_k``, pass^k). lm-eval has it as a function in
a file of code; here it is a name, and so is its filter ``build_predictions``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from explorer.corpora.tasks.documents import Described
from explorer.corpora.tasks.task import Free
from explorer.stack.evaluation import filters
from explorer.stack.evaluation.exact_match import Matching
from explorer.stack.evaluation.filters import Filter, Pattern, Pipeline

FIELDS = frozenset({"generation_kwargs", "repeats", "filter_list", "unsafe_code"})
#: Metrics of programs.
OF_PROGRAMS = ("pass_at_k", "pass_all_k")
#: Tokens of an answer, samples of an item, texts that end an answer, filters and their steps.
TOKENS, REPEATS, MANY = 8_192, 256, 32
_LENGTHS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
_CUTS = ("top_k", "top_p")
_OF_METRIC = {
    "exact_match": {"ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"},
    "pass_at_k": {"k"},
    "pass_all_k": {"k"},
}
_OF_ALL = {"metric", "aggregation", "higher_is_better"}
T = TypeVar("T")


def free(told: Described, metrics: tuple[str, ...]) -> Free:
    """All of these fields. Raises BadRequestError with line and field."""
    programs = any(each in OF_PROGRAMS for each in metrics)
    if programs and len(metrics) > len(set(metrics) & set(OF_PROGRAMS)):
        raise told.wrong("metric_list", "programs are run, and other answers are compared: a task does one of them")
    said = _mapped(told, "generation_kwargs", told.fields.get("generation_kwargs") or {})
    kwargs = {str(key): value for key, value in said.items()}
    if strange := set(kwargs) - {"until", "do_sample", "temperature", *_CUTS, *_LENGTHS}:
        raise told.wrong("generation_kwargs", f"nothing here reads “{min(strange)[:40]}”")
    repeats = _number(told, "repeats", told.fields.get("repeats", 1), 1, REPEATS)
    temperature = _temperature(told, kwargs)
    if repeats > 1 and not temperature:
        raise told.wrong("repeats", f"{repeats} samples without a temperature are one text {repeats} times")
    pipelines = tuple(_pipelines(told, programs))
    return Free(
        until=_until(told, kwargs),
        max_gen_toks=_number(
            told, "generation_kwargs", next((kwargs[each] for each in _LENGTHS if each in kwargs), 256), 1, TOKENS
        ),
        temperature=temperature,
        top_k=_number(told, "generation_kwargs", kwargs.get("top_k", 0), 0, 10**6),
        top_p=_real(told, "generation_kwargs", kwargs.get("top_p", 1.0), 1.0),
        repeats=repeats,
        pipelines=pipelines,
        matching=_matching(told),
        ks=_ks(told, repeats, pipelines),
        said={each: told.fields[each] for each in sorted(FIELDS | {"metric_list"}) if each in told.fields},
        where={
            each: f"{told.file}, line {told.lines.get(each, 0)}, {each}" for each in sorted(FIELDS | {"metric_list"})
        },
    )


# ---- how answers are written -----------------------------------------------------------------------------------------


def _until(told: Described, kwargs: Mapping[str, object]) -> tuple[str, ...]:
    said = kwargs.get("until", [])
    said = [said] if isinstance(said, str) else said
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise told.wrong("generation_kwargs", "“until” is a text, or a list of texts")
    if len(said) > MANY:
        raise told.wrong("generation_kwargs", f"“until” has {len(said):,} texts, and {MANY} are read")
    return tuple(each for each in said if each)


def _temperature(told: Described, kwargs: Mapping[str, object]) -> float:
    """0 where nothing is drawn, by lm-eval's rule."""
    draws = kwargs.get("do_sample")
    said = _real(told, "generation_kwargs", kwargs.get("temperature", 1.0 if draws is True else 0.0), 100.0)
    if draws is True and not said:
        raise told.wrong("generation_kwargs", "“do_sample” draws, and a temperature of 0 does not")
    return said if draws is not False else 0.0


# ---- how they are cut out --------------------------------------------------------------------------------------------


def _pipelines(told: Described, programs: bool) -> Iterator[Pipeline]:
    said = told.fields.get("filter_list")
    if said is None:
        yield Pipeline("none", (), one=not programs)
        return
    listed = _listed(told, "filter_list", said)
    names: set[str] = set()
    for number, each in enumerate(listed, 1):
        row = _mapped(told, "filter_list", each)
        name = row.get("name")
        if not isinstance(name, str) or not name or len(name) > 80 or "," in name or name in names:
            raise told.wrong("filter_list", f"filter {number} has no name of its own")
        names.add(name)
        steps = list(_steps(told, name, row.get("filter")))
        one = bool(steps) and steps[-1] is None
        if None in steps[:-1]:
            raise told.wrong("filter_list", f"“{name}” goes on after “take_first”, which leaves one text")
        if one == programs:
            hint = "Leave “take_first” away." if programs else "End it with “take_first”."
            raise told.wrong("filter_list", f"“{name}” leaves {'one text' if one else 'all texts'} of an item", hint)
        yield Pipeline(name, tuple(each for each in steps if each is not None), one)


def _steps(told: Described, name: str, said: object) -> Iterator[Filter | None]:
    """None: `take_first`."""
    for number, each in enumerate(_listed(told, "filter_list", said), 1):
        row = dict(_mapped(told, "filter_list", each))
        function = row.pop("function", None)
        make = _MAKE.get(function) if isinstance(function, str) else None
        where = f"step {number} of “{name}”"
        if make is None:
            raise told.wrong("filter_list", f"{where}: “{str(function)[:40]}” is none of {', '.join(_MAKE)}")
        try:
            yield make(row)
        except filters.PatternRefused as error:
            raise told.wrong("filter_list", f"{where}: {error}") from error
        except (TypeError, ValueError) as error:
            raise told.wrong("filter_list", f"{where}, “{function}”: {error}") from error
        if row:
            raise told.wrong("filter_list", f"{where}, “{function}”: nothing here reads “{str(next(iter(row)))[:40]}”")


def _taken(row: dict[object, object], name: str, kind: type[T], usual: T) -> T:
    said = row.pop(name, usual)
    if not isinstance(said, kind) or (kind is int and isinstance(said, bool)):
        raise TypeError(f"“{name}” is no {'number' if kind is int else 'text'}")
    return said


def _regex(row: dict[object, object]) -> Filter:
    pattern = Pattern(_taken(row, "regex_pattern", str, r"#### (\-?[0-9\.\,]+)"))
    return filters.Regex(pattern, _taken(row, "group_select", int, 0), _taken(row, "fallback", str, filters.INVALID))


def _first_k(row: dict[object, object]) -> Filter:
    k = _taken(row, "k", int, 0)
    if not 1 <= k <= REPEATS:
        raise ValueError(f"“k” is no number from 1 to {REPEATS}")
    return filters.First(k)


def _map(row: dict[object, object]) -> Filter:
    mapping = row.pop("mapping_dict", {})
    if not isinstance(mapping, dict):
        raise TypeError("“mapping_dict” has no fields of its own")
    return filters.Mapped({str(key): str(value) for key, value in mapping.items()}, str(row.pop("default_value", "")))


def _fixed(made: Filter | None) -> Callable[[dict[object, object]], Filter | None]:
    return lambda _: made


_MAKE: Mapping[str, Callable[[dict[object, object]], Filter | None]] = {
    "regex": _regex,
    "remove_whitespace": _fixed(filters.Changed("strip")),
    "lowercase": _fixed(filters.Changed("lower")),
    "uppercase": _fixed(filters.Changed("upper")),
    "map": _map,
    "take_first_k": _first_k,
    "majority_vote": _fixed(filters.Majority()),
    "build_predictions": _fixed(filters.Behind()),
    "take_first": _fixed(None),
}


# ---- how they are compared -------------------------------------------------------------------------------------------


def settings(told: Described, metric: str) -> Mapping[str, object]:
    """What a task says of a metric, beside its name."""
    said = told.fields.get("metric_list")
    found = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list) else []
    row = next((each for each in found if each.get("metric") == metric), {})
    if strange := {str(each) for each in row} - _OF_ALL - _OF_METRIC.get(metric, set()):
        raise told.wrong("metric_list", f"nothing here reads “{min(strange)[:40]}” of {metric}")
    return row


def _matching(told: Described) -> Matching:
    row = settings(told, "exact_match")
    listed = _listed(told, "metric_list", row.get("regexes_to_ignore") or [])
    try:
        patterns = tuple(Pattern(str(each)) for each in listed)
    except filters.PatternRefused as error:
        raise told.wrong("metric_list", str(error)) from error
    flags = {each: row.get(each, False) for each in ("ignore_case", "ignore_punctuation", "ignore_numbers")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise told.wrong("metric_list", f"“{name}” is neither true nor false")
    return Matching(patterns, **{name: value is True for name, value in flags.items()})


def _ks(told: Described, repeats: int, pipelines: tuple[Pipeline, ...]) -> dict[str, tuple[int, ...]]:
    kept = min([step.k for each in pipelines for step in each.steps if isinstance(step, filters.First)] + [repeats])
    found: dict[str, tuple[int, ...]] = {}
    for metric in OF_PROGRAMS:
        said = settings(told, metric).get("k", [1])
        ks = said if isinstance(said, list) else [said]
        found[metric] = tuple(_number(told, "metric_list", each, 1, REPEATS) for each in ks)
        if max(found[metric], default=0) > kept:
            raise told.wrong("metric_list", f"k is {max(found[metric])}, and an item has {kept} samples")
    return found


# ---- values ----------------------------------------------------------------------------------------------------------


def _mapped(told: Described, field: str, said: object) -> Mapping[object, object]:
    if not isinstance(said, Mapping):
        raise told.wrong(field, f"“{str(said)[:40]}” has no fields of its own")
    return said


def _listed(told: Described, field: str, said: object) -> list[object]:
    if not isinstance(said, list) or len(said) > MANY:
        raise told.wrong(field, f"“{str(said)[:40]}” is no list of at most {MANY}")
    return said


def _number(told: Described, field: str, said: object, least: int, most: int) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not least <= said <= most:
        raise told.wrong(field, f"“{str(said)[:40]}” is no whole number from {least} to {most:,}")
    return said


def _real(told: Described, field: str, said: object, most: float) -> float:
    if not isinstance(said, float | int) or isinstance(said, bool) or not 0 <= said <= most:
        raise told.wrong(field, f"“{str(said)[:40]}” is no number from 0 to {most:g}")
    return float(said)
