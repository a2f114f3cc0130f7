"""Data to picture: pure functions from a trace to what a view draws. No Gradio, no model runs."""
