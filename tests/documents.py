"""Generated Compose documents (hypothesis): valid ones, of every part that a stack without tasks can show."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00$", exclude_categories=["Cs", "Cc"]), max_size=12)
TIMES = st.sampled_from(["500ms", "1s", "1m30s", "2h", "10s", "5s"])
SIZES = st.sampled_from(["64m", "1g", "7340032", "8M"])
CONSTRAINTS = st.sampled_from(["node.role == manager", "node.labels.a==b", "node.hostname!=x"])


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of the parts."""
    return st.fixed_dictionaries({}, optional=parts)


def pairs(values: st.SearchStrategy[str] = WORDS) -> st.SearchStrategy[Any]:
    """The mapping and the list form."""
    mapping = st.dictionaries(NAMES, values, max_size=3)
    return mapping | mapping.map(lambda found: [f"{key}={value}" for key, value in found.items()])


ROLLOUT = some(
    parallelism=st.integers(0, 3),
    delay=TIMES,
    failure_action=st.sampled_from(["pause", "continue"]),
    monitor=TIMES,
    max_failure_ratio=st.sampled_from([0, 0.25, 1]),
    order=st.sampled_from(["stop-first", "start-first"]),
)
DEPLOY = some(
    labels=pairs(),
    endpoint_mode=st.sampled_from(["vip", "dnsrr"]),
    update_config=ROLLOUT,
    rollback_config=ROLLOUT,
    restart_policy=some(
        condition=st.sampled_from(["none", "any", "on-failure"]),
        delay=TIMES,
        max_attempts=st.integers(0, 5),
        window=TIMES,
    ),
    placement=some(
        constraints=st.lists(CONSTRAINTS, max_size=2, unique=True),
        preferences=st.lists(st.fixed_dictionaries({"spread": st.just("node.labels.zone")}), max_size=1),
        max_replicas_per_node=st.integers(0, 3),
    ),
    resources=some(
        limits=some(cpus=st.sampled_from(["0.5", "2", "1.25"]), memory=SIZES, pids=st.integers(0, 100)),
        reservations=some(cpus=st.sampled_from(["0.1", "0.25"]), memory=st.just("6m")),
    ),
)
HEALTH = some(
    test=st.lists(WORDS.filter(bool), min_size=1, max_size=2).map(lambda words: ["CMD", *words]) | WORDS.filter(bool),
    interval=TIMES,
    timeout=TIMES,
    start_period=TIMES,
    retries=st.integers(0, 5),
)
MOUNTS = st.sampled_from(
    [
        "data:/data",
        "data:/more:ro",
        "/anonymous",
        "/usr/share:/host:ro",
        {"type": "tmpfs", "target": "/t", "tmpfs": {"size": 1048576}},
        {"type": "volume", "source": "data", "target": "/v", "volume": {"nocopy": True}},
    ]
)
PORTS = st.sampled_from(
    ["8080:80", "9000:90/udp", {"target": 81, "published": 8181, "mode": "host"}, "7000-7001:70-71"]
)


def _target(mount: Any) -> str:
    return str(mount["target"]) if isinstance(mount, dict) else mount.split(":")[min(1, mount.count(":"))]


SERVICE = st.builds(
    lambda fixed, rest: {**rest, **fixed, "deploy": {**rest.get("deploy", {}), "replicas": 0}},
    st.fixed_dictionaries({"image": st.sampled_from(["busybox", "busybox:1", "docker.io/library/busybox:latest"])}),
    some(
        command=st.lists(WORDS, max_size=3),
        entrypoint=st.lists(WORDS.filter(bool), min_size=1, max_size=2),
        environment=pairs(),
        labels=pairs(),
        hostname=NAMES,
        user=st.sampled_from(["root", "1000:1000"]),
        working_dir=st.just("/work"),
        init=st.booleans(),
        tty=st.booleans(),
        read_only=st.booleans(),
        stop_grace_period=TIMES,
        stop_signal=st.sampled_from(["SIGUSR1", "SIGTERM"]),
        cap_add=st.lists(st.sampled_from(["NET_ADMIN", "cap_chown", "ALL"]), max_size=2),
        cap_drop=st.lists(st.sampled_from(["MKNOD", "ALL"]), max_size=1),
        sysctls=st.dictionaries(st.just("net.core.somaxconn"), st.integers(1, 9).map(str), max_size=1),
        ulimits=st.dictionaries(st.sampled_from(["nofile", "nproc"]), st.integers(1, 99), max_size=2),
        dns=st.lists(st.sampled_from(["1.1.1.1", "8.8.8.8"]), max_size=2, unique=True),
        extra_hosts=st.just(["db.local:10.0.0.5"]),
        healthcheck=HEALTH,
        networks=st.lists(st.sampled_from(["front", "back"]), min_size=1, unique=True)
        | st.just({"front": {"aliases": ["other"]}, "back": None}),
        volumes=st.lists(MOUNTS, max_size=3, unique_by=_target),
        configs=st.sampled_from([["conf"], [{"source": "conf", "target": "/etc/conf", "mode": 0o400}]]),
        ports=st.lists(PORTS, max_size=2, unique_by=str),
        logging=st.sampled_from([{"driver": "none"}, {"driver": "json-file", "options": {"max-size": "1m"}}]),
        deploy=DEPLOY,
    ),
).filter(
    lambda service: (
        not (
            service["deploy"].get("endpoint_mode") == "dnsrr"
            and any(not isinstance(port, dict) for port in service.get("ports", []))
        )
        and not (
            service["deploy"].get("update_config", {}).get("order") == "start-first"
            and any(isinstance(port, dict) for port in service.get("ports", []))
        )
    )
)
"""A virtual IP is what ingress ports need, and ``start-first`` never ends with a host-mode one."""


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["web", "db", "job"]), min_size=1, max_size=2, unique=True))
    services = {name: draw(SERVICE) for name in names}
    if len(services) > 1:
        services[names[1]].pop("ports", None)  # two services can't publish one port
    return {
        "services": services,
        "networks": {"front": draw(some(attachable=st.booleans(), labels=pairs())), "back": None},
        "volumes": {"data": None},
        "configs": {"conf": {"content": draw(WORDS.filter(bool))}},
    }
