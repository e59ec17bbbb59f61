"""Lowering of ``label_file``: container labels from files, in the format of a ``.env`` file."""

from __future__ import annotations

from reconciler.compose import schema
from reconciler.compose.dotenv import dotenv
from reconciler.compose.files import FileRefused
from reconciler.compose.lowering.stack import Source
from reconciler.yaml.document import Path


def container_labels(service: schema.Service, path: Path, source: Source) -> dict[str, str]:
    """Return the labels of the files, later ones over earlier ones, with ``labels`` over them."""
    found: dict[str, str] = {}
    for index, name in enumerate(service.label_file):
        try:
            text, file, budget = source.files.text(name), source.files.named(name), source.files.budget
            found |= dotenv(text, file, source.environ, source.found, budget)
        except FileRefused as error:
            source.found.fault((*path, "label_file", index), f"label file {error}", error.hint)
    return {**found, **service.labels}
