"""Writes the JSON schema of a drill's record anew: ``python -m tests.reports.schema``."""

import json

from asr_tui.model.drill_record import DrillRecord
from asr_tui.resources import assets

if __name__ == "__main__":
    schema = DrillRecord.model_json_schema(mode="serialization")
    (assets() / "reports/drill.schema.json").write_text(json.dumps(schema, indent=2) + "\n")
