"""What a day of a horizon brings into a workspace beside what its kind of day has (semantics 53, 54, 56)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Compiled
from hallsim.compiling.calendar import Calendar
from hallsim.engines.workspace import Workspace


def expect(
    c: Compiled,
    ws: Workspace,
    times: NDArray[np.int64],
    came: Any,
    offset: NDArray[np.int64],
    calendar: Calendar | None = None,
) -> bool:
    """Let the last source bring these customers, by type and key, and persons be at the stages of a day.

    A `calendar` takes the place of the hall's. Return whether there is room for so many customers.
    """
    ws.tables["person_offset"][:] = offset
    for name, column in calendar._asdict().items() if calendar is not None else ():
        ws.tables["changes"][name] = column
    listed, first = ws.tables["listed"], int(c.source_first[-1])
    if first + len(times) > listed.size:
        return False
    today = listed[first : first + len(times)]
    today["time"], today["type"], today["key"] = times, came["type"], came["key"]
    for name in ("service", "patience", "place"):
        today[name] = -1
    ws.tables["sources"]["count"][-1] = len(times)
    return True
