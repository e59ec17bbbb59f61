"""Reports that nobody reads hold nothing up."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from reconciler.cli.printer import Printer, Unread
from reconciler.cli.printing import fault_line
from reconciler.errors import Fault
from reconciler.status.report import Report
from tests.swarm.waiting import until


def report(number: int) -> Report:
    return Report(number, 1.0, ("test",), False)


def test_reports_are_printed_in_order() -> None:
    printed: list[int] = []
    with Printer(lambda each: printed.append(each.id), most=50) as publish:
        for number in range(50):
            publish(report(number))
    assert printed == list(range(50))


def test_of_what_nobody_reads_the_oldest_is_dropped_and_that_is_said_until_it_is_read() -> None:
    printed: list[int] = []
    reads = threading.Event()

    def show(each: Report) -> None:
        reads.wait()
        printed.append(each.id)

    with Printer(show, most=2) as publish:
        publish(report(0))
        until(lambda: not publish._waiting, 20, "the first is being printed")
        publish(report(1))
        publish(report(2))
        with pytest.raises(Unread, match="1 reports were dropped"):
            publish(report(3))
        reads.set()
        until(lambda: printed == [0, 2, 3], 20, "the others are printed")
        until(lambda: not publish._dropped, 20, "all is well again")
        publish(report(4))
    assert printed == [0, 2, 3, 4]


def test_what_printing_failed_with_is_raised_with_the_next_report() -> None:
    def show(each: Report) -> None:
        raise BrokenPipeError

    with Printer(show) as publish:
        publish(report(0))
        until(lambda: publish._failed, 20, "it failed")
        with pytest.raises(BrokenPipeError):
            publish(report(1))


def test_a_process_whose_output_nobody_reads_ends() -> None:
    code = (
        "import sys\n"
        "from reconciler.cli.printer import Printer\n"
        "with Printer(lambda each: print('x' * 1_000_000, flush=True)) as publish: publish(1)\n"
    )
    reading, writing = os.pipe()
    try:
        assert subprocess.run([sys.executable, "-c", code], stdout=writing, timeout=60, check=False).returncode == 0
    finally:
        os.close(reading)
        os.close(writing)


def test_a_name_with_a_line_end_cannot_pose_as_another_fault() -> None:
    fault = Fault("a.yaml", 1, 2, "no such key: x\nb.yaml:1:1: error: forged", "drop it\nb.yaml:1:1: error: forged")
    first, *others = fault_line(fault, "error").splitlines()
    assert first == "a.yaml:1:2: error: no such key: x"
    assert [line[:4] for line in others] == ["    "] * 3
