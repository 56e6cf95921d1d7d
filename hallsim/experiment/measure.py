"""Logs -> key figures, with the reducers that simulations use: what a log says of itself.

In: a model, which names what the numbers in the rows mean, and logs, one per day. Out: `Results` of the engine "log",
without seed. `Sums` is what simulations and logs have in common: where every sum lives, and the way from the sums of
single days to moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Compiled, Log, compile_model
from hallsim.errors import EngineError, UsageError
from hallsim.experiment.by_days import ByDays, merged
from hallsim.experiment.results import HEADLINES, Key, Results, headline_rows, row_of
from hallsim.kpis.layout import Spec, layout_of, thresholds_of
from hallsim.kpis.plan import Plan
from hallsim.kpis.reduce import OK, reduce
from hallsim.kpis.tally import Tally
from hallsim.model import US_PER_MINUTE, Model
from hallsim.stats import moments_of, no_moments

if TYPE_CHECKING:
    from hallsim.replay import Replay
    from hallsim.scenario import Scenario

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

CHUNK = 64


class Sums:
    """The layout and the plan of a model's sums."""

    def __init__(
        self,
        model: Model,
        compiled: Compiled,
        thresholds_min: Sequence[float] = (),
        watched: Sequence[Key] = (),
        only: frozenset[str] | None = None,
    ) -> None:
        more = [round(t * US_PER_MINUTE) for t in thresholds_min]
        self.layout = layout_of(model, compiled, thresholds_of(model, more))
        self.plan = Plan(model, self.layout, only)
        self.by_days = ByDays(model, self.plan)
        self._headline_rows = headline_rows(self.plan)
        self._watched_rows = [row_of(self.plan, *key[:4], *key[4:]) for key in watched]

    def headlines(self, aggregated: I64) -> F64:
        """Return the headline figures of each replication, float64[n, len(HEADLINES)]."""
        out = np.full((aggregated.shape[1], len(HEADLINES)), np.nan)
        for j, row in enumerate(self._headline_rows):
            if row < 0:
                continue
            numerator, denominator = self._sides(row, aggregated)
            with np.errstate(divide="ignore", invalid="ignore"):
                out[:, j] = numerator / denominator
        return out

    def watched(self, aggregated: I64) -> I64:
        """Return numerators and denominators of the watched figures in each replication, int64[n, k, 2]."""
        out = np.zeros((aggregated.shape[1], len(self._watched_rows), 2), dtype=np.int64)
        for j, row in enumerate(self._watched_rows):
            out[:, j, 0], out[:, j, 1] = self._sides(row, aggregated)
        return out

    def _sides(self, row: int, aggregated: I64) -> tuple[I64, I64]:
        """Return numerator and denominator of a row in each replication."""
        terms, signs = self.plan.terms[row], self.plan.signs[row]
        numerator, denominator = (
            np.asarray(sum(s * aggregated[t] for t, s in zip(terms[k], signs[k], strict=True))) for k in (0, 1)
        )
        return numerator, denominator


def measure(scenario: Scenario | Model | Replay, logs: Iterable[Log], thresholds_min: Sequence[float] = ()) -> Results:
    """Return the key figures of logs, each of which is one day.

    Parameters
    ----------
    scenario : Scenario, Model or Replay
        Whose numbering of lines, types and servers the logs follow; its targets are judged.
    logs : iterable of Log
        Such as `Replay.observed`. They are kept in `Results.logs`.
    thresholds_min : sequence of float
        Waiting times in minutes to report service levels for, beside the targets' and 5, 10, 15.

    Raises
    ------
    EngineError
        If a log has a row that cannot be.
    UsageError
        If the model has a horizon: who comes again is known of its days in sequence, not of one day.
    """
    model = scenario if isinstance(scenario, Model) else scenario.model
    if model.horizon is not None:
        raise UsageError(
            "the days of a horizon cannot be measured one by one, since people come again on later ones; simulate the "
            "horizon, or leave it out: dataclasses.replace(model, horizon=None)"
        )
    return measured(model, Sums(model, compile_model(model), thresholds_min), logs)


def measured(model: Model, sums: Sums, logs: Iterable[Log]) -> Results:
    """Return the key figures of logs whose layout and plan are made already (`measure`)."""
    tally = Tally(sums.layout.spec)
    moments = no_moments(sums.plan.terms.shape[0])
    by_days = sums.by_days.nothing()
    days: list[F64] = [np.zeros((0, len(HEADLINES)))]
    kept: list[Log] = []
    for chunk in _chunks(logs):
        table = np.zeros((len(chunk), sums.layout.spec.size), dtype=np.int64)
        for out, log in zip(table, chunk, strict=True):
            add_up(tally, log)
            out[:] = tally.out
        aggregated = sums.plan.aggregate(table)
        moments = moments.merge(moments_of(aggregated, sums.plan.terms, sums.plan.signs))
        by_days = merged(by_days, sums.by_days.moments(aggregated, [log.day for log in chunk]))
        days.append(sums.headlines(aggregated))
        kept += chunk
    return Results(
        model=model,
        plan=sums.plan,
        moments=moments,
        by_days=tuple(by_days),
        histogram=tally.histogram,
        days_raw=np.concatenate(days),
        logs=kept,
        seed=None,
        engine="log",
        wanted=len(kept),
    )


def reduce_log(spec: Spec, log: Log, histogram: I64, out: I64) -> None:
    """Add up one log, whatever engine or machine it came from (`hallsim.kpis.reduce`).

    Parameters
    ----------
    spec : Spec
    log : Log
    histogram : int64[n_pairs * histogram_hours, N_BINS], added to
    out : int64[spec.size], overwritten

    Raises
    ------
    EngineError
        If a row cannot be.
    """
    tally = Tally(spec, histogram)
    add_up(tally, log)
    out[:] = tally.out


def add_up(tally: Tally, log: Log) -> None:
    """Reduce one log: `tally.out` has its sums, and its waits are in the histogram.

    Raises
    ------
    EngineError
        If a row cannot be.
    """
    tally.watch(log.rows, log.server_rows, log.notes)
    status = reduce(tally.handle, len(log.rows), len(log.server_rows), len(log.notes), log.end)
    if status != OK:
        raise_reduce(status, -1)


def raise_reduce(status: int, replication: int) -> None:
    """Raise the EngineError of a reducer's status."""
    where = f"replication {replication}: " if replication >= 0 else ""
    raise EngineError(f"{where}the log has a row that cannot be (status {status})", rule="17")


def _chunks(logs: Iterable[Log]) -> Iterator[list[Log]]:
    chunk: list[Log] = []
    for log in logs:
        chunk.append(log)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
