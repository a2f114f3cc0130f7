"""A whole corpus through the pipeline: by parts on disk, with workers that may be lost, resumable."""
