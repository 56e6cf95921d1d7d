"""Scenario files: what is read, what is refused with which words, and what is only warned of."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hallsim.errors import Complaint, ScenarioError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Label, RatePiece
from hallsim.parts.distributions import Deterministic, Exponential, Lognormal, Uniform
from hallsim.scenario import check, load, scenario_docs, schema, starter
from hallsim.scenario.declaration import SCENARIO, STATION
from hallsim.scenario.network.declaration import NETWORK

ROOT = Path(__file__).parents[1]
INVALID = sorted((ROOT / "tests" / "invalid").glob("*.yaml"))
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
COUNTER = {"servers": 4, "time": "exponential 5 min"}
HALL = {"open": "09:00-12:00", "arrivals": {"rate": "30/h"}, "stations": {"counter": COUNTER}}
SEGMENTS = {**HALL, "segments": {"vip": "10 %", "general": "rest"}}
H = US_PER_HOUR


def hall(**changes: object) -> dict[str, object]:
    """Return the small hall with other top-level keys."""
    return {**HALL, **changes}


def counter(**changes: object) -> dict[str, object]:
    """Return the small hall with other keys of its counter."""
    return hall(stations={"counter": {**COUNTER, **changes}})


def warnings_of(data: dict[str, object]) -> list[str]:
    return [f"{c.path}: {c.message}" for c in load(data).warnings]


def only(path: Path) -> Complaint:
    """Return the only complaint about a file; it must be one line."""
    found = check(path)
    assert len(found) == 1, found
    assert "\n" not in str(found[0])
    return found[0]


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_an_invalid_scenario_gives_its_message_and_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    expected = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# expect: ")
    found = [c for c in check(path.name) if not c.warning]
    place = [f"{Path(c.file).as_posix()}:{c.line}".removeprefix(f"{path.name}:") for c in found]
    assert [f"{p} {c.path + ': ' if c.path else ': '}{c.message}" for p, c in zip(place, found, strict=True)] == [
        expected
    ]
    with pytest.raises(ScenarioError):
        load(path.name)


def test_there_are_at_least_sixty_invalid_scenarios() -> None:
    assert len(INVALID) >= 60


def test_everything_wrong_is_said_at_once_in_file_order(tmp_path: Path) -> None:
    file = tmp_path / "hall.yaml"
    file.write_text(
        "format: 1\nopen: 9 to 5\ncolour: red\narrivals: {rate: 30}\n"
        "stations:\n  counter: {servers: several, time: {law: lognorm}, then: kiosk}\n",
        encoding="utf-8",
    )
    found = check(file)
    assert [c.line for c in found] == [2, 3, 4, 6, 6, 6]
    assert [c.path for c in found] == [
        "open",
        "colour",
        "arrivals.rate",
        "stations.counter.servers",
        "stations.counter.time.law",
        "stations.counter.then",
    ]


def test_a_yaml_bomb_is_one_clear_line(tmp_path: Path) -> None:
    levels = [f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]" for i in range(1, 12)]
    file = tmp_path / "bomb.yaml"
    file.write_text("format: 1\nb0: &b0 lol\n" + "\n".join(levels), encoding="utf-8")
    complaint = only(file)
    assert (complaint.line, complaint.message) == (
        2,
        "anchor &b0 is not allowed; write the value out, or use extends:",
    )


def test_deep_nesting_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text("format: 1\nhall: " + "[" * 100_000, encoding="utf-8")
    assert only(file).message == "nested deeper than 40 levels"
    assert only(file).line == 2


def test_errors_without_end_stop_at_two_hundred(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text("format: 1\n" + "".join(f"key{i}: 1\n" for i in range(20_000)), encoding="utf-8")
    found = check(file)
    assert len(found) == 201
    assert str(found[0]) == f"{file}: has more than 200 errors; these are the first"


def test_a_thousand_stations_are_enough() -> None:
    stations = {f"s{i}": COUNTER for i in range(1001)}
    (complaint,) = check(hall(stations=stations))
    assert complaint.message == "has 1001 entries; at most 1000"
    names = {f"n{i}": "rest" if i == 0 else "0.1 %" for i in range(400)}
    found = check(hall(segments=names, transactions={f"t{name}": share for name, share in names.items()}))
    assert [c.message for c in found] == ["160000 pairs of segment and transaction are too many; at most 60000"]


@pytest.mark.parametrize(("name", "near"), [("standrd", "standard.yaml"), ("standard.yaml2", "standard.yaml")])
def test_a_missing_file_has_its_neighbour_named(name: str, near: str, tmp_path: Path) -> None:
    (tmp_path / "standard.yaml").write_text("format: 1\n", encoding="utf-8")
    assert only(tmp_path / name).message == f"no such file (did you mean {near}?)"


def test_a_file_of_50_mb_is_one_clear_line_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.write(b"format: 1\n")
        stream.truncate(50_000_000)

    def refuse(self: Path, *_: object) -> None:
        raise AssertionError(f"{self} was opened")

    monkeypatch.setattr(Path, "open", refuse)
    assert str(only(file)) == f"{file}: has 50.0 MB; a scenario file has at most 1 MB"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is binary, not a scenario file"),
        ("hall: 营业厅\n".encode("utf-16"), "is in UTF-16; save it as UTF-8 (or GB18030)"),
        (b"format: 1\nhall: caf\xe9\n", "byte 0xe9 is neither UTF-8 nor GB18030"),
        (b"format: 1\nhall: \x01\n", "not valid YAML: special characters are not allowed"),
        (b"", "is empty; `hallsim new` writes a starter"),
    ],
)
def test_what_is_not_text_is_one_clear_line(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "hall.yaml"
    file.write_bytes(data)
    assert only(file).message == message


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "hall.yaml").write_text("format: 1\n", encoding="utf-8")
    assert only(tmp_path / "hal.yaml").message == "no such file (did you mean hall.yaml?)"
    assert only(tmp_path).message == "is a folder, not a scenario file"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_is_read_in_three_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "hall.yaml"
    text = 'format: 1\nhall: 天河营业厅\nopen: "09:00-12:00"\narrivals: {rate: 30/h}\n'
    file.write_bytes((text + "stations:\n  台席: {servers: 4, time: 5 min}\n").encode(encoding))
    model = load(file).model
    assert model.label.zh == "天河营业厅"
    assert (model.stations[0].name, model.stations[0].role) == ("台席", "counter")


def test_a_mapping_with_an_object_in_it_is_refused() -> None:
    with pytest.raises(ScenarioError, match="a object has no place in a scenario"):
        load(hall(hall=object()))


def test_no_mutilated_scenario_breaks_the_reader() -> None:
    """Replace, remove and add values at random: complaints may come, exceptions of other kinds may not."""
    rng = random.Random(20)
    bases = [load(path).to_mapping() for path in SCENARIOS]
    odd = [
        None,
        True,
        -1,
        0,
        2.5,
        float("nan"),
        "",
        "rest",
        "all",
        "triage",
        "divert ",
        "15 %",
        "5 min",
        "09:00",
        "vip",
    ]
    odd += ["counter", "never", [], {}, [None], {"x": 1}, {"": ""}, {"law": None}, {"rest": "leave"}, {"staff": {}}]
    for _ in range(1500):
        data = copy.deepcopy(rng.choice(bases))
        for _ in range(rng.randint(1, 3)):
            path = rng.choice([p for p in paths_of(data) if p])
            inner = data
            for step in path[:-1]:
                inner = inner[step]
            if rng.random() < 0.2:
                del inner[path[-1]]
            else:
                inner[path[-1]] = copy.deepcopy(rng.choice(odd))
            if not data:
                break
        check(data)


def paths_of(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from paths_of(value, (*path, key))


# --- what is read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_a_shipped_scenario_is_sound_and_says_where_it_comes_from(path: Path) -> None:
    # too little staff on some days, or at some hours, is what these scenarios are about
    short = ("bill_days", "bill_days_offer", "county_hall", "hotline_overflow", "publicity_weeks")
    crowded = path.stem.startswith("campaign_") or path.stem in short
    assert [c for c in check(path) if not (crowded and "more work than servers: " in c.message)] == []
    model = load(path).model
    assert model.description
    assert model.source_note
    assert model.label.zh != model.label.en


def test_s2_takes_at_most_35_lines_and_is_the_standard_model() -> None:
    text = (ROOT / "scenarios" / "s2_hall.yaml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 35
    model = load(ROOT / "scenarios" / "s2_hall.yaml").model
    greeter, kiosk, desk = model.stations
    assert [len(s.servers) for s in model.stations] == [2, 4, 8]
    assert greeter.service[0] == Exponential(19_800_000.0)
    assert kiosk.service[0] == Lognormal(180_000_000.0, 0.6)
    assert [law.mean / US_PER_MINUTE for law in desk.service] == [9, 8, 4]
    assert desk.patience == (Exponential(2_400_000_000.0),) * 3
    assert [line.rank for line in desk.lines] == [0, 1, 1]
    assert sum(p.rate * (p.end - p.start) for p in model.sources[0].pieces) == pytest.approx(600)
    assert [[(r.probability, r.destination) for r in row] for row in greeter.routes] == [
        [(1.0, 2)],
        [(0.15, 1), (0.1, 3), (0.75, 2)],
        [(0.55, 1), (0.2, 3), (0.25, 2)],
    ]
    assert [(r.probability, r.step_outcome) for r in kiosk.routes[1]] == [(0.92, "served"), (0.08, "failed")]
    assert [e.outcome for e in model.exits] == ["diverted", "served"]


def test_the_starter_is_sound_and_shows_every_key(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(starter(), encoding="utf-8")
    assert check(file) == []
    for key in (*SCENARIO.keys, *STATION.keys):
        assert re.search(rf"^ *(# )?{key.name}:", starter(), flags=re.MULTILINE), key.name


def test_the_page_about_scenarios_is_up_to_date() -> None:
    page = (ROOT / "hallsim" / "docs" / "scenario.md").read_text(encoding="utf-8")
    assert page == scenario_docs(), "run python -m hallsim.scenario.docs"


def test_the_schema_is_json_with_every_key_and_every_reference_defined() -> None:
    text = json.dumps(schema())
    assert set(schema()["$defs"]["scenario"]["properties"]) == {key.name for key in SCENARIO.keys}
    assert set(schema()["$defs"]["network"]["properties"]) == {key.name for key in NETWORK.keys}
    assert set(re.findall(r"#/\$defs/(\w+)", text)) <= set(schema()["$defs"])


def test_one_segment_one_transaction_and_one_class_by_default() -> None:
    model = load(HALL).model
    assert [t.name for t in model.types] == ["customer"]
    assert [c.prefix for c in model.ticket_classes] == ["C"]
    assert model.stations[0].patience == (None,)
    assert model.stations[0].label.zh == "台席"
    assert model.exits[0].name == "leave"


def test_types_are_the_pairs_that_come() -> None:
    data = {**SEGMENTS, "transactions": {"payment": "40 %", "card": "60 %"}}
    data["segments"] = {"vip": {"share": "10 %", "transactions": {"card": "all"}}, "general": "rest"}
    model = load(data).model
    assert [t.name for t in model.types] == ["vip card", "general payment", "general card"]
    assert model.sources[0].mix == pytest.approx((0.1, 0.36, 0.54))


def test_the_more_specific_customer_decides() -> None:
    times = {"vip": "9 min", "payment": "3 min", "vip payment": "4 min", "rest": "5 min"}
    data = {**SEGMENTS, "transactions": {"payment": "40 %", "card": "60 %"}}
    data["stations"] = {"counter": {"servers": 9, "time": times}}
    model = load(data).model
    minutes = {t.name: model.stations[0].service[i].mean / US_PER_MINUTE for i, t in enumerate(model.types)}
    assert minutes == {"vip payment": 4, "vip card": 9, "general payment": 3, "general card": 5}


def test_arrivals_per_hour_end_with_a_shorter_hour() -> None:
    model = load(hall(open="09:00-10:30", arrivals={"per_hour": [30, 20]})).model
    assert model.sources[0].pieces == (
        RatePiece(9 * H, 10 * H, 30 / H),
        RatePiece(10 * H, 10 * H + H // 2, 20 / (H // 2)),
    )


def test_rates_hold_to_the_next_and_are_cut_at_the_doors() -> None:
    data = hall(arrivals={"rates": {"08:00": "10/h", "10:00": "0/h", "11:00": "20/h", "13:00": "5/h"}})
    pieces = load(data).model.sources[0].pieces
    assert [(p.start // H, p.end // H, round(p.rate * H)) for p in pieces] == [(9, 10, 10), (11, 12, 20)]
    assert warnings_of(data) == [
        "arrivals.rates.08:00: arrivals outside opening hours: the doors open at 09:00; left out",
        "arrivals.rates.13:00: arrivals outside opening hours: the doors close at 12:00; left out",
    ]


def test_times_are_sorted_and_those_outside_are_left_out() -> None:
    data = hall(arrivals={"times": ["10:00", "09:01", "12:00"]})
    source = load(data).model.sources[0]
    assert (source.kind, source.table_types) == ("table", (-1, -1))
    assert source.table_times == (9 * H + US_PER_MINUTE, 10 * H)
    assert warnings_of(data) == [
        "arrivals.times: 1 customer comes while the doors are closed, the first at 12:00; left out"
    ]


def test_a_table_of_arrivals_brings_its_types(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes("时间,品牌,业务\n09:05,vip,card\n09:01,普通客户,payment\n".encode("gb18030"))
    file = tmp_path / "hall.yaml"
    file.write_text(
        'format: 1\nopen: "09:00-12:00"\narrivals: {table: day.csv}\nsegments: {vip: 0 %, general: rest}\n'
        "transactions: {payment: 40 %, card: rest}\nstations:\n  counter: {servers: 1, time: 5 min}\n",
        encoding="utf-8",
    )
    model = load(file).model
    assert [t.name for t in model.types] == ["vip card", "general payment", "general card"]
    assert model.sources[0].table_types == (1, 0)
    assert model.sources[0].mix == (0.0, 0.4, 0.6)
    before = load(file).hash
    (tmp_path / "day.csv").write_text("time\n09:05\n", encoding="utf-8")
    assert load(file).hash != before


def test_a_table_of_arrivals_states_services_patiences_and_places(tmp_path: Path) -> None:
    rows = "时间,办理时长_min,patience,place\n09:05,,90 s,7\n09:01,2.5,,\n09:03,0,1 h,１２\n13:00,9,9 min,9\n"
    (tmp_path / "day.csv").write_text(rows, encoding="utf-8")
    file = tmp_path / "hall.yaml"
    text = 'format: 1\nopen: "09:00-12:00"\narrivals: {table: day.csv}\nstations: {desk: {servers: 1, time: 5 min}}\n'
    file.write_text(text, encoding="utf-8")
    source = load(file).model.sources[0]
    assert source.table_times == tuple(9 * H + m * US_PER_MINUTE for m in (1, 3, 5))
    assert source.table_services == (150_000_000, 0, -1)
    assert source.table_patiences == (-1, H, 90_000_000)
    assert source.table_places == (-1, 12, 7)
    (tmp_path / "day.csv").write_text("time,service,place\n09:05,,\n", encoding="utf-8")
    source = load(file).model.sources[0]
    assert (source.table_services, source.table_patiences, source.table_places) == ((), (), ())


@pytest.mark.parametrize(("service", "warned"), [("30 min", True), ("1 min", False)])
def test_stated_services_are_the_work_that_capacity_is_held_against(service: str, warned: bool, tmp_path: Path) -> None:
    rows = "".join(f"10:{m:02d},{service}\n" for m in range(12))
    (tmp_path / "day.csv").write_text("time,service\n" + rows, encoding="utf-8")
    file = tmp_path / "hall.yaml"
    text = 'format: 1\nopen: "09:00-12:00"\narrivals: {table: day.csv}\nstations: {desk: {servers: 1, time: 6 min}}\n'
    file.write_text(text, encoding="utf-8")
    over = ["more work than servers: 10:00-11:00 needs 6.0, has 1 (600 %)"] if warned else []
    assert [c.message for c in load(file).warnings] == over


def test_several_sources_have_their_own_mix() -> None:
    data = {**SEGMENTS, "arrivals": {"walk_in": {"rate": "30/h"}, "tour": {"gaps": "uniform 5 min to 15 min"}}}
    data["arrivals"]["tour"]["segments"] = {"vip": "all"}
    walk_in, tour = load(data).model.sources
    assert (walk_in.name, walk_in.kind, walk_in.mix) == ("walk_in", "poisson", (0.1, 0.9))
    assert (tour.kind, tour.gap, tour.mix) == ("renewal", Uniform(3e8, 9e8), (1.0, 0.0))


def test_staff_numbers_become_named_shifts() -> None:
    station = load(counter(servers={"staff": {"09:00": 1, "10:00": 3, "11:00": 2}})).model.stations[0]
    assert [[(a // H, b // H) for a, b in s.shifts] for s in station.servers] == [[(9, 12)], [(10, 12)], [(10, 11)]]


@pytest.mark.parametrize("mode", ["pooled", "preemptive"])
def test_staff_numbers_can_be_levels(mode: str) -> None:
    station = load(counter(servers={"staff": {"09:00": 1, "10:00": 3}, "shift_end": mode})).model.stations[0]
    assert (station.shift_end, station.levels) == (mode, ((9 * H, 1), (10 * H, 3)))
    assert [s.shifts for s in station.servers] == [(), (), ()]


def test_servers_by_name_have_shifts_and_speed() -> None:
    given = [{"name": "Li", "shifts": ["09:00-10:00", "11:00-12:00"], "speed": 1.25}, {"name": "Wang"}]
    first, second = load(counter(servers=given)).model.stations[0].servers
    assert (first.shifts, first.time_factor) == (((9 * H, 10 * H), (11 * H, 12 * H)), 0.8)
    assert (second.name, second.shifts) == ("Wang", ((9 * H, 12 * H),))


def test_a_failure_without_a_place_to_go_leaves_partly_served() -> None:
    model = load(counter(fails="8 %")).model
    assert [(e.name, e.outcome) for e in model.exits] == [("leave", "served"), ("failed", "partly_served")]
    assert [(r.probability, r.destination, r.step_outcome) for r in model.stations[0].routes[0]] == [
        (0.92, 1, "served"),
        (0.08, 2, "failed"),
    ]


def test_whoever_is_sent_away_at_the_door_is_turned_away() -> None:
    model = load(hall(entry={"counter": "90 %", "leave": "rest"})).model
    assert [e.outcome for e in model.exits if e.name != "leave"] == ["turned_away"]


def test_a_steady_state_run_starts_at_zero() -> None:
    data = {k: v for k, v in HALL.items() if k != "open"}
    model = load({**data, "run_for": "1000 min", "warm_up": "100 min"}).model
    assert (model.steady, model.open, model.close, model.warm_up) == (
        True,
        0,
        1000 * US_PER_MINUTE,
        100 * US_PER_MINUTE,
    )


def test_targets_are_by_class_in_the_units_of_the_figures() -> None:
    promises = {"wait": "90 % within 10 min", "mean_wait": "at most 5 min", "abandonment": "at most 3 %"}
    targets = load({**SEGMENTS, "targets": {"vip": {"wait": "95 % within 5 min"}, "all": promises}}).model.targets
    assert [(t.measure, t.ticket_class, t.at_least, t.at_most) for t in targets] == [
        ("service_level", 0, 0.95, None),
        ("service_level", -1, 0.9, None),
        ("mean_wait", -1, None, 5.0),
        ("abandonment", -1, None, 0.03),
    ]
    assert targets[1].within == 10 * US_PER_MINUTE


def test_a_question_is_read_in_both_languages_or_left_to_the_report() -> None:
    asked = {"en": "Are four enough?", "zh": "四个够吗？"}
    assert load(hall(question=asked)).model.question == Label(**asked)
    assert load(hall(question="Are four enough?")).model.question == Label("Are four enough?", "Are four enough?")
    assert load(HALL).model.question is None


def test_room_overflow_and_balking_are_read() -> None:
    stations = {
        "counter": {
            **COUNTER,
            "room": {"total": 30, "waiting": 20},
            "when_full": "kiosk",
            "join_probability": [1, 0.5],
        },
        "kiosk": {"servers": 1, "time": "3 min"},
    }
    station = load(hall(stations=stations)).model.stations[0]
    assert (station.room_total, station.room_waiting, station.on_blocked[0][0].destination) == (30, 20, 1)
    assert station.join_probability == (1.0, 0.5)


@pytest.mark.parametrize(
    "law",
    [
        "lognormal 8 min cv 0.8",
        "lognormal cv 0.8 mean 8 min",
        {"law": "lognormal", "mean": "8 min", "cv": 0.8},
    ],
)
def test_a_law_may_be_written_in_several_ways(law: object) -> None:
    assert load(counter(time=law)).model.stations[0].service == (Lognormal(480_000_000.0, 0.8),)


@pytest.mark.parametrize(
    "law",
    [
        "gamma 3 min cv 0.5",
        "erlang 6 min shape 3",
        "weibull 30 min shape 1.5",
        "triangular 1 min 2 min 6 min",
        {"law": "hyperexponential", "shares": ["30 %", "70 %"], "means": ["2 min", "34 s"]},
        {"law": "mixture", "shares": ["30 %", "70 %"], "of": ["exponential 2 min", "34 s"]},
        {"law": "coxian", "rates": ["2/min", "0.5/min"], "continue": ["25 %"]},
        {"law": "empirical", "values": ["2 min", "34 s"]},
        {"law": "empirical", "file": str(ROOT / "tests" / "invalid" / "tables" / "times.csv"), "column": "service_min"},
    ],
)
def test_every_law_is_read(law: object) -> None:
    assert load(counter(time=law)).model.stations[0].service[0].mean > 0


def test_a_duration_alone_is_deterministic() -> None:
    assert load(counter(time="5 min")).model.stations[0].service == (Deterministic(300_000_000.0),)


# --- what is warned of -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (
            hall(arrivals={"per_hour": [30, 60, 30]}),
            "stations.counter.servers: more work than servers: 10:00-11:00 needs 5.0, has 4 (125 %)",
        ),
        (
            counter(servers=[{"name": "Li", "shifts": ["08:00-12:00"]}, {"name": "Wu"}, {"name": "Qi"}]),
            "stations.counter.servers[0].shifts[0]: 08:00-12:00 is outside the opening hours 09:00-12:00",
        ),
        (
            counter(servers={"staff": {"09:00": 5, "11:00": 0}}),
            "stations.counter.servers: customers come, but nobody is on duty: 11:00-12:00",
        ),
        (
            counter(servers={"staff": {"09:00": 5, "11:30": 0}}),
            "stations.counter.servers: nobody is on duty at closing (12:00), so whoever still waits is closed out",
        ),
        (
            hall(stations={"counter": COUNTER, "kiosk": COUNTER}),
            "stations.kiosk: nobody is routed to this station",
        ),
        (
            {**SEGMENTS, "segments": {"vip": "0 %", "general": "rest"}},
            "segments.vip: has no share, so no vip customer comes",
        ),
        ({**SEGMENTS, "tickets": {"Z": {}, "V": {"segments": ["vip"]}}}, "tickets.V: nobody draws a V ticket"),
        (counter(when_full="leave", on_failure="leave"), "stations.counter.on_failure: has no effect without fails"),
        (counter(room={"total": 3}), "stations.counter.room.total: room for 3 people is less than the 4 servers"),
        (hall(arrivals={"per_hour": [0, 0, 0]}), "arrivals: nobody arrives"),
    ],
)
def test_a_planner_is_warned(data: dict[str, object], warning: str) -> None:
    assert warning in warnings_of(data)
    assert all(c.warning for c in check(data))


def test_visits_after_failures_and_loops_count_as_work() -> None:
    stations = {
        "kiosk": {"servers": 9, "time": "3 min", "fails": "50 %", "on_failure": "counter"},
        "counter": {"servers": 1, "time": "6 min", "then": {"counter": "50 %", "leave": "rest"}},
    }
    assert warnings_of(hall(stations=stations)) == [
        "stations.counter.servers: more work than servers: 09:00-10:00 needs 3.0, has 1 (300 %); "
        "10:00-11:00 needs 3.0, has 1 (300 %); 11:00-12:00 needs 3.0, has 1 (300 %)"
    ]


def test_a_line_that_grows_without_end_is_warned_of() -> None:
    data = {k: v for k, v in HALL.items() if k != "open"}
    assert warnings_of({**data, "run_for": "1000 min", "arrivals": {"rate": "1/min"}}) == [
        "stations.counter.servers: more work than servers: the whole run needs 5.0, has 4 (125 %); "
        "the line grows without end"
    ]
