"""Call rules: how a line's claim on a free server is scored, the largest first (semantics 34); one file each.

A rule has a `CODE` and a function `score` of whole numbers: what waits at the head of a line (`wait` in microseconds,
`length` of the line, `expected` service in microseconds) and what the scenario says of the line (`weight` in
thousandths, `head_start` in microseconds). Both engines use it, so it returns a whole number below 2^63: no rounding,
no ties that depend on a processor.
"""

from __future__ import annotations

from collections.abc import Callable

from hallsim.parts.calls import fifo, longest_queue, shortest_service, weighted_wait

SCORES: dict[str, tuple[int, Callable[[int, int, int, int, int], int]]] = {
    "fifo": (fifo.CODE, fifo.score),
    "weighted_wait": (weighted_wait.CODE, weighted_wait.score),
    "longest_queue": (longest_queue.CODE, longest_queue.score),
    "shortest_service": (shortest_service.CODE, shortest_service.score),
}
"""Name -> code and score."""

__all__ = ["SCORES"]
