"""The exceptions hallsim raises, as one tree.

    HallsimError
    ├── ScenarioError      a scenario file is wrong; carries every complaint, with file, line and path
    ├── LogError           a log cannot be read; carries the row
    ├── CalibrationError   a fit is impossible
    ├── EngineError        a simulation broke down; carries time, customer and rule
    └── UsageError         a call or a command line makes no sense

Exit codes of the command line: 2 for ScenarioError, LogError and UsageError (bad input), 1 for the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class HallsimError(Exception):
    """Anything hallsim raises on purpose."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong in one place. `line` counts from 1; 0 means no line is known."""

    file: str
    line: int
    path: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ScenarioError(HallsimError):
    """A scenario that cannot be used; `complaints` holds everything found, in file order."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(str(c) for c in self.complaints))


class LogError(HallsimError):
    """A log that cannot be read."""

    def __init__(self, message: str, file: str = "", row: int = 0) -> None:
        self.file, self.row = file, row
        place = f"{file}:{row} " if row else f"{file} " if file else ""
        super().__init__(place + message)


class CalibrationError(HallsimError):
    """A fit that cannot be made from the data given."""


class EngineError(HallsimError):
    """A simulation that cannot go on; `rule` is the number in docs/semantics.md."""

    def __init__(self, message: str, *, time: int = -1, customer: int = -1, rule: str = "") -> None:
        self.time, self.customer, self.rule = time, customer, rule
        parts = [message]
        if time >= 0:
            parts.append(f"at t = {time} us")
        if customer >= 0:
            parts.append(f"customer {customer}")
        if rule:
            parts.append(f"rule {rule}")
        super().__init__(", ".join(parts))


class UsageError(HallsimError):
    """A call that makes no sense."""


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return `" (did you mean x?)"` for the nearest known name, or an empty string."""
    near = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def not_one_of(found: str, what: str, known: Iterable[str]) -> str:
    """Return the standard wording for a name that is not in a family."""
    names = list(known)
    return f"{found!r} is not {what}; known: {', '.join(names)}{did_you_mean(found, names)}"
