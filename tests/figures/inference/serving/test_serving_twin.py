"""The page computes what the calculator shows: its JavaScript against the Python modules, to the byte."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import orjson
import pytest

from explorer.figures.inference.serving import serving_fit
from explorer.figures.inference.serving.number_limits import Said
from explorer.figures.inference.serving.own_model import LIMITS as OWN_LIMITS
from explorer.figures.inference.serving.own_model import own
from explorer.figures.inference.serving.serving_asked import CARD_LIMITS, LIMITS, PRESETS, asked
from explorer.figures.inference.serving.serving_ground import ServingGround, ground
from explorer.figures.payload import pack
from explorer.stack.architectures.moe_parameters import LatentAttention
from explorer.stack.inference.serving import serving_fit as fit
from explorer.stack.inference.serving.cards import CARDS
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_remedies import CACHES
from explorer.stack.inference.serving.weight_schemes import ALIASES, SCHEMES
from tests.conftest import ROOT

TWIN = ROOT / "tests" / "kit" / "serving_twin.js"
Controls = Mapping[str, Said]
#: Relative difference of numbers that no byte stands behind: seconds, operations, and powers among them.
CLOSE = 1e-12


def answered(grounds: Sequence[ServingGround], wanted: Sequence[tuple[int, Controls]]) -> list[dict[str, object]]:
    """What the page's script answers."""
    node = shutil.which("node") or Path(sys.executable).with_name("node")  # make brings its own where there is none
    given = orjson.dumps({"grounds": [pack(each) for each in grounds], "asked": wanted})
    return json.loads(subprocess.run([node, str(TWIN)], input=given, capture_output=True, check=True).stdout)


def expected(on: ServingGround, controls: Controls) -> dict[str, object]:
    """What the server answers, as the page gets it."""
    of = asked(controls)
    if of.model == "own":
        sizes, name = own(controls), "Own numbers"
    elif of.model == "config":
        sizes, name = on.pasted.sizes or str(on.pasted.wrong), on.pasted.name
    else:
        sizes, name = REAL_MODELS[of.model], of.model
    whole = pack(serving_fit.fit(of, sizes, name, on))
    formats = pack(serving_fit.formats(of, sizes, name, on))
    return {
        **{key: whole[key] for key in ("asked", "wrong", "name", "sizes", "answer")},
        "capacity": formats["capacity"], "formats": formats["formats"],
    }  # fmt: skip


def apart(ours: object, theirs: object, at: str = "") -> Iterator[str]:
    """Where the two differ by a byte, or by more than rounding."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        if ours.keys() != theirs.keys():
            yield f"{at}: {sorted(ours)} and {sorted(theirs)}"
            return
        for name in ours:
            yield from apart(ours[name], theirs[name], f"{at}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{at}: {len(ours)} and {len(theirs)}"
            return
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from apart(one, other, f"{at}[{place}]")
    elif isinstance(ours, float | int) and isinstance(theirs, float | int) and not isinstance(ours, bool):
        if not ((abs(ours - theirs) < 0.01 and ours >= 1) or math.isclose(ours, theirs, rel_tol=CLOSE)):
            yield f"{at}: {ours} and {theirs}"
    elif ours != theirs:
        yield f"{at}: {ours!r} and {theirs!r}"


def same(grounds: Sequence[ServingGround], wanted: Sequence[tuple[int, Controls]]) -> list[dict[str, object]]:
    """All that was asked, answered alike by both; the page's answers."""
    made = answered(grounds, wanted)
    for (at, controls), theirs in zip(wanted, made, strict=True):
        assert not (found := list(apart(expected(grounds[at], controls), theirs))), (controls, found)
    return made


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """A search weighs the same tensors many times over."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit, "tensor_bytes", lru_cache(maxsize=None)(fit.tensor_bytes))
        yield


@pytest.fixture(scope="module")
def plain() -> ServingGround:
    return ground("Paste a config.", "")


def any_serving(dice: random.Random) -> dict[str, Said]:
    """Some combination of the controls; numbers at both ends of what they may be among them."""

    def number(low: int, high: int, usual: Sequence[int] = ()) -> int:
        drawn = round(math.exp(dice.uniform(math.log(low), math.log(high))))
        return dice.choice((low, high, drawn, drawn, *usual[:3]))

    made: dict[str, Said] = {
        "model": dice.choice(list(REAL_MODELS)),
        "weights": dice.choice([*SCHEMES, *ALIASES]),
        "cache": dice.choice(list(CACHES)),
        "card": dice.choice([*CARDS, "own"]),
        **{name: number(each.low, each.high) for name, each in LIMITS.items()},
    }
    if made["card"] == "own":
        made |= {name: round(dice.uniform(max(1, each.low), each.high), 1) for name, each in CARD_LIMITS.items()}
        made["tflops"] = dice.choice((0, made["tflops"]))
    return made


def test_every_model_in_every_format(plain: ServingGround) -> None:
    """Dense, mixture, latent, windows; and each cache, each card and some numbers of cards."""
    wanted: list[tuple[int, Controls]] = [
        (0, {"model": model, "weights": scheme}) for model in REAL_MODELS for scheme in SCHEMES
    ]
    for model in ("Gemma-2-2B", "gpt-oss-120b", "DeepSeek-V3", "Llama-3-70B", "Falcon-7B"):
        wanted.extend((0, {"model": model, "cards": cards, "batch": 8}) for cards in (2, 3, 5, 8, 12, 64))
        wanted.extend((0, {"model": model, "cache": cache}) for cache in CACHES)
        wanted.extend((0, {"model": model, "card": card}) for card in CARDS)
    wanted.extend(
        (0, {"model": model, "length": length, "batch": 3})
        for model, sizes in REAL_MODELS.items()
        for window in {each for each in sizes.windows if each}
        for length in (window - 1, window, window + 1)
    )
    wanted.extend((0, preset.controls) for preset in PRESETS)
    same([plain], wanted)


@pytest.mark.parametrize("many", [200, pytest.param(1_500, marks=pytest.mark.thorough)])
def test_many_random_servings(plain: ServingGround, many: int) -> None:
    dice = random.Random(many)
    made = same([plain], [(0, any_serving(dice)) for _ in range(many)])
    fitting = [each["answer"]["fits"] for each in made if isinstance(each["answer"], dict)]
    assert len(fitting) == len(made)
    assert many / 10 < sum(fitting) < many * 9 / 10
    assert sum(bool(each["answer"]["remedies"]) for each in made if isinstance(each["answer"], dict)) > many / 10


@pytest.mark.parametrize("many", [100, pytest.param(600, marks=pytest.mark.thorough)])
def test_models_of_ones_own_numbers(plain: ServingGround, many: int) -> None:
    dice = random.Random(many)
    wanted: list[tuple[int, Controls]] = []
    for _ in range(many):
        kv = dice.choice((1, 2, 3, 4, 8))
        numbers = {
            name: dice.choice((low, dice.randint(low, min(high, 20_000))))
            for name, (_, low, high) in OWN_LIMITS.items()
        }
        numbers |= {
            "n_kv_heads": kv,
            "n_heads": kv * dice.randint(1, 12),
            "n_layers": dice.choice((1, 2, 7, 16, 80, 512)),
        }
        numbers["d_model"] = dice.choice((numbers["d_model"], 32 * dice.randint(1, 99), 256 * dice.randint(1, 40)))
        given: Controls = {**any_serving(dice), **numbers, "model": "own"}
        wanted.append((0, {**given, "mlp": dice.choice(("gated", "plain")), "unembedding": dice.choice(("tied", "x"))}))
    same([plain], wanted)


def test_sizes_that_no_known_model_has() -> None:
    """What a pasted config may say: latent attention without compressed queries, a mixture of eight, dense blocks."""
    llama, deep = REAL_MODELS["Llama-3-8B"], REAL_MODELS["DeepSeek-V3"]
    assert deep.latent is not None
    kinds: list[Sizes] = [
        replace(deep, latent=LatentAttention(None, 512, 128, 64, 128)),
        replace(deep, n_dense=deep.n_layers),
        replace(deep, n_experts=8, experts_per_token=2, n_dense=0, router_bias=True),
        replace(llama, n_experts=8, experts_per_token=8, mlp_bias=True, qk_norm=True),
        replace(llama, d_model=576, d_mlp=1000, n_layers=80),
        replace(llama, windows=(128, None, 4096, None) * 8, sinks=True, learned_positions=77, norm="layer"),
        Sizes(1, 8, 1, 1, 2, 8, 2),
    ]
    dice = random.Random(7)
    grounds = [ground(sizes, "Pasted llama") for sizes in kinds]
    wanted = [(at, {**any_serving(dice), "model": "config"}) for at in range(len(kinds)) for _ in range(20)]
    same(grounds, wanted)


SAID: list[Controls] = [
        {"batch": "-5"}, {"batch": ""}, {"batch": "0x10"}, {"batch": "1_000"}, {"batch": " 12 "}, {"batch": "1e3"},
        {"batch": "１２"}, {"batch": "+7"}, {"batch": "3."}, {"batch": ".5"}, {"batch": "2.5"}, {"batch": "nan"},
        {"batch": "65536"}, {"batch": "65537"}, {"length": "1048577"}, {"length": "<b>"}, {"cards": "0", "batch": "x"},
        {"cards": "inf"}, {"card": "own"}, {"card": "own", "gb": "24"}, {"card": "own", "gb": 80},
        {"card": "own", "gb": "-4"}, {"card": "own", "gb": "empty"}, {"card": "own", "gb": "24", "memory": "16"},
        {"card": "own", "memory": "-3"}, {"card": "own", "gbs": "0"}, {"card": "own", "tflops": "0"},
        {"card": "own", "memory": "10000.1"}, {"model": "own", "n_layers": "-3"}, {"model": "own", "n_heads": "33"},
        {"model": "own", "d_mlp": "no number at all, and a long one"}, {"model": "own", "n_kv_heads": "5"},
        {"model": "abacus", "weights": "int4", "card": "${x}", "cache": "constructor"}, {"weights": "constructor"},
        {"model": "config"}, {"model": "config", "batch": "-1"}, {"gbs": "-1", "memory": ""},
]  # fmt: skip


def test_what_is_read_and_what_is_refused_are_the_same(plain: ServingGround) -> None:
    same([plain], [(0, given) for given in SAID])


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("sizes.js", "Math.min(length, window || length)", "length"),
        ("schemes.js", "(block - eighth) % 3 === 2", "(block - eighth) % 3 === 1"),
        ("serving.js", "Math.ceil(n_kv_heads / cards)", "n_kv_heads / cards"),
        ("pace.js", "(each.copies > 1 ? part : 1)", "1"),
        ("remedies.js", "fits({ ...of, cards: each })", "true"),
    ],
)
def test_a_formula_that_is_wrong_is_seen(
    plain: ServingGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, right: str, wrong: str
) -> None:
    for each in ("kit", "vendor", "views/inference/memory_calculator"):
        shutil.copytree(ROOT / "assets" / each, tmp_path / "assets" / each)
    script = tmp_path / "assets" / "views" / "inference" / "memory_calculator" / file
    text = script.read_text(encoding="utf-8")
    assert text.count(right) == 1
    script.write_text(text.replace(right, wrong), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    twin = tmp_path / "tests" / "kit" / TWIN.name
    twin.parent.mkdir(parents=True)
    shutil.copy(TWIN, twin)
    monkeypatch.setattr(f"{__name__}.TWIN", twin)
    dice = random.Random(1)
    with pytest.raises(AssertionError):
        same([plain], [(0, any_serving(dice)) for _ in range(200)])
