"""What is: the frozen Snapshot that one observation of the Swarm yields. Data only; filled in by ``swarm``."""

from reconciler.observed.model import (
    Config,
    Engine,
    Network,
    Node,
    Probed,
    Secret,
    Service,
    Snapshot,
    Task,
    TaskState,
    UpdateStatus,
    Volume,
)

__all__ = [
    "Config",
    "Engine",
    "Network",
    "Node",
    "Probed",
    "Secret",
    "Service",
    "Snapshot",
    "Task",
    "TaskState",
    "UpdateStatus",
    "Volume",
]
