"""A model in flat arrays, a noun a file: the parts of `compiled`."""
