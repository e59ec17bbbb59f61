"""What a process remembers of secrets, and what is printed where it crashes."""

from __future__ import annotations

import subprocess
import sys

from reconciler.desired.model import Secret, Service, Stack
from reconciler.loop.known_secrets import MOST, KnownSecrets
from reconciler.passwords import HIDDEN
from reconciler.redaction import Redaction
from reconciler.status.redactor import Redactor

CANARY = "hunter2-canary"


def stack(content: bytes) -> Stack:
    reference = {"TaskTemplate": {"ContainerSpec": {"Secrets": [{"SecretName": "shop_key-0123"}]}}}
    service = Service("shop_web", "shop", "web", reference)
    secret = Secret("shop_key", "shop", data=content)
    return Stack("shop", "shop.yaml", services=(service,), secrets=(secret,))


def test_a_log_line_with_the_content_before_a_rotation_is_hidden() -> None:
    known, now = KnownSecrets(), stack(b"another-content")
    known.see([stack(f"{CANARY}\n".encode())])
    known.see([now])
    redactor = Redactor(Redaction(), [now], None, known.known)
    for service in ("shop_web", ""):
        assert redactor.text(f"login {CANARY} or another-content", service) == f"login {HIDDEN} or {HIDDEN}"


def test_the_oldest_are_forgotten_first() -> None:
    known = KnownSecrets()
    for letter in (b"a", b"b", b"c"):
        known.see([stack(letter * (MOST // 2))])
    assert [data[:1] for _, data in known.known] == [b"b", b"c"]


def test_a_crash_says_where_and_nothing_of_the_values() -> None:
    program = f"""
import threading
from reconciler import crash
crash.install()
def fails(): int("{CANARY[:7]}" "{CANARY[7:]}")
thread = threading.Thread(target=fails); thread.start(); thread.join()
try:
    fails()
except ValueError as error:
    raise KeyError("{CANARY[:7]}" + "{CANARY[7:]}") from error
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert CANARY not in done.stderr
    assert "in fails" in done.stderr
    assert done.stderr.count("please report it") == 2
    assert "after ValueError" in done.stderr
