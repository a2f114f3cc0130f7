"""The page: layout, the one event dispatcher, limits, middleware. Imports no torch until a model is asked for."""
