"""What every law is made of: its declaration for scenario files and its packed form for the kernels.

A law is a frozen dataclass whose fields are its parameters in microseconds (times) or plain numbers. It
says its `mean` and `cv` and packs itself into a code, four numbers and an optional table. A new law is
one new file: the dataclass, its `quantile_*` function, a line in `dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a law as a scenario file writes it.

    `dimension` is "time" (a duration such as `8 min`), "number", "count" (a whole number), "times",
    "shares" (lists) or "laws" (a list of laws). `default` None means required.
    """

    name: str
    dimension: str
    doc: str
    default: Any = None


class Packed(NamedTuple):
    """A law as the kernels read it."""

    code: int
    numbers: tuple[float, ...] = ()
    table: tuple[float, ...] = ()
    parts: tuple[Law, ...] = ()


class Law:
    """Base of all laws: a distribution of a non-negative quantity, usually microseconds.

    The names of `parameters` are the names of the dataclass's fields.
    """

    kind: ClassVar[str]
    doc: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]

    mean: float
    """The mean, in microseconds: a field of the law or computed from its fields."""
    cv: float
    """The coefficient of variation, standard deviation over mean."""

    def packed(self) -> Packed:
        """Return the kernels' form."""
        raise NotImplementedError

    def complaint(self) -> str:
        """Return what is wrong with the parameters, or an empty string."""
        return ""


class LawTable(NamedTuple):
    """All laws of a model, packed: law i has `numbers[4 * i : 4 * i + 4]` and `table[first[i]:][:size[i]]`.

    Parts of mixtures are laws of the same table, at `part[i], part[i] + 1, ...`.
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
