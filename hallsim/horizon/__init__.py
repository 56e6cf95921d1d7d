"""Days in sequence: what of a day the next ones have to bear (semantics 54).

In: a model with a `horizon`, its compiled kinds of day, and either engine, which simulates one plain day after the
other. Out: who comes again, with which key, on which later day and when; and the accounts of it.
"""
