"""JSON Schemas of ``x-reconciler`` and of every command's output: ``python -m reconciler.cli.schema DIR``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from reconciler.compose.options import Everywhere
from reconciler.settings.schema import schema
from reconciler.status.config_output import ConfigOutput
from reconciler.status.explain_output import ExplainOutput
from reconciler.status.history import HistoryOutput
from reconciler.status.listing import LsOutput, PsOutput
from reconciler.status.outputs import OUTPUTS
from reconciler.web.openapi import document

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return file names and contents, as committed in ``schemas/``."""
    models: dict[str, type[BaseModel]] = {"x-reconciler": Everywhere, **OUTPUTS}
    models |= {
        "history": HistoryOutput,
        "explain": ExplainOutput,
        "ls": LsOutput,
        "ps": PsOutput,
        "config": ConfigOutput,
    }
    found = {name: model.model_json_schema() for name, model in models.items()}
    made = {f"{name}.json": _text(name, each) for name, each in {**found, "settings-file": schema()}.items()}
    return {**made, "openapi.json": json.dumps(document(), indent=2) + "\n"}


def _text(name: str, schema: dict[str, object]) -> str:
    return json.dumps({"$schema": DIALECT, **schema, "title": name}, indent=2) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text)
