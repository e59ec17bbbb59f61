"""Names at their limits, stacks in upper case, and the boundary of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.compose import Reading, read
from reconciler.compose.files import LARGEST


def reading(root: Path, text: str, name: str = "app") -> Reading:
    (root / f"{name}.yaml").write_text(text)
    return read(root, {})


@pytest.mark.parametrize("name", ["MyShop", "9-Lives", "a_"])
def test_a_stacks_name_is_one_that_swarm_takes(name: str, tmp_path: Path) -> None:
    text = "services: {web: {image: a, volumes: ['data:/d']}}\nvolumes: {data: }\n"
    (stack,) = reading(tmp_path, text, name).stacks
    assert (stack.name, stack.services[0].name, stack.volumes[0].name) == (name, f"{name}_web", f"{name}_data")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("services: {%s: {image: a}}" % ("s" * 59), "", ""),
        ("services: {%s: {image: a}}" % ("s" * 60), "1:12", "this name has 64"),
        ("services: {a: {image: a, x-reconciler: {name: %s}}}" % ("s" * 64), "1:47", "this name has 64"),
        ("services: {a: {image: a, networks: [n]}}\nnetworks: {n: {name: %s}}" % ("n" * 63), "", ""),
        ("services: {a: {image: a, networks: [n]}}\nnetworks: {n: {name: %s}}" % ("n" * 64), "2:22", "63 in all"),
        ("services: {a: {image: a}}\nconfigs: {c: {content: x, name: %s}}" % ("c" * 64), "", ""),
        ("services: {a: {image: a}}\nconfigs: {c: {content: x, name: %s}}" % ("c" * 65), "2:33", "64 in all"),
        ("services: {a: {image: a}}\nsecrets: {c: {content: x, name: %s}}" % ("c" * 65), "2:33", "64 in all"),
        ("services: {a: {image: a}}\nvolumes: {v: {name: %s}}" % ("v" * 256), "2:21", "2 to 255 in all"),
        ("services: {a: {image: a}}\nvolumes: {v: {name: v}}", "2:21", "2 to 255 in all"),
        ("services: {a: {image: a}}\nvolumes: {v: {name: v, driver: theirs}}", "", ""),
    ],
)
def test_what_cant_fit_is_a_fault_at_its_place(text: str, place: str, said: str, tmp_path: Path) -> None:
    faults = reading(tmp_path, text).faults
    assert [f"{fault.line}:{fault.column}" for fault in faults] == ([place] if place else [])
    assert all(said in fault.hint for fault in faults)


def test_a_service_that_swarm_cant_store_is_a_fault(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.env").write_text(f"{name}={'x' * 800_000}\n")
    (fault,) = reading(tmp_path, "services: {a: {image: a, env_file: [one.env, two.env]}}").faults
    assert fault.message == "environment and labels have 1,600,089 bytes"


def test_files_elsewhere_may_be_named_where_that_is_allowed(tmp_path: Path) -> None:
    desired, outside, other = tmp_path / "desired", tmp_path / "secrets", tmp_path / "other"
    for folder in (desired, outside, other):
        folder.mkdir()
        (folder / "s.secret").write_text(folder.name)
    (desired / "link").symlink_to(other / "s.secret")
    named = f"services: {{a: {{image: a}}}}\nsecrets: {{s: {{file: {outside}/s.secret}}}}\n"
    (desired / "app.yaml").write_text(named)
    (fault,) = read(desired, {}).faults
    assert fault.message == f"secret s: {outside}/s.secret leads out of the desired folder"
    assert "--allow-path DIR" in fault.hint
    (stack,) = read(desired, {}, allowed=(outside,)).stacks
    assert stack.secrets[0].data == b"secrets"
    (desired / "app.yaml").write_text(named.replace(f"{outside}/s.secret", "link"))
    assert "leads out" in read(desired, {}, allowed=(outside,)).faults[0].message


def test_the_limit_of_a_files_size_is_said(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (LARGEST + 1))
    (fault,) = reading(tmp_path, "services: {a: {image: a}}\nconfigs: {c: {file: large}}").faults
    assert fault.message == "config c: large has 1,024,000 bytes"
    assert "1,023,999 bytes (1 MB)" in fault.hint
