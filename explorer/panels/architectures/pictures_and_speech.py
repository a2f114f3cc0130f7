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
        ),
        View(
            "speech",
            "A sound, and the words heard in it",
            "The encoder reads frames of a recording, the decoder writes words; for each word the moments are tinted "
            "that it looked into while it was written. A word finds its moment without being told where it was.",
            provenance=("MEASURED", "DERIVED"),
            source=("zoo.speech_model:SpeechModel", "zoo.speech_model:Heard"),
            heavy=True,
        ),
    ),
    requires=(),
)
