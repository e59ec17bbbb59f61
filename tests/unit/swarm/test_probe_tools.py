"""Which container we run in, by what an engine mounts into each."""

from __future__ import annotations

import subprocess

import pytest

from reconciler.desired.model import Probe
from reconciler.swarm.probe_tools import read, script

PAGE, EXACT, PORT = Probe(http_port=80), Probe(http_port=80, http_status=404), Probe(tcp=80)
GNU = "HTTP request sent, awaiting response... 404 Not Found\n2026-11-24 ERROR 404: Not Found."


@pytest.mark.parametrize(
    ("code", "said", "probe", "passed", "words"),
    [
        (0, "HTTP/1.1 204", PAGE, True, ""),
        (0, "HTTP/1.1 000", PAGE, False, "no answer"),
        (8, GNU, PAGE, False, "status 404"),
        (8, GNU, EXACT, True, ""),
        (1, "  HTTP/1.1 302 Found\n  HTTP/1.1 500 Oh\n", PAGE, True, ""),
        (4, "wget: can't connect to remote host (10.0.1.5): Connection refused", PAGE, False, "Connection refused"),
        (None, "", PAGE, False, "no answer within 3 s"),
        (0, "", PORT, True, ""),
        (1, "nc: connect: Connection refused", PORT, False, "Connection refused"),
    ],
)
def test_what_a_tool_found(code: int | None, said: str, probe: Probe, passed: bool, words: str) -> None:
    answer = read(code, said, probe)
    assert answer.passed is passed
    assert passed or words in answer.words


def test_a_path_stays_a_path() -> None:
    odd = "/x';touch$IFS/tmp/never;'"
    for probe in (Probe(http_port=1, http_path=odd), PORT):
        done = subprocess.run(
            ["sh", "-n"], input=script("127.0.0.1", probe), text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert "'\"'\"'" in script("127.0.0.1", Probe(http_port=1, http_path=odd))
