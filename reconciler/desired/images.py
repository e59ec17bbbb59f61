"""Image references: the name a user writes, and the digest it was resolved to."""

from __future__ import annotations

_DOMAINS = ("docker.io/", "index.docker.io/")


def split(image: str) -> tuple[str, str]:
    """``name:tag@sha256:…`` as (``name:tag``, ``sha256:…``); either may be empty."""
    name, _, digest = image.partition("@")
    return name, digest


def tagged(name: str) -> str:
    """``name`` with the tag that the engine takes where there is none."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def familiar(image: str) -> str:
    """The short form that ``docker service`` shows (distribution/reference, ``FamiliarString``), digest included."""
    name, digest = split(image)
    for domain in _DOMAINS:
        name = name.removeprefix(domain)
    if name.startswith("library/"):
        name = name.removeprefix("library/")
    return f"{name}@{digest}" if digest else tagged(name)


def same(desired: str, observed: str) -> bool:
    """Whether ``observed`` is what ``desired`` asks for: a digest counts only where desired state names one."""
    if familiar(desired) == familiar(observed):
        return True
    name, digest = split(desired)
    theirs, their_digest = split(observed)
    if digest:
        return digest == their_digest and tagged(familiar(name)) == tagged(familiar(theirs or name))
    return familiar(name) == familiar(theirs)
