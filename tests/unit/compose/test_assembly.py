"""Stacks of several files: extends, include, override files, merge tags, profiles."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from reconciler.compose import Reading, read
from reconciler.compose.merging import merge, settled
from reconciler.yaml.document import Document
from reconciler.yaml.parsing import load


def reading(root: Path, files: dict[str, str], **environ: str) -> Reading:
    """``root/app/compose.yaml`` is the stack."""
    for name, text in files.items():
        path = root / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return read(root, {"HOME": "/home/someone", **environ})


def container(found: Reading, service: str = "app_web") -> dict[str, Any]:
    assert found.faults == ()
    specs = {each.name: each.spec for stack in found.stacks for each in stack.services}
    result: dict[str, Any] = specs[service]["TaskTemplate"]["ContainerSpec"]
    return result


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ("command: a b", "command: c", {"command": "c"}),
        ("command: [a, b]", "command: [c]", {"command": ["c"]}),
        ("entrypoint: [a]", "entrypoint: [c]", {"entrypoint": ["c"]}),
        (
            "healthcheck: {test: [CMD, a], retries: 2}",
            "healthcheck: {test: [CMD, b]}",
            {"healthcheck": {"test": ["CMD", "b"], "retries": 2}},
        ),
        ("environment: [A=1, B=2]", "environment: {B: '3', C: '4'}", {"environment": {"A": "1", "B": "3", "C": "4"}}),
        ("environment: {A: '1'}", "environment: [A]", {"environment": {"A": "1"}}),
        ("labels: [a=1]", "labels: [b=2]", {"labels": {"a": "1", "b": "2"}}),
        ("ports: ['80:80']", "ports: ['80:80', '81:81']", {"ports": ["80:80", "81:81"]}),
        ("ports: [{target: 80, published: 80}]", "ports: ['80:80']", {"ports": ["80:80"]}),
        ("volumes: ['one:/x', 'two:/y']", "volumes: ['other:/x']", {"volumes": ["other:/x", "two:/y"]}),
        ("configs: [a]", "configs: [{source: a, target: b}]", {"configs": ["a", {"source": "a", "target": "b"}]}),
        ("secrets: [a, b]", "secrets: [b, c]", {"secrets": ["a", "b", "c"]}),
        ("dns: [1.1.1.1]", "dns: [2.2.2.2]", {"dns": ["1.1.1.1", "2.2.2.2"]}),
        ("networks: [a]", "networks: {b: {aliases: [x]}}", {"networks": {"a": None, "b": {"aliases": ["x"]}}}),
        (
            "depends_on: [a]",
            "depends_on: {b: {condition: service_healthy}}",
            {"depends_on": {"a": None, "b": {"condition": "service_healthy"}}},
        ),
        (
            "logging: {driver: a, options: {x: '1'}}",
            "logging: {options: {y: '2'}}",
            {"logging": {"driver": "a", "options": {"x": "1", "y": "2"}}},
        ),
        ("logging: {driver: a, options: {x: '1'}}", "logging: {driver: b}", {"logging": {"driver": "b"}}),
        ("user: a", "user: ", {"user": "a"}),
        ("user: a", "user: !reset null", {}),
        ("ports: ['80:80']", "ports: !reset []", {}),
        ("ports: ['80:80']", "ports: !override ['81:81']", {"ports": ["81:81"]}),
        ("environment: {A: '1', B: '2'}", "environment: {A: !reset null}", {"environment": {"B": "2"}}),
        (
            "deploy: {labels: [a=1], replicas: 1}",
            "deploy: {labels: {b: '2'}}",
            {"deploy": {"labels": {"a": "1", "b": "2"}, "replicas": 1}},
        ),
        ("ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", {"ulimits": {"nofile": 5}}),
    ],
)
def test_one_file_over_another(base: str, over: str, expected: dict[str, Any]) -> None:
    one, other = (load(f"services: {{web: {{{text}}}}}", "f") for text in (base, over))
    merged = settled(merge(one, other))
    assert merged
    assert Document.of(merged).data["services"]["web"] == expected


def test_an_override_file_goes_over_the_main_one(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        {
            "compose.yaml": "services: {web: {image: a, environment: {A: '1'}}}",
            "compose.override.yaml": "services: {web: {environment: {B: '2'}}, more: {image: b}}",
        },
    )
    assert container(found)["Env"] == ["A=1", "B=2"]
    assert container(found, "app_more")["Image"] == "b:latest"


def test_a_fault_in_an_override_file_names_that_file(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {web: {image: a}}",
        "compose.override.yaml": "services: {web: {stop_grace_period: x}}",
    }
    (fault,) = reading(tmp_path, files).faults
    assert (fault.file, fault.line, fault.column) == ("app/compose.override.yaml", 1, 37)


def test_extends_a_service_of_the_same_file_and_of_another_in_a_chain(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            services:
              base: {image: a, environment: {A: '1', B: '1'}, labels: {x: y}}
              web: {extends: base, environment: {B: '2'}}
              far: {extends: {file: common/base.yaml, service: deep}, environment: {C: '3'}}
            """,
        "common/base.yaml": """
            services:
              deep: {extends: {file: more/base.yaml, service: deepest}, env_file: deep.env}
            """,
        "common/more/base.yaml": "services: {deepest: {image: '${IMAGE}', volumes: ['./data:/data']}}",
        "common/deep.env": "FROM=file\n",
    }
    found = reading(tmp_path, files, IMAGE="deep:1")
    assert container(found)["Env"] == ["A=1", "B=2"]
    assert container(found)["Labels"]["x"] == "y"
    far = container(found, "app_far")
    assert (far["Image"], far["Env"]) == ("deep:1", ["C=3", "FROM=file"])
    assert far["Mounts"][0]["Source"] == str(tmp_path / "app" / "common" / "more" / "data")


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("web", "circle: web → web"),
        ("other", "circle: web → other → web"),
        ("{file: no.yaml, service: web}", "no.yaml isn't there"),
        ("{file: ../../outside.yaml, service: web}", "leads out of the desired folder"),
        ("nobody", "app/compose.yaml has no service nobody"),
        ("{service: 5}", "names a service"),
        ("[a]", "names a service"),
    ],
)
def test_extends_that_leads_nowhere(tmp_path: Path, extends: str, words: str) -> None:
    (tmp_path.parent / "outside.yaml").write_text("services: {web: {image: a}}")
    text = f"services:\n  web:\n    image: a\n    extends: {extends}\n  other: {{image: b, extends: web}}\n"
    assert any(words in fault.message for fault in reading(tmp_path, {"compose.yaml": text}).faults)


def test_all_files_of_a_stack_tell_their_faults_at_once(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            include: [more/inc.yaml, more/no.yaml]
            services:
              web: {extends: {file: more/base.yaml, service: base}}
              lost: {extends: nobody}
              tagged: {image: a, stop_grace_period: "${NONE:?}", deploy: {replicas: "${NONE:?}", mode: odd}}
            """,
        "more/inc.yaml": "services: {inc: {image: a, foo: 1, deploy: {replicas: -3}}}",
        "more/base.yaml": "services: {base: {image: a, ports: ['a:b']}}",
    }
    said = {(fault.file, fault.line, fault.message) for fault in reading(tmp_path, files).faults}
    assert said == {
        ("app/compose.yaml", 2, "include: more/no.yaml isn't there"),
        ("app/compose.yaml", 5, "extends: app/compose.yaml has no service nobody"),
        ("app/compose.yaml", 6, "variable NONE is required and not set"),
        (
            "app/compose.yaml",
            6,
            "services.tagged.deploy.mode has to be one of 'replicated', 'global', 'replicated-job' or 'global-job'",
        ),
        ("app/more/inc.yaml", 1, "services.inc.foo isn't a key of Compose"),
        ("app/more/inc.yaml", 1, "services.inc.deploy.replicas has to be 0 at least"),
        ("app/more/base.yaml", 1, "services.web.ports.0 'a:b' isn't a port"),
    }


def test_include_brings_in_a_file_with_its_own_folder_and_variables(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            include:
              - db/part.yaml
              - {path: [one.yaml, over.yaml], env_file: one.env}
            services: {web: {image: a, depends_on: [db], networks: [back]}}
            """,
        "db/part.yaml": """
            services: {db: {image: 'db:${TAG}', env_file: db.env, networks: [back], configs: [conf]}}
            networks: {back: {}}
            configs: {conf: {file: ./conf.txt}}
            """,
        "db/.env": "TAG=16\n",
        "db/db.env": "DB=yes\n",
        "db/conf.txt": "content",
        "one.yaml": "services: {one: {image: 'one:${TAG}'}}",
        "one.env": "TAG=1\n",
        "over.yaml": "services: {one: {user: me}}",
    }
    found = reading(tmp_path, files)
    assert container(found, "app_db")["Image"] == "db:16"
    assert container(found, "app_db")["Env"] == ["DB=yes"]
    assert (container(found, "app_one")["Image"], container(found, "app_one")["User"]) == ("one:1", "me")
    (stack,) = found.stacks
    assert [config.data for config in stack.configs] == [b"content"]
    assert container(reading(tmp_path, files, TAG="outer"), "app_db")["Image"] == "db:outer"


@pytest.mark.parametrize(
    ("include", "words"),
    [
        ("[no.yaml]", "no.yaml isn't there"),
        ("[compose.yaml]", "circle: compose.yaml → compose.yaml"),
        ("[again.yaml]", "circle: compose.yaml → again.yaml → compose.yaml"),
        ("[same.yaml]", "service web is also in an included file, at app/same.yaml:1:12"),
        ("[5]", "include names files"),
        ("[{paht: a}]", "include names files"),
        ("[broken.yaml]", "not YAML"),
        ("[bad.yaml]", "isn't a duration"),
        ("[list.yaml]", "services has to be a mapping"),
        ("[twice/0.yaml]", "files include one another more than 64 deep, or more than 1000 times"),
    ],
)
def test_include_that_leads_nowhere(tmp_path: Path, include: str, words: str) -> None:
    files = {
        "compose.yaml": f"include: {include}\nservices: {{web: {{image: a}}}}\n",
        "again.yaml": "include: [compose.yaml]\n",
        "same.yaml": "services: {web: {image: other}}",
        "broken.yaml": "services: [",
        "bad.yaml": "services: {bad: {image: a, stop_grace_period: x}}",
        "list.yaml": "services: [a]",
        **{f"twice/{n}.yaml": f"include: [{n + 1}.yaml, {n + 1}.yaml]\nservices: {{}}\n" for n in range(40)},
    }
    assert any(words in fault.message for fault in reading(tmp_path, files).faults)


def test_profiles_leave_services_out_until_they_are_asked_for(tmp_path: Path) -> None:
    files = {"compose.yaml": "services: {web: {image: a}, debug: {image: b, profiles: [debug, dev]}}"}
    assert [service.key for stack in reading(tmp_path, files).stacks for service in stack.services] == ["web"]
    for asked in ("dev", "x,debug", "*"):
        found = reading(tmp_path, files, COMPOSE_PROFILES=asked)
        assert [service.key for stack in found.stacks for service in stack.services] == ["web", "debug"], asked


def test_a_dependency_that_profiles_leave_out(tmp_path: Path) -> None:
    needs = (
        "services: {web: {image: a, depends_on: {db: {condition: service_started%s}}}, db: {image: b, profiles: [x]}}"
    )
    (fault,) = reading(tmp_path, {"compose.yaml": needs % ""}).faults
    assert "left out" in fault.message
    assert reading(tmp_path, {"compose.yaml": needs % ", required: false"}).faults == ()
