"""The cheapest numbers by half-hour that keep a promise on simulated days: an integer program with simulation cuts.

In: a hall, its posts, what is promised, the tours that people may work. Out: numbers on duty, and people per tour.

The method is that of Atlason, Epelman and Henderson 2004 (doi:10.1023/B:ANOR.0000019095.91642.bb; 2008,
doi:10.1287/mnsc.1070.0774). An integer program proposes the cheapest roster that meets all cuts so far; it is
simulated; each goal that it misses becomes a cut: the goal's value there, and what one more person in each half-hour
adds to it (differences on the same days), must reach zero by the goal's gradient. Cuts hold where a goal is concave in
the staff, which it is near a target such as 90 % and is not far below one: that is why the search begins at the numbers
that formulas ask for, whose cuts keep it there. A cut may still forbid a roster that would do. So the one found is
tried again without each of its people, and with shorter shifts for them, until nothing can be left out.

A goal counts as kept when its mean over the days of the search is above zero by more than its one-sided error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.staffing.posts import Post, Tour, with_staff
from hallsim.experiment.staffing.promises import WIDE_BAND, Found, Promise, judge
from hallsim.experiment.staffing.sampler import Sampler
from hallsim.model import Model
from hallsim.scenario import Scenario
from hallsim.theory import Cut, cover
from hallsim.units import format_clock

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GRADIENT_DAYS = 400
MOST_ROUNDS = 60
PATIENCE = 6
"""Proposals of one cost after which the search goes on with the best of them. How one person changes a goal is told
from few days: where several posts or targets make that noisy, there may be hundreds of proposals of the same cost."""
GLANCE_DAYS, GLANCE_ALPHA = 200, 0.001
"""So many days, and so small an error, are enough to drop a roster that is far from good."""
BATCH = 4
"""Rosters tried at once where any of them will do."""
MOST_FLATTER = 12
"""Rosters tried at most that are flatter than one."""
CANDIDATES, MOST_ADDED = 6, 40
"""Where a roster lacks people, one of so many is added, and at most so many one after the other."""
SAME_COST = 1e-6
TOO_KIND = 1.2
"""What a rejected roster lost on fresh days, times this, is asked of every later one."""
REACH = 4
"""Half-hours before one in which a goal is missed where people are asked for when no single one of them helps."""
LEAST_STEP = 0.25
"""Where a goal is missed by less than its noise, a cut asks for so much of what the best single person adds."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Numbers on duty that were simulated: int64[n_posts * n_slots], and what became of the goals there.

    The error of a goal has the search's margin in it. `smooth` is where each goal stands as `Promise.smooth` has it.
    """

    numbers: I64
    found: Found
    smooth: F64

    @property
    def good(self) -> bool:
        """Whether every goal is kept."""
        return bool(self.found.kept().all())


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What people may do: the tours of all posts in one row, and which post each is of."""

    tours: tuple[Tour, ...]
    posts: tuple[int, ...]

    def slots(self, n_slots: int) -> list[list[int]]:
        """Return the half-hours that each tour covers, those of the second post after those of the first."""
        return [[k * n_slots + j for j in tour.slots] for tour, k in zip(self.tours, self.posts, strict=True)]


@dataclass(eq=False)
class Search:
    """Simulates rosters of one hall and looks for the cheapest one that is good.

    Attributes
    ----------
    cuts : list of Cut
        What has been learnt so far; it holds for any tours.
    best : (people per tour, Trial) or None
        The cheapest good roster of the present search so far.
    undecided : float
        Cost below `best` from which on rosters were not searched to the end; NaN where nothing is left open.
    margins : float64[n_goals]
        What a goal must have beyond its error, because on fresh days a roster had so much less than in the search.
    """

    hall: Scenario
    posts: Sequence[Post]
    slots: I64
    promise: Promise
    sampler: Sampler
    seed: int
    days: int
    alpha: float
    cuts: list[Cut] = field(default_factory=list)
    best: tuple[I64, Trial] | None = None
    undecided: float = math.nan
    margins: F64 = field(init=False)
    _known: dict[bytes, Trial] = field(default_factory=dict)
    _hopeless: set[bytes] = field(default_factory=set)
    _slopes: dict[int, tuple[F64, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.margins = np.zeros(len(self.promise.goals))

    def models(self, numbers: Sequence[I64]) -> list[Model]:
        """Return the hall with each of these numbers on duty."""
        found = []
        for row in numbers:
            by_post = row.reshape(len(self.posts), -1)
            staff = {p: p.by_number(n.tolist(), self.slots) for p, n in zip(self.posts, by_post, strict=True)}
            found.append(with_staff(self.hall, staff).model)
        return found

    def trials(self, numbers: Sequence[I64]) -> list[Trial]:
        """Simulate rosters that have not been simulated yet, all on the same days."""
        new = {row.tobytes(): row for row in numbers if row.tobytes() not in self._known}
        counts = self.sampler.counts(self.models(list(new.values())), self.seed, 0, self.days)
        for (key, row), counted in zip(new.items(), counts, strict=True):
            mean, error = judge(self.promise, self.promise.values(counted), self.alpha)
            found = Found(mean, error + self.margins)
            self._known[key] = Trial(row, found, self.promise.smooth(counted, found.error))
        return [self._known[row.tobytes()] for row in numbers]

    def good_ones(self, numbers: Sequence[I64]) -> list[int]:
        """Return which rosters are good; one that is far from it after a few days is simulated no further."""
        new = {row.tobytes(): row for row in numbers}
        new = {key: row for key, row in new.items() if key not in self._known and key not in self._hopeless}
        counts = self.sampler.counts(self.models(list(new.values())), self.seed, 0, min(GLANCE_DAYS, self.days))
        for key, counted in zip(new, counts, strict=True):
            if judge(self.promise, self.promise.values(counted), GLANCE_ALPHA).missed().any():
                self._hopeless.add(key)
        left = [i for i, row in enumerate(numbers) if row.tobytes() not in self._hopeless]
        return [i for i, trial in zip(left, self.trials([numbers[i] for i in left]), strict=True) if trial.good]

    def start(self, numbers: I64) -> None:
        """Learn the first cuts around the numbers that formulas ask for."""
        (trial,) = self.trials([numbers])
        missed = ~trial.found.kept()
        self.learn(trial, missed)
        self.learn(trial, ~missed, -1)

    def cheapest(self, work: Work) -> None:
        """Look for the cheapest good roster of these tours, which is `best` then; None if there is none.

        Where proposals go on at one cost without a good one, the one that lacks least is given more people until it is
        good; the cost of these proposals is `undecided` then.
        """
        self.best, self.undecided = None, math.nan
        n = self.slots.shape[0]
        least = np.repeat([post.least for post in self.posts], n)
        most = self._most()
        somebody = [
            Cut(np.repeat(np.arange(len(self.posts)) == k, n).astype(float), 1.0)
            for k, post in enumerate(self.posts)
            if post.least == 0
        ]
        covered, costs = work.slots(n), [tour.cost for tour in work.tours]
        cost, tried = -math.inf, list[tuple[I64, Trial]]()
        for _ in range(MOST_ROUNDS):
            try:
                found = cover(least.tolist(), covered, costs, [*somebody, *self.cuts], most.tolist())
            except UsageError:  # within the largest numbers allowed there is nothing left
                return
            (trial,) = self.trials([self._on_duty(found.counts, work)])
            if trial.good:
                self.best = (found.counts, trial)
                return
            if found.cost > cost + SAME_COST:
                cost, tried = found.cost, []
            tried.append((found.counts, trial))
            self.learn(trial, ~trial.found.kept())
            if len(tried) == PATIENCE:
                break
        self.undecided = cost
        self._repair(*max(tried, key=lambda one: self._lacking(one[1])), work)

    def _repair(self, people: I64, trial: Trial, work: Work) -> None:
        """Add people one by one, each time the one who does most good, until the roster is good; else leave none."""
        covered, costs = work.slots(len(self.slots)), np.array([tour.cost for tour in work.tours])
        for _ in range(MOST_ADDED):
            gains = self._gains(np.flatnonzero(~trial.found.kept()))
            worth = np.array([gains[slots].sum() for slots in covered]) / costs
            tries = [people + (np.arange(people.size) == i) for i in np.argsort(-worth, kind="stable").tolist()]
            allowed = [one for one in tries if (self._on_duty(one, work) <= self._most()).all()][:CANDIDATES]
            if not allowed:
                return
            trials = self.trials([self._on_duty(one, work) for one in allowed])
            people, trial = max(zip(allowed, trials, strict=True), key=lambda one: self._lacking(one[1]))
            if trial.good:
                self.best = (people, trial)
                return

    def _gains(self, goals: I64) -> F64:
        """Return what one more person in each half-hour adds to some goals together, each in parts of its most."""
        found = np.zeros(len(self.posts) * len(self.slots))
        for k in goals.tolist():
            slopes = np.maximum(self._slopes[k][0], 0.0)
            found += slopes / slopes.max() if slopes.max() > 0.0 else 0.0
        return found

    def _lacking(self, trial: Trial) -> float:
        """Return what a roster lacks in all goals together, in people of the greatest use: below 0, or 0 if good."""
        total = 0.0
        for k in np.flatnonzero(~trial.found.kept()).tolist():
            best = float(self._slopes[k][0].max())
            total += min(float(trial.smooth[k]), 0.0) / best - LEAST_STEP if best > 0.0 else -1.0
        return total

    def cover_numbers(self, numbers: I64, work: Work) -> None:
        """Take the cheapest tours that cover numbers known to be good, where cuts have found nothing cheaper."""
        costs = np.array([tour.cost for tour in work.tours])
        try:
            people = cover(numbers.tolist(), work.slots(len(self.slots)), costs.tolist()).counts
        except UsageError:  # no tour covers one of the half-hours, in which nobody is needed
            return
        if self.best is not None and costs @ people >= costs @ self.best[0] - 1e-9:
            return
        (trial,) = self.trials([self._on_duty(people, work)])
        if trial.good and (trial.numbers <= self._most()).all():
            self.best = (people, trial)

    def refine(self, work: Work, flatten: bool) -> None:
        """Leave out of the best roster who can be left out; with `flatten` also move people to quieter half-hours.

        Cuts may have asked for people in one half-hour who do more good in another: moving them makes room to leave
        out somebody else, so that both go on by turns until neither finds anything.
        """
        assert self.best is not None
        while True:
            before = self.best[1].numbers
            self._leave_out(work)
            if flatten:
                self._flatten(work)
            if np.array_equal(before, self.best[1].numbers):
                return

    def _flatten(self, work: Work) -> None:
        """Make the best numbers change less from half-hour to half-hour, at the same cost; tours are half-hours."""
        assert self.best is not None
        n = len(self.slots)
        while True:
            people, _ = self.best
            moves = _flatter(people.reshape(-1, n), np.array([post.least for post in self.posts]))
            for first in range(0, min(len(moves), MOST_FLATTER), BATCH):
                tries = moves[first : first + BATCH]
                if good := self.good_ones([self._on_duty(one, work) for one in tries]):
                    self._take(tries[good[0]], work)
                    break
            else:
                return

    def reject(self, trial: Trial, found: Found) -> None:
        """Take a roster as no good after all, and ask for more than the error from every roster that comes.

        All rosters of the search see the same days, which may be kinder than others, and the cheapest of those that
        look good there are the luckiest. The next one will be lucky, too: so it
        must have more than fresh days took away.
        """
        kinder = (trial.found.mean - trial.found.error) - (found.mean - found.error)
        self.margins += np.where(found.kept(), 0.0, TOO_KIND * kinder)
        self._known.clear()  # who was hopeless stays so

    def learn(self, trial: Trial, goals: NDArray[np.bool_], step: int = 1) -> None:
        """Add a cut for each of the goals: how one person more (step 1) or fewer (-1) in each half-hour changes it."""
        if not goals.any():
            return
        at = np.arange(trial.numbers.size)
        places = [i for i in at.tolist() if self._allowed(trial.numbers + step * (at == i))]
        moved = [trial.numbers + step * (at == i) for i in places]
        days = min(self.days, GRADIENT_DAYS)
        counts = self.sampler.counts(self.models([trial.numbers, *moved]), self.seed, 0, days)
        here, *there = [self.promise.smooth(c, trial.found.error, WIDE_BAND) for c in counts]
        slopes = np.zeros((trial.numbers.size, len(here)))
        for i, values in zip(places, there, strict=True):
            slopes[i] = (values - here) * step
        for k in np.flatnonzero(goals).tolist():
            self.cuts.append(self._cut(trial, k, self._smoothed(k, slopes[:, k]), step))

    def _smoothed(self, k: int, slopes: F64) -> F64:
        """Return slopes of a goal at some roster; where few days tell them, half of it what all rosters so far say.

        More people never harm: what looks so is noise.
        """
        mean, n = self._slopes.get(k, (slopes, 0))
        mean = mean + (slopes - mean) / (n + 1)
        self._slopes[k] = mean, n + 1
        return np.maximum((slopes + mean) / 2.0 if self.promise.goals[k].on_days else slopes, 0.0)

    def _cut(self, trial: Trial, k: int, slopes: F64, step: int) -> Cut:
        goal, best, value = self.promise.goals[k], float(slopes.max()), float(trial.smooth[k])
        if step < 0:
            return Cut(slopes, float(slopes @ trial.numbers - value))
        if best <= 0.0:  # so far from the target that no single person changes anything
            first, last = (0, len(self.slots)) if goal.slot < 0 else (max(goal.slot - REACH, 0), goal.slot + 1)
            slopes = np.tile(
                (np.arange(len(self.slots)) >= first) & (np.arange(len(self.slots)) < last), len(self.posts)
            )
            return Cut(slopes.astype(np.float64), float(slopes @ trial.numbers) + 1.0)
        return Cut(slopes, float(slopes @ trial.numbers) + max(-value, LEAST_STEP * best))

    def _most(self) -> I64:
        """Return the largest numbers allowed, int64[n_posts * n_slots]."""
        return np.repeat([post.most for post in self.posts], len(self.slots))

    def _allowed(self, numbers: I64) -> bool:
        """Tell whether numbers leave enough people at each post in every half-hour, and somebody in some."""
        by_post = numbers.reshape(len(self.posts), -1)
        return all((row >= post.least).all() and row.any() for post, row in zip(self.posts, by_post, strict=True))

    def _on_duty(self, people: I64, work: Work) -> I64:
        numbers = np.zeros(len(self.posts) * len(self.slots), dtype=np.int64)
        for n, covered in zip(people.tolist(), work.slots(len(self.slots)), strict=True):
            numbers[covered] += n
        return numbers

    def _leave_out(self, work: Work) -> None:
        """Leave out people, or give them shorter tours, as long as the roster stays good."""
        assert self.best is not None
        costs = np.array([tour.cost for tour in work.tours])
        while True:
            people, _ = self.best
            tries = [one for one in _fewer(people, work) if self._allowed(self._on_duty(one, work))]
            good = [(float(costs @ tries[i]), i) for i in self.good_ones([self._on_duty(one, work) for one in tries])]
            if not good:
                return
            self._take(tries[min(good)[1]], work)

    def _take(self, people: I64, work: Work) -> None:
        """Take people whose numbers are known to be good as the best ones."""
        (trial,) = self.trials([self._on_duty(people, work)])
        self.best = (people, trial)


def _fewer(people: I64, work: Work) -> list[I64]:
    """Return rosters with one person less, or with one on a cheaper tour inside the one worked."""
    found = []
    for i in np.flatnonzero(people).tolist():
        inside = set(work.tours[i].slots)
        others = [
            j
            for j, tour in enumerate(work.tours)
            if work.posts[j] == work.posts[i] and tour.cost < work.tours[i].cost and inside.issuperset(tour.slots)
        ]
        for j in (None, *others):
            one = people.copy()
            one[i] -= 1
            if j is not None:
                one[j] += 1
            found.append(one)
    return found


def _flatter(numbers: I64, least: I64) -> list[I64]:
    """Return rosters with one person moved to another half-hour that rise and fall less in all, the flattest first.

    numbers : int64[n_posts, n_slots]
    """
    found = []
    now = int(np.abs(np.diff(numbers, axis=1)).sum())
    for k, row in enumerate(numbers):
        for i in range(row.size):
            for j in range(row.size):
                if row[i] - row[j] < 1 or row[i] <= least[k]:
                    continue
                moved = numbers.copy()
                moved[k, i] -= 1
                moved[k, j] += 1
                variation = int(np.abs(np.diff(moved, axis=1)).sum())
                if variation < now:
                    found.append((variation, moved.reshape(-1)))
    found.sort(key=lambda pair: pair[0])
    return [moved for _, moved in found]


def check_covered(posts: Sequence[Post], slots: I64, work: Work) -> None:
    """Refuse shifts that leave a half-hour without anybody although somebody must be there.

    Raises
    ------
    UsageError
    """
    for k, post in enumerate(posts):
        there = {j for tour, of in zip(work.tours, work.posts, strict=True) if of == k for j in tour.slots}
        bare = [j for j in range(len(slots)) if j not in there]
        if post.least and bare:
            begin, end = slots[bare[0]].tolist()
            when = f"{format_clock(begin)}-{format_clock(end)}"
            raise UsageError(f"no shift covers {when} at {post.name}, when the hall is open")
