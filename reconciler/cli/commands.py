"""The commands: each gets its options, does its work by the rooms below, prints, and gives its exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.setting_up import Options, Output, reconciler_of
from reconciler.errors import BadDesired, EngineUnavailable, Fault, ReconcilerError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from reconciler.compose import Reading
    from reconciler.status.report import Report

DONE, FAILED, PENDING = 0, 1, 2
"""Exit codes; those of errors stand with them (``errors``)."""
TERMINATED = 128 + signal.SIGTERM
"""As shells tell of what a signal ended."""


def run(options: Options) -> None:
    import asyncio

    from rich.console import Console

    from reconciler.cli.progress import progress_for
    from reconciler.loop.run import run as run_loop
    from reconciler.status.recap import Recap

    recap = Recap()

    def publish(report: Report) -> None:
        nonlocal recap
        recap.add(report)
        progress.show(report, recap)
        if report.settled or options.output is Output.JSON:
            recap = Recap()

    reconciler = reconciler_of(options)
    watching = f"watching {options.desired} and the Swarm; Ctrl-C ends the loop and leaves the services running"
    with progress_for(options.output, Console(), watching=watching) as progress:
        asyncio.run(run_loop(reconciler, publish))


def apply(options: Options, timeout: float) -> int:
    import asyncio

    from rich.console import Console

    from reconciler.cli.progress import JsonLines, progress_for
    from reconciler.cli.text import recap_text, status_text
    from reconciler.loop.run import converge
    from reconciler.status.recap import Recap

    recap = Recap()

    def publish(report: Report) -> None:
        recap.add(report)
        if progress is not None:
            progress.show(report, recap)

    reconciler = reconciler_of(options)
    console = Console()
    shown = progress_for(options.output, console)
    progress = None if options.output is Output.JSON else shown
    with shown:
        try:
            last = asyncio.run(converge(reconciler, publish, timeout))
        except asyncio.CancelledError:
            return TERMINATED
    if options.output is Output.JSON:
        JsonLines().show(last, recap)
    else:
        console.print(status_text(last), recap_text(last, recap), sep="\n")
    if last.engine_error:
        return EngineUnavailable.exit_code
    if last.faults:
        return BadDesired.exit_code
    good = last.settled and not recap.failed and not recap.waiting and not last.plan.needs_consent
    return DONE if good else FAILED


def plan(options: Options, *, detailed: bool = False) -> int:
    from reconciler.cli.text import plan_text
    from reconciler.status.publishing import plan_output

    report = reconciler_of(options).look()
    show(options.output, plan_output(report), lambda: plan_text(report))
    if report.faults:
        return BadDesired.exit_code
    pending = bool(report.plan) or bool(report.plan.needs_consent)
    return PENDING if detailed and pending else DONE


def status(options: Options) -> int:
    from reconciler.cli.text import status_text
    from reconciler.status.publishing import status_output
    from reconciler.verdict.model import Verdict

    report = reconciler_of(options).look()
    show(options.output, status_output(report), lambda: status_text(report))
    if report.faults:
        return BadDesired.exit_code
    return FAILED if report.verdict in {Verdict.DEGRADED, Verdict.ROLLED_BACK} else DONE


def validate(desired: Path, output: Output) -> int:
    from reconciler.status.outputs import ValidateOutput
    from reconciler.status.publishing import remark

    reading = _read(desired)
    if output is Output.JSON:
        said = ValidateOutput(
            warnings=[remark(fault) for fault in reading.warnings], errors=[remark(fault) for fault in reading.faults]
        )
        print(said.model_dump_json(indent=2))
    else:
        for word, faults in (("error", reading.faults), ("warning", reading.warnings)):
            for fault in faults:
                print(_line(fault, word))
        services = sum(len(stack.services) for stack in reading.stacks)
        print(
            f"{len(reading.stacks)} stacks with {services} services load, "
            f"{len(reading.faults)} errors, {len(reading.warnings)} warnings"
        )
    return BadDesired.exit_code if reading.faults else DONE


def render(desired: Path) -> int:
    reading = _read(desired)
    if reading.faults:
        raise BadDesired(reading.faults)
    objects: dict[str, dict[str, Any]] = {
        kind: {} for kind in ("services", "networks", "volumes", "configs", "secrets")
    }
    for stack in reading.stacks:
        objects["services"] |= {service.name: service.spec for service in stack.services}
        objects["networks"] |= {network.name: network.spec for network in stack.networks if not network.external}
        objects["volumes"] |= {volume.name: volume.spec for volume in stack.volumes if not volume.external}
        for config in stack.configs:
            if not config.external:
                objects["configs"][config.name] = {**config.spec, "Data": b64encode(config.data).decode()}
        for secret in stack.secrets:
            if not secret.external:
                length = secret.generate.length if secret.generate else len(secret.data)
                objects["secrets"][secret.name] = {**secret.spec, "Data": length}
    print(json.dumps(objects, indent=2, sort_keys=True))
    return DONE


def tell(error: ReconcilerError, *, asked_for_json: bool) -> None:
    """An error on its way out: to standard error for people, as JSON where that was asked for."""
    if asked_for_json:
        from reconciler.status.outputs import ErrorOutput, ValidateOutput
        from reconciler.status.publishing import remark

        if isinstance(error, BadDesired):
            said: BaseModel = ValidateOutput(warnings=[], errors=[remark(fault) for fault in error.faults])
        else:
            said = ErrorOutput(error=str(error))
        print(said.model_dump_json(indent=2))
    elif isinstance(error, BadDesired):
        for fault in error.faults:
            print(_line(fault, "error"), file=sys.stderr)
    else:
        print(f"error: {error}", file=sys.stderr)


def _read(desired: Path) -> Reading:
    from reconciler.compose import read

    return read(desired, os.environ)


def _line(fault: Fault, word: str) -> str:
    hint = f"\n    {fault.hint}" if fault.hint else ""
    return f"{fault.file}:{fault.line}:{fault.column}: {word}: {fault.message}{hint}"


def show(output: Output, said: BaseModel, text: Any) -> None:
    if output is Output.JSON:
        print(said.model_dump_json(indent=2))
        return
    from rich.console import Console

    shown: RenderableType = text()
    Console(soft_wrap=not sys.stdout.isatty()).print(shown)
