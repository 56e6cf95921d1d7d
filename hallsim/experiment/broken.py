"""Which targets a hall breaks that the base keeps, and the other way round; in a network, of which of its halls.

In: the results of both. Out: `Turn`s, and each as a plain sentence. A target within the noise on one side says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.experiment.precision import label_of
from hallsim.experiment.verdicts import MET, MISSED, Verdict, show
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.results import Results

_SAID = {
    MISSED: Label(
        "{name} breaks a target that {base} keeps: {who}, {what} is {here} instead of {there}, target {sign} {bound}.",
        "{name}使原可达标的目标未达标：{who}{what}为 {here}（{base}为 {there}），目标{sign} {bound}。",
    ),
    MET: Label(
        "{name} keeps a target that {base} breaks: {who}, {what} is {here} instead of {there}, target {sign} {bound}.",
        "{name}使原未达标的目标达标：{who}{what}为 {here}（{base}为 {there}），目标{sign} {bound}。",
    ),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One target that turned from met to missed, or from missed to met."""

    before: Verdict
    here: Verdict

    def sentence(self, base: str, name: str, lang: str) -> str:
        """Say it of the halls called `base` and `name`."""
        e, unit = self.here.estimate, self.here.estimate.kpi.unit
        english = "at least" if self.here.at_least else "at most"
        text: str = getattr(_SAID[self.here.status], lang)
        return text.format(
            base=base,
            name=name,
            who=getattr(e.label, lang),
            what=getattr(label_of(e.kpi, e.within_min), lang),
            here=show(e.value, unit, lang),
            there=show(self.before.estimate.value, unit, lang),
            sign=english if lang == "en" else "不低于" if self.here.at_least else "不高于",
            bound=show(self.here.bound, unit, lang),
        )


def turns_of(base: Results, hall: Results) -> list[Turn]:
    """Return the targets of both that one meets and the other misses, those that the hall breaks first."""
    before = {_promise(verdict): verdict for verdict in base.targets()}
    pairs = [(before[_promise(here)], here) for here in hall.targets() if _promise(here) in before]
    found = [Turn(was, here) for was, here in pairs if {was.status, here.status} == {MET, MISSED}]
    return sorted(found, key=lambda turn: turn.here.status == MET)


def _promise(verdict: Verdict) -> tuple[Any, ...]:
    """Return what is promised, and to whom."""
    e = verdict.estimate
    item = "" if e.scope == "hall" else e.item
    return e.kpi.name, e.scope, item, e.within_min, verdict.bound, verdict.at_least
