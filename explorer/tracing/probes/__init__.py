"""What is asked of a model beside its trace: causes, gradients, other routes, other texts."""
