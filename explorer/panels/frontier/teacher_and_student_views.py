"""Teacher and student: two next-token distributions side by side, and where they part."""

from __future__ import annotations

import json

from explorer import zoo
from explorer.experiments.frontier import teacher_and_student as experiment
from explorer.figures.frontier import teacher_and_student as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.card import shelf_folder


def next_tokens(scene: Scene) -> Rendered[figure.TeacherStudent]:
    text = scene.text("text")
    scene.progress("Models opened", 0, 2)
    made = experiment.compared(text, scene.real("temperature"))
    scene.progress("Models opened", 2, 2)
    tokenizer = zoo.load(experiment.TEACHER).tokenizer
    data = figure.teacher_student(made, text, lambda each: str(tokenizer.decode([each])), _trained())
    return Rendered(data, (
        Check("Divergences at every beta = scipy’s relative entropy of the definition", experiment.scipy_error(made),
              1e-4, "nats"),
        Check("Gradients of the logits in closed form = autograd’s", experiment.gradient_error(made), 1e-9,
              "largest difference"),
        Check("The student’s logits = those of transformers’ Llama", experiment.library_error(made), 1e-3,
              "largest difference"),
    ))  # fmt: skip


def _trained() -> dict[str, tuple[int, float]]:
    """Parameters and held-out loss, as the folders say."""
    said = {
        name: json.loads((shelf_folder() / name / "training.json").read_text(encoding="utf-8"))
        for name in (experiment.TEACHER, experiment.STUDENT)
    }
    teacher, student = said[experiment.TEACHER], said[experiment.STUDENT]
    held = {"teacher": teacher, "student": student, "alone": student["alone"]}
    size = {"teacher": teacher["parameters"], "student": student["parameters"], "alone": student["parameters"]}
    return {name: (size[name], each["held_out_loss"]["mean"]) for name, each in held.items()}
