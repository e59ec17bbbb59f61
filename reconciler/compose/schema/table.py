"""Adds the plain keys of the table (``reconciler.spec``) to the models that files are read by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic.fields import FieldInfo

from reconciler.compose import scalars, short
from reconciler.compose.schema.values import Command, Cpus, Duration, Flag, Mapping, Model, Size, Text, Texts, Whole
from reconciler.spec.forms import Form, Written
from reconciler.spec.key import Key
from reconciler.spec.service import SERVICE

Some = TypeVar("Some", bound=BaseModel)


class Ulimit(Model):
    """Limits of a service's processes."""

    soft: Whole
    hard: Whole


def _test(value: Any) -> Any:
    """Read a line for the shell, or a list that begins with CMD, CMD-SHELL or NONE."""
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    wrong = next((item for item in value if not isinstance(item, str)), None) if isinstance(value, list) else value
    raise ValueError(f"has to be a text or a list of texts, and holds {scalars.shown(wrong)}; quote it")


def _ulimit(value: Any) -> Any:
    return value if isinstance(value, dict) else {"soft": value, "hard": value}


_TYPES: dict[Written, Any] = {
    Written.TEXT: Text,
    Written.TEXTS: Texts,
    Written.LIST: list[Text],
    Written.COMMAND: Command,
    Written.TEST: Annotated[list[str], BeforeValidator(_test)],
    Written.FLAG: Flag,
    Written.WHOLE: Whole,
    Written.RATIO: Annotated[float, Field(ge=0, le=1), AfterValidator(scalars.single)],
    Written.DURATION: Duration,
    Written.SIZE: Size,
    Written.CPUS: Cpus,
    Written.MAPPING: Mapping,
    Written.HOSTS: Annotated[list[tuple[str, str]], BeforeValidator(short.hosts)],
    Written.ULIMITS: dict[str, Annotated[Ulimit, BeforeValidator(_ulimit)]],
}


def with_keys(parent: str = "", table: tuple[Key, ...] = SERVICE) -> Callable[[type[Some]], type[Some]]:
    """Return a decorator that adds the keys directly below ``parent`` to a model. Each is None if a file doesn't set
    it.

    Read them by the table: the type checker doesn't know them. They are added before the model's validator is built
    (``defer_build``). A base class with these keys would double the time that models take at import.
    """
    fields = {key.name: (_type(key.form), key.in_file) for key in table if key.parent == parent}

    def added(model: type[Some]) -> type[Some]:
        for name, (kind, default) in fields.items():
            model.model_fields[name] = FieldInfo.from_annotated_attribute(kind, default)
        return model

    return added


def _type(form: Form) -> Any:
    if form.written is Written.CHOICE:
        return _choice(form)
    found = _TYPES[form.written]
    if form.least is None and form.most is None:
        return found
    return Annotated[found, Field(ge=form.least, le=form.most)]


def _choice(form: Form) -> Any:
    found: Any = Literal[form.words]
    found = found | None if form.blank else found
    before = [BeforeValidator(each) for each in _before(form)]
    return Annotated[(found, *before)] if before else found


def _before(form: Form) -> Iterator[Callable[[Any], Any]]:
    """Yield the validators of the file's value. The last one comes first: that is the order in which pydantic takes
    them."""
    if form.any_case:
        yield scalars.lower
    if form.blank:
        yield scalars.given
