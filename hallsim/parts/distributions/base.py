"""What every law is made of: its declaration for scenario files and its packed form for the kernels.

A law is a frozen dataclass whose fields are its parameters in microseconds (times) or plain numbers. It
says its `mean` and `cv` and packs itself into a code, four numbers and an optional table. A new law is
one new file: the dataclass, its `quantile_*` function, a line in `dispatch.py`.
"""

from __future__ import annotations

import abc
import dataclasses
import keyword
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a law as a scenario file writes it.

    `dimension` is "time" (a duration such as `8 min`), "number", "count" (a whole number), or a list:
    "times", "rates" (per microsecond), "numbers", "shares" (fractions of 1) or "laws". `default` None
    means required.
    """

    name: str
    dimension: str
    doc: str
    default: Any = None

    @property
    def field(self) -> str:
        """The dataclass field that holds it: the name, with `_` behind a word that Python keeps.

        >>> Parameter("mean", "time", "").field, Parameter("continue", "shares", "").field
        ('mean', 'continue_')
        """
        return self.name + "_" * keyword.iskeyword(self.name)


class Packed(NamedTuple):
    """A law as the kernels read it."""

    code: int
    numbers: tuple[float, ...] = ()
    table: tuple[float, ...] = ()
    parts: tuple[Law, ...] = ()


class Law(abc.ABC):
    """Base of all laws: a distribution of a non-negative quantity, usually microseconds.

    Every parameter is the dataclass field `parameter.field`; lists are tuples, so that laws are hashable.
    """

    kind: ClassVar[str]
    doc: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]

    mean: float
    """The mean, in microseconds: a field of the law or computed from its fields."""
    cv: float
    """The coefficient of variation, standard deviation over mean."""

    @abc.abstractmethod
    def packed(self) -> Packed:
        """Return the kernels' form."""

    def complaint(self) -> str:
        """Return what is wrong with the parameters, or an empty string."""
        return ""

    def scaled(self, by: float) -> Self:
        """Return the law of `by` times the quantity; the same uniform gives `by` times the value, but for rounding."""
        changes: dict[str, Any] = {}
        for parameter in self.parameters:
            value = getattr(self, parameter.field)
            if parameter.dimension == "time":
                changes[parameter.field] = value * by
            elif parameter.dimension == "times":
                changes[parameter.field] = tuple(x * by for x in value)
            elif parameter.dimension == "rates":
                changes[parameter.field] = tuple(x / by for x in value)
            elif parameter.dimension == "laws":
                changes[parameter.field] = tuple(law.scaled(by) for law in value)
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


class LawTable(NamedTuple):
    """All laws of a model, packed: law i has `numbers[4 * i : 4 * i + 4]` and `table[first[i]:][:size[i]]`.

    Parts of mixtures are laws of the same table, at `part[i], part[i] + 1, ...`, behind every law given.
    """

    code: NDArray[np.int64]
    numbers: NDArray[np.float64]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    part: NDArray[np.int64]
    table: NDArray[np.float64]

    @staticmethod
    def of(laws: Sequence[Law]) -> LawTable:
        """Pack laws in order, then the parts of mixtures behind them."""
        queue = list(laws)
        code, numbers, first, size, part = [], [], [], [], []
        table: list[float] = []
        i = 0
        while i < len(queue):
            packed = queue[i].packed()
            code.append(packed.code)
            numbers.extend((list(packed.numbers) + [0.0] * 4)[:4])
            first.append(len(table))
            size.append(len(packed.table))
            table.extend(packed.table)
            part.append(len(queue) if packed.parts else -1)
            queue.extend(packed.parts)
            i += 1
        return LawTable(
            np.array(code, dtype=np.int64),
            np.array(numbers, dtype=np.float64),
            np.array(first, dtype=np.int64),
            np.array(size, dtype=np.int64),
            np.array(part, dtype=np.int64),
            np.array(table, dtype=np.float64),
        )


def not_positive(**values: float) -> str:
    """Return a complaint about the first value that is not a finite number above 0, or an empty string."""
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            return f"{name} must be above 0, not {value:g}"
    return ""


def negative(**values: float) -> str:
    """Return a complaint about the first value that is not a finite number from 0 up, or an empty string."""
    for name, value in values.items():
        if not (value >= 0 and math.isfinite(value)):
            return f"{name} must be 0 or above, not {value:g}"
    return ""


def not_shares(shares: Sequence[float], n: int, of: str) -> str:
    """Return a complaint unless these are n shares from 0 to 1 that sum to 1 within 1e-9."""
    if not shares:
        return "shares must not be empty"
    if len(shares) != n:
        return f"there are {len(shares)} shares but {n} {of}"
    if any(not 0 <= share <= 1 for share in shares):
        return "every share must be from 0 % to 100 %"
    total = math.fsum(shares)
    return "" if abs(total - 1) <= 1e-9 else f"shares must sum to 100 %, not {100 * total:.10g} %"
