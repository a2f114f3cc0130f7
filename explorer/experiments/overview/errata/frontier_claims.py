"""What the reference says of frontier research: state spaces, pictures, circuits, search at inference, distillation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from explorer.experiments.overview.errata.claims import (
    Claim,
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    not_here,
    power_of_ten,
    share,
)
from explorer.experiments.overview.errata.records import record
from explorer.stack.evaluation.pass_at_k import pass_at_k
from explorer.stack.systems.attention_io import power

if TYPE_CHECKING:
    from transformers import MambaModel


def verifiable(_: Ground) -> Found:
    kept = record("sums", "training.json")
    before, after = (kept["exact_on_held_out_sums"][stage] for stage in ("sft", "grpo"))
    by_seed = kept["exact_after_grpo_by_seed"].values()
    return Found(
        "RL on checked answers raises accuracy", f"{share(before)} to {share(after)}", min(by_seed) > before,
        f"GRPO on sums of two numbers, answers checked by rule, a model of {kept['parameters']:,} parameters, 600 "
        f"held-out sums; {share(min(by_seed))} to {share(max(by_seed))} over {len(by_seed)} seeds. How o1 was trained "
        "is not published; DeepSeek-R1’s paper describes it.",
    )  # fmt: skip


@cache
def _mamba() -> MambaModel:
    from transformers import MambaConfig, MambaModel

    config = MambaConfig(vocab_size=64, hidden_size=16, state_size=8, num_hidden_layers=1, conv_kernel=4)
    torch.manual_seed(0)
    return MambaModel(config).eval()


def linear(_: Ground) -> Found:
    """Operations of both on longer and longer texts, counted by torch."""
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import LlamaConfig, LlamaModel

    mamba = _mamba()
    llama = LlamaModel(
        LlamaConfig(
            vocab_size=64,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            attn_implementation="eager",
        )
    ).eval()
    lengths, found = (64, 128, 256), dict[str, float]()
    for name, model in (("Mamba", mamba), ("attention", llama)):
        counted = list[int]()
        for n in lengths:
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                model(torch.arange(n)[None] % 64)
            counted.append(counter.get_total_flops())
        found[name] = power(lengths, counted)
    quadratic = power(lengths, [n * n for n in lengths])
    return Found(
        "O(n) against O(n²)", f"n^{found['Mamba']:.2f} against n^{found['attention']:.2f}",
        abs(found["Mamba"] - 1) < 0.05 and found["attention"] > found["Mamba"],
        f"Products that transformers’ Mamba and Llama make, one layer each with drawn weights, {lengths[0]} to "
        f"{lengths[-1]} tokens. A whole attention layer lies between 1 and {quadratic:.0f}, since its matrices grow "
        f"with "
        "n alone.",
    )  # fmt: skip


def selective(_: Ground) -> Found:
    """Whether the layer's step sizes depend on what it reads."""
    mixer = _mamba().layers[0].mixer
    x = torch.randn(1, 6, mixer.intermediate_size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        made = mixer.x_proj(x)
        steps = torch.nn.functional.softplus(mixer.dt_proj(made[..., : mixer.time_step_rank]))
        spread = float(steps.std(1).mean() / steps.mean())
        same = mixer.x_proj(x[:, :1].expand_as(x))
        flat = float(torch.nn.functional.softplus(mixer.dt_proj(same[..., : mixer.time_step_rank])).std(1).max())
    return Found(
        "parameters depend on the data", f"steps differ by {share(spread)} between tokens", spread > 0 and flat < 1e-6,
        "The step Δ, and B and C beside it, are computed from each token; for equal tokens they are equal "
        f"({power_of_ten(flat)} apart). Transformers’ own Mamba with drawn weights.",
    )  # fmt: skip


def hybrid(_: Ground) -> Found:
    from transformers import JambaConfig

    kinds = JambaConfig().layers_block_type
    attention = kinds.count("attention")
    return Found(
        "SSM layers and attention layers", f"{attention} of {len(kinds)} layers have attention",
        0 < attention < len(kinds), "Jamba’s default in transformers: one layer in eight attends.",
    )  # fmt: skip


def patches(_: Ground) -> Found:
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=32,
                       patch_size=8)  # fmt: skip
    with torch.no_grad():
        made = ViTModel(config, add_pooling_layer=False).eval()(torch.zeros(1, 3, 32, 32)).last_hidden_state
    return Found(
        "a vector for each patch", f"{made.shape[1] - 1} vectors of {made.shape[2]}", made.shape[1] == 17,
        "A picture of 32 × 32 in patches of 8 × 8 makes 16, and one vector for the whole picture is added.",
    )  # fmt: skip


def interleaved(_: Ground) -> Found:
    """A LLaVA with drawn weights reads a picture's vectors where its placeholders stand."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaModel

    vision = CLIPVisionConfig(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                              image_size=16, patch_size=8)  # fmt: skip
    text = LlamaConfig(vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
                       num_key_value_heads=2)  # fmt: skip
    torch.manual_seed(0)
    model = LlavaModel(LlavaConfig(vision_config=vision, text_config=text, image_token_index=31)).eval()
    ids = torch.tensor([[1, 31, 31, 31, 31, 2]])

    def read(picture: Tensor) -> Tensor:
        with torch.no_grad():
            return model(input_ids=ids, pixel_values=picture).last_hidden_state[0]

    dark, bright = read(torch.zeros(1, 3, 16, 16)), read(torch.ones(1, 3, 16, 16))
    before, after = float((dark[0] - bright[0]).abs().max()), float((dark[-1] - bright[-1]).abs().max())
    return Found(
        "between the text’s embeddings", f"4 patch vectors at 4 places of {ids.shape[1]}", before == 0 and after > 0,
        "The word before the picture does not change with the picture, the word after it does. That this is how "
        "GPT-4V, "
        "Gemini and Claude work is not published; LLaVA, run here with drawn weights, does it so. Flamingo’s kind "
        "reads pictures by cross-attention instead.",
    )  # fmt: skip


def induction(ground: Ground) -> Found:
    """The best induction head of the model on screen, on a repeated row of drawn tokens."""
    model = ground.model.plain_decoder
    n, d_vocab = 24, model.config.d_vocab
    drawn = torch.randint(d_vocab // 10, d_vocab // 2, (n,), generator=torch.Generator().manual_seed(0))
    ids = torch.cat([drawn, drawn])[None]
    with torch.no_grad():
        logp = model(ids)[0].log_softmax(-1)
    lost = -logp[torch.arange(2 * n - 1), ids[0, 1:]]
    first, second = float(lost[: n - 1].mean()), float(lost[n:].mean())
    return Found(
        "copies repeated patterns", f"{first:.2f} nats at first, {second:.2f} when repeated", second < first - 1,
        f"{ground.model.card.title} on {n} drawn tokens, twice. Which head does it is on the panel “Heads & causes”.",
    )  # fmt: skip


def features(_: Ground) -> Found:
    kept = record("six-kinds-dense", "autoencoders", "autoencoders.json")["dictionaries"]
    got = {name: each["held_out"]["explained"] for name, each in kept.items()}
    mine = [value for name, value in got.items() if "placebo" not in name]
    placebo = [value for name, value in got.items() if "placebo" in name]
    return Found(
        "decomposes activations", f"{share(min(mine), 0)} to {share(max(mine), 0)} of the variance",
        min(mine) > max(placebo),
        f"Held-out text, {len(mine)} autoencoders of a model of this project; with a frozen random dictionary "
        f"{share(min(placebo), 0)} to {share(max(placebo), 0)}. Whether the features can be interpreted is another "
        "question: the panel “Is it real?” compares them with the placebo.",
    )  # fmt: skip


def searched(_: Ground) -> Found:
    chances = {k: pass_at_k(100, 30, k) for k in (1, 5, 20)}
    return Found(
        "more tries, more solved", ", ".join(f"{share(each, 0)} with {k}" for k, each in chances.items()),
        [*chances.values()] == sorted(chances.values()),
        "The chance that one of k samples is right, where 30 of 100 are: it needs somebody who knows which one is. "
        "Without a check, voting gains only where the right answer is the most frequent one.",
    )  # fmt: skip


def matching(_: Ground) -> Found:
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(20, generator=generator).log_softmax(-1)
    student = torch.zeros(20, requires_grad=True)
    optimizer = torch.optim.Adam([student], 0.1)
    start = end = 0.0
    for step in range(200):
        divergence = (teacher.exp() * (teacher - student.log_softmax(-1))).sum()
        end = float(divergence.detach())
        start = end if step == 0 else start
        optimizer.zero_grad()
        divergence.backward()
        optimizer.step()
    return Found(
        "KL makes the student match", f"KL from {start:.2f} to {power_of_ten(end)} nats", end < 1e-3,
        "A student of 20 logits, 200 steps towards a drawn teacher.",
    )  # fmt: skip


def on_policy(_: Ground) -> Found:
    """Whose samples give the gradient of the divergence on the student's own text, over an enumerated space."""
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(12, generator=generator, dtype=torch.double).log_softmax(-1)
    logits = torch.randn(12, generator=generator, dtype=torch.double, requires_grad=True)
    student = logits.log_softmax(-1)
    (true,) = torch.autograd.grad((student.exp() * (student - teacher)).sum(), logits, retain_graph=True)
    apart = dict[str, float]()
    for name, drawn in (("teacher", teacher.exp()), ("student", student.exp().detach())):
        # the expected score-function estimate: each answer as often as its writer writes it
        surrogate = (drawn * (student - teacher).detach() * student).sum()
        (made,) = torch.autograd.grad(surrogate, logits, retain_graph=True)
        apart[name] = float((made - true).norm() / true.norm())
    writer = min(apart, key=lambda name: apart[name])
    return Found(
        "the teacher’s samples", f"the {writer}’s samples", writer == "teacher",
        f"Only with the {writer}’s samples is the gradient that of the student’s own distribution "
        f"({power_of_ten(apart[writer])} "
        f"off; with the teacher’s {share(apart['teacher'], 0)}). A policy’s own samples are what “on-policy” means: "
        f"the "
        "student writes, and the teacher scores it (GKD, Agarwal et al. 2024, arXiv 2306.13649). Text that the teacher "
        "writes is sequence-level distillation (Kim and Rush 2016).",
        tuple(Figure(f"gradient with the {name}’s samples, off", power_of_ten(off)) for name, off in apart.items()),
    )  # fmt: skip


def _claim(
    name: str, section: str, says: str, quotation: str, check: Callable[[Ground], Found],
    at: tuple[str, str] = ("", ""), refuted: Literal["wrong", "loose"] = "wrong", *, grounded: bool = False,
) -> Claim:  # fmt: skip
    return Claim(name, 13, section, says, quotation, check, refuted, *at, grounded=grounded)


_THINK, _SSM, _SEE = "Chain-of-Thought & Reasoning", "State-Space Models & Alternatives", "Multimodal Integration"
_OPEN, _SEARCH, _STUDENT = "Mechanistic Interpretability", "Test-Time Compute Scaling", "Distillation"

CLAIMS = (
    _claim("verifiable", _THINK, "RL on checked answers improves reasoning",
           "This is achieved through RL on problems with verifiable answers (math, code)", verifiable,
           ("reward_kl", "frontier")),
    _claim("chains", _THINK, "o1 and DeepSeek-R1 write chains of reasoning before they answer",
           "trained to generate explicit reasoning chains before answering",
           not_here("Neither model fits this machine.", "DeepSeek-AI 2025 (arXiv 2501.12948).")),
    _claim("longer-chains", _THINK, "Training makes the chains longer and the answers better",
           "the model learns to produce longer, more thorough reasoning traces that lead to correct solutions",
           not_here("No model here is trained long enough on chains.", "DeepSeek-AI 2025, figure 3. Liu et al. 2025 "
                    "(arXiv 2503.20783): part of the growth is GRPO’s division by length."),
           ("policy_gradient", "estimators")),
    _claim("ssm-linear", _SSM, "Mamba’s work grows linearly with length",
           "linear scaling with sequence length (O(n) vs "
           "O(n²))", linear),
    _claim("ssm-selective", _SSM, "Mamba’s parameters depend on the data",
           "a selection mechanism (data-dependent parameters)", selective),
    _claim("jamba", _SSM, "Jamba mixes SSM and attention layers",
           "Hybrid architectures (Jamba) combine SSM layers with attention layers", hybrid),
    _claim("vit", _SEE, "A vision encoder turns patches into vectors",
           "a vision encoder (ViT) to convert image patches into embedding vectors", patches,
           ("pictures_and_speech", "patches")),
    _claim("interleaved", _SEE, "These vectors stand between the text’s embeddings",
           "interleaved with text token embeddings in the Transformer's input sequence", interleaved,
           ("pictures_and_speech", "patches")),
    _claim("induction-heads", _OPEN, "Induction heads copy patterns", "induction heads (copying patterns)", induction,
           ("heads_and_causes", "scatter"), "loose", grounded=True),
    _claim("ioi", _OPEN, "A circuit names the indirect object", "indirect object identification circuits",
           measured_elsewhere("The panel “Circuit” finds it on this model and says how faithful it is."),
           ("circuit", "graph")),
    _claim("recall", _OPEN, "Facts are recalled by certain layers", "factual recall mechanisms",
           measured_elsewhere("The panel “Facts” traces them on this model."), ("facts", "traces")),
    _claim("sae", _OPEN, "Sparse autoencoders decompose activations",
           "Sparse autoencoders (SAEs) are used to decompose activations into interpretable features", features,
           ("is_it_real", "bought")),
    _claim("test-time", _SEARCH, "More samples solve more problems",
           "scaling compute at inference time … can dramatically improve performance", searched, ("code", "samples")),
    _claim("test-time-hard", _SEARCH, "It helps most on hard problems", "especially on hard reasoning problems",
           not_here("It takes models and tasks that are hard for them.",
           "Snell et al. 2024 (arXiv 2408.03314) find the "
                    "gain largest on easy and medium questions, and small on the hardest.")),
    _claim("student-size", _STUDENT, "Students do better than their size suggests",
           "produce compact models with performance disproportionate to their size",
           not_here("No student is trained here yet.", "Sanh et al. 2019 (arXiv 1910.01108): DistilBERT keeps 97 % of "
                    "BERT’s score with 60 % of its parameters.")),
    _claim("logit-matching", _STUDENT, "A KL divergence makes the student’s distribution the teacher’s",
           "logit matching (KL divergence between student and teacher output distributions)", matching,
           ("kl_estimators", "estimators")),
    _claim("on-policy", _STUDENT, "On-policy distillation generates data from the teacher",
           "on-policy distillation (generating data from the teacher)", on_policy, ("kl_estimators", "estimators")),
)  # fmt: skip
