"""Pictures and speech: the encoder on patches of a picture, and the encoder-decoder that listens."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="pictures_and_speech",
    title="Pictures and speech",
    chapter="architectures",
    order=70,
    about="The same attention on patches of a picture, and from written words into a recording.",
    controls=(
        Control("picture", "", "The picture that is read: one of the samples, or one that a visitor has brought."),
        Control("layer", "Block", "The block whose attention is drawn; the last one at first.", range=(0, None)),
        Control(
            "head", "", "The head whose words are drawn, as “3.1” for block 3, head 1; else the mean of all heads."
        ),
        Control(
            "stretches", "Stretches", "Into how many equal parts the recording is cut.", 16, choices=(8, 12, 16, 20)
        ),
        Control(
            "without",
            "A stretch is",
            "How a stretch of the recording is removed.",
            "silenced",
            choices=(("silenced", "silenced"), ("replaced", "replaced in the encoder’s output")),
        ),
    ),
    views=(
        View(
            "patches",
            "A picture is read like a text",
            "The picture is cut into patches and each patch is a token; no patch is masked. Click one to see what each "
            "head reads at that patch, and which patches have a similar final state.",
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
            "The encoder reads frames of a recording and the decoder writes words. For each word, the picture shades "
            "the moments that a head, or the mean of all heads, reads while the word is written. All heads are shown: "
            "some move through the recording with the words, others do not.",
            provenance=("MEASURED", "DERIVED"),
            source=("zoo.speech_model:SpeechModel", "zoo.speech_model:Heard", "zoo.speech_model:forward_share"),
            heavy=True,
            requires=("companion:moonshine-tiny",),
        ),
        View(
            "stretches",
            "What a word reads of the sound, and what it needs",
            "The recording is cut into stretches. Each is removed, and every word is scored again after the same "
            "words. Attention says which stretch a word reads; the loss says which one it needs.",
            controls=("stretches", "without", "head"),
            in_page=("without", "head"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.architectures.sound_removed:removed",
                "experiments.architectures.sound_removed:shares",
                "zoo.speech_model:SpeechModel",
            ),
            heavy=True,
            requires=("companion:moonshine-tiny",),
        ),
    ),
    also=("image", "vision", "audio", "whisper"),
    requires=(),
)
