"""Memory of training: formulas beside what hooks and the allocator see."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.pretraining import gpt_layer
from explorer.experiments.pretraining import saved_tensors as watching
from explorer.experiments.pretraining import sixteen_bits as bits
from explorer.experiments.pretraining import training_memory as experiment
from explorer.experiments.pretraining.training_memory import Case
from explorer.figures.pretraining import sixteen_bits as bits_figure
from explorer.figures.pretraining import training_memory as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining import korthikanti
from explorer.stack.pretraining.checkpointing import POLICIES, Policy
from explorer.stack.pretraining.saved_tensors import Step, saved
from explorer.stack.pretraining.training_memory import OPTIMIZERS, Weight, weights_of
from explorer.stack.worst import worst

#: Blocks of a model that are trained and watched.
WATCHED = 2
#: s, b, h, a.
GPT3 = (2048, 1, 12288, 96)
#: The layer of the paper's kind that is built and watched: s, b, h, a.
BUILT = korthikanti.Layer(s=32, b=2, h=64, a=4)
#: Bytes are counted, and a power of two is exact.
EQUAL = 0.0


def terms(scene: Scene) -> Rendered[figure.MemoryTerms]:
    case = _case(scene, scene.one_of("policy", POLICIES))
    return _terms(case, "a decoder of your own", None)


def own_model(scene: Scene) -> Rendered[figure.MemoryTerms]:
    policy = scene.one_of("policy", POLICIES)
    optimizer = scene.one_of("optimizer", OPTIMIZERS)
    decoder = scene.decoder
    case = experiment.case_of(decoder, WATCHED, _step(scene, policy), scene.one_of("form"), optimizer)
    return _terms(case, scene.model.card.title, weights_of(decoder))


def _terms(case: Case, name: str, whole: list[Weight] | None) -> Rendered[figure.MemoryTerms]:
    made = experiment.measure(case)
    apart = watching.apart(made.kept, made.real)
    tensors = Check(
        f"{len(made.kept)} tensors by formula = those that torch’s hooks see, tensor by tensor",
        float(apart),
        EQUAL,
        "bytes apart",
    )
    held = (made.weights, made.gradients, made.state)
    kinds = Check(
        "Weights, gradients and the optimizer’s state by formula = the bytes of their storages",
        float(sum(abs(formula - real) for formula, real in held)),
        EQUAL,
        "bytes apart",
    )
    return Rendered(figure.terms(made, apart, name, whole), (tensors, kinds))


def tensors(scene: Scene) -> Rendered[figure.MemoryTensors]:
    case = _case(scene, scene.one_of("policy", POLICIES))
    real = watching.watched(case.decoder(), case.windows(), case.step)
    apart = watching.apart(saved(case.config, case.step), real)
    check = Check("What is left by formula = what torch’s hooks see", float(apart), EQUAL, "bytes apart")
    return Rendered(figure.tensors(case, real, apart), (check,))


def recompute(scene: Scene) -> Iterator[Rendered[figure.MemoryRecompute]]:
    case, rounds = _case(scene, "none"), experiment.ROUNDS
    for made in experiment.recomputations(case, rounds, scene.ticks("Rounds")):
        same = Check(
            "Gradients with checkpointing = those without, to the bit",
            worst(each.apart for each in made),
            EQUAL,
            "largest difference",
        )
        yield Rendered(figure.recompute(made, case.step.kernel, rounds), (same,))


def published(scene: Scene) -> Rendered[figure.MemoryPublished]:
    s, b, h, a = GPT3
    layer = korthikanti.Layer(s, b, h, a, scene.whole("devices"))
    formula = korthikanti.rows(BUILT)[0].bytes + gpt_layer.STATISTICS * BUILT.s * BUILT.b
    check = Check(
        "The formula and two norms’ means and deviations = what such a layer of torch’s parts keeps, "
        f"s {BUILT.s}, b {BUILT.b}, h {BUILT.h}, a {BUILT.a}",
        abs(gpt_layer.kept(BUILT) - formula),
        EQUAL,
        "bytes apart",
    )
    return Rendered(figure.published(layer), (check,))


def sixteen(scene: Scene) -> Iterator[Rendered[bits_figure.MemorySixteen]]:
    for made in bits.sixteen_bits(scene.whole("steps"), scene.whole("exponent"), scene.ticks("Steps")):
        yield Rendered(bits_figure.sixteen(made), _scaled(made) if made.steps else ())


def _scaled(made: bits.SixteenBits) -> tuple[Check, ...]:
    scales = Check(
        "Our loss scale = torch’s GradScaler’s, step by step",
        worst(abs(each.scale - each.theirs) for each in made.steps),
        EQUAL,
        "largest difference",
    )
    weights = Check("Weights after our scaled steps = after torch’s", made.apart, EQUAL, "largest difference")
    return scales, weights


def _case(scene: Scene, policy: Policy) -> Case:
    config = experiment.own_shape(
        scene.whole("width"),
        scene.whole("blocks"),
        scene.whole("kv"),
        scene.one_of("ffn") == "swiglu",
        scene.whole("length"),
    )
    optimizer = scene.one_of("optimizer", OPTIMIZERS)
    return Case(config, config.n_layers, _step(scene, policy), scene.one_of("form"), optimizer)


def _step(scene: Scene, policy: Policy) -> Step:
    item = 4 if scene.one_of("form") == "float32" else 2
    kernel = "eager" if scene.one_of("kernel") == "eager" else "sdpa"
    return Step(scene.whole("batch"), scene.whole("length"), item, kernel, policy)
