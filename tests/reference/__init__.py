"""Adapters from cases with known answers to scenarios: one file per family, one estimator for all.

`cases` reads the file, `laws` and `formula` turn parameters into scenario text, `measure` counts in event
buffers, `estimate` makes estimates with standard errors out of the counts, `run` drives replications
until the standard errors have power, and `f1`, `f2` ... know the families. `answer` judges cases that a formula or
a procedure answers rather than one scenario.
"""
