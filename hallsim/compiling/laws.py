"""The laws of a model, each once: what `Compiled` refers to by number."""

from __future__ import annotations

from hallsim.parts.distributions import Law, LawTable


class Laws:
    """Collects laws, each once."""

    def __init__(self) -> None:
        self.laws: list[Law] = []

    def add(self, law: Law | None) -> int:
        """Return the number of a law, -1 for none."""
        if law is None:
            return -1
        if law not in self.laws:
            self.laws.append(law)
        return self.laws.index(law)

    def table(self) -> LawTable:
        """Return what engines draw by."""
        return LawTable.of(self.laws)
