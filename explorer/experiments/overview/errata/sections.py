"""The headings of the reference, in its order: where a claim stands among the others of its chapter."""

from __future__ import annotations

#: The text before a chapter's first heading.
OPENING = "Opening"

SECTIONS: dict[int, tuple[str, ...]] = {
    1: (OPENING, "LLM Pipeline Overview", "Key Dimensions of an LLM"),
    2: (
        OPENING, "Byte-Pair Encoding (BPE)", "BPE Training Algorithm", "BPE Encoding (Inference)",
        "SentencePiece & Unigram", "Tokenizer Comparison", "Special Tokens",
    ),
    3: (
        OPENING, "Positional Encoding", "Sinusoidal Positional Encoding (Original Transformer)",
        "Learned Absolute Positional Embeddings", "Rotary Position Embedding (RoPE)",
        "ALiBi (Attention with Linear Biases)", "Why RoPE Dominates",
    ),
    4: (
        OPENING, "Self-Attention Mechanism", "Step-by-Step Computation", "Computational Cost",
        "Multi-Head Attention (MHA)", "Multi-Query Attention (MQA) & Grouped-Query Attention (GQA)",
        "Feed-Forward Network (FFN)", "Standard FFN", "SwiGLU (Used in LLaMA, Mistral, Gemma)",
        "FFN as Key-Value Memory", "Normalization", "Layer Normalization (LayerNorm)",
        "RMSNorm (Root Mean Square Normalization)", "Pre-Norm vs. Post-Norm", "Residual Connections",
        "The Residual Stream Interpretation",
    ),
    5: (
        "Decoder-Only (Causal / Autoregressive)", "Encoder-Decoder", "Mixture of Experts (MoE)",
        "Router / Gating Mechanism", "Load Balancing",
    ),
    6: (
        OPENING, "Training Objectives", "Causal Language Modelling (CLM)", "Masked Language Modelling (MLM)",
        "Span Corruption", "Data Pipeline", "Training Data Sizes", "Scaling Laws", "Chinchilla Optimal Scaling",
        "The Compute–Performance Relationship", "Emergent Abilities",
    ),
    7: (
        OPENING, "Supervised Fine-Tuning (SFT)", "RLHF & DPO", "Reinforcement Learning from Human Feedback (RLHF)",
        "Direct Preference Optimisation (DPO)", "Parameter-Efficient Fine-Tuning (PEFT)",
        "LoRA (Low-Rank Adaptation)", "QLoRA", "Other PEFT Methods",
    ),
    8: (
        OPENING, "Inference Phases", "The Prefill–Decode Asymmetry", "KV Cache", "KV Cache Compression Techniques",
        "Sampling Strategies", "Temperature", "Top-K Sampling", "Top-P (Nucleus) Sampling", "Min-P Sampling",
        "Repetition Penalty", "Speculative Decoding",
    ),
    9: (
        "Quantization", "Weight-Only vs. Weight+Activation Quantization", "Parallelism Strategies",
        "Data Parallelism (DP)", "Tensor Parallelism (TP)", "Pipeline Parallelism (PP)", "Sequence Parallelism (SP)",
        "Expert Parallelism (EP)", "FlashAttention", "Standard Attention Memory Access Pattern",
        "FlashAttention Memory Access Pattern",
    ),
    10: (
        OPENING, "RoPE Frequency Scaling", "Retrieval-Augmented Generation (RAG)", "Sliding Window Attention",
        "Ring Attention",
    ),
    11: (OPENING, "Constitutional AI (CAI)", "Safety Layers", "Known Challenges"),
    12: (OPENING, "Evaluation Methods"),
    13: (
        "Chain-of-Thought & Reasoning", "State-Space Models & Alternatives", "Multimodal Integration",
        "Mechanistic Interpretability", "Test-Time Compute Scaling", "Distillation",
    ),
    14: (OPENING,),
}  # fmt: skip


def place(chapter: int, section: str) -> tuple[int, int]:
    """Sorts claims as the reference has them; a heading that it does not have comes last in its chapter.

    >>> place(2, "Special Tokens") < place(3, "Opening"), place(2, "Opening"), place(2, "no such heading")
    (True, (2, 0), (2, 7))
    """
    headings = SECTIONS[chapter]
    return chapter, headings.index(section) if section in headings else len(headings)
