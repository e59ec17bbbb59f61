"""Feed broken files to the reader of desired state: it must raise no exception, and spend at most a second on a file.

Usage: fuzz.py MINUTES [SEED]. A file that breaks the rule is kept and reported; the exit code is then 1.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from reconciler.compose import read

CASES = Path(__file__).parent.parent / "tests" / "cases"
LONGEST = 1.0
"""Seconds of processor time that one file may take."""
PIECES = [
    *("- ", ": ", "? ", "&a ", "*a", "!!str ", "!!binary ", "!reset ", "!override ", "|\n", ">-\n", "[", "]", "{", "}"),
    *(
        ",",
        " #",
        "'",
        '"',
        "\\",
        "\\u0000",
        "\\ud83d",
        "\n",
        "\n  ",
        "\n\t",
        "<<: *a\n",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
    ),
    *(
        "010",
        "0x1F",
        "1_000",
        "-1",
        "1e999",
        ".inf",
        ".nan",
        "99999999999999999999",
        "yes",
        "~",
        "null",
        "true",
        "\ufeff",
    ),
    *(
        "${",
        "${A:-",
        "${A:?",
        "$$",
        "}",
        "é",
        "\U0001f600",
        "\x85",
        "\u2028",
        "\x00",
        "\ud800",
        "1h2m",
        "1.5GB",
        "80-90:",
    ),
    *("include: [app.yaml]\n", "extends: web\n", "extends: {file: app.yaml, service: web}\n", "env_file: app.yaml\n"),
]
Mutation = Callable[[random.Random, str, str], str]


def insert(rng: random.Random, text: str, other: str) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(PIECES) + text[at + rng.choice((0, 0, 1, 4, 30)) :]


def splice(rng: random.Random, text: str, other: str) -> str:
    """Put a line of another file in the place of one here, with the indentation of that place."""
    lines, others = text.splitlines() or [""], other.splitlines() or [""]
    at = rng.randrange(len(lines))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines[at : at + rng.randint(0, 1)] = [indent + line.strip() for line in rng.sample(others, min(2, len(others)))]
    return "\n".join(lines)


def swap(rng: random.Random, text: str, other: str) -> str:
    lines = text.splitlines() or [""]
    one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


def repeat(rng: random.Random, text: str, other: str) -> str:
    """Repeat a part many times: that shows what takes long."""
    at = rng.randint(0, len(text))
    piece = rng.choice([rng.choice(PIECES), text[at : at + rng.choice((1, 5, 20, 100))]])
    return text[:at] + piece * rng.choice((10, 300, 20_000)) + text[at:]


MUTATIONS: tuple[Mutation, ...] = (insert, insert, insert, splice, splice, swap, repeat)
WEIGHTS = (4, 4, 4, 4, 4, 2, 1)


def fuzz(minutes: float, seed: int, folder: Path) -> int:
    texts = [path.read_text() for path in sorted(CASES.rglob("*.yaml")) if path.stat().st_size < 20_000]
    rng, until, files, slowest = random.Random(seed), time.monotonic() + minutes * 60, 0, 0.0
    shutil.copytree(CASES / "compose", folder / "seed")
    root = folder / "desired"
    root.mkdir()
    for part in (folder / "seed").iterdir():
        if part.is_dir():
            shutil.copytree(part, root / part.name)
    while time.monotonic() < until:
        text = rng.choice(texts)
        for mutate in rng.choices(MUTATIONS, WEIGHTS, k=rng.randint(1, 5)):
            text = mutate(rng, text, rng.choice(texts))
        (root / "app.yaml").write_bytes(text.encode(errors="surrogatepass"))
        files += 1
        began = time.process_time()
        try:
            reading = read(root, {"A": "x", "HOME": "/root"})
            [str(fault) for fault in (*reading.faults, *reading.warnings)]
        except Exception:
            return kept(root, traceback.format_exc())
        took = time.process_time() - began
        slowest = max(slowest, took)
        if took > LONGEST:
            return kept(root, f"took {took:.2f} s")
    print(f"{files} files in {minutes:g} min, seed {seed}: no exception, the slowest took {slowest:.2f} s")
    return 0


def kept(root: Path, what: str) -> int:
    place = Path(tempfile.mkdtemp(prefix="fuzz-")) / "app.yaml"
    shutil.copy(root / "app.yaml", place)
    print(f"{what}\nthe file is kept as {place}")
    return 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(fuzz(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0, Path(folder)))
