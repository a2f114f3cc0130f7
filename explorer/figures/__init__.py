"""Results to pictures: pure functions that give typed payloads. No Gradio; no model runs, and nothing is timed."""
