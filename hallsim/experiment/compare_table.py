"""A comparison as plain text of at most 80 columns, and as sentences, in English or Chinese.

One table for each hall against the base; every number is rounded so that its interval shows. Intervals are those
corrected for being several.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hallsim.experiment.broken import turns_of
from hallsim.experiment.compare import BETTER, LESS, MORE, NOISE, SAME, WORSE
from hallsim.experiment.precision import rounded
from hallsim.experiment.table import check_table, display_width, fit, grid, wrap
from hallsim.kpis.base import UNITS

if TYPE_CHECKING:
    from hallsim.experiment.compare import Difference, Differences
    from hallsim.experiment.figures import Figure

IN_SENTENCES = ("mean_wait", "service_level", "abandonment", "time_in_hall", "late_closing")
"""Figures that the sentence about a hall speaks of, where the hall's own."""

_WIDTHS = (7, 7, 8, 16, 5, 7)
"""Least widths of the columns after the first."""
_WITHOUT_ARTICLE = ("abandonment", "late_closing")
STATUS_ZH = {BETTER: "更好", WORSE: "更差", MORE: "更多", LESS: "更少", NOISE: "误差内", SAME: "相同"}
STATUS_EN = {BETTER: "better", WORSE: "worse", MORE: "more", LESS: "less", NOISE: "noise", SAME: "same"}

_WORDS = {
    "en": {
        "title": "{base} and {n} · {reps} {units} each, the same customers · seed {seed}",
        "stopped": "Stopped early: {n} of {wanted} {units} of each hall.",
        "missing": "Stopped by Ctrl-C before these were known, so that they are missing: {what}.",
        "others_1": "1 other",
        "others": "{n} others",
        "base": "base",
        "here": "here",
        "difference": "change",
        "interval": "95 % interval",
        "days": "{units}",
        "verdict": "",
        "per_ten": "{Units}: on how many of ten it was better (of figures neither good nor bad: higher).",
        "together": "All {n} intervals hold together with {level} % (Bonferroni).",
        "saved": "{name}: with other customers in each hall, the change in mean wait would take {many} {units} "
        "instead of {reps}.",
        "relative": "{name}: relative to the base, the mean wait changes by {change} % ({low} to {high} %).",
        "controlled": "{name}: with these {units} as busy as the scenario says, the mean wait changes by {change} "
        "({low} to {high}); other customers in each hall would take {many} {units} for that.",
        "inputs": "{name}: with the uncertain inputs the mean wait changes by {change} ({low} to {high}); {share} of "
        "that interval's variance comes from the inputs.",
        "other_customers": "{name}: the halls differ in how many customers come, on {share} of the {units}.",
        "one": "One {unit} only: there are no intervals.",
        "days_unit": "days",
        "runs_unit": "runs",
        "day_unit": "day",
        "run_unit": "run",
        "horizons_unit": "horizons",
        "horizon_unit": "horizon",
    },
    "zh": {
        "title": "{base}与{n}的比较 · 各 {reps} {units}，客户相同 · 种子 {seed}",
        "stopped": "提前停止：各方案完成 {n}/{wanted} {units}。",
        "missing": "已由 Ctrl-C 停止，以下各项尚未算出：{what}。",
        "others_1": "另外 1 个方案",
        "others": "另外 {n} 个方案",
        "base": "基准",
        "here": "本方案",
        "difference": "变化",
        "interval": "95% 置信区间",
        "days": "{units}数",
        "verdict": "",
        "per_ten": "{units}数：十{units}中有几{units}更好（无好坏之分的指标：更高）。",
        "together": "全部 {n} 个区间同时成立的置信度为 {level}%（Bonferroni 校正）。",
        "saved": "{name}：若各方案客户各不相同，平均等候的变化要达到同样精度需 {many} {units}，而非 {reps} {units}。",
        "relative": "{name}：相对于基准，平均等候变化 {change}%（{low}% 至 {high}%）。",
        "controlled": "{name}：扣除这些{units}的客流与办理时长偏离场景均值的部分，平均等候变化 {change}"
        "（{low} 至 {high}）；"
        "若各方案客户各不相同，需 {many} {units}。",
        "inputs": "{name}：计入输入的不确定性，平均等候变化 {change}（{low} 至 {high}），"
        "该区间的方差有 {share}来自输入。",
        "other_customers": "{name}：有 {share} 的{units}到厅客户数与基准不同。",
        "one": "仅有一{unit}，因此没有置信区间。",
        "days_unit": "天",
        "runs_unit": "次",
        "day_unit": "天",
        "run_unit": "次",
        "horizons_unit": "个周期",
        "horizon_unit": "个周期",
    },
}
_VERBS = {
    "en": {
        ("min", -1): "cut {what} by {d}",
        ("min", 1): "lengthened {what} by {d}",
        ("", -1): "lowered {what} by {d}",
        ("", 1): "raised {what} by {d}",
    },
    "zh": {
        ("min", -1): "{what}缩短 {d}",
        ("min", 1): "{what}延长 {d}",
        ("", -1): "{what}降低 {d}",
        ("", 1): "{what}提高 {d}",
    },
}


def render(found: Differences, lang: str = "en", width: int = 80) -> str:
    """Return the comparison as text.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh", or fewer than 80 columns.
    """
    check_table(lang, width)
    w = _WORDS[lang]
    units = w[f"{found.results[0].model.unit}s_unit"]
    others = len(found.names) - 1
    title = w["title"].format(
        base=fit(_in(found.names[0], lang), 24),
        n=w["others_1" if others == 1 else "others"].format(n=others),
        reps=found.replications,
        units=units,
        seed=found.results[0].seed,
    )
    lines = wrap(title, width)
    if found.replications < found.wanted:
        lines += wrap(w["stopped"].format(n=found.replications, wanted=found.wanted, units=units), width)
    if found.missing:
        what = ("、" if lang == "zh" else "; ").join(_in(label, lang) for label in found.missing)
        lines += wrap(w["missing"].format(what=what), width)
    for hall in range(1, len(found.names)):
        lines += ["", *_table(found, hall, lang, width), "", *wrap(sentence(found, hall, lang), width)]
    lines += [""]
    for note in notes(found, lang):
        lines += wrap(note, width)
    return "\n".join(line.rstrip() for line in lines)


def notes(found: Differences, lang: str) -> list[str]:
    """Return what is to be known about the numbers: days of ten, correction, what the pairing saved."""
    w = _WORDS[lang]
    unit = found.results[0].model.unit
    units = w[f"{unit}s_unit"]
    if found.replications < 2:
        return [w["one"].format(unit=w[f"{unit}_unit"])]
    out = [w["per_ten"].format(units=units, Units=_capital(units))]
    out.append(w["together"].format(n=found.family, level=f"{100 * found.confidence:g}"))
    out += broken(found, lang)
    for hall, same in enumerate(found.same_customers(), start=1):
        name = _in(found.names[hall], lang)
        wait = next((r for r in found.of(hall) if r.figure.key == ("mean_wait", "hall", None, None)), None)
        if wait is not None and wait.status in (BETTER, WORSE) and not math.isnan(wait.relative_low):
            ends = (wait.relative, wait.relative_low, wait.relative_high)
            change, low, high = (signed(x, "share", 0 if abs(x) >= 0.1 else 1) for x in ends)
            out.append(w["relative"].format(name=name, change=change, low=low, high=high))
        if wait is not None and wait.widened is not None and not math.isnan(wait.widened.share):
            found_all = wait.widened
            ends = (wait.difference + found_all.shift, found_all.low, found_all.high)
            change, low, high = (signed(x, "min", 2) + unit_of(wait.figure, lang) for x in ends)
            share = f"{100.0 * found_all.share:.0f} %"
            out.append(w["inputs"].format(name=name, change=change, low=low, high=high, share=share))
        if wait is not None:
            out += _with_controls(wait, name, found.replications, units, lang)
        if wait is not None and wait.variance_ratio > 1.0:
            many = rounded(math.ceil(wait.variance_ratio * found.replications))
            out.append(w["saved"].format(name=name, many=many, units=units, reps=found.replications))
        if same < 1.0:
            out.append(w["other_customers"].format(name=name, share=f"{100 * (1 - same):.0f} %", units=units))
    return out


def broken(found: Differences, lang: str) -> list[str]:
    """Return which targets each hall breaks that the base keeps, and the other way round, a sentence each."""
    base, *others = found.results
    pairs = zip(found.names[1:], others, strict=True)
    turns = ((_in(name, lang), turn) for name, results in pairs for turn in turns_of(base, results))
    return [_capital(turn.sentence(_in(found.names[0], lang), name, lang)) for name, turn in turns]


def _with_controls(wait: Difference, name: str, days: int, units: str, lang: str) -> list[str]:
    """Return the change of the mean wait on days as busy as the scenario says, if that is known any better."""
    found = wait.controlled
    if found is None or found.variance >= wait.paired.variance / UNITS[wait.figure.kpi.unit] ** 2:
        return []
    ends = (found.difference, wait.controlled_low, wait.controlled_high)
    change, low, high = (signed(x, "min", decimals(wait)) + unit_of(wait.figure, lang) for x in ends)
    many = rounded(math.ceil(found.variance_ratio * days))
    return [_WORDS[lang]["controlled"].format(name=name, change=change, low=low, high=high, many=many, units=units)]


def sentence(found: Differences, hall: int, lang: str, told: Sequence[str] = IN_SENTENCES) -> str:
    """Return what a hall changes in the figures that matter most, those of the KPIs `told`, as one sentence."""
    rows = [r for r in found.of(hall) if r.figure.scope == "hall" and r.figure.kpi.name in told]
    rows = [r for i, r in enumerate(rows) if all(r.figure.kpi is not q.figure.kpi for q in rows[:i])]
    moved = [r for r in rows if r.status in (BETTER, WORSE, MORE, LESS)]
    noise = [r for r in rows if r.status == NOISE and not math.isnan(r.low)]
    name = _in(found.names[hall], lang)
    parts = [_moved(r, lang) for r in moved]
    lost = [_in(r.figure.label, lang) for r in noise]
    if found.replications < 2:
        return f"{name}：仅有一天，无法判定。" if lang == "zh" else f"{_capital(name)}: one day proves nothing."
    if lang == "zh":
        clauses = [f"{name}使{'，'.join(parts)}"] if parts else []
        clauses += [f"{'、'.join(lost)}的差异在误差范围内"] if lost else []
        return ("；".join(clauses) if parts else f"{name}：{clauses[0]}" if clauses else f"{name}：毫无变化") + "。"
    clauses = [f"{_capital(name)} {_and(parts)}"] if parts else []
    clauses += [f"the difference{'s' * (len(lost) > 1)} in {_and(lost)} {_are(lost)} inside the noise"] if lost else []
    if not clauses:
        return f"{_capital(name)} changed nothing."
    return ("; ".join(clauses) if parts else f"{_capital(name)}: {clauses[0]}") + "."


def _moved(row: Difference, lang: str) -> str:
    unit = row.figure.kpi.unit
    kind = "min" if unit.startswith("min") else ""
    up = 1 if row.difference > 0.0 else -1
    digits = decimals(row)
    ends = sorted((up * row.low, up * row.high))
    to = " 至 " if lang == "zh" else " to "
    span = to.join(_number(x, unit, digits) for x in ends)
    size = _number(abs(row.difference), unit, digits) + unit_of(row.figure, lang)
    brackets = f"（{span}）" if lang == "zh" else f" ({span})"
    what = _in(row.figure.label, lang)
    if lang == "en" and row.figure.kpi.name not in _WITHOUT_ARTICLE:
        what = f"the {what}"
    return _VERBS[lang][kind, up].format(what=what, d=size) + brackets


def heads(found: Differences, lang: str) -> list[str]:
    """Return the heads of a table's columns after the first."""
    w = _WORDS[lang]
    units = w[f"{found.results[0].model.unit}s_unit"]
    return [w[k].format(units=units) for k in ("base", "here", "difference", "interval", "days", "verdict")]


def cells(found: Differences, hall: int, lang: str, width: int = 200) -> list[list[str]]:
    """Return a table's rows: the figure, cut to `width` columns, its values, the change, interval, days, verdict."""
    status = STATUS_ZH if lang == "zh" else STATUS_EN
    rows = []
    for row in found.of(hall):
        if math.isnan(row.difference):
            continue
        unit, digits = row.figure.kpi.unit, decimals(row)
        low, high = (signed(x, unit, digits) for x in (row.low, row.high))
        span = "–" if math.isnan(row.low) or row.paired.variance == 0.0 else f"{low} – {high}"
        days = "–" if row.status == SAME or math.isnan(row.better_days) else f"{row.better_days:.1f}"
        change = signed(row.difference, unit, digits)
        values = [_number(x, unit, digits) for x in (row.base, row.value)]
        rows.append([_head(row.figure, lang, width), *values, change, span, days, status[row.status]])
    return rows


def _table(found: Differences, hall: int, lang: str, width: int) -> list[str]:
    head = [_in(found.names[hall], lang), *heads(found, lang)]
    rows = cells(found, hall, lang)
    # long numbers, as of a run of many days, take from the room for names
    widths = [max(least, *(display_width(row[i]) + 1 for row in rows)) for i, least in enumerate(_WIDTHS, start=1)]
    first = width - sum(widths)
    return grid([head, *cells(found, hall, lang, first)], [first, *widths])


def _head(figure: Figure, lang: str, width: int) -> str:
    """Return the head of a row: a figure's name and unit."""
    name = _in(figure.label, lang)
    unit = {"share": "%", "min": "分钟" if lang == "zh" else "min"}.get(figure.kpi.unit.split(" ")[0], "")
    name += (("，" if lang == "zh" else ", ") + unit) if unit else ""
    if display_width(name) > width:  # of a class's service level the threshold says enough
        name = name.replace("service level within", "within").replace("等候达标率", "达标率")
    return _capital(name)


# --- numbers ---------------------------------------------------------------------------------------------------


def decimals(row: Difference) -> int:
    """Return after how many decimals a difference is cut off: where its interval's half-width has its first digit.

    If that digit is 1, one later.
    """
    half = (row.high - row.low) / 2.0
    half = abs(row.difference) / 10.0 if math.isnan(half) or half == 0.0 else half
    half *= 100.0 if row.figure.kpi.unit == "share" else 1.0
    if half == 0.0:
        return 1
    place = -math.floor(math.log10(half))
    return min(max(place + (half * 10.0**place < 2.0), 0), 3)


def unit_of(figure: Figure, lang: str) -> str:
    """Return the unit of a difference, with the space before it."""
    if figure.kpi.unit == "share":
        return " 个百分点" if lang == "zh" else " points"
    return (" 分钟" if lang == "zh" else " min") if figure.kpi.unit.startswith("min") else ""


def _number(value: float, unit: str, digits: int) -> str:
    return f"{100.0 * value if unit == 'share' else value:.{digits}f}"


def signed(value: float, unit: str, digits: int) -> str:
    """Return a difference with its sign.

    >>> signed(-0.0312, "share", 1), signed(2.0, "min", 1), signed(-0.001, "min", 1)
    ('−3.1', '+2.0', '0.0')
    """
    text = _number(abs(value), unit, digits)
    return text if not text.strip("0.") else ("−" if value < 0.0 else "+") + text


def _in(label: object, lang: str) -> str:
    return str(getattr(label, lang))


def _capital(text: str) -> str:
    """Return a text with a capital in front, unless it is a setting."""
    return text if "=" in text else text[:1].upper() + text[1:]


def _are(parts: list[str]) -> str:
    return "are" if len(parts) > 1 else "is"


def _and(parts: list[str]) -> str:
    """Join parts as an English sentence does.

    >>> _and(["one", "two", "three"])
    'one, two and three'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
