"""The table of services: one line for each plain key.

Defaults are SwarmKit's (``api/defaults/service.go``, ``manager/orchestrator``) as read back from engines 20.10 and
28.5; versions are those of docs.docker.com, Engine API history.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import SECOND
from reconciler.spec.forms import (
    CAPABILITIES,
    COMMAND,
    CONSTRAINTS,
    COUNT,
    CPUS,
    DURATION,
    FLAG,
    HOSTS,
    LIST,
    MAPPING,
    RATIO,
    SIZE,
    TEST,
    TEXT,
    TEXTS,
    ULIMITS,
    choice,
    whole,
)
from reconciler.spec.key import Empty, Key, Part, Since

CONTAINER = "TaskTemplate.ContainerSpec"
RESOURCES = "TaskTemplate.Resources"
RESTART = "TaskTemplate.RestartPolicy"
PLACEMENT = "TaskTemplate.Placement"
ENGINE_23 = Since((1, 42), "23.0")
ENGINE_25 = Since((1, 44), "25.0")
ENGINE_26 = Since((1, 45), "26.0")
ENGINE_27 = Since((1, 46), "27.0")
ENGINE_29 = Since((1, 52), "29.0")


_ISOLATION = choice("default", "process", "hyperv", blank=True, any_case=True, unset="default")
_ENDPOINT_MODE = choice("vip", "dnsrr", blank=True, any_case=True)
NO_ROLLOUT = {"Parallelism": 1}
"""What the engine takes where a spec has no ``UpdateConfig``. In an empty one all tasks are updated at once."""
_SWAPPINESS = whole(0, 100, unset=-1)
_OOM_SCORE = whole(-1000, 1000)
_CONDITION = choice("none", "on-failure", "any", blank=True)
_ON_FAILURE = choice("pause", "continue", "rollback", blank=True)
_ORDER = choice("stop-first", "start-first")


def _rollout(path: str, api: str) -> tuple[Key, ...]:
    """Return the keys of ``update_config`` or ``rollback_config``, none of which restarts tasks."""
    keys = (
        Key(f"{path}.parallelism", f"{api}.Parallelism", COUNT, default=0, in_file=1, empty=Empty.MEANT),
        Key(f"{path}.delay", f"{api}.Delay", DURATION),
        Key(f"{path}.failure_action", f"{api}.FailureAction", _ON_FAILURE, default="pause"),
        Key(f"{path}.monitor", f"{api}.Monitor", DURATION, default=5 * SECOND),
        Key(f"{path}.max_failure_ratio", f"{api}.MaxFailureRatio", RATIO),
        Key(f"{path}.order", f"{api}.Order", _ORDER, default="stop-first"),
    )
    return tuple(replace(each, restarts=False) for each in keys)


SERVICE: tuple[Key, ...] = (
    Key("entrypoint", f"{CONTAINER}.Command", COMMAND),
    Key("command", f"{CONTAINER}.Args", COMMAND),
    Key("hostname", f"{CONTAINER}.Hostname", TEXT),
    Key("working_dir", f"{CONTAINER}.Dir", TEXT),
    Key("user", f"{CONTAINER}.User", TEXT),
    Key("group_add", f"{CONTAINER}.Groups", LIST),
    Key("stop_signal", f"{CONTAINER}.StopSignal", TEXT),
    Key("stop_grace_period", f"{CONTAINER}.StopGracePeriod", DURATION, default=10 * SECOND, empty=Empty.MEANT),
    Key("tty", f"{CONTAINER}.TTY", FLAG),
    Key("stdin_open", f"{CONTAINER}.OpenStdin", FLAG),
    Key("read_only", f"{CONTAINER}.ReadOnly", FLAG),
    Key("init", f"{CONTAINER}.Init", FLAG, empty=Empty.MEANT),
    Key("isolation", f"{CONTAINER}.Isolation", _ISOLATION),
    Key("cap_add", f"{CONTAINER}.CapabilityAdd", CAPABILITIES),
    Key("cap_drop", f"{CONTAINER}.CapabilityDrop", CAPABILITIES),
    Key("sysctls", f"{CONTAINER}.Sysctls", MAPPING),
    Key("ulimits", f"{CONTAINER}.Ulimits", ULIMITS),
    Key("extra_hosts", f"{CONTAINER}.Hosts", HOSTS),
    Key("dns", f"{CONTAINER}.DNSConfig.Nameservers", TEXTS, shown="dns.servers"),
    Key("dns_search", f"{CONTAINER}.DNSConfig.Search", TEXTS, shown="dns.search"),
    Key("dns_opt", f"{CONTAINER}.DNSConfig.Options", LIST, shown="dns.options"),
    Key("healthcheck.test", f"{CONTAINER}.Healthcheck.Test", TEST),
    Key("healthcheck.interval", f"{CONTAINER}.Healthcheck.Interval", DURATION),
    Key("healthcheck.timeout", f"{CONTAINER}.Healthcheck.Timeout", DURATION),
    Key("healthcheck.start_period", f"{CONTAINER}.Healthcheck.StartPeriod", DURATION),
    Key("healthcheck.start_interval", f"{CONTAINER}.Healthcheck.StartInterval", DURATION, since=ENGINE_25),
    Key("healthcheck.retries", f"{CONTAINER}.Healthcheck.Retries", COUNT),
    Key("oom_score_adj", f"{CONTAINER}.OomScoreAdj", _OOM_SCORE, since=ENGINE_27),
    Key("logging.driver", "TaskTemplate.LogDriver.Name", TEXT, in_file="", empty=Empty.SENT),
    Key("logging.options", "TaskTemplate.LogDriver.Options", MAPPING),
    Key("mem_swappiness", f"{RESOURCES}.MemorySwappiness", _SWAPPINESS, empty=Empty.MEANT, since=ENGINE_29),
    Key("deploy.resources.limits.cpus", f"{RESOURCES}.Limits.NanoCPUs", CPUS),
    Key("deploy.resources.limits.memory", f"{RESOURCES}.Limits.MemoryBytes", SIZE),
    Key("deploy.resources.limits.pids", f"{RESOURCES}.Limits.Pids", whole(least=-1)),
    Key("deploy.resources.reservations.cpus", f"{RESOURCES}.Reservations.NanoCPUs", CPUS),
    Key("deploy.resources.reservations.memory", f"{RESOURCES}.Reservations.MemoryBytes", SIZE),
    Key("deploy.restart_policy.condition", f"{RESTART}.Condition", _CONDITION, default="any"),
    Key("deploy.restart_policy.delay", f"{RESTART}.Delay", DURATION, default=5 * SECOND, empty=Empty.MEANT),
    Key("deploy.restart_policy.max_attempts", f"{RESTART}.MaxAttempts", COUNT, empty=Empty.SENT),
    Key("deploy.restart_policy.window", f"{RESTART}.Window", DURATION, empty=Empty.SENT),
    Key("deploy.placement.constraints", f"{PLACEMENT}.Constraints", CONSTRAINTS),
    Key("deploy.placement.max_replicas_per_node", f"{PLACEMENT}.MaxReplicas", COUNT),
    Key("deploy.endpoint_mode", "EndpointSpec.Mode", _ENDPOINT_MODE, default="vip"),
    *_rollout("deploy.update_config", "UpdateConfig"),
    *_rollout("deploy.rollback_config", "RollbackConfig"),
)

PARTS: tuple[Part, ...] = (
    Part("dns", f"{CONTAINER}.DNSConfig"),
    Part("healthcheck", f"{CONTAINER}.Healthcheck"),
    Part("logging", "TaskTemplate.LogDriver"),
    Part("deploy.resources.limits", f"{RESOURCES}.Limits"),
    Part("deploy.resources.reservations", f"{RESOURCES}.Reservations"),
    Part("deploy.restart_policy", RESTART),
    Part("deploy.update_config", "UpdateConfig", absent=NO_ROLLOUT),
    Part("deploy.rollback_config", "RollbackConfig", absent=NO_ROLLOUT),
)
