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
from remoteready.plan.calibrate import Calibration
from remoteready.plan.intervals import Intervals
from remoteready.plan.report import PlanReport
from remoteready.plan.scenario import Scenario
from remoteready.plan.staffing import Staff
from remoteready.plan.verify import VerificationReport

FOLDER = Path(__file__).parents[1] / "schemas"
ABOUT = ("schema_version", "tool_version")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def with_about(model: Any, **more: Any) -> dict[str, Any]:
    """The schema of a report whose JSON has the versions before the fields of a model, and perhaps more after them."""
    schema = TypeAdapter(model).json_schema(mode="serialization")
    versions = {name: {"title": name.replace("_", " ").title(), "type": "string"} for name in ABOUT}
    for name, extra in more.items():
        found = TypeAdapter(extra).json_schema(mode="serialization", ref_template="#/$defs/{model}")
        schema["$defs"] = schema.get("$defs", {}) | found.pop("$defs", {})
        schema["properties"][name] = found
    return schema | {"properties": versions | schema["properties"], "required": [*ABOUT, *schema["required"]]}


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
        "verification-1.json": (VerificationReport, "serialization"),
    }
    schemas = {name: TypeAdapter(model).json_schema(mode=mode) for name, (model, mode) in models.items()}  # type: ignore[arg-type]
    schemas["intervals-1.json"] = with_about(Intervals, staff=list[Staff])
    schemas["calibration-1.json"] = with_about(Calibration)
    return {name: {"$schema": DIALECT, **schema} for name, schema in schemas.items()}


if __name__ == "__main__":
    for name, schema in published().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
