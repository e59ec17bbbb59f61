"""The one list of reasons: why a service, an object or a whole Swarm is as it is."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """A reason, named as Kubernetes names its reasons. ``reference`` explains each of them."""

    # As it should be, or on its way.
    AS_DESIRED = "AsDesired"
    SCALED_TO_ZERO = "ScaledToZero"
    COMPLETED = "Completed"
    NOT_CREATED = "NotCreated"
    UPDATE_PENDING = "UpdatePending"
    STARTING = "Starting"
    ROLLING_OUT = "RollingOut"
    ROLLING_BACK = "RollingBack"
    NETWORK_REPLACEMENT = "NetworkReplacement"

    # What a rollout came to.
    ROLLOUT_PAUSED = "RolloutPaused"
    ROLLED_BACK = "RolledBack"
    NO_PROGRESS = "NoProgress"
    CRASH_LOOP = "CrashLoop"
    ATTEMPTS_EXHAUSTED = "AttemptsExhausted"

    # Why a task doesn't start.
    IMAGE_UNAVAILABLE = "ImageUnavailable"
    IMAGE_REFUSED = "ImageRefused"
    IMAGE_PLATFORM = "ImagePlatform"
    COMMAND_NOT_FOUND = "CommandNotFound"
    COMMAND_NOT_EXECUTABLE = "CommandNotExecutable"
    USER_UNKNOWN = "UserUnknown"
    MOUNT_SOURCE_MISSING = "MountSourceMissing"
    MOUNT_FAILED = "MountFailed"
    DRIVER_MISSING = "DriverMissing"
    OBJECT_MISSING = "ObjectMissing"
    OBJECT_LEAVING = "ObjectLeaving"
    NETWORK_FULL = "NetworkFull"
    UNALLOCATED = "Unallocated"
    REJECTED = "Rejected"

    # Why a task doesn't go on.
    EXITED = "Exited"
    FINISHED = "Finished"
    OUT_OF_MEMORY = "OutOfMemory"
    KILLED = "Killed"
    CRASHED = "Crashed"
    UNHEALTHY = "Unhealthy"
    PROBE_FAILING = "ProbeFailing"
    NODE_LOST = "NodeLost"

    # Why no node takes a task.
    NO_SUITABLE_NODE = "NoSuitableNode"
    CONSTRAINT_UNMET = "ConstraintUnmet"
    PLATFORM_UNSUPPORTED = "PlatformUnsupported"
    INSUFFICIENT_RESOURCES = "InsufficientResources"
    PORT_TAKEN = "PortTaken"
    REPLICAS_PER_NODE = "ReplicasPerNode"
    NODE_UNAVAILABLE = "NodeUnavailable"

    # Why nothing is written.
    DEPENDENCY_NOT_READY = "DependencyNotReady"
    AWAITING_CONSENT = "AwaitingConsent"
    SETTLING = "Settling"
    FILE_BROKEN = "FileBroken"
    SUSPENDED = "Suspended"
    LATER = "Later"
    NO_ROOM = "NoRoom"
    RUNS_OURSELVES = "RunsOurselves"
    UNLABELLED = "Unlabelled"
    NEEDS_REPLACEMENT = "NeedsReplacement"
    IN_USE = "InUse"
    NAME_TAKEN = "NameTaken"
    OWNED_BY_ANOTHER = "OwnedByAnother"
    ENGINE_TOO_OLD = "EngineTooOld"
    WRITE_REFUSED = "WriteRefused"
    DISPUTED = "Disputed"
    DISPUTED_WITH_OURSELVES = "DisputedWithOurselves"
    STOPPING = "Stopping"
    UNANSWERED = "Unanswered"
    ENGINE_UNAVAILABLE = "EngineUnavailable"
