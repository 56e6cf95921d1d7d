"""The two engines: one law (docs/semantics.md), the same log to the microsecond; neither knows the other."""
