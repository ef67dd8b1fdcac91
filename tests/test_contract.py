"""What others build on: published schemas, exit codes, the README's words."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from remoteready import files
from tests import schemas
from tests.test_golden import GOLDEN

ROOT = Path(__file__).parents[1]
SCHEMAS = schemas.published()
KINDS = {
    "check": "check-report-1.json",
    "compare": "comparison-1.json",
    **{f"fleet-{name}": f"fleet-{name}-1.json" for name in ("agent", "diff", "status", "trend", "uplinks", "why")},
    "measure": "measurement-1.json",
    "calibrate": "calibration-1.json",
    "intervals": "intervals-1.json",
    "verify": "verification-1.json",
    "plan": "plan-report-1.json",
}
"""The schema of a golden report, by what its name begins with."""


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(SCHEMAS[name], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schema_is_the_one_the_program_has(name: str) -> None:
    assert json.loads((schemas.FOLDER / name).read_text(encoding="utf-8")) == SCHEMAS[name]


@pytest.mark.parametrize("report", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.name)
def test_every_json_report_follows_its_schema(report: Path) -> None:
    schema = next(schema for kind, schema in KINDS.items() if report.name.startswith(kind))
    validator(schema).validate(json.loads(report.read_text(encoding="utf-8")))


def test_a_report_with_a_field_too_many_does_not_follow_its_schema() -> None:
    report = json.loads(next(GOLDEN.glob("check-ready*.json")).read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        validator("check-report-1.json").validate({**report, "surprise": 1})


@pytest.mark.parametrize(
    ("schema", "path"),
    [("profile.json", path) for path in files.shipped().glob("*.yaml")]
    + [("scenario.json", path) for path in files.shipped("scenarios").glob("*.yaml")],
    ids=lambda value: Path(value).name,
)
def test_editors_accept_every_shipped_file(schema: str, path: Path) -> None:
    document = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    validator(schema).validate(document)
