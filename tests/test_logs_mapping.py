"""Mapping files: what they may say, what is wrong with them, and where those that are shipped lie."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from hallsim import logs
from hallsim.errors import ScenarioError, UsageError
from hallsim.logs import mapping as mapping_module
from hallsim.logs.declaration import RECORDS
from hallsim.logs.docs import markdown
from hallsim.logs.rules import EFFECTS, RULES
from hallsim.ticket_machine import COLUMNS, LANGUAGES, MACHINE_OUTCOMES
from hallsim.visits import FIELD

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "hallsim" / "docs" / "mapping.md").read_text(encoding="utf-8")

GOOD = """\
format: 1
columns:
  date: Day
  ticket_no: No
  t_ticket: Issued
  t_call_last: Called
  t_end: Ended
"""


def complaints(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        logs.load_mapping(path)
    return [str(c).removeprefix(str(tmp_path)).lstrip("/\\") for c in caught.value.complaints]


def test_the_page_of_the_language_is_up_to_date() -> None:
    assert markdown() == PAGE, "run python -m hallsim.logs.docs"


def test_the_example_of_the_page_is_a_mapping(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    assert logs.load_mapping(path).columns["outcome"].values == {
        "done": ("served", "served"),
        "missed": ("no_show", "no_show"),
        "left": ("reneged", "reneged"),
        "test": ("drop", "drop"),
    }


def test_every_example_of_a_key_can_be_read() -> None:
    from hallsim.scenario.tables import Reading
    from hallsim.scenario.text import compose
    from hallsim.scenario.tree import plain_data

    for record in RECORDS.values():
        for key in record.keys:
            if key.example:
                root, _ = compose(f"{key.name}: {key.example}", "example")
                ctx = Reading(root)
                data = plain_data(root)
                assert isinstance(data, dict)
                key.kind.read(data[key.name], (key.name,), ctx)
                assert ctx.found == [], key.name


def test_every_rule_has_a_name_an_effect_and_two_languages() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.effect in EFFECTS and rule.en and rule.zh for rule in RULES)
    assert [r.effect for r in RULES] == sorted((r.effect for r in RULES), key=EFFECTS.index)


def test_the_machines_export_has_its_headers_and_words_in_the_mapping() -> None:
    columns = logs.load_mapping("ticket_machine").columns
    for field in COLUMNS:
        names = {name.casefold() for name in columns[field].names}
        assert {FIELD[field].en.casefold(), FIELD[field].zh} <= names
    words = {word: ours for ours, both in MACHINE_OUTCOMES.items() for word in both}
    assert len(words) == len(LANGUAGES) * len(MACHINE_OUTCOMES)
    known = columns["outcome"].values or {}
    assert {word: known[word][0] for word in words} == words


@pytest.mark.parametrize("name", logs.shipped())
def test_shipped_mappings_have_both_names_and_say_what_they_are_for(name: str) -> None:
    mapping = logs.load_mapping(name)
    assert mapping.label.en != mapping.label.zh
    assert mapping.description


def test_mappings_lie_in_the_checkout_and_in_the_wheel() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["force-include"] == {"calibration/mappings": "hallsim/logs/mappings"}
    assert "/calibration" in build["sdist"]["include"]
    assert set(logs.shipped()) == {p.stem for p in (ROOT / "calibration" / "mappings").iterdir()}


def test_the_packages_own_folder_goes_before_the_checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(mapping_module, "SHIPPED", (tmp_path, *mapping_module.SHIPPED))
    assert list(logs.shipped()) == ["mine"]
    assert logs.load_mapping("mine").name == "mine"


def test_a_path_works_always(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_module, "SHIPPED", ())
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    assert logs.load_mapping(tmp_path / "mine.yaml").columns["date"].names == ("Day",)
    monkeypatch.chdir(tmp_path)
    assert logs.load_mapping("mine.yaml").name == "mine"


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    message = r"^'clinic' is not a shipped mapping; known: anonymousbank, call_log, .*; a file's name ends in \.yaml$"
    with pytest.raises(UsageError, match=message):
        logs.load_mapping("clinic")


def test_the_hash_covers_the_content_and_not_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    hashes = []
    for text in (GOOD, "# a comment\n" + GOOD, GOOD + "hall: North\n"):
        path.write_text(text, encoding="utf-8")
        hashes.append(logs.load_mapping(path).hash)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("format: 1", "format: 2", ["m.yaml:1 format: format 2 is not known; this hallsim reads format 1"]),
        ("format: 1\n", "", ["m.yaml:1: format is missing: version of this language, such as format: 1"]),
        (
            "t_ticket: Issued",
            "t_tickte: Issued",
            ["m.yaml:5 columns.t_tickte: 't_tickte' is not a key of the columns; (...) (did you mean t_ticket?)"],
        ),
        (
            "  t_ticket: Issued\n",
            "",
            ["m.yaml:2 columns: t_ticket is missing: took the ticket, joined this line"],
        ),
        ("t_end: Ended", "t_end:", ["m.yaml:7 columns.t_end: is empty; needs (...)"]),
        ("date: Day", "date: Day\n  date: Day", ["m.yaml:4 columns.date: given twice; the first is in line 3"]),
        ("date: Day", "date: {names: Day, unit: s}",
         ["m.yaml:3 columns.date.unit: 'unit' is not a key of a column; (...)"]),
        ("t_end: Ended", "t_end: Ended\n  outcome: {names: S, values: {A: server}}",
         ["m.yaml:8 columns.outcome.values.A: 'server' is not an outcome; known: (...) (did you mean served?)"]),
        ("t_end: Ended", "t_end: Ended\n  outcome: {names: S, values: {A: {waited: reneged}}}",
         ["m.yaml:8 columns.outcome.values.A: at_once is missing: outcome of who waited 0, such as at_once: balked"]),
        ("t_end: Ended", "t_end: Ended\n  wait: {names: W, wins: times, tolerance: 5}",
         ["m.yaml:8 columns.wait.tolerance: 5 has no unit; write a duration such as 90 s, 4 min, 1.5 h or 500 ms"]),
        ("t_end: Ended", "t_end: Ended\nread: {required: [counter]}",
         ["m.yaml:8 read.required[0]: 'counter' is not one of the columns; known: (...)"]),
        ("t_end: Ended", "t_end: Ended\nread: {separator: coma}",
         ["m.yaml:8 read.separator: 'coma' is not a separator; (...) (did you mean comma?)"]),
        ("t_end: Ended", "t_end: Ended\nconstants: {date: x}",
         ["m.yaml:8 constants.date: 'date' is not a key of the constants; (...)"]),
        ("t_end: Ended", "t_end: Ended\n  line: L\nconstants: {line: x}",
         ["m.yaml:9 constants.line: is a column too; a field is either read or constant"]),
        ("t_end: Ended", "t_end: Ended\n  segment: PHONE\nprivate: [Phone]",
         ["m.yaml:8 columns.segment: 'PHONE' is private; a private column cannot be read"]),
        ("t_end: Ended", "t_end: Ended\nrows: {drop: [{names: Phone, values: x}]}\nprivate: [Phone]",
         ["m.yaml:8 rows.drop[0].names: 'Phone' is private; a private column cannot be read"]),
        ("t_end: Ended", "t_end: Ended\nrows: {need: [counter]}",
         ["m.yaml:8 rows.need[0]: 'counter' is not one of the columns; known: (...)"]),
        ("t_end: Ended", "t_end: Ended\nvisit: {by: [staff]}",
         ["m.yaml:8 visit.by[0]: 'staff' is not a field here; known: (...)"]),
        ("t_end: Ended", "t_end: Ended\nvisit: {by: [customer]}",
         ["m.yaml:8 visit.by[0]: 'customer' is not one of the columns; known: (...)"]),
        ("  t_call_last: Called\n  t_end: Ended\n", "",
         ["m.yaml:2 columns: none of t_call_last, t_start and wait is given: no wait could be known",
          "m.yaml:2 columns: neither t_end nor service is given: no service could be known"]),
        ("t_end: Ended", "t_end: !!python/object:os.system x",
         ["m.yaml:7: tag !!python/object:os.system is not allowed; (...)"]),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    found = complaints(tmp_path, GOOD.replace(old, new))
    assert len(found) == len(expected)
    for message, pattern in zip(found, expected, strict=True):
        assert re.fullmatch(re.escape(pattern).replace(r"\(\.\.\.\)", ".*"), message), message


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    found = complaints(tmp_path, GOOD.replace("date: Day", "dat: Day") + "privat: [x]\nread: {quotes: 1}\n")
    assert [re.split("[: ]", message)[1] for message in found] == ["3", "8", "9"]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text\n"])
def test_what_is_no_mapping_at_all_is_refused(tmp_path: Path, text: str) -> None:
    (message,) = complaints(tmp_path, text)
    assert message.endswith("a mapping file has keys such as format: and columns:")


def test_a_missing_mapping_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "clinic.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"clinc\.yaml: no such file \(did you mean clinic\.yaml\?\)$"):
        logs.load_mapping(tmp_path / "clinc.yaml")
