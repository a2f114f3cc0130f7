"""Lessons: texts that lead through panels step by step, whose numbers and answers are read from the run they show.

A lesson is one Markdown file (`reading`): steps of text, the state that each shows, claims, a question. What it says of
a run is said by named facts (`facts`), in a small language (`expression`) that calls nothing else; so the page, the
tests and `python -m explorer lessons check` read one and the same run.
"""
