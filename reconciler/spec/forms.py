"""Forms of values: how one is written in a file, what the API has for it, and how a difference shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from reconciler.desired.model import SECOND
from reconciler.records import dataclass
from reconciler.spec.codecs import Bag, Codec, Map, Struct, Table, Whole


class Written(Enum):
    """How a file writes a value. ``reconciler.compose.schema.table`` has the type that reads each."""

    TEXT = auto()
    TEXTS = auto()
    """A list of strings, or one string alone."""
    LIST = auto()
    COMMAND = auto()
    """A list of strings, or a line that is split as a shell would."""
    TEST = auto()
    """Like COMMAND, but a line is left to the shell."""
    FLAG = auto()
    WHOLE = auto()
    CHOICE = auto()
    RATIO = auto()
    DURATION = auto()
    SIZE = auto()
    CPUS = auto()
    MAPPING = auto()
    HOSTS = auto()
    ULIMITS = auto()


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Form:
    """One form. A file's value was read before it is lowered: durations and sizes are numbers by then."""

    written: Written
    shown: Callable[[Any], Any] | None = None
    """How a difference shows a value of the API; None for a value that means the same as none."""
    codec: Codec | None = None
    """Its canonical form, if it has parts."""
    lowered: Callable[[Any], Any] = _same
    """From the file's value to the API's."""
    raised: Callable[[Any], Any] = _same
    """From the API's value to what a file says."""
    words: tuple[str, ...] = ()
    """The values to choose from."""
    any_case: bool = False
    blank: bool = False
    """Whether a file may have an empty string for none."""
    least: int | None = None
    most: int | None = None


def seconds(nanoseconds: int) -> str:
    """Return a time as differences show it."""
    return f"{nanoseconds / SECOND:.10g}s"


def duration(nanoseconds: int) -> str:
    """Return a time as a file writes it: in nanoseconds, unless it is whole seconds."""
    return f"{nanoseconds // SECOND}s" if nanoseconds % SECOND == 0 else f"{nanoseconds}ns"


def _cpus(nano: int) -> str:
    return f"{nano / SECOND:.10g}"


def _all_digits(nano: int) -> str:
    return f"{Decimal(nano).scaleb(-9).normalize():f}"


def _constraint(text: str) -> str:
    """``node.role==manager`` and ``node.role == manager`` mean the same to SwarmKit's parser."""
    for operator in ("==", "!="):
        left, found, right = text.partition(operator)
        if found:
            return f"{left.strip()} {operator} {right.strip()}"
    return text.strip()


def _capabilities(names: list[str]) -> list[str]:
    """Return the names as the engine stores them: upper case, with ``CAP_``. ALL includes the others."""
    upper = {name.strip().upper() for name in names}
    full = {name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in upper}
    return ["ALL"] if "ALL" in full else sorted(full)


def _host_lines(hosts: list[tuple[str, str]]) -> list[str]:
    return [f"{address} {host}" for host, address in hosts]


def _hosts(lines: list[str]) -> list[str]:
    return [f"{host}={line.split()[0]}" for line in lines for host in line.split()[1:]]


def _ulimits(limits: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Name": name, "Hard": limit.hard, "Soft": limit.soft} for name, limit in sorted(limits.items())]


def _soft_and_hard(ulimits: list[Mapping[str, Any]]) -> dict[str, Any]:
    limits = {each["Name"]: (each.get("Soft", 0), each.get("Hard", 0)) for each in ulimits}
    return {name: soft if soft == hard else {"soft": soft, "hard": hard} for name, (soft, hard) in limits.items()}


_ULIMIT = Struct({"Name": ("", Whole()), "Hard": ("hard", Whole(default=0)), "Soft": ("soft", Whole(default=0))})

TEXT = Form(Written.TEXT)
TEXTS = Form(Written.TEXTS)
LIST = Form(Written.LIST)
COMMAND = Form(Written.COMMAND)
TEST = Form(Written.TEST)
FLAG = Form(Written.FLAG)
RATIO = Form(Written.RATIO)
DURATION = Form(Written.DURATION, shown=seconds, raised=duration)
SIZE = Form(Written.SIZE, raised=str)
CPUS = Form(Written.CPUS, shown=_cpus, raised=_all_digits)
MAPPING = Form(Written.MAPPING, codec=Map(), lowered=dict)
CONSTRAINTS = Form(Written.LIST, codec=Bag(convert=_constraint))
CAPABILITIES = Form(Written.LIST, codec=Bag(), lowered=_capabilities)
HOSTS = Form(Written.HOSTS, lowered=_host_lines, raised=_hosts)
ULIMITS = Form(
    Written.ULIMITS,
    codec=Table(lambda entry: str(entry.get("Name")), _ULIMIT),
    lowered=_ulimits,
    raised=_soft_and_hard,
)


def whole(least: int | None = None, most: int | None = None, unset: int | None = None) -> Form:
    """Return the form of a whole number within bounds. ``unset`` is the engine's number for none."""
    shown = None if unset is None else _other_than(unset)
    return Form(Written.WHOLE, shown=shown, least=least, most=most)


def choice(*words: str, blank: bool = False, any_case: bool = False, unset: str | None = None) -> Form:
    """Return the form of one of some words. ``unset`` is the engine's word for none."""
    shown = None if unset is None else _other_than(unset)
    return Form(Written.CHOICE, shown=shown, words=words, blank=blank, any_case=any_case)


def _other_than(unset: Any) -> Callable[[Any], Any]:
    return lambda value: None if value == unset else value


COUNT = whole(least=0)
