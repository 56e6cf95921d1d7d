"""A choice among halls as plain text of at most 80 columns, and as sentences, in English or Chinese."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hallsim.experiment.selection.chances import MISSED, OPEN
from hallsim.experiment.table import check_table, fit, grid, wrap
from hallsim.experiment.verdicts import show

if TYPE_CHECKING:
    from hallsim.experiment.selection.halls import Choice

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Which of {k} halls has the {least} {figure}? The same customers · seed {seed}",
        "least": "lowest",
        "most": "highest",
        "hall": "hall",
        "observations": "days",
        "good": "good days",
        "verdict": "",
        "selected": "selected",
        "leads": "leads",
        "out": "out",
        "behind": "behind",
        "running": "in the running",
        MISSED: "misses it",
        OPEN: "cannot tell",
        "correct": "With {level} % confidence {best} is the best of {k}, if no other comes within {worth} of it "
        "(correct selection). If another does, it may be that one instead.",
        "good_s": "With {level} % confidence {best} is within {worth} of the best of {k}, whatever the others are "
        "(good selection); if no other comes so close, it is the best (correct selection).",
        "stopped": "Stopped by Ctrl-C, so that nothing is promised.",
        "undecided": "Not told apart after {n} days each: {names}. {best} leads. Allow more days (--most) or ask for a "
        "larger difference (--worth).",
        "budget": "{best} leads after {n} days in all. The chance that it is the best of {k} is estimated at {chance} "
        "or more; nothing is promised.",
        "close": "By estimate {names} {comes} within {worth} of {best}.",
        "comes_1": "comes",
        "comes_n": "come",
        "required": "Required: {text}. Surely met by {met}.",
        "missed": "Surely missed by {names}.",
        "open": "Not to be told after {n} days: {names}; not taken.",
        "nobody": "No hall surely meets it, so that none is selected.",
        "alone": "{best} is the only one, so that there is nothing to select from.",
        "none": "none",
        "and": " and ",
        "comma": ", ",
        "spent": "{n} days were simulated.",
    },
    "zh": {
        "title": "{k} 个方案中{figure}谁{least}？各方案客户相同 · 种子 {seed}",
        "least": "最低",
        "most": "最高",
        "hall": "方案",
        "observations": "天数",
        "good": "达标天数",
        "verdict": "",
        "selected": "选中",
        "leads": "领先",
        "out": "淘汰",
        "behind": "落后",
        "running": "未分胜负",
        MISSED: "不达标",
        OPEN: "无法判定",
        "correct": "若没有其他方案与最优相差不到 {worth}，则以 {level}% 的置信度，{best}是 {k} 个方案中最优的"
        "（正确选择）；若有，选中的也可能是那一个。",
        "good_s": "以 {level}% 的置信度，无论其他方案如何，{best}与 {k} 个方案中最优者相差不超过 {worth}"
        "（良好选择）；若没有其他方案如此接近，它就是最优的（正确选择）。",
        "stopped": "已由 Ctrl-C 停止，不作任何保证。",
        "undecided": "各模拟 {n} 天后仍未分胜负：{names}。目前{best}领先。可增加天数（--most）或放宽差异（--worth）。",
        "budget": "共模拟 {n} 天后{best}领先，其为 {k} 个方案中最优的概率估计不低于 {chance}；这是估计，不是保证。",
        "close": "按估计值，{names}与{best}相差不到 {worth}。",
        "comes_1": "",
        "comes_n": "",
        "required": "要求：{text}。确定达标：{met}。",
        "missed": "确定不达标：{names}。",
        "open": "{n} 天后仍无法判定：{names}，未予采用。",
        "nobody": "没有方案确定达标，因此未选出方案。",
        "alone": "只有{best}达标，无需比较。",
        "none": "无",
        "and": "和",
        "comma": "、",
        "spent": "共模拟 {n} 天。",
    },
}


def render(found: Choice, lang: str = "en", width: int = 80) -> str:
    """Return the choice as text.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh", or fewer than 80 columns.
    """
    check_table(lang, width)
    w = _WORDS[lang]
    title = w["title"].format(
        k=len(found.names),
        least=w["least" if found.minimise else "most"],
        figure=getattr(found.figure.label, lang),
        seed=found.seed,
    )
    columns = [w["hall"], show_head(found, lang), w["observations"]]
    columns += [w["good"]] if found.chances is not None else []
    rows = [[*columns, w["verdict"]]]
    order = sorted(range(len(found.names)), key=lambda i: _rank(found, i))
    for i in order:
        row = [getattr(found.names[i], lang), show(found.values[i], found.figure.kpi.unit, lang)]
        row.append(str(found.days[i]) if found.days[i] else "–")
        if found.chances is not None:
            row.append(f"{found.chances.successes[i]}/{found.chances.trials[i]}")
        rows.append([*row, w[_status(found, i)]])
    sizes = [14, 8] + ([12] if found.chances is not None else []) + [16]
    first = width - sum(sizes)
    rows = [[fit(row[0], first - 1), *row[1:]] for row in rows]
    lines = [*wrap(title, width), "", *grid(rows, [first, *sizes]), ""]
    for sentence in sentences(found, lang):
        lines += wrap(sentence, width)
    return "\n".join(line.rstrip() for line in lines)


def show_head(found: Choice, lang: str) -> str:
    """Return the head of the figures' column."""
    short = {"mean_wait": ("mean wait", "平均等候"), "service_level": ("in time", "达标率")}
    en, zh = short.get(found.figure.kpi.name, ("value", "数值"))
    return zh if lang == "zh" else en


def _rank(found: Choice, i: int) -> tuple[int, float]:
    value = found.values[i] if found.minimise else -found.values[i]
    return (i != found.best, math.inf if math.isnan(value) else value)


def _status(found: Choice, i: int) -> str:
    if i not in found.contenders:
        assert found.chances is not None
        return found.chances.status[i]
    if found.best is None:  # stopped before those that meet the requirement were held against each other
        return "running"
    if i == found.best:
        return "leads" if found.in_running or found.method == "budget" else "selected"
    if found.method == "budget":
        return "behind"
    return "running" if i in found.in_running else "out"


def sentences(found: Choice, lang: str) -> list[str]:
    """Return what was found and how sure it is."""
    w = _WORDS[lang]

    def named(places: list[int]) -> str:
        names: list[str] = [getattr(found.names[i], lang) for i in places]
        if len(names) < 2:
            return names[0] if names else w["none"]
        return w["comma"].join(names[:-1]) + w["and"] + names[-1]

    out = []
    if found.requirement is not None and found.chances is not None:
        status = found.chances.status
        out.append(w["required"].format(text=found.requirement.written, met=named(list(found.contenders))))
        for what, word in ((MISSED, "missed"), (OPEN, "open")):
            places = [i for i, s in enumerate(status) if s == what]
            if places:
                out.append(w[word].format(names=named(places), n=max(found.chances.trials)))
    best = found.best
    out += [] if found.complete else [w["stopped"]]
    if best is None:
        return [*out, w["nobody"]] if found.complete else out
    name, k = getattr(found.names[best], lang), len(found.contenders)
    level, worth = f"{100 * found.confidence:g}", _worth(found, lang)
    if found.selection is None:
        return [*out, w["alone"].format(best=name)]
    if found.method == "budget":
        chance = show(math.floor(1000 * found.selection.confidence) / 1000, "share", lang)
        return [*out, w["budget"].format(best=name, n=int(found.selection.n.sum()), k=k, chance=chance)]
    if found.in_running:
        out.append(
            w["undecided"].format(n=int(found.selection.n.max()), names=named(list(found.in_running)), best=name)
        )
    else:
        word = "correct" if found.selection.guarantee == "correct" else "good_s"
        out.append(w[word].format(level=level, best=name, worth=worth, k=k))
        near = [i for i in found.contenders if i != best and abs(found.values[i] - found.values[best]) < found.worth]
        if near:
            comes = w["comes_n" if len(near) > 1 else "comes_1"]
            out.append(w["close"].format(names=named(near), worth=worth, best=name, comes=comes))
    return [*out, w["spent"].format(n=found.simulated)]


def _worth(found: Choice, lang: str) -> str:
    unit = found.figure.kpi.unit
    if unit == "share":
        return f"{100 * found.worth:g}" + (" 个百分点" if lang == "zh" else " points")
    if unit.startswith("min"):
        return f"{found.worth:g}" + (" 分钟" if lang == "zh" else " min")
    return f"{found.worth:g}"
