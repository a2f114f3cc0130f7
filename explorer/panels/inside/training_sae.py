"""Training an SAE: a sparse autoencoder learns a model's stream live, with its placebo beside it."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

TRAINING = ("kind", "width", "k", "sum_weight", "count_weight", "auxk", "text", "steps", "seed")

PANEL = Panel(
    name="training_sae",
    title="Training an SAE",
    chapter="inside",
    order=60,
    about="A sparse autoencoder is trained live on this model’s stream: what it explains, how sparse it is, what dies.",
    also=("sparse autoencoder", "dictionary learning", "topk", "jumprelu", "gated", "auxk", "dead features", "placebo"),
    requires=("decoder",),
    controls=(
        Control(
            "kind",
            "Kind",
            "What the encoder keeps of its features.",
            "topk",
            choices=(
                ("topk", "TopK", "The k largest activations of each token are kept."),
                ("batchtopk", "BatchTopK", "Of a batch of B tokens the k B largest activations are kept."),
                ("standard", "Standard", "All positive activations are kept, and their sum costs λ₁."),
                ("jumprelu", "JumpReLU", "Activations above a learned threshold are kept; each costs λ₀."),
                ("gated", "Gated", "One product says whether a feature is on, another by how much."),
            ),
        ),
        Control("width", "Width", "Features of the dictionary.", 768, choices=(256, 512, 768, 1024, 2048)),
        Control("k", "k", "Features that a token keeps.", 16, choices=(4, 8, 16, 32, 64)),
        Control(
            "sum_weight",
            "Sparsity weight λ₁",
            "What the sum of the activations costs.",
            0.5,
            choices=(0.1, 0.2, 0.5, 1.0, 2.0),
        ),
        Control(
            "count_weight",
            "Sparsity weight λ₀",
            "What each active feature costs.",
            0.1,
            choices=(0.02, 0.05, 0.1, 0.2, 0.5),
        ),
        Control(
            "auxk",
            "AuxK",
            "Dead features learn from what the others miss.",
            "on",
            choices=(("on", "On"), ("off", "Off")),
        ),
        Control(
            "text",
            "Text",
            "What the model reads while its stream is kept.",
            "texts",
            choices=(("texts", "Whole texts", "Fetched once."), ("passages", "Passages", "At hand, and fewer.")),
        ),
        Control("steps", "Steps", "Batches that each training reads.", 200, choices=(100, 200, 400), range=(20, 400)),
        Control("seed", "Seed", "It draws directions and batches; the placebo has the next one.", 0, range=SEEDS),
    ),
    views=(
        View(
            "live",
            "Learned directions against random ones",
            "A sparse autoencoder writes the stream behind the selected block as a sum of few directions. The placebo "
            "has the same training, but its directions stay as they were drawn: the gap between the two curves is what "
            "learning the directions brings.",
            depends=("layer",),
            controls=TRAINING,
            provenance=("MEASURED",),
            source=(
                "stack.frontier.sparse_autoencoders.autoencoder:SparseAutoencoder",
                "stack.frontier.sparse_autoencoders.losses:loss_terms",
                "stack.frontier.sparse_autoencoders.losses:auxk",
                "stack.frontier.sparse_autoencoders.training:training",
                "stack.frontier.sparse_autoencoders.jump:jump",
            ),
            heavy=True,
        ),
    ),
)
