"""Pictures and speech: the encoder on patches of a picture, and the encoder-decoder that listens."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="pictures_and_speech",
    title="Pictures and speech",
    chapter="architectures",
    order=70,
    about="The same attention on patches of a picture, and from written words back into a sound.",
    views=(
        View(
            "patches",
            "A picture is read like a text",
            "The picture is cut into patches and each is a token; no patch is masked from another. Point at one to see "
            "what each head reads from there, and which patches its final state is most like.",
            controls=("picture", "layer"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.architectures.vision_transformer:VisionTransformer",
                "stack.architectures.vision_transformer:patches_of",
                "figures.architectures.pictures_and_speech:alike",
            ),
            heavy=True,
            requires=("companion:dinov2-small",),
        ),
        View(
            "speech",
            "A sound, and the words heard in it",
            "The encoder reads frames of a recording, the decoder writes words; for each word the moments are tinted "
            "that a head, or the mean of all heads, looked into while it was written. All heads are shown: some walk "
            "through the recording with the words, others look elsewhere.",
            provenance=("MEASURED", "DERIVED"),
            source=("zoo.speech_model:SpeechModel", "zoo.speech_model:Heard", "zoo.speech_model:forward_share"),
            heavy=True,
            requires=("companion:moonshine-tiny",),
        ),
    ),
    also=("image", "vision", "audio", "whisper"),
    requires=(),
)
