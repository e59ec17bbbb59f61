"""ContainerSpec of a service: what runs in its tasks (docker/cli, ``convert/service.go``)."""

from __future__ import annotations

from reconciler.compose import schema
from reconciler.compose.files import FileRefused, env_file
from reconciler.compose.lowering.label_files import container_labels
from reconciler.compose.lowering.mounts import mount
from reconciler.compose.lowering.stack import Source, kept
from reconciler.desired.images import familiar
from reconciler.desired.model import Spec
from reconciler.spec.beside import FILE_MODE
from reconciler.yaml.document import Path

MOST_TOLD = 100
"""Lines of an env file that are reported as faults."""


def container(service: schema.Service, path: Path, source: Source) -> Spec:
    """Return the keys that the table doesn't have. Call ``settle`` once the rest is there."""
    return kept(
        {
            "Image": familiar(service.image) if service.image else "",
            "Env": _environment(service, path, source),
            "Labels": source.labelled(container_labels(service, path, source)),
            "Mounts": [mount(given, (*path, "volumes", index), source) for index, given in enumerate(service.volumes)],
            "Configs": _configs(service, path, source),
            "Secrets": _references("Secret", service.secrets, path, source),
            "Privileges": _privileges(service, path, source),
        }
    )


def settle(spec: Spec, service: schema.Service, path: Path, source: Source) -> None:
    """Apply effects of one key on another in a ``ContainerSpec``, as docker's client does."""
    if service.healthcheck:
        _settle_check(spec, service.healthcheck, path, source)
    if added := spec.get("CapabilityAdd"):
        spec["CapabilityDrop"] = [name for name in spec.get("CapabilityDrop") or () if name not in added]
        if not spec["CapabilityDrop"]:
            del spec["CapabilityDrop"]


def _environment(service: schema.Service, path: Path, source: Source) -> list[str]:
    """Return the environment: ``env_file`` first, ``environment`` over it. A name with no value, or an empty one,
    takes the value of the process's environment (docker/cli, ``loader.updateEnvironment``). If that has none, a bare
    name stays bare."""
    values: dict[str, str | None] = {}
    for index, given in enumerate(service.env_file):
        try:
            text = source.files.text(given.path)
        except FileRefused as error:
            if given.required or "isn't there" not in str(error):
                source.found.fault((*path, "env_file", index), str(error), error.hint)
            continue
        wrong: list[FileRefused] = []
        values |= env_file(text, source.environ, wrong.append)
        source.files.budget.spend_values(len(values), source.found.document.at((*path, "env_file", index)))
        file, known = source.files.named(given.path), source.found.faulty_places()
        for line in wrong[:MOST_TOLD]:  # a file with more such lines isn't an env file
            if (file, *line.at) not in known:  # two services may name the same file
                source.found.fault_at((file, *line.at), str(line), line.hint)
    for name, value in service.environment.items():
        values[name] = value
    values = {name: value or source.environ.get(name, value) for name, value in values.items()}
    return sorted(name if value is None else f"{name}={value}" for name, value in values.items())


def _references(kind: str, given: list[schema.FileReference], path: Path, source: Source) -> list[Spec]:
    plural = f"{kind.lower()}s"
    declared = source.file.configs if kind == "Config" else source.file.secrets
    found = []
    for index, reference in enumerate(given):
        if reference.source not in declared:
            source.found.fault(
                (*path, plural, index),
                f"{kind.lower()} {reference.source} isn't declared",
                f"add `{reference.source}:` under the top-level `{plural}`",
            )
            continue
        file = {
            "Name": reference.target or reference.source,
            "UID": reference.uid,
            "GID": reference.gid,
            "Mode": FILE_MODE if reference.mode is None else reference.mode,
        }
        found.append({f"{kind}Name": source.content_name(plural, reference.source), "File": file})
    return sorted(found, key=lambda spec: str(spec[f"{kind}Name"]))


def _configs(service: schema.Service, path: Path, source: Source) -> list[Spec]:
    """Return the configs that become files, and the one that is a credential spec, which the engine reads itself."""
    found = _references("Config", service.configs, path, source)
    given = service.credential_spec.config if service.credential_spec else ""
    if given and given not in source.file.configs:
        hint = f"add `{given}:` under the top-level `configs`"
        source.found.fault((*path, "credential_spec", "config"), f"config {given} isn't declared", hint)
    elif given:
        found.append({"ConfigName": source.content_name("configs", given), "Runtime": {}})
    return sorted(found, key=lambda spec: str(spec["ConfigName"]))


def _privileges(service: schema.Service, path: Path, source: Source) -> Spec:
    """Return the privileges. The credential spec's config is given by its Swarm name; writing replaces it by the id."""
    given = service.credential_spec
    if given is None:
        return {}
    config = source.content_name("configs", given.config) if given.config else ""
    origin = kept({"Config": config, "File": given.file, "Registry": given.registry})
    if len(origin) > 1:
        hint = "say config, file or registry"
        source.found.fault((*path, "credential_spec"), "a credential spec comes from one place", hint)
    return {"CredentialSpec": origin} if origin else {}


def _settle_check(spec: Spec, given: schema.HealthCheck, path: Path, source: Source) -> None:
    test = (spec.get("Healthcheck") or {}).get("Test")
    where = (*path, "healthcheck", "test")
    if given.disable:
        if test:
            source.found.fault(where, "the check is disabled and has a test", "keep one of the two")
        spec["Healthcheck"] = {"Test": ["NONE"]}
    elif test and test[0] not in {"NONE", "CMD", "CMD-SHELL"}:
        hint = "put CMD first, as in [CMD, curl, …], or write the whole as one text for a shell"
        source.found.fault(where, "a test begins with CMD, CMD-SHELL or NONE", hint)
