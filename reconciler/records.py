"""Dataclasses that cost little to define: every command defines more than a hundred before it does anything.

The standard library writes and compiles six methods for each frozen class, which took a sixth of the time of a whole
command. Here only ``__init__`` is compiled, and all classes share the rest. To the type checker this is
``dataclasses.dataclass`` itself, and the type checker is what guards frozen classes: nothing does at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from functools import cache
    from operator import attrgetter

    def dataclass(cls=None, /, *, frozen=False, **how):
        """Return what ``dataclasses.dataclass`` does; a frozen class compares, hashes and shows itself by shared code.

        What has an order is left to the standard library.
        """

        def made(cls):
            if not frozen or "order" in how:
                return dataclasses.dataclass(frozen=frozen, **how)(cls)
            cls.__doc__ = cls.__doc__ or cls.__name__  # for want of one its signature is, which takes long to find out
            own = vars(cls)
            result = dataclasses.dataclass(repr=False, eq=False, **how)(cls)
            for name, method in _SHARED.items():
                if name not in own:
                    setattr(result, name, method)
            return result

        return made if cls is None else made(cls)

    @cache
    def _compared(kind):
        names = [each.name for each in dataclasses.fields(kind) if each.compare]
        return attrgetter(*names or ["__class__"])

    def _eq(self, other):
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        values = _compared(type(self))
        return values(self) == values(other)

    def _hash(self):
        return hash(_compared(type(self))(self))

    def _repr(self):
        shown = (each.name for each in dataclasses.fields(self) if each.repr)
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    _SHARED = {"__eq__": _eq, "__hash__": _hash, "__repr__": _repr}
