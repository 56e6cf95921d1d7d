"""A block of design points, simulated wherever there is a core: on a thread here, or on a worker of a cluster.

In: what all points share (`Setting`), and the changes of some points. Out: a `Block` of estimates. Both travel between
machines, so they hold plain data: the base as its tree, not as a compiled hall. A point is built, compiled and
simulated on the seed that all points share, so that differences between points are those of the halls (rule 3), and its
estimates come from whole sums over its days, percentiles from its pooled waits: the same bits on any machine, in any
order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

import hallsim
from hallsim.compiled import SEMANTICS
from hallsim.engines.reference_policies import rules_of
from hallsim.errors import EngineError, ScenarioError, UsageError
from hallsim.experiment.chunks import LARGEST_CHUNK, Job, Order, Piece, check_version
from hallsim.experiment.figures import Figure
from hallsim.experiment.results import Results
from hallsim.kpis.base import UNITS
from hallsim.model import Model
from hallsim.scenario import with_nodes
from hallsim.scenario.tree import Node
from hallsim.stats import Moments, moments_of, ratio_interval

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Setting:
    """What all points of a sweep share."""

    base: Node
    name: str
    figures: tuple[Figure, ...]
    days: int
    seed: int
    allow_code: bool
    version: str = hallsim.__version__
    semantics: int = SEMANTICS


@dataclass(frozen=True)
class Block:
    """What became of some design points.

    Attributes
    ----------
    values, half_widths : float64[n_points, n_figures]
        In the unit of each figure; NaN where a point has nothing to measure, or could not be simulated.
    hashes : tuple of str
        The scenario hash of each point.
    problems : tuple of str
        Why a point could not be simulated; "" for the others.
    """

    first: int
    values: F64
    half_widths: F64
    hashes: tuple[str, ...]
    problems: tuple[str, ...]


_loading = threading.Lock()
_loaded = False


def simulate(
    setting: Setting, first: int, points: Sequence[Sequence[tuple[str, Node]]], stop: I64 | None = None
) -> Block | None:
    """Simulate the points `first`, `first + 1`, ... of a sweep.

    Parameters
    ----------
    setting : Setting
    first : int
    points : sequence of sequence of (path, node)
        What each point lays over the base.
    stop : int64[1], optional
        Anything but 0 ends the work after the present day.

    Returns
    -------
    Block or None
        None if it was stopped.

    Raises
    ------
    UsageError
        On a worker that has another version of hallsim.
    """
    check_version(setting.version, setting.semantics)
    stop = np.zeros(1, dtype=np.int64) if stop is None else stop
    k = len(setting.figures)
    values, half_widths = np.full((len(points), k), np.nan), np.full((len(points), k), np.nan)
    hashes, problems = [], []
    for i, changes in enumerate(points):
        hash_, problem = "", ""
        try:
            model = with_nodes(setting.base, setting.name, changes).model
            hash_ = model.scenario_hash
            found = _estimates(setting, model, stop)
            if found is None:
                return None
            values[i], half_widths[i] = found
        except ScenarioError as error:
            problem = "; ".join(str(c) for c in error.complaints[:3])
        except (UsageError, EngineError) as error:
            problem = str(error)
        hashes.append(hash_)
        problems.append(problem)
    return Block(first, values, half_widths, tuple(hashes), tuple(problems))


def _estimates(setting: Setting, model: Model, stop: I64) -> tuple[F64, F64] | None:
    """Simulate a point; return each figure and its half-width, in the figure's unit; None if stopped."""
    global _loaded  # noqa: PLW0603  (once a process, before its threads)
    engine = "reference" if model.policies else "batch"
    ratios = [f for f in setting.figures if not f.kpi.percentile]
    thresholds = tuple(f.within_min for f in ratios if f.within_min is not None)
    percentiles = tuple(f.kpi.name for f in setting.figures if f.kpi.percentile)
    order = Order(model, setting.seed, engine, thresholds, tuple(f.key for f in ratios), True, percentiles)
    job = Job(order, rules=rules_of(model, engine, setting.allow_code))
    with _loading:
        if not _loaded:
            job.load()
            _loaded = True
    job.stop = stop
    pieces = []
    for start in range(0, setting.days, LARGEST_CHUNK):
        count = min(LARGEST_CHUNK, setting.days - start)
        pieces.append(job.chunk(start, count))
        if pieces[-1].moments.n < count:
            return None
    found = _of_ratios(np.concatenate([piece.watched for piece in pieces]), ratios)
    if percentiles:
        found |= _of_percentiles(job, pieces, [f for f in setting.figures if f.kpi.percentile])
    values, half_widths = zip(*(found[f.key] for f in setting.figures), strict=True)
    return np.array(values), np.array(half_widths)


_Found = dict[tuple[str, str, str | None, float | None], tuple[float, float]]
"""Value and half-width of figures, in their units."""


def _of_ratios(sums: I64, figures: Sequence[Figure]) -> _Found:
    """Return ratios of sums; `sums` are int64[days, n_figures, 2], numerators and denominators day by day."""
    n, k = sums.shape[:2]
    terms = np.arange(2 * k, dtype=np.int64).reshape(k, 2, 1)
    moments = moments_of(np.ascontiguousarray(sums.reshape(n, 2 * k).T), terms, np.ones_like(terms))
    ratios, variances = moments.ratios(), moments.ratio_variance()
    found = [ratio_interval(r, v, n, CONFIDENCE) for r, v in zip(ratios, variances, strict=True)]
    units = [UNITS[f.kpi.unit] for f in figures]
    return {f.key: (x.value / u, x.half_width / u) for f, x, u in zip(figures, found, units, strict=True)}


def _of_percentiles(job: Job, pieces: Sequence[Piece], figures: Sequence[Figure]) -> _Found:
    """Return percentiles of the pooled waits, with the intervals of a run."""
    results = Results(
        model=job.order.model,
        plan=job.sums.plan,
        moments=reduce(Moments.merge, (piece.moments for piece in pieces)),
        histogram=job.histogram(),
        days_raw=np.concatenate([piece.days for piece in pieces]),
        logs=None,
        seed=job.seed,
        engine=job.engine,
        wanted=sum(piece.moments.n for piece in pieces),
        confidence=CONFIDENCE,
    )
    found = [results.estimate(f.kpi.name, f.scope, f.item) for f in figures]
    return {f.key: (x.value, x.half_width) for f, x in zip(figures, found, strict=True)}
