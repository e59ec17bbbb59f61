"""What is hidden: by its path, and in words that engines and programs say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from reconciler.masks import Masks
from reconciler.passwords import HIDDEN, LOGIN, MYSQL, NAME, PAIR, SCHEME, USER, USERINFO, partly
from reconciler.redaction import Hidden, Redact, Redaction

CANARY = "hunter2-canary"
ENV = Redaction(Redact.ENV, b"salt")
ALL = Redaction(Redact.ALL, b"salt")
URL = f"postgres://app:{CANARY}@db/shop"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("environment.PASSWORD", CANARY),
        ("environment.with.dots", CANARY),
        ("environment", {"A": CANARY}),
        ("logging.options.splunk-token", CANARY),
        ("networks.front.driver_opts.key", CANARY),
        ("driver_opts.key", CANARY),
        ("ipam.options", {"key": CANARY}),
        ("volumes./data.volume.DriverConfig.Options.o", f"username=a,password={CANARY}"),
        ("volumes./data", {"volume": {"DriverConfig": {"Name": "local", "Options": {"o": CANARY}}}}),
        ("TaskTemplate.PluginSpec.Env", [f"A={CANARY}"]),
        ("TaskTemplate.Unheard.Of", CANARY),
        ("command", ["redis-server", "--requirepass", CANARY]),
        ("command", ["sh", "-c", f"redis-server --requirepass {CANARY}"]),
        ("command", [f"--db-password={CANARY}", f"DB_TOKEN={CANARY}", URL]),
        ("healthcheck.test", ["CMD", "curl", "-H", f"X-Api-Key: {CANARY}", URL]),
        ("entrypoint", ["sh", "-c", f'PGPASSWORD="{CANARY} {CANARY}" psql']),
        ("healthcheck.test", ["CMD", "mysqladmin", "ping", "-h", "127.0.0.1", f"-p{CANARY}"]),
        ("healthcheck.test", ["CMD-SHELL", f"mysqladmin ping -p{CANARY} || exit 1"]),
        ("healthcheck.test", ["CMD", "curl", "-u", f"app:{CANARY}", "http://127.0.0.1/"]),
        ("command", ["sh", "-c", f"curl -u app:{CANARY} http://127.0.0.1/"]),
        ("command", ["--db-pw", CANARY]),
        ("command", [f"--header=Authorization: Bearer {CANARY}", f"X: Basic {CANARY}="]),
        ("command", [f"--dsn=app:{CANARY}@tcp(db:3306)/shop", f"//app:{CANARY}@share/x", f"https:/app:{CANARY}@h/x"]),
        ("labels.db_pw", CANARY),
        ("labels.customrequestheaders.Authorization", CANARY),
        ("labels.dsn", f"app:{CANARY}@tcp(db:3306)/shop"),
        ("labels.traefik.http.middlewares.a.basicauth.users", CANARY),
        ("deploy.labels.homepage.widget.url", URL),
        ("image", URL),
        ("hostname", "https://u:" + "x" * 40 + CANARY + "@h"),
    ],
)
def test_values_that_are_secrets_are_hidden(path: str, value: Any) -> None:
    shown = ENV.value(path, value)
    assert CANARY not in repr(shown)
    assert HIDDEN in repr(shown)
    assert repr(ENV.value(path, shown)) == repr(shown)
    assert Redaction(Redact.NONE).value(path, value) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image", "registry:5000/token:latest"),
        ("command", ["nginx", "-g", "daemon off;"]),
        ("labels.com.example", "text"),
        ("labels.image", "registry:5000/web:1@sha256:0123"),
        ("command", ["sh", "-c", "mkdir -p /data; basic auth is off; nginx -p /x -u nginx"]),
        ("command", ["mysqld", "-P", "3306"]),
        ("deploy.replicas", 3),
        ("logging.options.max-size", "10m"),
        ("volumes./data", {"volume": {"DriverConfig": {"Options": {"type": "nfs", "device": ":/export"}}}}),
        ("logging.driver", "json-file"),
        ("secrets.db_password", {"source": "shop_db_password", "file": {"uid": "0"}}),
        ("dns.options", ["ndots:2"]),
        ("volumes./data", {"type": "volume", "source": "data"}),
        ("TaskTemplate.Unheard.Of", True),
        ("environment.EMPTY", None),
    ],
)
def test_the_rest_is_shown(path: str, value: Any) -> None:
    assert ENV.value(path, value) == value


@pytest.mark.parametrize("path", ["command", "entrypoint", "healthcheck.test", "labels.a", "deploy.labels.a.b"])
def test_all_hides_arguments_and_labels_too(path: str) -> None:
    assert ALL.value(path, [CANARY] if "labels" not in path else CANARY) == HIDDEN
    assert ALL.value("deploy.labels.io.reconciler.owner", "ours") == "ours"


def test_a_fingerprint_tells_two_values_apart_within_one_process() -> None:
    first, same, other = (ENV.value("environment.A", value) for value in ("one", "one", "two"))
    assert first == same == other == HIDDEN
    assert first.fingerprint == same.fingerprint != other.fingerprint
    elsewhere = Redaction(Redact.ENV, b"another").value("environment.A", "one")
    assert elsewhere.fingerprint != first.fingerprint
    assert Redaction(Redact.ENV).value("environment.A", "one").fingerprint == ""


def test_of_an_engine_api_object_names_stay() -> None:
    spec = {
        "Name": "shop_web",
        "Labels": {"team": "a"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "web:1", "Env": [f"A={CANARY}", "B"], "Args": [f"--token={CANARY}", "x"]},
            "LogDriver": {"Name": "gelf", "Options": {"address": CANARY}},
        },
    }
    shown = ENV.spec(spec)
    assert CANARY not in repr(shown)
    assert shown["TaskTemplate"]["ContainerSpec"] == {
        "Image": "web:1",
        "Env": [f"A={HIDDEN}", "B"],
        "Args": [f"--token={HIDDEN}", "x"],
    }
    assert (shown["Name"], shown["Labels"]) == ("shop_web", {"team": "a"})


def spec(**container: Any) -> dict[str, Any]:
    return {"Name": "shop_web", "TaskTemplate": {"ContainerSpec": {"Image": "registry/web:1", **container}}}


@pytest.mark.parametrize(
    "said",
    [
        f"invalid env: A={CANARY}",
        f'expanding env failed: expanding env "A={CANARY}": template: expansion:1: function "{CANARY[:7]}" not defined',
        f"template: expansion:1: unexpected {CANARY} in operand",
        "log: -----BEGIN\nline-of-the-key\n",
        r"log: quoted \"and\" so on",
        f"dial {URL} failed",
        "cut: " + "k" * 33,
        "pw s3cr",
    ],
)
def test_words_lose_the_values_that_are_known(said: str) -> None:
    env = [
        f"A={CANARY}",
        "KEY=-----BEGIN\nline-of-the-key\n",
        'Q=quoted "and" so on',
        "L=" + "k" * 90,
        "DB_PASSWORD=s3cr",
    ]
    masks = Masks.of([spec(Env=env, Args=[URL])], Redact.ENV)
    left = masks.over(said)
    assert HIDDEN in left
    for value in (CANARY, CANARY[:7], "line-of-the-key", "quoted", "kkkk", "s3cr"):
        assert value not in left


def test_what_stands_in_an_argument_too_is_still_a_secret() -> None:
    given = spec(Env=[f"REDIS_PASSWORD={CANARY}"], Args=["redis-server", "--requirepass", CANARY])
    assert Masks.of([given], Redact.ENV).over(f"AUTH {CANARY}") == f"AUTH {HIDDEN}"


def test_words_keep_what_a_plan_shows_anyway() -> None:
    masks = Masks.of([spec(Env=["HOST=shop_web", "IMAGE=registry/web:1", "LEVEL=info", "N=12"])], Redact.ENV)
    said = "service shop_web: image registry/web:1 not found, info 12"
    assert masks.over(said) == said
    assert Masks.of([spec(Env=[f"A={CANARY}"])], Redact.NONE).over(CANARY) == CANARY


def test_the_content_of_a_secret_is_masked_in_logs() -> None:
    assert CANARY not in Masks.of([], Redact.ENV, [f"{CANARY}\n".encode()]).over(f"login as root/{CANARY} failed")


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "password",
        "password=",
        "://:",
        "--token ",
        "x@",
        "password: '",
        "p-",
        "mysql",
        "mysql -",
        "basic ",
        "-u a:",
    ],
)
def test_patterns_are_linear(piece: str) -> None:
    def took(length: int) -> float:
        text = piece * (length // len(piece))
        began = time.process_time()
        for pattern in (PAIR, USERINFO, NAME, LOGIN, SCHEME, USER, MYSQL):
            pattern.findall(text)
        partly(text)
        return time.process_time() - began

    # The best of several, for a busy machine; eight times as long a text would take 64 times as long by the square.
    assert min(took(48_000) for _ in range(3)) < 30 * max(min(took(6_000) for _ in range(3)), 0.005)


def test_hidden_values_are_texts() -> None:
    assert f"{Hidden.of('x', b'')}" == HIDDEN


def test_the_beginnings_of_a_long_value_are_hidden_in_linear_time() -> None:
    value = "s3cret-" * 8
    cut = value[:40] + " "
    masks = Masks.of_variables({"TOKEN": value})
    began = time.process_time()
    assert masks.over(cut * 40_000) == f"{HIDDEN} " * 40_000
    assert time.process_time() - began < 5  # quadratic: half a minute
