"""The first page's question and its answer in one sentence.

The question is the scenario's own, or asks for the targets. The answer is computed: how the targets came
out, how long customers wait, and where, for whom and when the wait is longest, each number with its interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from hallsim.charts.subjects import hours_of, try_estimate
from hallsim.charts.text import name_of, say, stretch
from hallsim.experiment.results import Estimate, Results
from hallsim.experiment.verdicts import MET, MISSED, NOISE, NOTHING, Verdict, promised_min
from hallsim.model import Label
from hallsim.report.texts import text

NAME_COLUMNS = 60
"""Width of a name inside a sentence, in columns of a Latin letter."""

_STATUS = {
    MISSED: Label("missed", "未达标"),
    NOISE: Label("inside the noise", "在误差范围内"),
    MET: Label("met", "达标"),
    NOTHING: Label("without customers", "无客户"),
}

_UNIT = {"run": Label("run", "次"), "day": Label("day", "天"), "horizon": Label("horizon", "个周期")}


def question_of(results: Results) -> Label:
    """Return what the report is to answer."""
    model = results.model
    if model.question is not None:
        return model.question
    en, zh = (name_of(model.label, lang, NAME_COLUMNS) for lang in ("en", "zh"))
    if results.engine == "log":
        return Label(f"How long did the customers of {en} wait?", f"{zh}的客户等候了多久？")
    with_staff, staff_zh = "with the staffing described", "按所述人员配置"
    if model.logged:
        with_staff, staff_zh = "with the staffing of the logged days", "按日志各天的人员配置"
    if model.targets:
        return Label(f"Does {en} meet its targets {with_staff}?", f"{staff_zh}，{zh}能否达到目标？")
    return Label(f"How long do the customers of {en} wait {with_staff}?", f"{staff_zh}，{zh}的客户要等候多久？")


def answer_of(results: Results) -> Label:
    """Return the answer in one sentence."""
    came = results.estimate("visits").value
    if not came > 0.0:
        return text("nobody_came")
    asked = results.model.question is None
    parts = [part for part in (_of_targets(results.targets(), asked), _of_waits(results)) if part is not None]
    if not parts:
        return text("nobody_joined")
    en, zh = "; ".join(p.en for p in parts), "；".join(p.zh for p in parts)
    return Label(en[0].upper() + en[1:] + ".", zh + "。")


def remarks_of(results: Results) -> list[Label]:
    """Return what a reader would look for in vain, in words, from "nobody came" to what contradicts theory."""
    found: list[Label] = []
    visits = results.estimate("visits").value
    customers = round(visits * results.replications) if not math.isnan(visits) else 0
    joined = results.estimate("joined").value
    if results.replications == 1:
        found.append(text("one_replication", unit=_UNIT[results.model.unit]))
    if customers == 1:
        found.append(text("one_customer"))
    if customers > 0 and not joined > 0.0:
        found.append(text("nobody_joined"))
    left_out = results.comparison is not None and "gave_up" in results.comparison.left_out
    if joined > 0.0 and results.estimate("abandonment").value == 0.0 and not left_out:
        found.append(text("nobody_gave_up"))
    if joined > 0.0 and results.estimate("mean_wait").value == 0.0:
        found.append(text("nobody_waited"))
    promised = promised_min(results.model, "hall", results.model.name)
    recovery = try_estimate(results, "recovery", within_min=promised)
    if recovery is not None and recovery.value > 0.0:
        time = Label(say(recovery, "en"), say(recovery, "zh"))
        found.append(text("recovered", time=time, t=f"{promised:g}"))
    if (
        results.engine != "log"
        and not results.model.logged
        and not any(s.role == "kiosk" for s in results.model.stations)
    ):
        found.append(text("no_kiosk"))
    if results.engine != "log":
        found += results.guard.warnings
    found += results.steady.sentences() if results.steady is not None else []
    return found


def _of_targets(found: Sequence[Verdict], asked: bool) -> Label | None:
    """Return how the targets came out, with yes or no where they are what is `asked`; None without targets."""
    if not found:
        return None
    n = len(found)
    count = {status: sum(v.status == status for v in found) for status in _STATUS}
    known = [(k, _STATUS[status]) for status, k in count.items() if k]
    if n == 1:
        body = Label(f"the target is {known[0][1].en}", f"目标{known[0][1].zh}")
    elif len(known) == 1:
        body = Label(f"all {n} targets are {known[0][1].en}", f"{n} 项目标全部{known[0][1].zh}")
    else:
        en = ", ".join(f"{k} {word.en}" for k, word in known)
        body = Label(f"of {n} targets, {en}", f"{n} 项目标中 " + "，".join(f"{k} 项{word.zh}" for k, word in known))
    if not asked:
        return body
    if count[MISSED]:
        head = Label("no: ", "不能：")
    else:
        head = Label("yes: ", "能：") if count[MET] == n else Label("it cannot be said for certain: ", "尚不能肯定：")
    return Label(head.en + body.en, head.zh + body.zh)


def _of_waits(results: Results) -> Label | None:
    """Return how long customers wait, and where, for whom and when it is longest; None if nobody joined a line."""
    mean = results.estimate("mean_wait")
    if math.isnan(mean.value):
        return None
    en = f"customers {'waited' if results.engine == 'log' else 'wait'} {say(mean, 'en')} on average"
    zh = f"客户平均等候 {say(mean, 'zh')}"
    longest_en, longest_zh = [], []
    if (e := _longest_place(results)) is not None:
        longest_en.append(f"at {name_of(e.label, 'en', NAME_COLUMNS)}, {say(e, 'en')}")
        longest_zh.append(f"“{name_of(e.label, 'zh', NAME_COLUMNS)}” {say(e, 'zh')}")
    if (e := _longest_class(results)) is not None:
        longest_en.append(f"with tickets of class {name_of(e.label, 'en', NAME_COLUMNS)}, {say(e, 'en')}")
        longest_zh.append(f"“{name_of(e.label, 'zh', NAME_COLUMNS)}”客户 {say(e, 'zh')}")
    if (e := _longest_hour(results)) is not None:
        when = next(stretch(hour.begin, hour.end) for hour in hours_of(results) if hour.key == e.hour)
        longest_en.append(f"after arriving at {when}, {say(e, 'en')}")
        longest_zh.append(f"{when} 到厅的客户 {say(e, 'zh')}")
    if longest_en:
        en += f", longest {_and(longest_en)}"
        zh += f"，其中最长的是{' ' if longest_zh[0][0].isdigit() else ''}{'，以及 '.join(longest_zh)}"
    if results.observed is not None:
        logged = results.observed.estimate("mean_wait")
        en += f"; in the log they waited {say(logged, 'en')}"
        zh += f"；日志中平均等候 {say(logged, 'zh')}"
    return Label(en, zh)


def _longest_place(results: Results) -> Estimate | None:
    """Return the mean wait of the counters where it is longest; None if there are not two to compare."""
    found = [results.estimate("mean_wait", "station", s.name) for s in results.model.stations if s.role == "counter"]
    return _longest(found)


def _longest_class(results: Results) -> Estimate | None:
    """Return the mean wait of the ticket class that waits longest; None if there are not two to compare."""
    found = [results.estimate("mean_wait", "class", c.name) for c in results.model.ticket_classes]
    return _longest(found)


def _longest_hour(results: Results) -> Estimate | None:
    """Return the mean wait of the hour of arrival with the longest; None if there are not two to compare."""
    return _longest([results.estimate("mean_wait", hour=hour.key) for hour in hours_of(results)])


def _longest(found: list[Estimate]) -> Estimate | None:
    known = [e for e in found if not math.isnan(e.value)]
    longest = max(known, key=lambda e: e.value, default=None)
    # what the page would print as 0.00 min is the longest of nothing
    return longest if longest is not None and len(known) > 1 and longest.value >= 0.005 else None


def _and(parts: list[str]) -> str:
    """Join parts as an English sentence does.

    >>> _and(["one", "two", "three"])
    'one, two and three'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
