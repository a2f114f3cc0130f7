"""Drawn scenes whose truth is known: colours, shapes, numbers and places, with captions and questions by rule."""
