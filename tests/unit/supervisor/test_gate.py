"""When the app starts, and when it is reloaded, out of what passes report."""

from __future__ import annotations

import pytest

from reconciler.supervisor.gate import NOTHING_YET, Gate, JudgedService, Pass

_number = iter(range(10_000))


def report(forced: bool = False, error: str = "", faults: int = 0, **verdicts: str) -> Pass:
    services = (JudgedService(name, name.partition("_")[0], verdict) for name, verdict in verdicts.items())
    return Pass(str(next(_number)), forced, tuple(services), error, faults)


def gate(*reports: Pass, after: tuple[str, ...] = ()) -> Gate:
    made = Gate(after)
    for each in reports:
        made.seen(each)
    return made


def test_it_is_shut_until_something_is_known() -> None:
    assert not gate().open
    assert gate().lacking == (NOTHING_YET,)


def test_all_services_have_to_be_ready_or_done() -> None:
    assert gate(report(s_db="Ready", s_job="Completed")).open
    shut = gate(report(s_db="Ready", s_web="Waiting", t_web="Degraded"))
    assert not shut.open
    assert shut.lacking == ("s_web, which is Waiting", "t_web, which is Degraded")


def test_no_services_are_all_services() -> None:
    assert gate(report()).open


@pytest.mark.parametrize("said", ["s_db", "s/db", "s/s_db"])
def test_one_that_is_named_is_enough(said: str) -> None:
    assert gate(report(s_db="Ready", s_web="Degraded"), after=(said,)).open
    assert not gate(report(s_db="Progressing", s_web="Ready"), after=(said,)).open


def test_a_stack_is_all_of_its_services() -> None:
    assert gate(report(s_db="Ready", s_web="Ready", t_db="Degraded"), after=("s",)).open
    assert not gate(report(s_db="Ready", s_web="Degraded", t_db="Ready"), after=("s",)).open


def test_one_that_isnt_desired_is_waited_for_and_named() -> None:
    assert gate(report(s_db="Ready"), after=("s_cache",)).lacking == ("s_cache, which isn't in desired state",)


def test_files_that_dont_load_may_hold_services_that_are_needed() -> None:
    assert not gate(report(faults=1, s_db="Ready")).open
    assert not gate(report(faults=1, s_db="Ready"), after=("s_db", "s_web")).open
    assert gate(report(faults=1, s_db="Ready"), after=("s_db",)).open


def test_an_engine_that_cant_be_asked_shuts_it() -> None:
    assert gate(report(error="no engine answers")).lacking == ("no engine answers",)


def test_what_is_open_stays_open() -> None:
    assert gate(report(s_db="Ready"), report(s_db="Degraded"), report(error="no engine answers")).open


def test_a_forced_pass_reloads_once_its_services_are_ready() -> None:
    made = gate(report(s_db="Ready"), report(forced=True, s_db="Progressing"))
    assert not made.take_reload()
    assert made.reload_due
    made.seen(report(s_db="Ready"))
    assert made.take_reload()
    made.seen(report(s_db="Ready"))
    assert not made.take_reload()


def test_the_pass_before_the_first_start_reloads_nothing() -> None:
    made = gate(report(forced=True, s_db="Ready"))
    assert made.open
    assert not made.take_reload()


def test_the_same_report_again_reloads_once() -> None:
    forced = report(forced=True, s_db="Ready")
    made = gate(report(s_db="Ready"), forced)
    assert made.take_reload()
    made.seen(forced)
    assert not made.take_reload()


def test_a_forced_pass_that_couldnt_ask_the_engine_is_still_to_come() -> None:
    made = gate(report(s_db="Ready"), report(forced=True, error="no engine answers"), report(s_db="Ready"))
    assert not made.take_reload()


def test_reports_are_read_as_run_prints_them() -> None:
    service = {"name": "s_db", "stack": "s", "verdict": "Ready", "reason": "1/1 running", "ready": 1}
    said = {"forced": True, "services": [service], "engine_error": "", "errors": [{}], "id": 3}
    assert Pass.of("x 3", said) == Pass("x 3", True, (JudgedService("s_db", "s", "Ready", "1/1 running"),), "", 1)
