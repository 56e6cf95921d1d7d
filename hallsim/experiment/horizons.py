"""Horizons, simulated and reduced: the days of each in their order, one row of sums a day (semantics 54).

In: a hall with a horizon, whose kinds of day are compiled, and either engine. Out: sums of the days after the warm-up,
or the log of every day. Horizons are independent; the days of one are not, so that the horizon is the unit of every
interval (`hallsim.experiment.by_days.folded`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from hallsim.arrays import I64
from hallsim.compiled import Log
from hallsim.experiment.days import Kinds, Workspaces
from hallsim.experiment.measure import add_up, raise_reduce
from hallsim.horizon.course import Course, Hall, Today, hall_of, logs_of
from hallsim.horizon.law import N_STATS
from hallsim.kpis.reduce import CARRIED_TOO_SMALL, OK

if TYPE_CHECKING:
    from hallsim.engines.reference_policies import Rules
    from hallsim.engines.workspace import Workspace
    from hallsim.kpis.tally import Tally

_GO_ON = np.zeros(1, dtype=np.int64)


class Horizons:
    """Runs the horizons of a hall; safe to share between threads, each with its own workspaces and tally."""

    def __init__(self, kinds: Kinds) -> None:
        assert kinds.model.horizon is not None, "a hall without a horizon has single days"
        self.hall: Hall = hall_of(kinds.model, kinds.compiled)
        self.kinds = kinds
        self.days, self.warm_up = kinds.model.horizon.days, kinds.model.horizon.warm_up

    def kinds_of(self, seed: int, number: int) -> list[int]:
        """Return the kinds of the counted days of a horizon."""
        return Course(self.hall, seed, number).kinds[self.warm_up :]

    def run_compiled(
        self,
        seed: int,
        first: int,
        sums: I64,
        stop: I64,
        workspaces: Workspaces,
        tally: Tally,
        watch: Callable[[Workspace], None],
    ) -> int:
        """Simulate and reduce horizons on the compiled engine.

        Parameters
        ----------
        seed, first : int
        sums : int64[n * counted days, spec.size]
            Row by row the days of the horizons from `first` on.
        stop : int64[1]
            Read before each horizon: anything but 0 ends the loop.
        workspaces, tally
            Of this thread.
        watch : callable
            Lets the tally read what a workspace writes.

        Returns
        -------
        int
            How many horizons are finished.
        """
        counted = self.days - self.warm_up
        n = len(sums) // counted
        for i in range(n):
            if stop[0]:
                return i
            course = Course(self.hall, seed, first + i)
            for day in range(self.days):
                at = i * counted + day - self.warm_up
                into = sums[at : at + 1] if day >= self.warm_up else sums[:0]
                self._run_day(course, seed, day, into, workspaces, tally, watch)
        return n

    def _run_day(
        self,
        course: Course,
        seed: int,
        day: int,
        into: I64,
        workspaces: Workspaces,
        tally: Tally,
        watch: Callable[[Workspace], None],
    ) -> None:
        """Simulate a day of a horizon; with a row in `into`, reduce it."""
        from hallsim.engines.expected import expect
        from hallsim.engines.kernel import raise_status, run_day
        from hallsim.engines.workspace import grow
        from hallsim.experiment.batch import run_many

        today = course.begin(day)
        workspace = workspaces.of(today.kind)
        if not expect(today.plain, workspace, today.times, today.came, today.offset, today.calendar):
            grow(today.compiled, workspace, OK)
        watch(workspace)
        while True:
            if len(into):
                _, status = run_many(workspace.handle, tally.handle, seed, today.replication, 0, _GO_ON, into)
            else:
                status = run_day(workspace.handle, seed, today.replication)
            if status == 0:
                break
            if status > 0:
                watch(grow(today.compiled, workspace, status))
            elif status > CARRIED_TOO_SMALL:
                raise_status(status, today.replication)
            else:
                raise_reduce(status, today.replication)
        n_rows, loaded = int(workspace.handle["n_rows"][0]), int(workspace.handle["loaded"][0])
        course.end(day, workspace.rows, n_rows, workspace.tables["persons"][:loaded])
        if len(into):
            into[0, -N_STATS:] = course.account

    def run_logs(
        self, seed: int, first: int, sums: I64, stop: I64, tally: Tally, engine: str, rules: Rules | None
    ) -> tuple[int, list[Log]]:
        """Simulate horizons on either engine, reduce them as `run_compiled` does, and return every day's log, too."""
        counted = self.days - self.warm_up
        logs: list[Log] = []
        simulate = self.simulator(engine, rules)
        for i in range(len(sums) // counted):
            if stop[0]:
                return i, logs
            course = Course(self.hall, seed, first + i)
            for day, log in enumerate(logs_of(course, seed, simulate)):
                logs.append(log)
                if day >= self.warm_up:
                    add_up(tally, log)
                    into = sums[i * counted + day - self.warm_up]
                    into[:] = tally.out
                    into[-N_STATS:] = course.account
        return len(sums) // counted, logs

    def logs(self, seed: int, number: int, engine: str, rules: Rules | None = None) -> Iterator[Log]:
        """Yield the log of each day of a horizon."""
        return logs_of(Course(self.hall, seed, number), seed, self.simulator(engine, rules))

    def simulator(self, engine: str, rules: Rules | None) -> Callable[[Today, int], Log]:
        """Return what simulates a day on an engine: (day, seed) -> Log."""
        if engine == "reference":
            from hallsim.engines import reference

            return lambda today, seed: reference.simulate(today.compiled, seed, today.replication, rules)
        from hallsim.engines import kernel
        from hallsim.engines.expected import expect
        from hallsim.engines.workspace import grow

        workspaces = Workspaces(self.kinds)

        def simulate(today: Today, seed: int) -> Log:
            workspace = workspaces.of(today.kind)
            if not expect(today.plain, workspace, today.times, today.came, today.offset, today.calendar):
                grow(today.compiled, workspace, OK)
            return kernel.simulate(today.compiled, seed, today.replication, workspace)

        return simulate
