"""From logits to a text: samplers, searches, constraints, drafts, and the engine that writes by them."""
