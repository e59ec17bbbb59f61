"""Types of scalars and short forms, and the base of all models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from reconciler.compose import pulling, scalars


def _swap(value: Any) -> int:
    return -1 if scalars.text(value) == "-1" else scalars.size(value)


Text = Annotated[str, BeforeValidator(scalars.text)]
Flag = Annotated[bool, BeforeValidator(scalars.flag)]
Whole = Annotated[int, BeforeValidator(scalars.whole)]
Count = Annotated[int, BeforeValidator(scalars.whole), Field(ge=0)]
Duration = Annotated[int, BeforeValidator(scalars.duration)]
"""Nanoseconds."""
Size = Annotated[int, BeforeValidator(scalars.size)]
"""Bytes."""
SwapLimit = Annotated[int, BeforeValidator(_swap)]
"""Bytes of memory and swap together; -1 for no limit."""
PullPolicy = Annotated[str, BeforeValidator(pulling.pull_policy)]
Age = Annotated[float, BeforeValidator(pulling.age)]
"""Seconds."""
Cpus = Annotated[int, BeforeValidator(scalars.cpus), Field(ge=0)]
"""Billionths of a processor."""
Command = Annotated[list[str], BeforeValidator(scalars.command)]
Texts = Annotated[list[str], BeforeValidator(scalars.texts)]
Mapping = Annotated[dict[str, str], BeforeValidator(scalars.mapping)]
Pairs = Annotated[dict[str, str | None], BeforeValidator(scalars.pairs)]


def named(key: str) -> BeforeValidator:
    """Return a validator that reads a single string as the object with ``key``."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else {key: value})


def each(value: Any) -> Any:
    """Read a list as a mapping of empty values."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return dict.fromkeys(scalars.texts(value))
    raise ValueError(f"has to be a list or a mapping, and is {scalars.shown(value)}; write a list: [one, two]")


Some = TypeVar("Some", bound=BaseModel)


def empty(model: type[Some]) -> Callable[[], Some]:
    """Return a factory of the model with nothing set, always the same object: models are frozen.

    It needs no validator, which would have to be built at import, and isn't copied for every service.
    """
    found = model.model_construct()
    return lambda: found


class Model(BaseModel):
    """Base of all models. ``extra`` keys are accepted here and checked afterwards, when their place in the file is
    known.

    Built when first needed, as part of the model that contains it: a validator for each model alone would never be
    used.
    """

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)
    unheeded: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        """Remove nulls: an empty value is the same as none, as in `deploy:` with nothing after it."""
        return {key: item for key, item in data.items() if item is not None} if isinstance(data, dict) else data
