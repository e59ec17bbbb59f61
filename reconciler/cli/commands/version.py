"""``reconciler version``: versions of the program, of Python, and of the engine."""

from __future__ import annotations

import os
import platform
from typing import ClassVar

from reconciler import __version__
from reconciler.cli.options import CommonOptions
from reconciler.errors import EngineError
from reconciler.exit_codes import DONE
from reconciler.settings.choices import Output


class VersionOptions(CommonOptions):
    """Options of ``version``."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"desired"}


def version(options: VersionOptions) -> int:
    """Print the versions of the program, of Python, and of the engine if it answers."""
    from reconciler.status.outputs import EngineVersion, VersionOutput
    from reconciler.swarm import Swarm

    engine, error = None, ""
    swarm = Swarm.connect(options.host, os.environ)
    try:
        engine_version, api_version = swarm.version()
        engine = EngineVersion(host=swarm.host, version=engine_version, api_version=api_version)
    except EngineError as met:
        error = str(met)
    python = platform.python_version()
    output = VersionOutput(version=__version__, python=python, engine=engine, engine_error=error)
    if options.output is Output.JSON:
        print(output.model_dump_json(indent=2))
        return DONE
    print(f"reconciler {__version__} (Python {python})")
    if engine:
        print(f"engine {engine.version} (API {engine.api_version}) at {engine.host}")
    else:
        print(f"engine: {error}")
    return DONE
