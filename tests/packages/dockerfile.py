"""A Dockerfile read as what it says, and its steps run without Docker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / "functions" / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined."""

    word: str
    rest: str


@dataclass(frozen=True)
class Stage:
    """A `FROM` and what follows it."""

    image: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[str]:
        """What follows each instruction of that word."""
        return [instruction.rest for instruction in self.instructions if instruction.word == word]

    def one(self, word: str) -> str:
        """What follows the only instruction of that word."""
        (rest,) = self.all(word)
        return rest

    @property
    def environment(self) -> dict[str, str]:
        """What its only `ENV` sets."""
        return dict(setting.split("=", 1) for setting in self.one("ENV").split())


def instructions(text: str) -> list[Instruction]:
    """Every instruction, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in joined]


def stages(text: str) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, and the stages."""
    arguments: dict[str, str] = {}
    found: list[Stage] = []
    for instruction in instructions(text):
        if instruction.word == "FROM":
            image, _, name = instruction.rest.partition(" AS ")
            found.append(Stage(image, name, ()))
        elif found:
            last = found[-1]
            found[-1] = Stage(last.image, last.name, (*last.instructions, instruction))
        else:
            assert instruction.word == "ARG", f"{instruction.word} stands before the first FROM"
            name, _, value = instruction.rest.partition("=")
            arguments[name] = value
    return arguments, found


def context_files(source: str) -> list[Path]:
    """The files of the build context below `source`, as `.dockerignore` leaves them.

    Understands what ours says: `*`, exceptions `!path`, and `**/name` after them.
    """
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    start = ROOT / source
    files = [start] if start.is_file() else sorted(path for path in start.rglob("*") if path.is_file())
    return [path for path in files if _is_sent(path.relative_to(ROOT), rules)]


def _is_sent(path: Path, rules: list[str]) -> bool:
    sent = True
    for rule in rules:
        pattern = rule.removeprefix("!")
        if pattern.startswith("**/"):
            matches = any(fnmatch(part, pattern.removeprefix("**/")) for part in path.parts)
        else:
            matches = pattern == "*" or path.is_relative_to(pattern)
        if matches:
            sent = rule.startswith("!")
    return sent


def run(stage: Stage, folder: Path) -> None:
    """Run a stage's `COPY` and `RUN` steps in `folder`, which stands for its WORKDIR.

    Operating system packages are not installed: the machine's Python stands for Debian's.

    Raises:
        AssertionError: a step failed, or copies what the context lacks; says what it printed.
    """
    for instruction in stage.instructions:
        match instruction.word:
            case "COPY":
                *sources, target = instruction.rest.split()
                for source in sources:
                    _copy(source, folder / target, into=target.endswith("/"))
            case "RUN" if not instruction.rest.startswith("apt-get "):
                step = subprocess.run(
                    ["sh", "-c", instruction.rest], cwd=folder, capture_output=True, text=True, check=False
                )
                assert step.returncode == 0, f"RUN {instruction.rest}: {step.stdout}{step.stderr}"


def _copy(source: str, target: Path, *, into: bool) -> None:
    files = context_files(source)
    assert files, f"COPY {source}: not in the build context"
    for path in files:
        below = path.relative_to(ROOT / source)
        destination = target / path.name if into else target / below
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, destination)


def exec_form(rest: str) -> list[str]:
    """The words of an instruction in exec form."""
    words: list[str] = json.loads(rest)
    return words
