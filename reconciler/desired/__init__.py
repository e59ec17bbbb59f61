"""What is wanted: the frozen model that Compose files are lowered to."""

from reconciler.desired.model import (
    Condition,
    Config,
    Dependency,
    Generate,
    Location,
    Network,
    Options,
    Secret,
    Service,
    Spec,
    Stack,
    Volume,
)

__all__ = [
    "Condition",
    "Config",
    "Dependency",
    "Generate",
    "Location",
    "Network",
    "Options",
    "Secret",
    "Service",
    "Spec",
    "Stack",
    "Volume",
]
