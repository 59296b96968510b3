"""The prose is true: its links lead somewhere, its claims are accepted, its commands run and print what it says.

docs/reference is generated and docs/install.md has tests of its own as well; what holds for all pages is held here.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml
from click.testing import CliRunner

from argosy import __version__
from argosy.cli import main
from argosy.cli.options import claims, sample_hub
from argosy.cli.request import build_request
from argosy.function import draw
from tests.packages.test_install_guide import commands as console
from tests.safety.items import IDS, NOT_YET

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
ARCHITECTURE, GUIDE = ROOT / "docs" / "architecture.md", ROOT / "docs" / "install.md"
DEMO = "argosy simulate examples/xekscluster/minimal.yaml"
SKIPPED = "..."
"""A line that stands for lines that are left out of what a command prints."""


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(set(names.split("\0")) - {""}) if (path := ROOT / name).is_file())


PAGES = tuple(path for path in files() if path.suffix == ".md")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}: {self.text.splitlines()[0] if self.text else 'empty'}"


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    return tuple(Block(page, *match) for match in FENCE.findall(page.read_text()))


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def section(page: Path, heading: str) -> str:
    """What stands between a heading of the second level and the next one."""
    _, found, rest = page.read_text().partition(f"\n## {heading}\n")
    assert found, f"{name_of(page)} has no section {heading}"
    return rest.partition("\n## ")[0]


def spans(text: str) -> list[str]:
    """Code in running text."""
    return re.findall(r"`([^`\n]+)`", text)


def cells(text: str) -> Iterator[list[str]]:
    """Rows of tables, without their heads."""
    for line in re.sub(r"^\|.*\n\|[-|]+$", "", text, flags=re.MULTILINE).splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# Links.


@cache
def anchors(page: Path) -> frozenset[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    found: Counter[str] = Counter()
    result = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w -]", "", shown.lower()).replace(" ", "-")
        result.add(f"{anchor}-{found[anchor]}" if found[anchor] else anchor)
        found[anchor] += 1
    return frozenset(result)


def broken(page: Path, text: str) -> list[str]:
    """Targets of a text's links that are not there."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        known = place == ROOT or ROOT in place.parents  # a link out of the repository works on one machine only
        if not (known and place.exists()) or (anchor and anchor not in anchors(place)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_link_leads_somewhere(page: Path) -> None:
    assert broken(page, prose(page)) == []


@pytest.mark.parametrize("target", ["docs/none.md", "docs/install.md#none", "../other/file.md", "#none"])
def test_a_broken_link_is_found(target: str) -> None:
    assert broken(README, f"see [there]({target}) and [here](docs/install.md#6-who-may-do-what)") == [target]


def test_the_readme_leads_to_every_page_for_people() -> None:
    linked = {(README.parent / link).resolve() for link in re.findall(r"\]\(([^)#]+)", prose(README))}
    named = {ROOT / path for path in tree()}
    people = {page for page in PAGES if page.parent in (ROOT, ROOT / "docs")} - {README}
    assert people - linked - named == set()


# Claims.


def manifests(block: Block) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(block.text) if isinstance(document, dict)]


def is_ours(manifest: Mapping[str, Any]) -> bool:
    kind, api_version = manifest.get("kind"), str(manifest.get("apiVersion"))
    return kind == "EnvironmentConfig" or api_version.startswith("fleet.argosy.dev/")


YAML = [block for page in PAGES for block in blocks(page) if block.language == "yaml"]


@pytest.mark.parametrize("block", YAML, ids=str)
def test_each_yaml_is_yaml_and_each_claim_is_accepted(block: Block, tmp_path: Path) -> None:
    ours = [manifest for manifest in manifests(block) if is_ours(manifest)]
    if not ours:
        return
    file = tmp_path / "block.yaml"
    file.write_text(block.text)
    facts = tmp_path / "hub.yaml"
    facts.write_text(yaml.safe_dump_all([] if any(m["kind"] == "EnvironmentConfig" for m in ours) else sample_hub()))
    result = CliRunner().invoke(main, ["validate", str(file), str(facts)])
    assert result.exit_code == 0, result.stderr
    assert f"{len(ours) + len(list(yaml.safe_load_all(facts.read_text())))} document" in result.output


def readme_claims() -> list[Block]:
    return [block for block in blocks(README) if block.language == "yaml"]


def test_the_readme_begins_with_the_minimal_example() -> None:
    example = (ROOT / "examples" / "xekscluster" / "minimal.yaml").read_text().splitlines(keepends=True)
    assert readme_claims()[0].text == "".join(line for line in example if not line.startswith("#"))


def test_the_second_claim_of_the_readme_has_as_many_lines_as_it_says() -> None:
    assert "\nTwenty lines say more:" in README.read_text()
    assert len(readme_claims()[1].text.splitlines()) == 20


@cache
def simulated(claim: str) -> Mapping[str, Any]:
    """What `argosy simulate` reports of a claim."""
    result = CliRunner().invoke(main, ["simulate", "-", "--format", "json"], input=claim)
    assert result.exit_code == 0, result.stderr
    report: Mapping[str, Any] = json.loads(result.stdout)
    assert report["settled"]
    false = {item["type"] for item in report["xr"]["status"]["conditions"] if item["status"] != "True"}
    assert false == {"Deletable"}
    return report


def test_the_readme_counts_the_objects_of_both_claims() -> None:
    text = section(README, "What you write, what you get")
    said = [int(number) for number in re.findall(r"\*\*(\d+) objects\*\*", text)]
    assert said == [len(simulated(block.text)["resources"]) for block in readme_claims()]


def test_the_readme_counts_the_objects_of_each_kind() -> None:
    said = {kind: int(number) for number, kind in re.findall(r"(\d+)\s`([A-Z]\w+)`", README.read_text())}
    assert said == Counter(item["kind"] for item in simulated(readme_claims()[0].text)["resources"].values())


def test_the_readme_says_what_each_line_makes() -> None:
    claim = readme_claims()[1].text
    resources = simulated(claim)["resources"]
    secret = resources["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]["metadata"]
    made = {*resources, *secret["labels"], *secret["annotations"], '"true"'}
    rows = list(cells(section(README, "What you write, what you get")))
    assert len(rows) > 5
    for asked, got in rows:
        assert spans(got), got
        assert [code for code in spans(got) if code not in made] == []
        for path in spans(asked):
            value: Any = yaml.safe_load(claim)["spec"]
            for step in path.split("."):
                assert step in value, path
                value = value[step]


def keys_of_examples() -> set[str]:
    found = set()
    for path in (ROOT / "examples" / "xekscluster").glob("*.yaml"):
        for claim in claims([str(path)]):
            _, rendered = draw(build_request(claim, "upbound", [], sample_hub()))
            found |= {key for item in rendered for key in item.manifests}
    return found


def test_the_edges_are_those_of_objects_that_examples_have() -> None:
    rows = [row for row in cells(section(ARCHITECTURE, "Five ideas")) if row[0].startswith(("value", "order"))]
    patterns = {code for row in rows for code in spans(f"{row[1]} {row[2]}")}
    assert len(rows) > 10
    assert len(patterns) > 10
    keys = keys_of_examples()
    assert {pattern for pattern in patterns if not fnmatch.filter(keys, pattern)} == set()


@pytest.mark.parametrize("page", [README, ARCHITECTURE, ROOT / "SECURITY.md"], ids=name_of)
def test_each_rule_that_is_named_is_judged(page: Path) -> None:
    tested = "".join(path.read_text() for path in (ROOT / "tests" / "properties").glob("test_*.py"))
    judged = {*IDS, *re.findall(r"REL-\d\d", tested)} - set(NOT_YET)
    assert set(re.findall(r"\b[A-Z]{3}-\d\d\b", prose(page))) - judged == set()


# Commands.


class Command(NamedTuple):
    """A command of a console block, and what it prints."""

    line: str
    printed: tuple[str, ...]


def commands(block: Block) -> list[Command]:
    return [Command(line, tuple(printed.splitlines())) for line, printed in console(block.text)]


CONSOLES = [block for page in PAGES for block in blocks(page) if block.language == "console"]
OURS = [block for block in CONSOLES if block.page == README]


def in_order(quoted: tuple[str, ...], printed: list[str]) -> list[str]:
    """Quoted lines that are not printed in that order; only where lines are left out may some lie between."""
    missing, place, gap = [], 0, False
    for line in quoted:
        if line == SKIPPED:
            gap = True
            continue
        rest = printed[place:] if gap else printed[place : place + 1]
        if line in rest:
            place += rest.index(line) + 1
        else:
            missing.append(line)
        gap = False
    if not gap and place != len(printed):
        missing.append(f"(end, instead of: {printed[place]})")
    return missing


def test_lines_that_are_not_printed_are_found() -> None:
    assert in_order(("a", "...", "c"), ["a", "b", "c"]) == []
    assert in_order(("a", "c"), ["a", "b", "c"]) == ["c", "(end, instead of: b)"]
    assert in_order(("...", "c", "a", "..."), ["a", "b", "c"]) == ["a"]
    assert in_order(("a", "b"), ["a", "b", "c"]) == ["(end, instead of: c)"]


def shell(line: str, folder: Path) -> list[str]:
    """What a command prints on both streams, in a folder that looks like the checkout."""
    line = line.replace(".venv/bin/argosy", shlex.quote(str(Path(sys.executable).parent / "argosy")))
    process = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return process.stdout.splitlines()


def runs_argosy(command: Command) -> bool:
    return command.line.startswith(".venv/bin/argosy ")


@pytest.mark.parametrize("block", [b for b in OURS if any(map(runs_argosy, commands(b)))], ids=str)
def test_our_commands_print_what_the_readme_says(block: Block, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command in commands(block):
        if command.line.startswith("cat "):  # a file that the reader has
            (tmp_path / command.line.removeprefix("cat ")).write_text("\n".join(command.printed) + "\n")
            continue
        assert runs_argosy(command), command.line
        assert command.printed
        assert in_order(command.printed, shell(command.line, tmp_path)) == []


def test_make_demo_prints_what_the_readme_says() -> None:
    (demo,) = [command for block in OURS for command in commands(block) if command.line == "make demo"]
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert recipe[1].split("\n") == [f"\t$(BIN)/{DEMO}", ""]
    assert len(demo.printed) > 10
    assert in_order(demo.printed, shell(f".venv/bin/{DEMO}", ROOT)) == []


def test_what_the_readme_runs_beside_argosy_is_in_the_install_guide() -> None:
    """The guide's own test runs them."""
    guided = " ".join(" ".join(b.text.split()) for b in CONSOLES if b.page == GUIDE)
    others = [
        command.line
        for block in OURS
        for command in commands(block)
        if not runs_argosy(command) and not command.line.startswith(("cat ", "make "))
    ]
    assert any("crossplane render" in line for line in others)
    assert [line for line in others if " ".join(line.split()) not in guided] == []


def parse(line: str) -> list[click.Option]:
    """The options that an `argosy` command line uses.

    Raises:
        click.UsageError: for a command or an option that there is not.
    """
    words = shlex.split(re.sub(r"[\[\]]|\.\.\.", "", line.split(" | ")[0]))
    name, *arguments = words[1:]
    command = main.commands.get(name)
    if command is None:
        raise click.UsageError(f"no command {name}")
    context = click.Context(command, info_name=name)
    parameters = command.make_parser(context).parse_args(arguments)[2]
    return [parameter for parameter in parameters if isinstance(parameter, click.Option)]


def shown() -> Iterator[tuple[str, str]]:
    """Every `argosy` command line that a page shows, with the page's name."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "console":
                for command in commands(block):
                    for line in re.findall(r"(?:^|\| )(?:\.venv/bin/)?(argosy .*)", command.line):
                        yield name_of(page), line
        for code in spans(prose(page)):
            if match := re.match(r"(?:\.venv/bin/)?(argosy [a-z].*)", code):
                yield name_of(page), match[1]


def test_each_command_that_is_shown_exists_with_its_options() -> None:
    lines = list(shown())
    assert {name for name, _ in lines} >= {"README.md", "CONTRIBUTING.md"}
    for page, line in lines:
        try:
            parse(line)
        except click.UsageError as error:
            pytest.fail(f"{page}: {line}: {error.format_message()}")


@pytest.mark.parametrize("line", ["argosy simulate x.yaml --speed 3", "argosy deploy x.yaml", "argosy graph -x y"])
def test_a_command_that_there_is_not_is_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line)


def test_the_readme_shows_every_command_with_every_option() -> None:
    lines = [spans(row[0])[0] for row in cells(section(README, "The command line"))]
    assert sorted(line.split()[1] for line in lines) == sorted(main.commands)
    for line in lines:
        command = main.commands[line.split()[1]]
        options = {parameter.name for parameter in command.params if isinstance(parameter, click.Option)}
        assert {option.name for option in parse(line)} == options, line


def targets() -> frozenset[str]:
    (phony, *_) = [re.findall(r"^\.PHONY: ([a-z]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)]
    return frozenset(phony)


def called(page: Path) -> set[str]:
    """Makefile targets that a page names."""
    lines = [*spans(prose(page)), *(command.line for b in blocks(page) if b in CONSOLES for command in commands(b))]
    words = [word for line in lines if re.match(r"make( |$)", line) for word in line.split()[1:]]
    return {word for word in words if re.fullmatch(r"[a-z]+", word)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_make_target_that_is_named_exists(page: Path) -> None:
    assert called(page) - targets() == set()


def test_contributors_are_told_every_make_target() -> None:
    assert called(README) >= {"demo", "test"}
    assert targets() - called(CONTRIBUTING) == {"install"}  # plain `make`
    assert "| `make` |" in CONTRIBUTING.read_text()


# The picture, the tree, the version.


def test_the_picture_shows_the_flow() -> None:
    (picture,) = [block.text for block in blocks(README) if block.language == "mermaid"]
    first, *edges = picture.splitlines()
    assert first == "flowchart LR"
    names = set(re.findall(r'(\w+)(?:\[\(?")', picture))
    ends = [re.findall(r"\b(\w+)(?:\[[^\]]*\])?\s*(?:<?-->(?:\|[^|]*\|)?)\s*(\w+)", edge) for edge in edges]
    assert all(len(found) == 1 for found in ends), ends
    assert {end for found in ends for pair in found for end in pair} == names
    assert len(names) > 5


def tree() -> dict[str, str]:
    """Paths of the README's tree and what is said of each."""
    (text,) = [block.text for block in blocks(README) if block.language == "text"]
    return {line.split()[0]: line.partition(" ")[2].strip() for line in text.splitlines()}


def test_the_tree_names_what_there_is() -> None:
    assert [path for path in tree() if not (ROOT / path).exists()] == []
    assert [path for path, what in tree().items() if not what or path.endswith("/") != (ROOT / path).is_dir()] == []
    folders = {name_of(path).split("/")[0] for path in files() if "/" in name_of(path)}
    hidden = {folder for folder in folders if folder.startswith(".")}
    assert folders - hidden - {path.split("/")[0] for path in tree()} == set()


def test_the_changelog_begins_with_this_version() -> None:
    found = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert found is not None
    assert found[1] == __version__


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.read_text().splitlines()) < 250


# What no file may hold. Each is put together here, so that this file does not hold it.


def _joined(separator: str, *lists: str) -> tuple[str, ...]:
    return tuple(separator.join(words.split()) for words in lists)


REGISTRIES = _joined(
    ".",
    "pypi org",
    "pythonhosted org",
    "proxy golang org",
    "sum golang org",
    "registry npmjs org",
    "registry yarnpkg com",
    "static crates io",
    "index crates io",
)
"""Where packages come from is a matter of who installs: behind a mirror, an address that is written down fails."""
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("work", "home", "root", "Users")) + tuple(
    f"..{path}" for path in ("/shared",)
)
"""Paths that are there on somebody's machine only."""
FORBIDDEN = (*REGISTRIES, *MACHINE_PATHS)


def held(text: str) -> list[str]:
    """What a text must not hold."""
    return [word for word in FORBIDDEN if word in text]


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    assert len(files()) > 100
    found = {name_of(path): words for path in files() if (words := held(path.read_text(errors="replace")))}
    assert found == {}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_what_no_file_may_hold_is_found(word: str) -> None:
    assert held(f"https://{word}/x") == [word]
