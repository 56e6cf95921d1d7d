"""`hallsim channels`: whom the people of a catchment ask first, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import table_width
from hallsim.cli.options import AS_JSON, TABLE_LANGUAGE, TableLanguage


def channels(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML) with a catchment.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change an entry first.")
    ] = None,
    as_json: AS_JSON = False,
    lang: TABLE_LANGUAGE = TableLanguage.en,
) -> None:
    """Print which channel each sort of customers asks first, and why; nothing is simulated."""
    from hallsim.experiment.first_choices import document, render
    from hallsim.scenario import load

    model = load(scenario, set_=tuple(changes or ())).model
    if as_json:
        print(json.dumps(document(model), ensure_ascii=False, indent=2))
    else:
        print(render(model, lang.value, table_width()))
