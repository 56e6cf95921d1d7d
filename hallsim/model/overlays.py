"""Overlays, as part of `model`: what may happen to customers who keep their place in line (semantics 11, 46).

Everybody takes these names from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model.conditions import Term
from hallsim.model.people import EVER
from hallsim.parts.distributions import Law

CALLED_MEANWHILE = ("abort", "finish")


@dataclass(frozen=True, slots=True)
class Preparation:
    """What may happen to a customer while he keeps his place in line: pre-acceptance (semantics 11).

    Servers of station `by` do it. Per customer type: `time` (None: not done for this type), `prepared` (the law of
    the service afterwards; None: the station's time times `factor`), `done` (probability that no service is needed
    any more), `fails` (probability that it was in vain: the service takes `rework` times as long as unprepared).
    A call while it goes on ends it ("abort"), or the counter waits for it ("finish"). Only tickets with a number
    ahead of them in low ... high of `ahead` are taken, and only while the terms of `when` hold.
    """

    by: int
    time: tuple[Law | None, ...]
    prepared: tuple[Law | None, ...]
    done: tuple[float, ...]
    fails: tuple[float, ...]
    factor: float = 1.0
    rework: float = 1.0
    called: str = "abort"
    ahead: tuple[int, int] = (0, EVER)
    when: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Experience:
    """Terminals that customers may try while they keep their place in line (semantics 46).

    The servers of station `at` are the terminals. Per customer type: `tries` (probability to want to), `time` (law of
    the stay there), `buys` (probability to buy, of who stays to the end) and `sale` (law of what that adds to the
    service; None: nothing). Patience runs at `perceived` times the clock meanwhile. `called` is as for a preparation;
    only those with at least `ahead` tickets before them go, and only while the terms of `when` hold.
    """

    at: int
    tries: tuple[float, ...]
    time: tuple[Law | None, ...]
    buys: tuple[float, ...]
    sale: tuple[Law | None, ...]
    perceived: float = 1.0
    called: str = "abort"
    ahead: int = 0
    when: tuple[Term, ...] = ()
