"""What an image is made of, file by file, removed ones included."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """A file of one layer."""

    path: str
    content: bytes


def saved(host: str, image: str, folder: Path) -> Path:
    """The image as a folder of its manifest, its configuration and its layers."""
    archive = folder / "image.tar"
    subprocess.run(["docker", "save", "--output", archive, image], env={**os.environ, "DOCKER_HOST": host}, check=True)
    with tarfile.open(archive) as whole:
        whole.extractall(folder, filter="data")
    archive.unlink()
    return folder


def configuration(folder: Path) -> dict[str, Any]:
    """Of a saved image: ``config``, and ``history`` with every step's command."""
    manifest = json.loads((folder / "manifest.json").read_text())[0]
    found: dict[str, Any] = json.loads((folder / manifest["Config"]).read_text())
    return found


def files(folder: Path) -> Iterator[Found]:
    """Of all layers of a saved image."""
    for layer in json.loads((folder / "manifest.json").read_text())[0]["Layers"]:
        with tarfile.open(folder / layer) as archive:
            for member in archive:
                if member.isfile() and (content := archive.extractfile(member)):
                    yield Found(member.name, content.read())
