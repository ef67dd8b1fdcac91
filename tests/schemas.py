"""The published JSON Schemas: what they say, and `python -m tests.schemas` to write them anew."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from remoteready.check.findings import Report
from remoteready.check.profile import Profile
from remoteready.check.site import Site
from remoteready.check.trials import Trials
from remoteready.fleet.change import Change
from remoteready.fleet.history import History
from remoteready.fleet.status import Status
from remoteready.fleet.trend import Trend
from remoteready.fleet.uplinks import Uplinks
from remoteready.fleet.why import Why
from remoteready.measure.call import Measurement
from remoteready.measure.comparison import Comparison
from remoteready.measure.soaked import Soak
from remoteready.plan.report import PlanReport
from remoteready.plan.scenario import Scenario

FOLDER = Path(__file__).parents[1] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def published() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    models: dict[str, tuple[Any, str]] = {
        "check-report-1.json": (Report, "serialization"),
        "comparison-1.json": (Comparison, "serialization"),
        "fleet-agent-1.json": (History, "serialization"),
        "fleet-diff-1.json": (Change, "serialization"),
        "fleet-status-1.json": (Status, "serialization"),
        "fleet-trend-1.json": (Trend, "serialization"),
        "fleet-uplinks-1.json": (Uplinks, "serialization"),
        "fleet-why-1.json": (Why, "serialization"),
        "measurement-1.json": (Measurement, "serialization"),
        "plan-report-1.json": (PlanReport, "serialization"),
        "profile.json": (Profile, "validation"),
        "profile-test-1.json": (Trials, "serialization"),
        "scenario.json": (Scenario, "validation"),
        "site.json": (Site, "validation"),
        "soak-1.json": (Soak, "serialization"),
    }
    return {
        name: {"$schema": DIALECT, **TypeAdapter(model).json_schema(mode=mode)}  # type: ignore[arg-type]
        for name, (model, mode) in models.items()
    }


if __name__ == "__main__":
    for name, schema in published().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
