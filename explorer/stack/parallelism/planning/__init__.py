"""Planning: what a training needs on each card and how long its step takes, before it is started."""
