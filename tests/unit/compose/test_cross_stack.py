"""Files that contradict one another: what was there goes on, the newcomer is at fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reconciler.compose import Reading, read
from reconciler.desired.model import Stack


class Folder:
    """A desired folder that is read again and again, as the loop does."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._chosen: Any = {}

    def reading(self, **files: str) -> Reading:
        for name, text in files.items():
            (self._root / f"{name}.yaml").write_text(text)
        found = read(self._root, {}, self._chosen)
        self._chosen = found.chosen
        return found


def images(reading: Reading) -> dict[str, str]:
    return {
        service.name: service.spec["TaskTemplate"]["ContainerSpec"]["Image"].removesuffix(":latest")
        for stack in reading.stacks
        for service in stack.services
    }


def named(stack: Stack, member: str) -> list[str]:
    return [each.name for each in getattr(stack, member)]


def test_a_newcomer_of_the_same_name_moves_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.reading(b="{name: app, services: {web: {image: old}}}")
    for _ in range(3):
        found = folder.reading(a="{name: app, services: {web: {image: new}}}")
        assert images(found) == {"app_web": "old"}
        assert [fault.file for fault in found.faults] == ["a.yaml"]


def test_a_file_that_changes_into_another_keeps_its_last_good_state(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.reading(a="services: {web: {image: a}}", b="services: {web: {image: b}}")
    found = folder.reading(a="services: {web: {image: a2, x-reconciler: {name: b_web}}}")
    assert images(found) == {"a_web": "a", "b_web": "b"}
    assert [fault.file for fault in found.faults] == ["a.yaml"]


def test_two_services_of_one_file_cant_have_one_name(tmp_path: Path) -> None:
    shared = "x-reconciler: {name: same}"
    found = Folder(tmp_path).reading(a=f"services: {{b: {{image: b, {shared}}}, c: {{image: c, {shared}}}}}")
    assert [fault.message for fault in found.faults] == ["service same is described at a.yaml:1:12 too"]


def test_a_circle_through_the_last_good_state_of_a_broken_file_is_found(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    needs = "x-reconciler: {depends_on: {%s: {condition: service_healthy}}}"
    folder.reading(a="services: {web: {image: a}}", b=f"services: {{db: {{image: b, {needs % 'a_web'}}}}}")
    found = folder.reading(a=f"services: {{web: {{image: a2, {needs % 'b_db'}}}}}", b="services: [")
    assert images(found) == {"a_web": "a", "b_db": "b"}
    assert any("circle" in fault.message for fault in found.faults)


def test_a_network_that_two_stacks_declare_alike_is_one(tmp_path: Path) -> None:
    file = "{services: {web: {image: a, networks: [net]}}, networks: {net: {name: shared%s}}}"
    found = Folder(tmp_path).reading(a=file % "", b=file % "")
    assert found.faults == ()
    assert [named(stack, "networks") for stack in found.stacks] == [["shared"], []]
    found = Folder(tmp_path).reading(b=file % ", internal: true")
    assert [fault.message for fault in found.faults] == ["network shared is described at a.yaml:1:59 too, otherwise"]


def test_an_empty_file_is_a_fault_and_not_a_stack_without_services(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.reading(a="services: {web: {image: a}}")
    for text in ("", "# nothing\n", "services:\n"):
        found = folder.reading(a=text)
        assert images(found) == {"a_web": "a"}
        assert len(found.faults) == 1


def test_stacks_that_depend_on_stacks_are_written_out_within_bounds(tmp_path: Path) -> None:
    many = "services: {" + ", ".join(f"s{number}: {{image: b}}" for number in range(500)) + "}"
    found = Folder(tmp_path).reading(a=many, b=f"x-reconciler: {{depends_on: [a]}}\n{many}")
    (fault,) = found.faults
    assert (fault.file, fault.line) == ("b.yaml", 1)
    assert "would wait for each of others: 250000 dependencies" in fault.message
    few = "services: {" + ", ".join(f"s{number}: {{image: b}}" for number in range(300)) + "}"
    found = Folder(tmp_path).reading(b=f"x-reconciler: {{depends_on: [a]}}\n{few}")
    (stack,) = [each for each in found.stacks if each.source == "b.yaml"]
    assert {id(service.depends_on) for service in stack.services} == {id(stack.services[0].depends_on)}
    assert len(stack.services[0].depends_on) == 500
