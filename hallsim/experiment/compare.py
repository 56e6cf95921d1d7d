"""Which hall is better, and how sure is that? Several halls with the same customers, against the first of them.

In: scenarios, or one scenario and changes to it. Out: `Differences`. Every hall is simulated with the same seed; draws
belong to customers (semantics 3), so that day i brings the same people with the same needs and patience to each, and
what is left of the difference is the hall's own. `hallsim.experiment.paired` has the statistics.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.bench import Experiment, Where, bench
from hallsim.experiment.controlled import Controlled, controlled
from hallsim.experiment.days import check_comparable, replications_of
from hallsim.experiment.figures import Figure, figures_of
from hallsim.experiment.inputs import Inputs, Widened, after, inputs_of_halls, widened
from hallsim.experiment.inputs.groups import shifts_between
from hallsim.experiment.paired import Paired, holm, paired
from hallsim.experiment.results import Results
from hallsim.experiment.same_days import SameDays, same_days
from hallsim.kpis.base import UNITS
from hallsim.model import Label
from hallsim.scenario import Scenario, load
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]

BETTER, WORSE, MORE, LESS, NOISE, SAME = "better", "worse", "more", "less", "within the noise", "the same"
"""What became of a difference; figures that are neither good nor bad are more or less."""

INPUTS = Label("the part of uncertain inputs", "不确定输入的影响")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one hall against the base, in the unit of its KPI.

    `low` and `high` are corrected: all intervals of the comparison hold together. `low_alone` and `high_alone` hold
    each on its own. `relative` is the change as a share of the base, `relative_low` and `relative_high` its interval,
    corrected likewise. `controlled` is the same difference with less noise, `controlled_low` and `controlled_high` its
    interval, corrected likewise, where there are controls. `widened` is the corrected interval with the part of
    uncertain inputs, if there are any. NaN where there is none.
    """

    figure: Figure
    hall: int
    base: float
    value: float
    difference: float
    low: float
    high: float
    low_alone: float
    high_alone: float
    p_holm: float
    paired: Paired
    relative: float = math.nan
    relative_low: float = math.nan
    relative_high: float = math.nan
    controlled: Controlled | None = None
    controlled_low: float = math.nan
    controlled_high: float = math.nan
    widened: Widened | None = None

    @property
    def status(self) -> str:
        """What became of it."""
        if self.difference == 0.0 and self.low == self.high == 0.0:
            return SAME
        if math.isnan(self.low) or self.low <= 0.0 <= self.high:
            return NOISE
        sign = self.figure.sign()
        if sign == 0:
            return MORE if self.difference > 0.0 else LESS
        return BETTER if sign * self.difference > 0.0 else WORSE

    @property
    def better_days(self) -> float:
        """On how many days of ten this hall was better; of figures neither good nor bad, on how many it was higher.

        NaN for percentiles, which single days do not have.
        """
        if self.figure.kpi.percentile:
            return math.nan
        days = self.paired.lower if self.figure.sign() < 0 else self.paired.higher
        return 10.0 * days / self.paired.n if self.paired.n else math.nan

    @property
    def variance_ratio(self) -> float:
        """How many times the days would be needed if each hall had customers of its own; NaN without noise."""
        return self.paired.variance_ratio


@dataclass(frozen=True, eq=False)
class Differences:
    """What a comparison found.

    Attributes
    ----------
    names : tuple of Label
        Of the halls, the base first.
    results : tuple of Results
        Of each hall.
    rows : tuple of Difference
        Hall by hall, figure by figure.
    changes : tuple of tuple of str
        What was changed in each hall ("path=value").
    family : int
        How many differences the intervals are corrected for.
    wanted : int
        How many days of each hall were asked for.
    missing : tuple of Label
        What was asked for besides and is not here, because Ctrl-C came before.
    """

    names: tuple[Label, ...]
    results: tuple[Results, ...]
    rows: tuple[Difference, ...]
    changes: tuple[tuple[str, ...], ...]
    confidence: float
    family: int
    wanted: int
    missing: tuple[Label, ...] = ()

    @property
    def replications(self) -> int:
        """How many days (or runs) each hall was simulated."""
        return self.results[0].replications

    @property
    def complete(self) -> bool:
        """Whether all days and figures asked for are here; Ctrl-C leaves fewer."""
        return self.replications == self.wanted and not self.missing

    def of(self, hall: int) -> list[Difference]:
        """Return the differences of one hall (1 is the first after the base)."""
        return [row for row in self.rows if row.hall == hall]

    def get(self, kpi: str, hall: int = 1, item: str | None = None, within_min: float | None = None) -> Difference:
        """Return one difference, the hall's own unless an item is named.

        Raises
        ------
        UsageError
            If it was not compared.
        """
        for row in self.of(hall):
            f = row.figure
            same_item = f.scope == "hall" if item is None else f.item == item
            if f.kpi.name == kpi and same_item and within_min in (None, f.within_min):
                return row
        known = [row.figure.label.en for row in self.of(hall)]
        raise UsageError(f"{kpi} of hall {hall} was not compared; compared are: {'; '.join(known)}")

    def same_customers(self) -> list[float]:
        """Return for each hall on what share of days as many customers came as to the base."""
        base, *others = [r.days[:, 0] for r in self.results]
        return [float((days == base).mean()) for days in others]

    def table(self, lang: str = "en", width: int = 80) -> str:
        """Return the comparison as plain text, at most `width` columns wide, in English or Chinese."""
        from hallsim.experiment.compare_table import render

        return render(self, lang, width)

    def sentences(self, lang: str = "en") -> list[str]:
        """Return what each hall changes, a plain sentence each."""
        from hallsim.experiment.compare_table import sentence

        return [sentence(self, hall, lang) for hall in range(1, len(self.results))]

    def summary(self) -> pd.DataFrame:
        """Return all differences as a tidy table, one row each; columns as in `to_json`."""
        import pandas as pd

        return pd.DataFrame([self._as_dict(row) for row in self.rows])

    def to_json(self) -> str:
        """Return everything as JSON: halls with their provenance, differences, sentences."""
        from hallsim.experiment.compare_table import broken

        halls = [
            {"name_en": name.en, "name_zh": name.zh, "changes": list(changes), "provenance": r.provenance}
            for name, changes, r in zip(self.names, self.changes, self.results, strict=True)
        ]
        rows = [{k: _number(v) for k, v in self._as_dict(row).items()} for row in self.rows]
        document = {
            "halls": halls,
            "confidence": self.confidence,
            "correction": "Bonferroni",
            "differences_in_family": self.family,
            "complete": self.complete,
            "missing_en": [label.en for label in self.missing],
            "missing_zh": [label.zh for label in self.missing],
            "differences": rows,
            "sentences_en": self.sentences("en"),
            "sentences_zh": self.sentences("zh"),
            "targets_turned_en": broken(self, "en"),
            "targets_turned_zh": broken(self, "zh"),
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)

    def _as_dict(self, row: Difference) -> dict[str, Any]:
        f, n = row.figure, row.paired.n
        return {
            "hall": self.names[row.hall].en,
            "kpi": f.kpi.name,
            "name_en": f.kpi.en,
            "name_zh": f.kpi.zh,
            "unit": self.results[0].unit_of(f.kpi),
            "scope": f.scope,
            "item": f.who.en if f.item is None else f.item,
            "within_min": math.nan if f.within_min is None else f.within_min,
            "base": row.base,
            "value": row.value,
            "difference": row.difference,
            "low": row.low,
            "high": row.high,
            "low_alone": row.low_alone,
            "high_alone": row.high_alone,
            **({} if row.controlled is None else row.controlled.as_dict(row.controlled_low, row.controlled_high)),
            **({} if row.widened is None else _inputs_part(row.widened)),
            "relative": row.relative,
            "relative_low": row.relative_low,
            "relative_high": row.relative_high,
            "p_value": row.paired.p_value(),
            "p_holm": row.p_holm,
            "status": row.status,
            "share_of_days_lower": row.paired.lower / n if n and not f.kpi.percentile else math.nan,
            "share_of_days_higher": row.paired.higher / n if n and not f.kpi.percentile else math.nan,
            "variance_ratio": row.variance_ratio,
            "variance_ratio_relative": row.paired.relative_variance_ratio,
            "n_replications": n,
        }


def compare(
    *scenarios: Any,
    variants: Mapping[str, str | Iterable[str]] | None = None,
    replications: int | None = None,
    seed: int = 1,
    kpis: Sequence[str] = (),
    names: Sequence[str] | None = None,
    jobs: int | None = None,
    confidence: float = 0.95,
    progress: Callable[..., object] | None = None,
    allow_code: bool = False,
    where: Where | None = None,
) -> Differences:
    """Simulate several halls with the same customers and return how they differ from the first.

    Parameters
    ----------
    *scenarios : Scenario, path or mapping
        The first is the base.
    variants : mapping of name to "path=value" or several, optional
        More halls: the base with these changes.
    replications : int, optional
        Days of each hall; as in `run`.
    seed : int
    kpis : sequence of str
        More figures of the hall to compare, as "overtime" or "service level 5 min".
    names : sequence of str, optional
        Of the scenarios; by default those of the halls, or of the files where halls are called alike.
    jobs : int, optional
    confidence : float
        Of all intervals together.
    progress : callable, optional
        Called with the number of finished days of all halls together; of days with other values of uncertain inputs,
        which are counted after the others, also with their number in all.
    allow_code : bool
        Whether Python code that a scenario leaves decisions to may run; such a hall takes the readable engine.
    where : Where, optional
        A folder that keeps what is finished, so that the comparison can go on in it, and a cluster to run on.

    Returns
    -------
    Differences

    Raises
    ------
    UsageError, ScenarioError, EngineError

    Examples
    --------
    >>> import hallsim as hs
    >>> more = {"one more counter": "stations.counter.servers=6"}
    >>> hs.compare("scenarios/standard_hall.yaml", variants=more).sentences()  # doctest: +SKIP
    """
    halls, changes = halls_of(scenarios, variants or {})
    labels = names_of(halls, changes, list(variants or {}), names)
    figures = figures_of(halls[0], kpis, percentiles=True, beside=halls[1:])
    replications = replications_of(halls[0].model, replications)
    described = partial(_experiment, halls, labels, figures, replications, seed, confidence)
    with bench(where, jobs, described) as at:
        same = same_days(halls, figures, replications, seed, jobs, progress, allow_code, at)
        missing = [f.label for f in figures if f not in same.figures]
        inputs: tuple[Inputs, ...] = ()
        if same.complete and any(hall.model.uncertain for hall in halls):
            ratios = [f for f in figures if not f.kpi.percentile]
            shown = None if progress is None else partial(after, progress, replications * len(halls))
            engines = [r.engine for r in same.results]
            try:
                inputs = inputs_of_halls(halls, ratios, seed, engines, jobs, allow_code, shown, at)
            except KeyboardInterrupt:
                missing.append(INPUTS)
        found = differences(labels, same, changes, confidence, inputs, replications, missing)
        if found.complete:
            at.finish(found.summary)
    return found


def _experiment(
    halls: Sequence[Scenario],
    labels: Sequence[Label],
    figures: Sequence[Figure],
    replications: int,
    seed: int,
    confidence: float,
) -> Experiment:
    """Return what a comparison's folder says of it."""
    identity = {"halls": len(halls), **{label.en: hall.hash for label, hall in zip(labels, halls, strict=True)}}
    identity |= {"replications": replications, "seed": seed, "confidence": confidence}
    identity |= {"figures": [list(figure.key) for figure in figures]}
    return Experiment("comparison", identity, {"halls": [asdict(label) for label in labels], "seed": seed})


def differences(
    names: Sequence[Label],
    halls: SameDays,
    changes: Sequence[Sequence[str]],
    confidence: float,
    inputs: Sequence[Inputs],
    wanted: int,
    missing: Sequence[Label],
) -> Differences:
    """Return the differences of halls on the same days, the first being the base.

    `inputs` are those of each hall where some are uncertain; else empty. `wanted` is how many days were asked for,
    `missing` what else was and is not here.
    """
    base = halls.days[0]
    found: list[tuple[int, Figure, Paired, Controlled | None]] = []
    for hall, days in enumerate(halls.days[1:], start=1):
        for f, a, b in zip(halls.figures, base, days, strict=True):
            pair = paired(a, b, halls.kinds[hall])
            found.append((hall, f, pair, controlled(a, b, halls.controls, pair)))
    noisy = [p for _, _, p, _ in found if p.variance > 0.0]
    family = max(len(noisy), 1)
    corrected = holm([p.p_value() for _, _, p, _ in found])
    together_only = 1.0 - (1.0 - confidence) / family
    moves = {hall: shifts_between([(1.0, inputs[hall]), (-1.0, inputs[0])]) for hall in range(1, len(inputs))}
    rows = []
    for (hall, figure, p, sharper), p_holm in zip(found, corrected, strict=True):
        unit = UNITS[figure.kpi.unit]
        error = math.sqrt(p.variance) if p.variance >= 0.0 else math.nan
        alone = t_quantile(0.5 + confidence / 2.0, p.degrees) * error
        corrected_t = t_quantile(1.0 - (1.0 - confidence) / (2.0 * family), p.degrees)
        together = corrected_t * error
        relative, relative_low, relative_high = p.relative(corrected_t)
        ends = (math.nan, math.nan) if sharper is None else sharper.interval(together_only)
        rows.append(
            Difference(
                figure=figure,
                hall=hall,
                base=p.base / unit,
                value=p.value / unit,
                difference=p.difference / unit,
                low=(p.difference - together) / unit,
                high=(p.difference + together) / unit,
                low_alone=(p.difference - alone) / unit,
                high_alone=(p.difference + alone) / unit,
                p_holm=p_holm,
                paired=p,
                relative=relative,
                relative_low=relative_low,
                relative_high=relative_high,
                controlled=None if sharper is None else sharper.over(unit),
                controlled_low=ends[0] / unit,
                controlled_high=ends[1] / unit,
                widened=_widened(p, figure, inputs, moves.get(hall), together_only),
            )
        )
    changed = tuple(tuple(c) for c in changes)
    return Differences(tuple(names), halls.results, tuple(rows), changed, confidence, family, wanted, tuple(missing))


def _widened(
    found: Paired, figure: Figure, inputs: Sequence[Inputs], moves: tuple[F64, F64] | None, confidence: float
) -> Widened | None:
    """Return the interval of a difference with the inputs' part, in the figure's unit; None where none is followed."""
    if moves is None or figure not in inputs[0].figures:
        return None
    unit = UNITS[figure.kpi.unit]
    shifts, variances = (side[inputs[0].figures.index(figure)] for side in moves)
    difference, variance = found.difference / unit, found.variance / unit**2
    return widened(difference, variance, found.degrees + 1, shifts / unit, variances / unit**2, confidence)


def halls_of(
    scenarios: Sequence[Any], variants: Mapping[str, str | Iterable[str]]
) -> tuple[list[Scenario], list[tuple[str, ...]]]:
    """Return all halls, variants last, and what was changed in each."""
    if len(scenarios) + len(variants) < 2 or not scenarios:
        raise UsageError("a comparison takes two halls: a second scenario, or a variant of the first")
    halls = [s if isinstance(s, Scenario) else load(s) for s in scenarios]
    changes: list[tuple[str, ...]] = [()] * len(halls)
    for given in variants.values():
        change = (given,) if isinstance(given, str) else tuple(given)
        halls.append(load(halls[0], set_=change))
        changes.append(change)
    for hall in halls[1:]:
        check_comparable(halls[0], hall)
    return halls, changes


def names_of(
    halls: Sequence[Scenario], changes: Sequence[Sequence[str]], variants: Sequence[str], names: Sequence[str] | None
) -> list[Label]:
    """Return what the halls are called."""
    files = len(halls) - len(variants)
    if names is not None:
        if len(names) != files:
            raise UsageError(f"{len(names)} names for {files} scenarios")
        labels = [Label(name, name) for name in names]
    else:
        labels = [hall.model.label for hall in halls[:files]]
        if len(set(labels)) < files:
            labels = [Label(hall.name, hall.name) for hall in halls[:files]]
    labels += [Label(name, name) for name in variants]
    for i, label in enumerate(labels):
        if label in labels[:i]:
            labels[i] = Label(f"{label.en} ({i + 1})", f"{label.zh}（{i + 1}）")
    return labels


def variant_of(text: str) -> tuple[str, tuple[str, ...]]:
    """Read a variant as a planner types it: an optional name and changes, parted by semicolons.

    >>> variant_of("two more counters: stations.counter.servers=10")
    ('two more counters', ('stations.counter.servers=10',))
    >>> variant_of("open=09:00-18:00; stations.counter.servers=9")
    ('open=09:00-18:00; stations.counter.servers=9', ('open=09:00-18:00', 'stations.counter.servers=9'))

    Raises
    ------
    UsageError
        If it has no change.
    """
    text = text.strip()
    ends = [i for i in (text.find(":"), text.find("：")) if i >= 0 and "=" not in text[:i]]
    name, rest = (text[: min(ends)].strip(), text[min(ends) + 1 :]) if ends else ("", text)
    changes = tuple(part.strip() for part in rest.replace("；", ";").split(";") if part.strip())
    if not changes or any("=" not in change for change in changes):
        raise UsageError(
            f"variant {text!r} cannot be read; write it as 'two more counters: stations.counter.servers=10', "
            "several changes parted by semicolons"
        )
    return name or rest.strip(), changes


def _inputs_part(found: Widened) -> dict[str, float]:
    return {"low_with_inputs": found.low, "high_with_inputs": found.high, "share_of_inputs": found.share}


def _number(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x
