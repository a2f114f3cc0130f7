"""Inside: what interpretability finds in a model, and what shows that it is there."""
