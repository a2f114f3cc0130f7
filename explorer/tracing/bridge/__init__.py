"""The model as it runs: its hooks' names, how it is put together, what is read from it as it goes by."""
