"""A recipe, the run that it describes, and the folder that it leaves."""
