"""Charts show the numbers of the results, in both languages, for every hall."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hallsim.charts import CHARTS, Material
from hallsim.charts.arrivals import loads_of
from hallsim.charts.base import LANGUAGES, REASONS
from hallsim.charts.paths import stacked
from hallsim.charts.pooled import Pooled
from hallsim.charts.subjects import class_look, class_ranks
from hallsim.charts.text import say
from hallsim.compiled import VISIT_OUTCOMES
from hallsim.errors import UsageError
from hallsim.experiment.profile import DOOR, node_of_outcome, profile_of
from hallsim.model import US_PER_HOUR
from tests.charted import BUSY_HALL, BY_NAME, HOSTILE, data, drawn, material, named, read, texts
from tests.hand_made_logs import COUNTER_Z, HALL, KIOSK_Z, log, row
from tests.kpi_witness import results_of


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material(tmp_path_factory.mktemp("busy"), BUSY_HALL, 40)


def close(values, expected) -> bool:
    """Return whether numbers of a figure, rounded to six digits, are those expected; None stands for NaN."""
    return np.allclose([math.nan if v is None else v for v in values], list(expected), rtol=1e-5, equal_nan=True)


# --- numbers -------------------------------------------------------------------------------------------------


def test_waits_are_those_of_the_table(busy: Material) -> None:
    results, figure = busy.results, BY_NAME["waits"].figure(busy, "en")
    lines = [t for t in data(figure) if t.get("hoverinfo") == "text"]
    expected = [
        [results.estimate(measure, "class", name, hour).value for hour in (540, 600, 660)]
        for name in ("V", "Z")
        for measure in ("mean_wait", "wait_p80", "wait_p90", "wait_p95")
    ]
    assert len(lines) == len(expected)
    assert all(close(line["y"], values) for line, values in zip(lines, expected, strict=True))
    assert lines[0]["x"] == [570, 630, 690]


def test_bands_are_the_intervals_of_the_table(busy: Material) -> None:
    results, figure = busy.results, BY_NAME["waits"].figure(busy, "en")
    bands = [t for t in data(figure) if t.get("fill") == "toself"]
    first = [results.estimate("mean_wait", "class", "V", hour) for hour in (540, 600, 660)]
    assert close(bands[0]["y"], [*(e.high for e in first), *(e.low for e in reversed(first))])
    assert len(bands) == 8


def test_bars_of_arrivals_are_those_of_the_table(busy: Material) -> None:
    results, figure = busy.results, BY_NAME["arrivals"].figure(busy, "en")
    bars = [t for t in data(figure) if t["type"] == "bar" and t["yaxis"] == "y"]
    for bar, line in zip(bars, ("counter/V", "counter/Z"), strict=True):
        assert close(bar["y"], [results.estimate("joined", "line", line, h).value for h in (540, 600, 660)])
    total = next(t for t in data(figure) if t.get("error_y"))
    came = [results.estimate("joined", "station", "counter", h) for h in (540, 600, 660)]
    assert close(total["y"], [e.value for e in came])
    assert close(total["error_y"]["array"], [e.high - e.value for e in came])
    assert close(np.sum([bar["y"] for bar in bars], axis=0), total["y"])


def test_capacity_is_paid_time_over_mean_service(busy: Material) -> None:
    results, figure = busy.results, BY_NAME["arrivals"].figure(busy, "en")
    service = results.estimate("mean_service", "station", "counter").value
    paid = [results.estimate("paid_time", "station", "counter", h).value for h in (540, 600, 660)]
    assert [x.room[0] for x in loads_of(results, 1)] == pytest.approx([p / service for p in paid])
    line = next(t for t in data(figure) if t.get("mode") == "lines")
    assert close(line["y"], [*(p / 60 for p in paid), paid[-1] / 60])
    # The axis of servers is the axis of customers in another unit.
    layout = figure.to_plotly_json()["layout"]
    assert layout["yaxis3"]["range"][1] / layout["yaxis"]["range"][1] == pytest.approx(service / 60)


@pytest.fixture(scope="module")
def without_system(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Return a hall whose counters stand still for half an hour."""
    outage = "outages:\n  - {from_to: '10:00-10:30', stations: [counter]}\n"
    return material(tmp_path_factory.mktemp("outage"), BUSY_HALL + outage, 20)


def test_who_is_down_is_neither_idle_nor_can_serve(without_system: Material) -> None:
    results, figure = without_system.results, BY_NAME["utilisation"].figure(without_system, "en")
    assert close(named(figure, "down")["x"], [0, 0, 0.5, 0.5, 0.5])
    paid = [results.estimate("paid_time", "server", f"counter/{s}").value / 60 for s in ("Ann", "Bob", "Cid")]
    idle = [results.estimate("idle", "server", f"counter/{s}").value for s in ("Ann", "Bob", "Cid")]
    assert close(named(figure, "idle")["x"][2:], np.multiply(idle, paid))
    assert [x.open for x in loads_of(results, 1)][:2] == pytest.approx([2.0, 1.5])


def test_notes_speak_of_what_is_drawn(busy: Material, without_system: Material) -> None:
    for made, said in ((busy, False), (without_system, True)):
        assert ("ready for nobody" in BY_NAME["utilisation"].about(made, "en")) == said
    for targets, said in ((busy.results.model.targets, True), ((), False)):
        results = replace(busy.results, model=replace(busy.results.model, targets=targets))
        assert ("A star is a target" in BY_NAME["distribution"].about(replace(busy, results=results), "en")) == said


def test_bars_of_servers_are_those_of_the_table(busy: Material) -> None:
    results, figure = busy.results, BY_NAME["utilisation"].figure(busy, "en")
    servers = ["kiosk/kiosk 1", "kiosk/kiosk 2", "counter/Ann", "counter/Bob", "counter/Cid"]

    def hours(kpi: str) -> np.ndarray:
        return np.array([results.estimate(kpi, "server", s).value for s in servers]) / 60

    assert close(named(figure, "busy")["x"], hours("busy_time"))
    assert close(named(figure, "idle")["x"], hours("paid_time") - hours("busy_time"))
    overtime = named(figure, "of this, overtime")
    assert close(overtime["x"], hours("overtime"))
    assert close(overtime["base"], hours("paid_time") - hours("overtime"))
    words = [read(t) for t in next(t for t in data(figure) if t.get("mode") == "text")["text"]]
    shares = [results.estimate("utilisation", "server", s).value for s in servers]
    assert [w.split()[0] for w in words] == [f"{100 * x:.1f}" for x in shares]


def test_service_levels_are_those_of_the_targets(busy: Material) -> None:
    figure = BY_NAME["service_levels"].figure(busy, "en")
    points = [t for t in data(figure) if t.get("error_x")]
    found = busy.results.targets()
    assert [p["x"][0] for p in points] == pytest.approx([100 * v.estimate.value for v in found], rel=1e-5)
    assert [p["error_x"]["array"][0] for p in points] == pytest.approx(
        [100 * (v.estimate.high - v.estimate.value) for v in found], rel=1e-4
    )
    assert next(t for t in data(figure) if t.get("x") == [95, 90])
    said = [read(a["text"]) for a in figure.to_plotly_json()["layout"]["annotations"]]
    words = {"met": "met", "missed": "missed", "within the noise": "inside the noise"}
    assert [s.split(" · ")[1] for s in said] == [words[v.status] for v in found]


def test_the_distribution_agrees_with_service_levels_and_percentiles(busy: Material) -> None:
    results = busy.results
    pooled = Pooled(results, "class", "Z")
    at_t = pooled.share_within([5.0])[:, 0]
    # wait_over is the share still waiting at T, whatever became of them
    over = results.estimate("wait_over", "class", "Z", within_min=5.0)
    assert at_t[0] == pytest.approx(1 - over.value, abs=2e-3)
    assert at_t[2] - at_t[1] == pytest.approx(over.high - over.low, rel=0.2)
    for p in (50, 80, 90, 95, 99):
        e = results.estimate(f"wait_p{p}", "class", "Z")
        assert list(pooled.percentile(p / 100)) == pytest.approx([e.value, e.low, e.high], nan_ok=True)
    curve = named(BY_NAME["distribution"].figure(busy, "en"), "Z")
    assert close(curve["y"], 100 * pooled.share_within(curve["x"])[0])


def test_stacks_of_causes_are_as_high_as_the_mean_waits_of_the_table(busy: Material) -> None:
    bars = [t for t in data(BY_NAME["why"].figure(busy, "en")) if t["type"] == "bar"]
    waits = [busy.results.estimate("mean_wait", hour=h).value for h in (540, 600, 660)]
    assert close(np.sum([bar["y"] for bar in bars], axis=0), waits)
    mean = busy.results.estimate("mean_wait").value
    assert BY_NAME["why"].finding(busy, "en").startswith(f"Of {mean:.2f}")


def test_the_crowd_is_the_profile_and_its_title_the_table(busy: Material) -> None:
    chart, profile = BY_NAME["crowd"], busy.profile
    line = next(t for t in data(chart.figure(busy, "en")) if t.get("hoverinfo") == "text")
    n = len(line["x"])
    assert line["x"] == (profile.grid[:n] / 60_000_000).tolist()
    assert close(line["y"], profile.inside.mean(axis=0)[:n])
    longest = max((busy.results.estimate("queue_length", hour=h) for h in (540, 600, 660)), key=lambda e: e.value)
    assert say(longest, "en", "people") in chart.finding(busy, "en")
    assert "10:00" in chart.finding(busy, "en")


def test_giving_up_is_the_profile(busy: Material) -> None:
    line = named(BY_NAME["abandonment"].figure(busy, "en"), "all customers")
    came, left = (a.sum(axis=(0, 1)) for a in (busy.profile.ahead_joined, busy.profile.ahead_gave_up))
    enough = came >= 20
    assert close(line["y"], 100 * left[enough] / came[enough])


def test_names_beside_the_bars_of_paths_leave_each_other_room() -> None:
    columns, names = [0, 1, 1, 1, 2, 2, 2], [16, 16, 64, 64, 32, 64, 64]
    y, pad, height = stacked(columns, [300.0, 290.0, 5.0, 5.0, 280.0, 1.0, 19.0], names)
    for column in (1, 2):
        at = [(y[i] * height, names[i]) for i in range(7) if columns[i] == column]
        assert all(b - a >= (h + k) / 2 - 1 for (a, h), (b, k) in pairwise(at))  # to a pixel
    assert pad > 18


def test_paths_are_the_profile(busy: Material) -> None:
    sankey = data(BY_NAME["paths"].figure(busy, "en"))[0]
    labels = [read(x).replace("\n", " ").rsplit(" ", 1) for x in sankey["node"]["label"]]
    flow = {
        (labels[a][0], labels[b][0]): v
        for a, b, v in zip(*(sankey["link"][k] for k in ("source", "target", "value")), strict=True)
    }
    profile = busy.profile
    gave_up = node_of_outcome(profile.model, VISIT_OUTCOMES.index("gave_up"))
    mean = profile.flows.mean(axis=0)
    assert flow["counter", "gave up"] == pytest.approx(
        mean[(profile.edges[:, 0] == 2) & (profile.edges[:, 1] == gave_up)].sum(), rel=1e-5
    )
    from_door = sum(v for (a, _), v in flow.items() if a == "door")
    assert from_door == pytest.approx(mean[profile.edges[:, 0] == DOOR].sum(), rel=1e-5)
    assert ["door", f"{from_door:.1f}"] in labels
    assert ("door", "diverted to app") in flow


# --- findings ------------------------------------------------------------------------------------------------


def test_the_worst_class_and_hour_stand_in_the_title(busy: Material) -> None:
    text = BY_NAME["waits"].finding(busy, "en")
    wait = busy.results.estimate("mean_wait", "class", "Z", 600)
    assert text.startswith(f"Z customers wait longest between 10:00 and 11:00: {say(wait, 'en')} on average")


def test_too_few_servers_are_named_with_their_hour(busy: Material) -> None:
    text = BY_NAME["arrivals"].finding(busy, "en")
    assert "come to “counter”" in text
    assert "between 10:00 and 11:00" in text
    assert BY_NAME["arrivals"].finding(busy, "zh").count("“台席”") == 1


def test_a_target_that_is_missed_stands_in_the_title(busy: Material) -> None:
    text = BY_NAME["service_levels"].finding(busy, "en")
    level = busy.results.estimate("service_level", "class", "Z", within_min=5.0)
    assert "missed" in text
    assert f"Z {say(level, 'en')} within 5 min" in text


def test_hours_that_do_not_differ_beyond_doubt_are_inside_the_noise() -> None:
    model = replace(HALL, close=HALL.close + US_PER_HOUR)
    # Two hours, in which customers wait 5 or 6 minutes, on one day the one and on the next the other.
    logs = [
        log(
            [
                row(i, COUNTER_Z, t, t, t + wait, t + 8, visit="served", server=1)
                for i, (t, wait) in enumerate(((10, first), (30, first), (70, second), (90, second)))
            ]
        )
        for first, second in ((5, 6), (6, 5), (6, 5))
    ]
    made = Material(results_of(model, logs), profile_of(model, logs))
    assert BY_NAME["waits"].finding(made, "en").endswith("; the difference from 10:00–11:00 is inside the noise")
    assert BY_NAME["waits"].finding(made, "zh").endswith("；与 10:00–11:00 的差异在误差范围内")


def test_who_has_more_ahead_gives_up_more_often() -> None:
    logs = []
    for _ in range(5):
        rows = [row(i, COUNTER_Z, i, i, i, i + 1, visit="served", server=1) for i in range(30)]
        rows += [
            row(30 + i, COUNTER_Z, i, i, None, i + 9, outcome="reneged", visit="gave_up", ahead=12) for i in range(30)
        ]
        logs.append(log(rows))
    made = Material(results_of(HALL, logs), profile_of(HALL, logs))
    text = BY_NAME["abandonment"].finding(made, "en").replace("\u00a0", " ")
    assert text == (
        "Of customers with 10 or more ahead 100.0 % (100.0 to 100.0) give up, with nobody ahead 0.00 % (0.00 to 0.00)"
    )


@pytest.mark.parametrize("chart", CHARTS, ids=lambda c: c.name)
def test_findings_and_notes_hold_no_placeholder(chart, busy: Material) -> None:
    for lang in LANGUAGES:
        if not chart.why_not(busy, lang):
            for text in (chart.finding(busy, lang), chart.about(busy, lang)):
                assert text
                assert not re.search(r"[{}]|nan|None", text), text
        assert chart.label.en != chart.label.zh


def test_the_two_languages_tell_the_same_numbers(busy: Material) -> None:
    for chart in drawn(busy):
        en, zh = (sorted(re.findall(r"\d+\.\d+", chart.finding(busy, lang))) for lang in LANGUAGES)
        assert en == zh, chart.name
        a, b = ([t.get("x") for t in data(chart.figure(busy, lang))] for lang in LANGUAGES)
        assert a == b, chart.name


def test_hover_texts_have_the_same_lines_in_both_languages(busy: Material) -> None:
    for chart in drawn(busy):
        en, zh = (
            [t.count("<br>") for trace in data(chart.figure(busy, lang)) for t in texts(trace.get("hovertext", []))]
            for lang in LANGUAGES
        )
        assert en == zh, chart.name


# --- halls at the edges --------------------------------------------------------------------------------------


def small(arrivals: str, **more: str) -> str:
    lines = {
        "servers": "2",
        "time": "exponential 5 min",
        "patience": "exponential 20 min",
    } | more
    station = "".join(f"    {key}: {value}\n" for key, value in lines.items() if value)
    return f'format: 1\nhall: Hall\nopen: "09:00-11:30"\narrivals: {arrivals}\nstations:\n  counter:\n{station}'


EDGES = {
    "nobody": (small("{per_hour: [0, 0, 0]}"), 3),
    "one day": (small("{rate: 30/h}"), 1),
    "no patience": (small("{rate: 30/h}", patience=""), 3),
    "nobody waits": (small("{rate: 6/h}", servers="20"), 3),
    "steady": (small("{rate: 20/h}").replace('open: "09:00-11:30"', "run_for: 50 h\nwarm_up: 5 h"), 2),
    "three hundred servers": (small("{rate: 600/h}", servers="300"), 2),
}


@pytest.mark.parametrize("case", EDGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_chart_is_drawn_or_says_why_not(case: str, lang: str, tmp_path) -> None:
    text, days = EDGES[case]
    made = material(tmp_path, text, days)
    for chart in CHARTS:
        reason = chart.applies(made)
        if reason:
            assert chart.why_not(made, lang) == (REASONS[reason].zh if lang == "zh" else REASONS[reason].en)
            continue
        assert chart.finding(made, lang)
        assert chart.about(made, lang)
        assert any(len(t.get("x", ())) or t["type"] == "sankey" for t in data(chart.figure(made, lang))), chart.name


def test_reasons_are_those_of_the_hall(tmp_path) -> None:
    def why(case: str) -> dict[str, str]:
        made = material(tmp_path, *EDGES[case])
        return {chart.name: reason for chart in CHARTS if (reason := chart.applies(made))}

    no_log = {"log_hours": "no_log", "log_points": "no_log", "log_tickets": "no_log"}
    no_log |= {"differences": "no_comparison", "by_days": "alike_days", "tornado": "no_uncertainty"}
    no_log |= {"staffing": "no_plan", "money": "no_costs", "channels": "no_catchment", "zones": "no_zones"}
    no_log |= {"network": "no_network", "one_more": "no_steps", "habit": "no_persons"}
    no_log["horizon"] = "no_horizon"
    assert why("no patience") == no_log | {"abandonment": "no_patience"}
    assert why("nobody waits") == no_log | {
        **{"waits": "nobody_waited", "why": "nobody_waited", "abandonment": "nobody_gave_up"}
    }
    steady = {"arrivals": "no_hours", "waits": "no_hours", "counters_open": "no_hours", "crowd": "no_hours"}
    assert why("steady") == no_log | steady
    nobody = dict.fromkeys(
        ("arrivals", "waits", "counters_open", "service_levels", "distribution", "why", "abandonment"), "nobody_joined"
    )
    assert why("nobody") == no_log | nobody | {"crowd": "no_customers", "paths": "no_customers"}


def test_one_day_has_no_intervals_and_says_so(tmp_path) -> None:
    made = material(tmp_path, *EDGES["one day"])
    for chart in drawn(made):
        figure = chart.figure(made, "en")
        assert not [t for t in data(figure) if t.get("fill") == "toself"], chart.name
        assert not [t for t in data(figure) if any(x is not None for x in (t.get("error_x") or {}).get("array", []))]
        assert not re.search(r"\d to \d", chart.finding(made, "en")), chart.name
        assert "one day only" in chart.about(made, "en")


def test_a_steady_run_speaks_of_runs(tmp_path) -> None:
    made = material(tmp_path, *EDGES["steady"])
    assert "over runs" in BY_NAME["distribution"].about(made, "en")
    assert "a run" in BY_NAME["paths"].finding(made, "en")


def test_many_servers_are_drawn_by_station(tmp_path) -> None:
    made = material(tmp_path, *EDGES["three hundred servers"])
    figure = BY_NAME["utilisation"].figure(made, "en")
    assert len(named(figure, "busy")["x"]) == 1
    busy = made.results.estimate("busy_time", "station", "counter").value
    assert named(figure, "busy")["x"][0] == pytest.approx(busy / 60 / 300, rel=1e-5)
    assert "300 servers" in BY_NAME["utilisation"].about(made, "en")


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Material:
    shares = ", ".join(f"c{i:02d}: {1.5 + (i % 3) / 100:.2f} %" for i in range(59))
    text = small("{rate: 300/h}", servers="25").replace("stations:", f"segments: {{{shares}, c59: rest}}\nstations:")
    text = text.replace("11:30", "18:00")
    return material(tmp_path_factory.mktemp("sixty"), text, 3)


def test_sixty_classes_are_drawn_a_few_and_the_others_counted(sixty: Material) -> None:
    for chart in drawn(sixty):
        figure = chart.figure(sixty, "en")
        assert len(figure.data) < 60, chart.name
        assert len(figure.to_json()) < 100_000, chart.name
    assert "56 smaller ticket classes are not drawn" in BY_NAME["waits"].about(sixty, "en")
    assert "另有 56 个较小的号种未绘出" in BY_NAME["waits"].about(sixty, "zh")


def test_the_largest_classes_have_colours_of_their_own(sixty: Material) -> None:
    largest = np.argsort(class_ranks(sixty.results))[:7]
    assert len({class_look(sixty.results, int(c)).color for c in largest}) == 7
    assert class_ranks(sixty.results)[59] == 0


def test_a_hall_too_large_for_percentiles_by_hour_says_so(sixty: Material) -> None:
    with pytest.raises(UsageError):
        sixty.results.estimate("wait_p90", "class", "c00", 540)
    assert "percentiles by hour" in BY_NAME["waits"].about(sixty, "en")


# --- text and size -------------------------------------------------------------------------------------------


def hostile_hall() -> str:
    labels = list(HOSTILE.values())
    segments = "".join(
        f"  s{i}: {{share: {'rest' if i == 0 else '10 %'}, label: {{en: {json.dumps(t)}, zh: {json.dumps(t)}}}}}\n"
        for i, t in enumerate(labels)
    )
    servers = "".join(
        f"      - {{name: {json.dumps(t)}, shifts: ['09:00-11:30']}}\n" for t in labels if "\u202e" not in t
    )
    label = f"{{en: {json.dumps(labels[0])}, zh: {json.dumps(labels[1])}}}"
    station = f"  counter:\n    label: {label}\n    servers:\n{servers}    time: exponential 9 min\n"
    return (
        'format: 1\nhall: Hall\nopen: "09:00-11:30"\narrivals: {rate: 60/h}\n'
        f"segments:\n{segments}stations:\n{station}    patience: exponential 9 min\n"
        "targets:\n  s0: {wait: 80 % within 5 min}\n"
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material(tmp_path_factory.mktemp("hostile"), hostile_hall(), 10)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names_are_text_in_every_figure(lang: str, hostile: Material) -> None:
    seen = ""
    for chart in drawn(hostile):
        figure = chart.figure(hostile, lang)
        for text in texts(figure.to_plotly_json()):
            assert not re.sub(r"<br>|<extra></extra>", "", text).count("<"), (chart.name, text)
            assert not re.search(r"&(?!amp;|lt;|gt;)", text), (chart.name, text)
            assert "\u202e" not in text
            seen += read(text) + "\n"
        for trace in data(figure):
            for key in ("hovertemplate", "texttemplate"):
                assert trace.get(key) is None
            assert trace.get("link", {}).get("hovertemplate") in (None, "%{customdata}<extra></extra>")
    assert "<script>" in seen
    assert "<b>bold</b>" in seen


def test_long_names_are_cut_and_names_from_right_to_left_kept_apart(hostile: Material) -> None:
    names = [t["name"] for t in data(BY_NAME["distribution"].figure(hostile, "en")) if t.get("name")]
    assert "a name that nobody would…" in [read(n) for n in names]
    assert any(n.startswith("\u2068") and n.endswith("\u2069") for n in names)


def test_all_charts_in_two_languages_are_small(busy: Material, hostile: Material) -> None:
    for made in (busy, hostile):
        size = sum(len(chart.figure(made, lang).to_json()) for chart in drawn(made) for lang in LANGUAGES)
        assert size < 500_000


def test_nothing_in_a_figure_is_written_small(busy: Material) -> None:
    of_a_font = {"size", "color", "weight", "family"}

    def sizes(value) -> list[float]:
        if isinstance(value, dict):
            own = [value["size"]] if "size" in value and ("family" in value or set(value) <= of_a_font) else []
            return own + [x for key, v in value.items() if key != "marker" for x in sizes(v)]
        return [x for v in value for x in sizes(v)] if isinstance(value, list | tuple) else []

    for chart in drawn(busy):
        assert min(sizes(chart.figure(busy, "en").to_plotly_json())) >= 12, chart.name


def test_three_charts_are_for_the_first_page() -> None:
    assert [chart.name for chart in CHARTS if chart.first_page] == ["arrivals", "waits", "utilisation"]


def test_an_unknown_language_is_refused(busy: Material) -> None:
    with pytest.raises(UsageError, match="fr"):
        CHARTS[0].about(busy, "fr")


def test_balked_and_blocked_customers_have_no_wait_in_any_chart() -> None:
    day = log([row(0, KIOSK_Z, 1, 1, None, 1, outcome="balked", visit="balked")])
    made = Material(results_of(HALL, [day]), profile_of(HALL, [day]))
    assert BY_NAME["distribution"].applies(made) == "nobody_joined"
    assert BY_NAME["paths"].applies(made) == ""
    assert "would not join" in " ".join(read(t) for t in texts(BY_NAME["paths"].figure(made, "en").to_plotly_json()))
