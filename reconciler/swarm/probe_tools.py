"""Trying a connection with the tools of an image, if nothing else reaches a task."""

from __future__ import annotations

import re
from shlex import quote

from reconciler.desired.model import Probe
from reconciler.swarm.dialing import ProbeAnswer, judged

NAMES = "bash, nc, curl, wget and python3"
_STATUS = re.compile(r"(?:HTTP/\d(?:\.\d)?|awaiting response\.\.\.) (\d{3})")
"""Status in the output of curl (as we call it), of both kinds of wget, and of Python."""
_TCP = """
if has bash && has timeout; then exec timeout {seconds} bash -c 'exec 3<>/dev/tcp/{address}/{port}'
elif has python3; then exec python3 -c 'import socket; socket.create_connection(("{address}", {port}), {seconds})'
elif has nc && has timeout; then
    nc -z -w {seconds} {address} {port} </dev/null >/dev/null 2>&1 && exit 0
    timeout {longer} nc -w {seconds} {address} {port} </dev/null 2>&1 >/dev/null
    case $? in 0 | 124 | 143) exit 0 ;; *) exit 1 ;; esac
else exit 127; fi
"""
"""Not every nc knows ``-z``. An nc that still waits for the other side to close when its time is over was connected."""
_HTTP = """
if has curl; then exec curl -s -o /dev/null -m {seconds} -w 'HTTP/1.1 %{{http_code}}' {url}
elif has wget; then has timeout && limit="timeout {seconds}"; exec $limit wget -S -O /dev/null {url} 2>&1
elif has python3; then exec python3 -c 'import http.client, sys
c = http.client.HTTPConnection("{address}", {port}, timeout={seconds})
c.request("GET", sys.argv[1]); print("HTTP/1.1", c.getresponse().status)' {path}
else exit 127; fi
"""


def script(address: str, probe: Probe) -> str:
    """Return a script for ``sh``, which exits 127 if the image has no tool for it."""
    seconds = max(1, int(probe.timeout))
    has = 'has() { command -v "$1" >/dev/null 2>&1; }'
    if probe.tcp:
        return has + _TCP.format(address=address, port=probe.tcp, seconds=seconds, longer=seconds + 1)
    port, path = probe.http_port, quote(probe.http_path)
    url = quote(f"http://{address}:{port}{probe.http_path}")
    return has + _HTTP.format(address=address, port=port, path=path, url=url, seconds=seconds)


def read(code: int | None, said: str, probe: Probe) -> ProbeAnswer:
    """Return what the tool found, by its exit code and output; None stands for a tool that didn't end."""
    if code is None:
        return ProbeAnswer(False, f"no answer within {probe.timeout:g} s")
    words = said.strip().splitlines()[-1:] or [f"exit code {code}"]
    if probe.tcp:
        return ProbeAnswer(code == 0, f"no connection: {words[0][:200]}")
    status = _STATUS.search(said)
    if status and status[1] != "000":
        return judged(int(status[1]), probe)
    return ProbeAnswer(False, f"no answer: {words[0][:200]}")
