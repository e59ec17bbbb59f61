"""``reconciler validate``: faults of the files."""

from __future__ import annotations

import os
from typing import ClassVar

from reconciler.cli.from_options import check_folder
from reconciler.cli.options import CommonOptions
from reconciler.cli.printing import fault_line
from reconciler.errors import BadDesired
from reconciler.exit_codes import DONE
from reconciler.settings.choices import Output


class ValidateOptions(CommonOptions):
    """Options of ``validate``; it asks no engine."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"host"}


def validate(options: ValidateOptions) -> int:
    """Read the files and say what is wrong with them; ask no engine."""
    from reconciler.compose import read
    from reconciler.status.outputs import ValidateOutput
    from reconciler.status.report_output import remark

    check_folder(options.desired)
    reading = read(options.desired, os.environ, allowed=options.allowed)
    if options.output is Output.JSON:
        said = ValidateOutput(
            warnings=[remark(fault) for fault in reading.warnings], errors=[remark(fault) for fault in reading.faults]
        )
        print(said.model_dump_json(indent=2))
    else:
        for word, faults in (("error", reading.faults), ("warning", reading.warnings)):
            for fault in faults:
                print(fault_line(fault, word))
        services = sum(len(stack.services) for stack in reading.stacks)
        print(
            f"{len(reading.stacks)} stacks with {services} services load, "
            f"{len(reading.faults)} errors, {len(reading.warnings)} warnings"
        )
    return BadDesired.exit_code if reading.faults else DONE
