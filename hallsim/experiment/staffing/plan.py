"""How many people does a hall need by half-hour, and on which shifts: `hallsim staff`.

In: a scenario, targets, the shifts allowed. Out: `Plan`: the load, what formulas ask for, what simulation finds, shifts
that keep the promise at the lowest cost, and what is scheduled today, each checked on days of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.days import turn_of
from hallsim.experiment.floor import slots_of
from hallsim.experiment.guard.reach import Reach, reach_of
from hallsim.experiment.run import run
from hallsim.experiment.staffing.counting import counted_of
from hallsim.experiment.staffing.fresh import Check, check_fresh, check_of, looks_at
from hallsim.experiment.staffing.load import Load, ample, loads_of
from hallsim.experiment.staffing.posts import Post, Tour, posts_of, with_staff
from hallsim.experiment.staffing.promises import PROMISES, Goal, Promise, promise_of
from hallsim.experiment.staffing.sampler import Sampler
from hallsim.experiment.staffing.search import Search, Work, check_covered
from hallsim.experiment.staffing.tours import half_hours, tours_of
from hallsim.kpis import kpi_of
from hallsim.model import US_PER_HOUR, Model, Target
from hallsim.scenario import Scenario
from hallsim.scenario.shift_library import HALF_HOUR, Library, usual_shifts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

DAYS = 2_000
MOST_DAYS = 100_000
MOST_ATTEMPTS = 5
"""Rosters that are checked on fresh days; each takes half of the error that is left."""
SHIFT_SEEDS = 10
"""Seeds of the search, of checks of requirements, and of checks of shifts lie so far apart at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Numbers on duty, and what they cost and keep.

    Attributes
    ----------
    numbers : float64[n_posts, n_slots]
        On duty; for what is scheduled today the mean of each half-hour.
    hours, cost : tuple of float, by post
        Paid hours a day, and their cost.
    people : tuple of (post, tour, number of people)
        Empty where there are no shifts.
    servers : dict
        Post -> `servers` as a scenario writes them; empty for today.
    check : Check or None
        On fresh days; None where there was no time for it.
    undecided : float
        From this cost on (of numbers by half-hour: from so many hours on) up to its own, rosters were not searched to
        the end; NaN where nothing is left open.
    """

    numbers: F64
    hours: tuple[float, ...]
    cost: tuple[float, ...]
    people: tuple[tuple[int, Tour, int], ...]
    servers: dict[Post, Any]
    check: Check | None
    undecided: float = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What `staff` found.

    Attributes
    ----------
    promise : Promise
    loads : tuple of Load, by post
    ample : Check
        What staff in abundance reaches, on the days of the search.
    unreachable : tuple of Goal
        What even that surely misses; nothing is planned then.
    bounds : tuple of Reach
        What the guard rails say of the targets with staff in abundance, where something is not reachable.
    required : Roster or None
        The fewest people by half-hour, free to come and go at any half-hour.
    shifts : Roster or None
        People on the shifts allowed, at the lowest cost.
    today : Roster
    simulated : int
        Days simulated, of all rosters together.
    complete : bool
        False if Ctrl-C ended it.
    """

    hall: Scenario
    posts: tuple[Post, ...]
    slots: I64
    promise: Promise
    confidence: float
    library: Library
    loads: tuple[Load, ...]
    ample: Check
    unreachable: tuple[Goal, ...]
    bounds: tuple[Reach, ...]
    required: Roster | None
    shifts: Roster | None
    today: Roster
    days: int
    seed: int
    simulated: int
    complete: bool

    @property
    def doubtful(self) -> tuple[Goal, ...]:
        """What staff in abundance neither surely keeps nor surely misses; nothing is planned then."""
        found = self.ample.found
        return tuple(self.promise.goals[k] for k in np.flatnonzero(~found.kept() & ~found.missed()).tolist())

    def table(self, lang: str = "en", width: int = 80) -> str:
        """Return the plan as plain text, at most `width` columns wide, in English or Chinese."""
        from hallsim.experiment.staffing.table import render

        return render(self, lang, width)

    def sentences(self, lang: str = "en") -> list[str]:
        """Return what was found in plain sentences."""
        from hallsim.experiment.staffing.words import sentences

        return sentences(self, lang)

    def to_json(self) -> str:
        """Return everything as JSON."""
        from hallsim.experiment.staffing.document import to_json

        return to_json(self)

    @property
    def roster(self) -> Roster:
        """The shifts that were found, or else the numbers by half-hour.

        Raises
        ------
        UsageError
            If nothing was found.
        """
        found = self.shifts or self.required
        if found is None:
            raise UsageError("no staffing was found that could be saved")
        return found

    def scenario(self) -> Scenario:
        """Return the hall with its `roster`."""
        return with_staff(self.hall, self.roster.servers)


def staff(
    hall: Scenario,
    targets: Sequence[Target] = (),
    promise: str = "days",
    share: float = 0.95,
    confidence: float = 0.95,
    stations: Sequence[str] = (),
    most: Mapping[str, int] | None = None,
    shifts: Library | None = None,
    days: int = DAYS,
    seed: int = 1,
    jobs: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Plan:
    """Find the fewest people by half-hour that keep a hall's targets, and the cheapest shifts that do.

    Parameters
    ----------
    hall : Scenario
    targets : sequence of Target, optional
        In the place of the scenario's own.
    promise : {"average", "days", "half-hours"}
        What keeping a target means (docs/statistics.md): in every half-hour over all days; that, and over the day on
        `share` of the days; in every half-hour on `share` of the days.
    share : float
        Of the days.
    confidence : float
        That a roster called verified keeps the promise.
    stations : sequence of str, optional
        The posts to plan; by default those of which targets speak.
    most : mapping from station to int, optional
        How many there can be at once.
    shifts : Library, optional
        The shifts allowed; by default whole days with an unpaid hour's break, and shifts of six and four hours.
    days : int
        Days of the search, made up to whole turns of a calendar; more are used for checks.
    seed, jobs : as in `run`
    progress : callable, optional
        Called with the number of days simulated so far, of all rosters.

    Returns
    -------
    Plan
        Marked incomplete if Ctrl-C ended the search: it holds the best roster found by then.

    Raises
    ------
    UsageError
        For halls that cannot be planned: without opening hours or targets, on the days of a log, with rules in Python,
        with people who are not alike.
    """
    targets = tuple(targets) or hall.model.targets
    if promise not in PROMISES:
        raise UsageError(not_one_of(promise, "a promise", PROMISES))
    for name, value in (("share", share), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise UsageError(f"{name} is {value}; allowed are numbers between 0 and 1, such as 0.95")
    if not 100 <= days <= MOST_DAYS:
        raise UsageError(f"days is {days}; allowed are 100 to {MOST_DAYS}")
    _check_hall(hall.model, targets)
    turn = turn_of(hall.model)
    days = -(-days // turn) * turn
    slots = slots_of(hall.model)
    posts = posts_of(hall.model, stations, targets, most or {}, slots)
    library = shifts or usual_shifts(hall.model.open, hall.model.close)
    with Sampler(counted_of(hall.model, targets), jobs, progress) as sampler:
        planner = _Planner(hall, posts, slots, library, sampler, seed, days, 1.0 - confidence)
        planner.prepare(targets, promise, share)
        return planner.plan()


def _check_hall(model: Model, targets: Sequence[Target]) -> None:
    """Refuse halls for which nothing can be planned."""
    if model.steady:
        raise UsageError("a steady-state run has no half-hours to plan; give the hall opening hours")
    if model.horizon is not None:
        raise UsageError("shifts are planned for days that stand alone: take horizon and returns out of the scenario")
    if any(station.hours is not None for station in model.stations):
        raise UsageError("shifts are planned for one set of hours: leave out the stations that have hours of their own")
    if model.logged:
        raise UsageError("the days of a hall that re-enacts a log are few and given; plan a scenario made from it")
    if model.policies:
        raise UsageError("a hall with rules in Python runs on the reference engine, which is too slow for a search")
    if not targets:
        raise UsageError(
            "there is no target to plan for; give the scenario `targets`, or --target '90 % within 10 min'"
        )
    for target in targets:
        kpi = kpi_of(target.measure)
        if kpi.name not in ("service_level", "mean_wait", "abandonment") and not kpi.percentile:
            raise UsageError(f"a target for {kpi.name} cannot be planned for")


class _Planner:
    """One plan on its way: what is found so far is kept, whatever stops it."""

    def __init__(
        self,
        hall: Scenario,
        posts: tuple[Post, ...],
        slots: I64,
        library: Library,
        sampler: Sampler,
        seed: int,
        days: int,
        error: float,
    ) -> None:
        self.hall, self.posts, self.slots, self.library = hall, posts, slots, library
        self.sampler, self.seed, self.days, self.error = sampler, seed, days, error
        self.required: Roster | None = None
        self.shifts: Roster | None = None
        self.today = self._today(None)

    def prepare(self, targets: Sequence[Target], meant: str, share: float) -> None:
        """Find the load, what formulas ask for, and what cannot be reached."""
        tours = [(k, tour) for k, post in enumerate(self.posts) for tour in tours_of(self.library, post, self.slots)]
        self.on_shifts = Work(tuple(tour for _, tour in tours), tuple(k for k, _ in tours))
        check_covered(self.posts, self.slots, self.on_shifts)
        plenty = ample(self.hall, self.posts)
        self.loads = tuple(loads_of(plenty, self.posts, targets, self.slots, self.seed))
        (counts,) = self.sampler.counts([plenty.model], self.seed, 0, self.days)
        self.promise = promise_of(targets, meant, share, counts[..., 1].sum(axis=0) > 0)
        self.ample = check_of(self.promise, counts, self.seed, self.error)
        missed = np.flatnonzero(self.ample.found.missed()).tolist()
        self.unreachable = tuple(self.promise.goals[k] for k in missed)
        self.bounds = reach_of(run(replace(plenty.model, targets=tuple(targets)), seed=self.seed)) if missed else ()

    def plan(self) -> Plan:
        """Find the numbers by half-hour, then the shifts; on Ctrl-C, what is found by then."""
        complete = True
        try:
            if self.ample.found.kept().all():
                self._search()
            (counts,) = self.sampler.counts([self.hall.model], self.seed + 1, 0, looks_at(self.hall.model)[0])
            self.today = self._today(check_of(self.promise, counts, self.seed + 1, self.error))
        except KeyboardInterrupt:
            complete = False
        return Plan(
            self.hall,
            self.posts,
            self.slots,
            self.promise,
            1.0 - self.error,
            self.library,
            self.loads,
            self.ample,
            self.unreachable,
            self.bounds,
            self.required,
            self.shifts,
            self.today,
            self.days,
            self.seed,
            self.sampler.simulated,
            complete,
        )

    def _search(self) -> None:
        search = Search(self.hall, self.posts, self.slots, self.promise, self.sampler, self.seed, self.days, self.error)
        formulas = [
            np.clip(np.where(load.erlang > 0, load.erlang, np.ceil(post.today)), post.least, post.most)
            for post, load in zip(self.posts, self.loads, strict=True)
        ]
        search.start(np.concatenate(formulas).astype(np.int64))
        free = [(k, tour) for k in range(len(self.posts)) for tour in half_hours(self.slots)]
        self._settle(search, Work(tuple(tour for _, tour in free), tuple(k for k, _ in free)), "required")
        self._settle(search, self.on_shifts, "shifts")
        if self.required is not None and self.shifts is not None:
            self._take_from_shifts(self.required, self.shifts)

    def _take_from_shifts(self, required: Roster, shifts: Roster) -> None:
        """Take the numbers of the shifts for those needed, where they are fewer in all and good on fresh days."""
        if shifts.numbers.sum() >= required.numbers.sum():
            return
        attempt = MOST_ATTEMPTS + 1
        error = self.error * 0.5**attempt
        found = self._checked(self._by_number(shifts.numbers.astype(np.int64)), self.seed + attempt, error)
        if found.check is not None and found.check.verified:
            self.required = found

    def _settle(self, search: Search, work: Work, name: str) -> None:
        """Search and check on fresh days until a roster passes; keep the last one under its name whatever happens."""
        best = self._best_numbers if name == "required" else self._best_shifts
        first = self.seed + (1 if name == "required" else 1 + SHIFT_SEEDS)
        try:
            for attempt in range(MOST_ATTEMPTS):
                search.cheapest(work)
                if name == "shifts" and self.required is not None:
                    search.cover_numbers(self.required.numbers.astype(np.int64).ravel(), work)
                if search.best is None:
                    break
                search.refine(work, flatten=name == "required")
                roster = self._checked(best(search), first + attempt, self.error * 0.5 ** (attempt + 1))
                setattr(self, name, roster)
                assert search.best is not None
                assert roster.check is not None
                if roster.check.verified:
                    break
                search.reject(search.best[1], roster.check.found)
        except KeyboardInterrupt:
            if search.best is not None:
                setattr(self, name, best(search))
            raise

    def _checked(self, roster: Roster, seed: int, error: float) -> Roster:
        """Return a roster with what it does on fresh days."""
        model = with_staff(self.hall, roster.servers).model
        return replace(roster, check=check_fresh(self.promise, self.sampler, model, seed, error))

    def _best_numbers(self, search: Search) -> Roster:
        """Return the best numbers by half-hour of a search."""
        assert search.best is not None
        found = self._by_number(search.best[1].numbers.reshape(len(self.posts), -1))
        return replace(found, undecided=search.undecided * HALF_HOUR / US_PER_HOUR)

    def _by_number(self, numbers: I64) -> Roster:
        """Return people who come and go at any half-hour, int64[n_posts, n_slots]."""
        lengths = (self.slots[:, 1] - self.slots[:, 0]) / US_PER_HOUR
        hours = (numbers * lengths).sum(axis=1)
        servers = {p: p.by_number(n.tolist(), self.slots) for p, n in zip(self.posts, numbers, strict=True)}
        cost = tuple((hours * self.library.wage).tolist())
        return Roster(numbers.astype(np.float64), tuple(hours.tolist()), cost, (), servers, None)

    def _best_shifts(self, search: Search) -> Roster:
        """Return the best people on shifts of a search."""
        assert search.best is not None
        people, trial = search.best
        work = self.on_shifts
        worked = [(k, tour, int(n)) for k, tour, n in zip(work.posts, work.tours, people.tolist(), strict=True) if n]
        by_post = [[(tour, n) for of, tour, n in worked if of == k] for k in range(len(self.posts))]
        return Roster(
            trial.numbers.reshape(len(self.posts), -1).astype(np.float64),
            tuple(sum(n * tour.hours for tour, n in mine) for mine in by_post),
            tuple(sum(n * tour.cost for tour, n in mine) for mine in by_post),
            tuple(worked),
            {post: post.by_tours(mine, self.slots) for post, mine in zip(self.posts, by_post, strict=True)},
            None,
            search.undecided,
        )

    def _today(self, check: Check | None) -> Roster:
        hours = tuple(post.hours for post in self.posts)
        cost = tuple(h * self.library.wage for h in hours)
        return Roster(np.stack([post.today for post in self.posts]), hours, cost, (), {}, check)
