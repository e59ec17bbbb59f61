"""Passes inside one process, compared with the list calls that any look at a Swarm needs."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from hack.bench import scene
from hack.bench.commands import Row
from hack.bench.scene import compose, deploy, empty, run, seconds, timed
from reconciler.cli.from_options import parts_of
from reconciler.cli.options import JudgingOptions
from reconciler.cli.start import RARELY
from reconciler.loop.reconciler import Reconciler
from reconciler.swarm.client import Swarm
from reconciler.swarm.observe import CONTAINERS, KINDS
from reconciler.swarm.transport import Call, Transport


def raw(transport: Transport) -> None:
    """Make the calls of one look, without reading the answers."""
    for kind in KINDS:
        transport.body(Call("GET", f"/{kind}", f"list the {kind}"))
    transport.body(CONTAINERS)


def creating(folder: Path, services: int, rounds: int) -> Iterator[Row]:
    """Create many services by a running loop, as it does for a new file. Ours resolves the image, as ``docker stack
    deploy`` does by default."""
    file = folder / f"{scene.STACK}.yaml"
    file.write_text(compose(services))
    gc.set_threshold(RARELY)
    ours: list[float] = []
    peers: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        empty()
        ours.append(asyncio.run(_create(folder)))
        for resolve, took in peers.items():
            empty()
            took.append(timed(partial(run, deploy(file, resolve=resolve))))
    for resolve, took in peers.items():
        how = "resolving images as well" if resolve else "not resolving images"
        ratio = f"{median(took) / median(ours):.2f}"
        yield f"{services} services created in one pass; docker stack {how}", seconds(took), seconds(ours), ratio
    empty()
    file.unlink()


async def _create(folder: Path) -> float:
    reconciler = Reconciler(parts_of(JudgingOptions().setting(desired=folder)))
    await reconciler.parts.leadership.ours()
    reconciler.parts.read()
    began = time.perf_counter()
    report = await reconciler.one_pass(("bench",), reread=False)
    took = time.perf_counter() - began
    assert all(str(outcome.result) == "changed" for outcome in report.outcomes), "a creation that failed"
    await reconciler.parts.leadership.release()
    return took


def no_op(folder: Path, services: int, replicas: int, rounds: int) -> Iterator[Row]:
    """Make a pass with nothing to do, beside the raw calls and beside ``docker stack deploy``."""
    file = folder / f"{scene.STACK}.yaml"
    file.write_text(compose(services, replicas=replicas))
    empty()
    run(deploy(file))
    gc.set_threshold(RARELY)
    reconciler = Reconciler(parts_of(JudgingOptions().setting(desired=folder)))
    ours, calls, peer = asyncio.run(_measure(reconciler, file, rounds))
    what = f"no-op pass over {services} services" + (f" with {services * replicas} tasks" if replicas else "")
    yield f"{what}, beside the raw list calls", seconds(calls), seconds(ours), f"{median(calls) / median(ours):.2f}"
    yield f"{what}, beside docker stack deploy", seconds(peer), seconds(ours), f"{median(peer) / median(ours):.1f}"
    empty()
    file.unlink()


async def _measure(reconciler: Reconciler, file: Path, rounds: int) -> tuple[list[float], list[float], list[float]]:
    while (await reconciler.one_pass(("bench",))).plan:
        await asyncio.sleep(0.5)
    ours, calls, swarm = [], [], reconciler.parts.swarm
    assert isinstance(swarm, Swarm)
    for _ in range(rounds):
        began = time.perf_counter()
        report = await reconciler.one_pass(("bench",))
        ours.append(time.perf_counter() - began)
        assert not report.plan, "a pass that was to have nothing to do"
        calls.append(timed(lambda: raw(swarm._transport)))
    await reconciler.parts.leadership.release()
    peer = [timed(lambda: run(deploy(file))) for _ in range(max(3, rounds // 20))]
    return ours, calls, peer


def flat(folder: Path, services: int, passes: int) -> Iterator[Row]:
    """Measure resident memory after a tenth of many passes, and after all of them."""
    file = folder / f"{scene.STACK}.yaml"
    file.write_text(compose(services))
    empty()
    reconciler = Reconciler(parts_of(JudgingOptions().setting(desired=folder)))

    async def go() -> tuple[int, int]:
        early = 0
        for number in range(passes):
            await reconciler.one_pass(("bench",))
            if number == passes // 10:
                early = resident(os.getpid())
        await reconciler.parts.leadership.release()
        return early, resident(os.getpid())

    early, late = asyncio.run(go())
    yield (
        f"memory after {passes // 10} and after {passes} passes over {services} services",
        "",
        f"{early} and {late} MB",
        "",
    )
    empty()
    file.unlink()


def resident(pid: int) -> int:
    """Return resident memory in megabytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024
