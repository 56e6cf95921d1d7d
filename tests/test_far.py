"""Far functions are compiled ahead by two processes, each of which leaves what the other has."""

from pathlib import Path
from typing import Any

import pytest

from hallsim.engines import far, kernel, preparing  # the last two declare far functions
from hallsim.engines.workspace import far_functions
from hallsim.experiment.chunks import FAR_MODULES
from hallsim.experiment.days import kinds_of
from hallsim.scenario import load
from tests.conftest import ROOT

assert kernel, preparing


def test_who_goes_through_the_names_stops_where_the_other_has_been(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(far, "code", compiled.append)
    far.take(["day", "ask_to_join"], str(tmp_path))
    far.take(["reduce", "load_block", "ask_to_join", "day"], str(tmp_path))
    assert compiled == ["day", "ask_to_join", "reduce", "load_block"]


def test_what_is_there_is_not_compiled_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **more: Any) -> None:
        raise AssertionError(given)

    monkeypatch.setattr(far.subprocess, "Popen", fail)
    monkeypatch.setattr(far, "_COMPILED", dict.fromkeys(far._ENTRIES))
    far.prepare(list(far._ENTRIES), FAR_MODULES)


def test_a_plain_hall_needs_five_far_functions_and_the_full_one_nearly_all() -> None:
    def needed(name: str) -> set[str]:
        return set(far_functions(kinds_of(load(ROOT / "scenarios" / f"{name}.yaml").model).compiled[0]))

    assert needed("s2_hall") == {"day", "ask_to_join", "pick_on_coming", "draw_at", "load_block"}
    missing = {n for n in far._ENTRIES if n != "reduce"} - needed("flagship_full")
    zones = {"let_in", "hold_back", "keep_out", "no_place", "close_out", "add_zones"}
    networks = {"choose_way", "renew_waits"}
    horizons = {"know_persons", "know_stages"}
    sums = {"add_recoveries", "add_branches", "add_overtaken"}
    assert missing == {"take_over", "join_by_case", "follow_on"} | zones | networks | horizons | sums
