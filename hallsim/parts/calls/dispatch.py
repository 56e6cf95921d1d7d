"""One place where a call rule's code becomes a score in compiled code: explicit dispatch."""

from __future__ import annotations

import numpy as np

from hallsim.jit import inline
from hallsim.parts.calls import longest_queue, shortest_service, weighted_wait

_WEIGHTED_WAIT = weighted_wait.CODE
_LONGEST_QUEUE = longest_queue.CODE
_SHORTEST_SERVICE = shortest_service.CODE
_weighted_wait = inline(weighted_wait.score)
_longest_queue = inline(longest_queue.score)
_shortest_service = inline(shortest_service.score)


@inline
def score_of(code, wait, length, expected, weight, head_start):  # type: ignore[no-untyped-def]
    """Return the score of a line."""
    if code == _WEIGHTED_WAIT:
        return _weighted_wait(wait, length, expected, weight, head_start)
    if code == _LONGEST_QUEUE:
        return _longest_queue(wait, length, expected, weight, head_start)
    if code == _SHORTEST_SERVICE:
        return _shortest_service(wait, length, expected, weight, head_start)
    return np.int64(0)
