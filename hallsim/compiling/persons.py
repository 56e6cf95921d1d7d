"""The persons whose visits customers are, in flat arrays (semantics 56).

In: `Model`. Out: `PersonTables`, a part of `Compiled`; `offset` is another one every day.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from hallsim.arrays import F64, I64, f64, i64
from hallsim.model import Model


class PersonTables(NamedTuple):
    """Persons, segment by segment; nobody where customers are not drawn from persons."""

    first: I64  # [plain type] the first person of its segment
    beyond: I64  # [plain type] and the one after the last
    cum: F64  # [person] which part of his segment's visits are his, or those of a person before him
    offset: I64  # [person] what his stage adds to the type of his visits


def person_tables(model: Model) -> PersonTables:
    """Return the persons of a model, all of whom are at the first stage."""
    persons = model.persons
    if persons is None:
        return PersonTables(i64([]), i64([]), f64([]), i64([]))
    bounds = np.cumsum([0, *persons.numbers])
    segments = [kind.segment for kind in model.types[: persons.types]]
    return PersonTables(
        first=i64(bounds[segments]),
        beyond=i64(bounds[np.array(segments) + 1]),
        cum=np.concatenate([_parts(n, persons.cv) for n in persons.numbers]),
        offset=np.zeros(bounds[-1], dtype=np.int64),
    )


@cache
def _parts(n: int, cv: float) -> F64:
    """Return the cumulative parts of n persons in the visits of a segment, float64[n], of whom a few come often.

    How often they come is gamma with this coefficient of variation: the i-th of them has the quantile of (i + 1/2) / n,
    so that the same persons are there in all horizons.
    """
    often = np.ones(n)
    if cv:
        from scipy.special import gammaincinv

        often = gammaincinv(1 / cv**2, (np.arange(n) + 0.5) / n)
    cum = np.cumsum(often) / often.sum()
    cum[-1] = 1.0
    return f64(cum)
