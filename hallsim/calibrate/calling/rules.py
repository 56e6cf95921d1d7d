"""Candidates for the rule by which a hall calls: what each says of the log's calls, and places to re-enact it by.

In: `Standing` and `Choices`. Out: a `Rule`, with the likelihood of the calls, each given who waited and who had been
passed before, and a key for every leg, drawn once; of those waiting the one with the lowest key is called.

An *ordered* rule has an order, and a law of how many of those behind him pass somebody before he is called. Under it
the likelihood of a log is a matter of counting: who was passed c times, and then called before others behind him, has
P(D = c); who was called when nobody behind him was left, or gave up, had been passed c times at least, P(D >= c). The
laws: geometric (each time he is passed over with one probability, whatever was before), uniform (any of the first k is
called), and one by which a share is held back, with a Lomax tail P(D >= d) = share (1 + (d - 1) / scale)^-shape.

The last law may be another for *each* queue.

A *weighed* rule is a logistic choice (McFadden 1974, "Conditional logit analysis of qualitative choice behavior") by
the numbers of ticket and line and by coming back; its keys have Gumbel variates drawn once, not for every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.calling.standing import Choices, Standing, numbered

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

LONGEST = 300
"""Times that somebody is passed at most."""
BEHIND = (1, 5, 20)
"""The law is told by the shares that are passed at least so many times: scale and shape make up for each other."""
MOST_PASSED = 0.5
"""An order in which the first one is mostly passed over is another order: its reverse, in the extreme."""
MOST_FIRST = 40
MOST_AHEAD = 6
FEWEST_OF_A_QUEUE = 30
"""Calls with a choice; queues with fewer have no rule of their own."""
LEAST_CHANCE = 1e-6
"""No rule calls what a log shows impossible."""


class Rule(Protocol):
    """A fitted rule."""

    @property
    def name(self) -> str:
        """One of `CANDIDATES`."""

    @property
    def parameters(self) -> dict[str, float]:
        """What was fitted, by name."""

    def likelihood(self, found: Standing, choices: Choices) -> F64:
        """Return the log-likelihood of the calls of each day, float64[n_days]."""

    def claims(self, found: Standing) -> F64:
        """Return what each leg has without any chance; of those waiting the lowest comes first."""

    def keys(self, found: Standing, rng: np.random.Generator) -> F64:
        """Return a key for each leg; of those waiting in a line the lowest is called."""


@dataclass(frozen=True)
class Ordered:
    """An order (`ORDERS`), and the law of how often somebody in it is passed, on 0, 1, 2, ... times.

    `ahead` is by how many places who comes back stands before his number; `classes` are ticket classes in their order.
    """

    name: str
    law: tuple[float, ...]
    parameters: dict[str, float]
    ahead: int = 0
    classes: tuple[int, ...] = ()

    def claims(self, found: Standing) -> F64:
        """Return places in the order."""
        return _place(found, self.name, self.ahead, self.classes).astype(np.float64)

    def keys(self, found: Standing, rng: np.random.Generator) -> F64:
        """Return places and what is drawn; who is passed by one stands between that one and the next."""
        passed = rng.choice(len(self.law), size=len(found.day), p=np.array(self.law))
        return self.claims(found) + passed + 0.5 * (passed > 0)

    def likelihood(self, found: Standing, choices: Choices) -> F64:
        """Return that of how often everybody was passed, by day."""
        exact, at_least = _passed(_place(found, self.name, self.ahead, self.classes), found, choices)
        return exact @ _logs(np.array(self.law)) + at_least @ _logs(_tail(np.array(self.law)))


@dataclass(frozen=True)
class Weighed:
    """A logistic choice; weights of the number of the ticket, the number in the line and of coming back."""

    name: str
    weights: tuple[float, float, float]

    @property
    def parameters(self) -> dict[str, float]:
        """The weights; negative: who has the larger number is called later."""
        return dict(zip(("ticket_number", "line_number", "returned"), self.weights, strict=True))

    def claims(self, found: Standing) -> F64:
        """Return what the weights make of the numbers."""
        return np.asarray(-(_columns(found) @ np.array(self.weights)))

    def keys(self, found: Standing, rng: np.random.Generator) -> F64:
        """Return claims with a Gumbel variate each."""
        return np.asarray(self.claims(found) - rng.gumbel(size=len(found.day)))

    def likelihood(self, found: Standing, choices: Choices) -> F64:
        """Return that of who was called among those waiting, by day."""
        claims = -self.claims(found)
        log = claims[choices.called] - _log_sums(claims[choices.waiting], choices.call)
        return np.asarray(np.bincount(choices.day, log, minlength=_n_days(found)), dtype=np.float64)


@dataclass(frozen=True)
class Each:
    """A rule of its own for each queue that has enough calls, by name, and one for `others`."""

    name: str
    rules: dict[str, Rule]
    others: Rule

    @property
    def parameters(self) -> dict[str, float]:
        """Those of the queues' own rules, with the name of the queue behind a slash."""
        return {
            f"{name}/{queue}": value for queue, rule in self.rules.items() for name, value in rule.parameters.items()
        }

    def _by_queue(self, found: Standing) -> Iterator[tuple[int, Rule]]:
        for number, queue in enumerate(found.queues):
            yield number, self.rules.get(queue, self.others)

    def claims(self, found: Standing) -> F64:
        """Return what the rule of each leg's queue says."""
        claims = np.zeros(len(found.day))
        for number, rule in self._by_queue(found):
            claims[found.queue == number] = rule.claims(found)[found.queue == number]
        return claims

    def keys(self, found: Standing, rng: np.random.Generator) -> F64:
        """Return keys by the rule of each leg's queue."""
        keys = np.zeros(len(found.day))
        for number, rule in self._by_queue(found):
            keys[found.queue == number] = rule.keys(found, rng)[found.queue == number]
        return keys

    def likelihood(self, found: Standing, choices: Choices) -> F64:
        """Return the sum over the queues, by day."""
        queue = found.queue[choices.called]
        total = np.zeros(_n_days(found))
        for number, rule in self._by_queue(found):
            total += rule.likelihood(found, choices.where(queue == number))
        return total


Fit = Callable[[Standing, Choices, F64], Rule]
"""From the calls and the weight of each day to the rule of the largest weighted likelihood."""


def fit_geometric(name: str, found: Standing, choices: Choices, weight: F64) -> Rule:
    """Fit by what probability somebody in an order is passed over, each time."""
    classes = _class_order(found, choices, weight) if name == "classes" else ()
    exact, at_least = _passed(_place(found, name, 0, classes), found, choices)
    times = np.arange(LONGEST + 1)
    passed = float((weight @ (exact + at_least)) @ times)
    share = min((passed + 0.5) / (passed + float((weight @ exact).sum()) + 1.0), MOST_PASSED)
    law = np.append(share ** times[:-1] * (1.0 - share), share**LONGEST)
    return Ordered(name, tuple(law.tolist()), {"passed_over": share}, classes=classes)


def fit_among_first(found: Standing, choices: Choices, weight: F64) -> Rule:
    """Find of how many at the head of the order of tickets any may be called."""
    rules = [
        Ordered("among_first", (1.0 / k,) * k + (0.0,) * (LONGEST + 1 - k), {"first": float(k)})
        for k in range(1, MOST_FIRST + 1)
    ]
    return max(rules, key=lambda rule: float(weight @ rule.likelihood(found, choices)))


def fit_held_back(found: Standing, choices: Choices, weight: F64) -> Rule:
    """Find how many are held back in the order of tickets, how far, and how far ahead those who come back stand."""
    most = MOST_AHEAD if found.returned.any() else 0
    rules = [_held_back(found, choices, weight, ahead) for ahead in range(most + 1)]
    return max(rules, key=lambda rule: float(weight @ rule.likelihood(found, choices)))


def fit_each_held_back(found: Standing, choices: Choices, weight: F64) -> Rule:
    """Find the same for each queue by itself, such as a counter that holds many back beside others that do not."""
    queue = found.queue[choices.called]
    own = {
        name: fit_held_back(found, choices.where(queue == number), weight)
        for number, name in enumerate(found.queues)
        if np.count_nonzero(queue == number) >= FEWEST_OF_A_QUEUE
    }
    return Each("each_held_back", own, fit_held_back(found, choices, weight))


def _held_back(found: Standing, choices: Choices, weight: F64, ahead: int) -> Ordered:
    from scipy.optimize import minimize

    exact, at_least = (weight @ x for x in _passed(_place(found, "held_back", ahead, ()), found, choices))

    def loss(at: F64) -> float:
        law = _lomax(*_plain(at))
        return -float(exact @ _logs(law) + at_least @ _logs(_tail(law)))

    best = minimize(loss, np.array([-2.0, 0.0, 0.0]), method="Nelder-Mead", options={"maxiter": 400, "fatol": 1e-3})
    law = _lomax(*_plain(best.x))
    parameters = {f"behind_{k}": float(law[k:].sum()) for k in BEHIND} | {"ahead": float(ahead)}
    return Ordered("held_back", tuple(law.tolist()), parameters, ahead)


def fit_weighed(found: Standing, choices: Choices, weight: F64) -> Rule:
    """Fit the weights by maximum likelihood."""
    from scipy.optimize import minimize

    columns, of_call = _columns(found), weight[choices.day]
    called, waiting = columns[choices.called], columns[choices.waiting]

    def loss(weights: F64) -> tuple[float, F64]:
        claims = waiting @ weights
        sums = _log_sums(claims, choices.call)
        chance = np.exp(claims - sums[choices.call]) * of_call[choices.call]
        return float(of_call @ (sums - called @ weights)), chance @ waiting - of_call @ called

    best = minimize(loss, np.array([-0.1, 0.0, 0.0]), jac=True, method="BFGS")
    return Weighed("weighed", (float(best.x[0]), float(best.x[1]), float(best.x[2])))


CANDIDATES: dict[str, Fit] = {
    **{name: partial(fit_geometric, name) for name in ("line", "ticket", "last_come", "returns_first", "classes")},
    "among_first": fit_among_first,
    "weighed": fit_weighed,
    "held_back": fit_held_back,
    "each_held_back": fit_each_held_back,
}
"""Name -> how it is fitted, the simplest first."""


def first_share(rule: Rule, found: Standing, choices: Choices) -> float:
    """Return the share of calls that took whom a rule, without any chance, has first."""
    claims = rule.claims(found)
    lowest = np.full(len(choices.called), np.inf)
    np.minimum.at(lowest, choices.call, claims[choices.waiting])
    return float((claims[choices.called] <= lowest).mean())


def _place(found: Standing, name: str, ahead: int, classes: tuple[int, ...]) -> I64:
    """Return the place of each leg in an order, from 0, by day and queue."""
    if name == "line":
        return found.by_line
    if name == "last_come":
        return -found.by_line
    if name == "returns_first":
        return numbered(found, -found.returned, found.by_ticket)
    if name == "classes":
        rank = np.zeros(len(found.day), dtype=np.int64)
        for i, one in enumerate(classes):
            rank[found.ticket_class == one] = i
        return numbered(found, rank, found.by_ticket)
    if ahead:
        return numbered(found, found.by_ticket - ahead * found.returned, -found.returned, found.by_ticket)
    return found.by_ticket


def _passed(place: I64, found: Standing, choices: Choices) -> tuple[F64, F64]:
    """Count legs by how often they were passed: exactly so often, and at least; float64[n_days, LONGEST + 1] each."""
    ahead = place[choices.waiting] < place[choices.called][choices.call]
    behind = place[choices.waiting] > place[choices.called][choices.call]
    times = np.minimum(np.bincount(choices.waiting[ahead], minlength=len(found.day)), LONGEST)
    preferred = np.zeros(len(found.day), dtype=bool)
    preferred[choices.called[np.bincount(choices.call[behind], minlength=len(choices.called)) > 0]] = True
    counts = []
    for chosen in (preferred, ~preferred):
        cell = found.day[chosen] * (LONGEST + 1) + times[chosen]
        counts.append(np.bincount(cell, minlength=_n_days(found) * (LONGEST + 1)).astype(np.float64))
    exact, at_least = (x.reshape(-1, LONGEST + 1) for x in counts)
    return exact, at_least


def _class_order(found: Standing, choices: Choices, weight: F64) -> tuple[int, ...]:
    """Return ticket classes by the share of those waiting who are called, the largest first."""
    n = int(found.ticket_class.max(initial=0)) + 1
    known = found.ticket_class >= 0
    called, waiting = known[choices.called], known[choices.waiting]
    of_call = weight[choices.day]
    won = np.bincount(found.ticket_class[choices.called[called]], of_call[called], minlength=n)
    seen = np.bincount(found.ticket_class[choices.waiting[waiting]], of_call[choices.call[waiting]], minlength=n)
    return tuple(np.argsort(-won / np.maximum(seen, 1.0), kind="stable").tolist())


def _columns(found: Standing) -> F64:
    return np.stack([found.by_ticket, found.by_line, found.returned], axis=1).astype(np.float64)


def _log_sums(claims: F64, call: I64) -> F64:
    """Return the logarithm of the sum of exponentials by call; `call` rises."""
    first = np.flatnonzero(np.diff(call, prepend=-1))
    largest = np.maximum.reduceat(claims, first) if len(first) else claims
    return np.asarray(largest + np.log(np.add.reduceat(np.exp(claims - largest[call]), first)))


def _n_days(found: Standing) -> int:
    return int(found.day.max(initial=-1)) + 1


def _tail(law: F64) -> F64:
    """Return P(D >= d)."""
    return np.cumsum(law[::-1])[::-1]


def _logs(chances: F64) -> F64:
    return np.log(np.maximum(chances, LEAST_CHANCE))


def _plain(at: F64) -> tuple[float, float, float]:
    """Return share, scale and shape from what the optimiser moves, within bounds beyond which nothing changes."""
    share, scale, shape = np.clip(at, [-12.0, -3.0, -4.0], [12.0, 5.0, 3.0]).tolist()
    return 1.0 / (1.0 + float(np.exp(-share))), float(np.exp(scale)), float(np.exp(shape))


def _lomax(share: float, scale: float, shape: float) -> F64:
    """Return the law by which a share is held back; what lies beyond LONGEST is put there."""
    tail = share * (1.0 + np.arange(LONGEST) / scale) ** -shape
    return -np.diff(np.concatenate([[1.0], tail, [0.0]]))
