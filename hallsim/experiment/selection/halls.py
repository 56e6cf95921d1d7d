"""Which of several halls is best by a key figure, among those that meet a requirement.

In: scenarios, or one and changes to it; the figure; the difference that is worth detecting. Out: `Choice`. All halls
see the same customers (rule 3), which is what makes selection quick.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.bench import Experiment, Where, bench
from hallsim.experiment.compare import halls_of, names_of
from hallsim.experiment.figures import Figure, figure_asked
from hallsim.experiment.selection.chances import MET, STAGE, Chances, check_chances
from hallsim.experiment.selection.days import HallDays
from hallsim.experiment.selection.eliminate import eliminate
from hallsim.experiment.selection.ocba import allocate
from hallsim.experiment.selection.outcome import Selection, Standing
from hallsim.experiment.selection.two_stage import two_stage
from hallsim.model import Label
from hallsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("eliminate", "two-stage", "budget")
MOST = 10_000
"""Observations of each hall at which a selection stops undecided."""

PREFER = ("less", "more")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A bound that a figure of the day keeps on at least a share of the days: a service level of 80 % on 95 %."""

    figure: Figure
    bound: float
    at_least: bool
    days: float
    written: str


@dataclass(frozen=True, eq=False)
class Choice:
    """What a selection of halls found.

    Attributes
    ----------
    names : tuple of Label
    changes : tuple of tuple of str
        What was changed in each hall ("path=value").
    figure : Figure
        What they were selected by, and
    worth : float
        the difference worth detecting, in its unit; NaN for a budget.
    values : tuple of float
        The figure of each hall over its own days; NaN where it did not take part.
    days : tuple of int
        Observations of each hall that the values are made of.
    contenders : tuple of int
        The halls that met the requirement, or all.
    selection : Selection or None
        Its systems are numbered along `contenders`. None where fewer than two took part.
    requirement, chances : what was required, and what became of it in each hall
    simulated : int
        Days of all halls together, the pilot's included.
    """

    names: tuple[Label, ...]
    changes: tuple[tuple[str, ...], ...]
    figure: Figure
    worth: float
    minimise: bool
    confidence: float
    values: tuple[float, ...]
    days: tuple[int, ...]
    contenders: tuple[int, ...]
    selection: Selection | None
    requirement: Requirement | None
    chances: Chances | None
    simulated: int
    seed: int
    method: str

    @property
    def best(self) -> int | None:
        """Number of the selected hall; None if no hall meets the requirement."""
        if self.selection is not None:
            return self.contenders[self.selection.best]
        return self.contenders[0] if self.contenders and self.complete else None

    @property
    def complete(self) -> bool:
        """Whether it came to its end; False if Ctrl-C ended it."""
        asked = self.chances is None or self.chances.complete
        return asked and (self.selection is None or self.selection.complete)

    @property
    def in_running(self) -> tuple[int, ...]:
        """The halls that were not told apart."""
        return () if self.selection is None else tuple(self.contenders[i] for i in self.selection.in_running)

    def table(self, lang: str = "en", width: int = 80) -> str:
        """Return what was found as plain text, at most `width` columns wide, in English or Chinese."""
        from hallsim.experiment.selection.words import render

        return render(self, lang, width)

    def sentences(self, lang: str = "en") -> list[str]:
        """Return what was found and how sure it is, in plain sentences."""
        from hallsim.experiment.selection.words import sentences

        return sentences(self, lang)

    def summary(self) -> pd.DataFrame:
        """Return what became of each hall as a tidy table, one row each; columns as in `to_json`."""
        import pandas as pd

        halls = [{**hall, "changes": "; ".join(hall["changes"])} for hall in self._halls()]
        return pd.DataFrame(halls).assign(kpi=self.figure.kpi.name, unit=self.figure.kpi.unit)

    def _halls(self) -> list[dict[str, Any]]:
        """Return what became of each hall."""
        halls = []
        for i, (name, changes) in enumerate(zip(self.names, self.changes, strict=True)):
            hall: dict[str, Any] = {
                "name_en": name.en,
                "name_zh": name.zh,
                "changes": list(changes),
                "value": self.values[i],
                "observations": self.days[i],
                "selected": i == self.best,
                "in_running": i in self.in_running,
            }
            if self.chances is not None:
                hall["requirement"] = self.chances.status[i]
                hall["good_days"] = int(self.chances.successes[i])
                hall["days_looked_at"] = int(self.chances.trials[i])
            halls.append(hall)
        return halls

    def to_json(self) -> str:
        """Return everything as JSON."""
        halls = [{**hall, "value": _number(hall["value"])} for hall in self._halls()]
        chosen = self.selection
        document = {
            "figure": self.figure.kpi.name,
            "within_min": self.figure.within_min,
            "unit": self.figure.kpi.unit,
            "prefer": PREFER[not self.minimise],
            "worth": _number(self.worth),
            "confidence": self.confidence,
            "method": self.method,
            "procedure": None if chosen is None else chosen.procedure,
            "guarantee": "none" if chosen is None else chosen.guarantee,
            "estimated_chance": _number(chosen.confidence) if chosen is not None and self.method == "budget" else None,
            "decided": self.complete and (chosen is None or chosen.decided),
            "complete": self.complete,
            "requirement": None if self.requirement is None else self.requirement.written,
            "seed": self.seed,
            "days_simulated": self.simulated,
            "halls": halls,
            "sentences_en": self.sentences("en"),
            "sentences_zh": self.sentences("zh"),
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def select(
    *scenarios: Any,
    by: str = "mean_wait",
    worth: str | float | None = None,
    variants: Mapping[str, str | Iterable[str]] | None = None,
    require: str | None = None,
    prefer: str | None = None,
    confidence: float = 0.95,
    method: str = "eliminate",
    budget: int | None = None,
    most: int = MOST,
    seed: int = 1,
    names: Sequence[str] | None = None,
    jobs: int | None = None,
    progress: Callable[[int, str], object] | None = None,
    where: Where | None = None,
) -> Choice:
    """Select the best of several halls by a key figure, on the same customers.

    Parameters
    ----------
    *scenarios : Scenario, path or mapping
    by : str
        A figure of the hall, such as "wait", "service level 10 min" or "paid_time".
    worth : str or float
        The smallest difference worth detecting: "0.5 min", "1 point", 30. Not for a budget.
    variants : mapping of name to "path=value" or several, optional
        More halls: the first with these changes.
    require : str, optional
        Take only halls that surely keep a bound on a share of the days: "service level 10 min >= 80 % on 95 % of days".
        Of a calendar it is looked at after whole turns.
        Half of the error goes to this question, half to the selection.
    prefer : {"less", "more"}, optional
        Which is better; needed for figures that are neither good nor bad.
    confidence : float
    method : {"eliminate", "two-stage", "budget"}
        KN++ (promises correct selection), Clark and Yang (promises good selection, takes more days), OCBA.
    budget : int, optional
        Days of all halls together, for the method "budget".
    most : int
        Observations of each hall at which to stop undecided.
    seed, names, jobs : as in `compare`
    progress : callable, optional
        Called with the days simulated so far, and how it stands, in English.
    where : Where, optional
        A folder that keeps what is finished, so that the selection can go on in it, and a cluster to run on.

    Returns
    -------
    Choice
        After Ctrl-C incomplete, with what was found until then.

    Raises
    ------
    UsageError, ScenarioError, EngineError

    Examples
    --------
    >>> import hallsim as hs
    >>> more = {"six": "stations.counter.servers=6", "seven": "stations.counter.servers=7"}
    >>> hs.select("scenarios/standard_hall.yaml", variants=more, worth="0.5 min").sentences()  # doctest: +SKIP
    """
    if not scenarios or len(scenarios) + len(variants or {}) < 2:
        raise UsageError("a selection takes two halls: a second scenario, or a variant of the first")
    halls, changes = halls_of(scenarios, variants or {})
    labels = names_of(halls, changes, list(variants or {}), names)
    figure = figure_asked(by, halls[0].model.label)
    minimise = _minimise(figure, prefer)
    _check_asked(figure, worth, method, budget, confidence)
    smallest = math.nan if worth is None else amount_of(worth, figure)
    required = None if require is None else requirement_of(require, halls[0].model.label)
    share = confidence if required is None else 1.0 - (1.0 - confidence) / 2.0
    figures = [figure] if required is None else [figure, required.figure]
    asked = {"worth": None if worth is None else smallest, "requirement": require, "confidence": confidence}
    asked |= {"method": method, "budget": budget, "most": most, "prefer": PREFER[not minimise]}
    described = partial(_experiment, halls, labels, figure, seed, asked)
    contenders, chances, skip = list(range(len(halls))), None, 0
    note = ""

    def shown(done: int) -> None:
        if progress is not None:
            progress(done, note)

    def stands(found: Standing) -> None:
        nonlocal note
        best, second = (labels[contenders[i]].en for i in (found.best, found.second))
        amount = show_amounts(found.lead, found.half_width, figure)
        note = f"{found.left} of {len(halls)} left; {best} ahead of {second} by {amount}"

    with bench(where, jobs, described) as at, HallDays(halls, figures, seed, at, shown) as days:
        if required is not None:
            chances = _chances_of(required, days, len(halls), share, most)
            contenders = [i for i, status in enumerate(chances.status) if status == MET]
            skip = -(-int(chances.trials.max()) // days.turn)  # the selection sees days of its own

        def observe(systems: Sequence[int], first: int, count: int) -> Any:
            return days.values([contenders[i] for i in systems], skip + first, count)

        # who has not been asked about the requirement to the end does not take part, and nobody then is selected
        k = len(contenders) if chances is None or chances.complete else 0
        found = None
        if k > 1 and method == "budget":
            found = allocate(observe, k, int(budget or 0), minimise, progress=stands)
        elif k > 1 and method == "eliminate":
            found = eliminate(observe, k, smallest, share, minimise, most=most, progress=stands)
        elif k > 1:
            found = two_stage(observe, k, smallest, share, minimise, most=most)
        elif k == 1:
            observe([0], 0, PAIR)
        counts = [0] * len(halls)
        for place, i in enumerate(contenders[:k]):
            counts[i] = PAIR if found is None else int(found.n[place])
        values = [days.estimate(i, skip, n) if n else math.nan for i, n in enumerate(counts)]
        chosen = Choice(
            names=tuple(labels),
            changes=tuple(tuple(c) for c in changes),
            figure=figure,
            worth=smallest,
            minimise=minimise,
            confidence=confidence,
            values=tuple(values),
            days=tuple(counts),
            contenders=tuple(contenders),
            selection=found,
            requirement=required,
            chances=chances,
            simulated=days.simulated,
            seed=seed,
            method=method,
        )
        if chosen.complete:
            at.finish(chosen.summary)
    return chosen


def _check_asked(figure: Figure, worth: str | float | None, method: str, budget: int | None, confidence: float) -> None:
    """Refuse what does not fit together."""
    if method not in METHODS:
        raise UsageError(not_one_of(method, "a method of selection", METHODS))
    if (budget is not None) != (method == "budget"):
        raise UsageError("a budget of days is for the method 'budget', and that method needs one")
    if method != "budget" and worth is None:
        raise UsageError(f"say which difference in {figure.label.en} is worth detecting, as --worth '0.5 min'")
    if method == "budget" and worth is not None:
        raise UsageError("a budget of days has no difference worth detecting: it is spent whatever the differences")
    if not 0.5 < confidence < 1.0:
        raise UsageError(f"confidence is {confidence:g}; allowed is more than 0.5 and less than 1, such as 0.95")


def _chances_of(required: Requirement, days: HallDays, k: int, confidence: float, most: int) -> Chances:
    """Tell which halls keep a requirement, after whole turns of the calendar."""
    good = partial(days.good_days, bound=required.bound, at_least=required.at_least)
    stage, most = -(-STAGE // days.turn) * days.turn, max(most // days.turn, 1) * days.turn
    return check_chances(good, k, required.days, confidence, stage, most)


def _experiment(
    halls: Sequence[Scenario], labels: Sequence[Label], figure: Figure, seed: int, asked: dict[str, Any]
) -> Experiment:
    """Return what a selection's folder says of it."""
    identity = {"halls": len(halls), **{label.en: hall.hash for label, hall in zip(labels, halls, strict=True)}}
    identity |= {"figure": list(figure.key), "seed": seed, **asked}
    return Experiment("selection", identity, {"halls": [asdict(label) for label in labels], "seed": seed})


PAIR = 100
"""Observations of the only hall that meets a requirement."""


def _minimise(figure: Figure, prefer: str | None) -> bool:
    if prefer is not None:
        if prefer not in PREFER:
            raise UsageError(not_one_of(prefer, "what can be preferred", PREFER))
        return prefer == "less"
    if figure.sign() == 0:
        raise UsageError(f"{figure.label.en} is neither good nor bad: say --prefer less or --prefer more")
    return figure.sign() < 0


_AMOUNT = re.compile(r"\s*(?P<amount>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>\D.*)?")
_TIMES = ("min", "minute", "minutes", "分钟")
_POINTS = ("point", "points", "pp", "%", "个百分点", "百分点")


def amount_of(text: str | float, figure: Figure) -> float:
    """Return a difference or a bound as a planner writes it, in the unit of its figure.

    Raises
    ------
    UsageError
    """
    unit = figure.kpi.unit
    share, time = unit == "share", unit.startswith("min")
    match = _AMOUNT.fullmatch(str(text))
    written = (match["unit"] or "").strip() if match else ""
    allowed = _POINTS if share else ("", *_TIMES) if time else ("",)
    if match is None or written not in allowed or float(match["amount"]) <= 0.0:
        example = "1 point" if share else "0.5 min" if time else "3"
        raise UsageError(f"{str(text)!r} is no amount of {figure.label.en}; write it as {example!r}")
    return float(match["amount"]) / (100.0 if share else 1.0)


def show_amounts(amount: float, half_width: float, figure: Figure) -> str:
    """Return an amount and its half-width in words, as "0.31 ± 0.22 min"."""
    unit = figure.kpi.unit
    scale, word = (100.0, " points") if unit == "share" else (1.0, " min" if unit.startswith("min") else "")
    return f"{scale * amount:.2f} ± {scale * half_width:.2f}{word}"


_REQUIREMENT = re.compile(
    r"\s*(?P<figure>.+?)\s*(?P<sign>>=|<=|≥|≤|at least|at most|不低于|不高于)\s*(?P<bound>.+?)\s*(?:on|，|,)\s*"
    r"(?P<days>\d+(?:\.\d+)?)\s*%\s*(?:of (?:the )?days|的天|的日子)\s*"
)


def requirement_of(text: str, who: Label) -> Requirement:
    """Read a requirement such as "service level 10 min >= 80 % on 95 % of days".

    Raises
    ------
    UsageError
    """
    match = _REQUIREMENT.fullmatch(text)
    if match is None or not 0.0 < float(match["days"]) < 100.0:
        raise UsageError(
            f"requirement {text!r} cannot be read; write it as 'service level 10 min >= 80 % on 95 % of days'"
        )
    figure = figure_asked(match["figure"], who)
    at_least = match["sign"] in (">=", "≥", "at least", "不低于")
    return Requirement(figure, amount_of(match["bound"], figure), at_least, float(match["days"]) / 100.0, text.strip())


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
