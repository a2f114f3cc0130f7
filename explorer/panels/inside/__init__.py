"""Inside: the panels of interpretability."""
