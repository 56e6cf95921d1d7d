"""The laws of a model, each once: what `Compiled` refers to by number."""

from __future__ import annotations

from hallsim.parts.distributions import Law, LawTable


class Laws:
    """Collects laws, each once."""

    def __init__(self) -> None:
        self._numbers: dict[Law, int] = {}

    def add(self, law: Law | None) -> int:
        """Return the number of a law, -1 for none."""
        return -1 if law is None else self._numbers.setdefault(law, len(self._numbers))

    def table(self) -> LawTable:
        """Return what engines draw by."""
        return LawTable.of(list(self._numbers))
