"""What holds for the repository as a whole: its set-up, its lessons' files, its floors."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.util import resolve_name
from itertools import chain
from pathlib import Path

import networkx
import pytest
import yaml
from clean import OF_CELL, cleaned
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# From the ground up; a file imports from floors below its own, or from its own folder.
FLOORS = [
    ["errors", "freeze"],
    ["data", "tagged", "syscalls", "messages", "graphs"],
    ["kernel", "mechanism", "protocol", "sync", "isa"],
    ["mechanisms"],
    ["variants"],
    ["machine"],
    ["causality", "exports"],
    ["predicates"],
    ["trace"],
    ["worlds"],
    ["sweeps"],
    ["benchmarks", "applications", "placement"],
    ["claims"],
    ["draw"],
    ["explorers"],
    ["learn", "publish"],
    ["lessons"],
]


def requirements(texts):
    """Name and range of each requirement, in a form that can be compared."""
    parsed = map(Requirement, texts)
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def tracked():
    """The committed files; outside a checkout, the files that look committed."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        made = {".git", ".venv", "build", "dist", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not made & set(path.parts)]
    return [path for path in paths if path.is_file()]


# --- set-up


def test_does_environment_yml_say_the_same_as_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-e ."]} and environment["channels"] == ["conda-forge"]
    said = requirements(conda)
    assert said.pop("pip") == ""
    assert said.pop("python") == PROJECT["requires-python"]
    assert said == requirements(
        PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lessons"]
    )


def test_can_conda_read_environment_yml():
    *conda, _ = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    for text in conda:
        spec = MatchSpec(text, strict=True)
        assert canonicalize_name(spec.name.normalized) in requirements([text]), text


def test_does_the_lock_pin_every_direct_dependency_within_its_range():
    pins = {}
    for text in lock_entries():
        name, _, rest = text.partition("==")
        pins.setdefault(canonicalize_name(name), []).append(re.split(r"[\s;]", rest)[0])
    extras = PROJECT["optional-dependencies"].values()
    wanted = requirements(chain(PROJECT["dependencies"], *extras))
    for name, specifier in wanted.items():
        assert name in pins, f"{name} is not in requirements.lock: make lock"
        for version in pins[name]:
            assert version in specifier, f"requirements.lock has {name} {version}: make lock"


def test_does_every_pin_carry_hashes_and_no_address():
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for text in lock_entries():
        assert re.match(r"[\w.-]+==\S+ ", text), text
        assert "--hash=sha256:" in text, text


def lock_entries():
    """One line per pin, its continuation lines joined, comments dropped."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    joined = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return [line for line in joined.replace("\\\n", " ").splitlines() if line.strip()]


def test_is_the_version_the_same_everywhere():
    import popcorn_lib

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["version"] == popcorn_lib.__version__ == citation["version"]


def test_are_both_licences_there():
    assert "MIT License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "CC-BY-4.0" in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")


def test_can_every_make_command_that_a_page_shows_be_run():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in sorted(ROOT.glob("*.md")):
        fences = re.findall(r"^```.*?^```|`[^`\n]+`", page.read_text(encoding="utf-8"), re.M | re.S)
        for words in re.findall(r"\bmake((?: [a-z-]+\b(?!=))+)", "\n".join(fences)):
            assert set(words.split()) <= targets, f"{page.name} shows make{words}"


def test_does_ci_run_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^make (.+)$", script, re.MULTILINE)
    assert {"test", "test-all"} <= set(" ".join(commands).split())


def test_does_a_committed_file_name_this_machine_or_a_registry():
    place = re.compile(r"""(?:^|[\s"'`(=:])/(?:work|root|home|tmp|Users)/\w""", re.MULTILINE)
    registry = re.compile(r"//[\w.-]*(?:pypi|pythonhosted|npmjs|anaconda|deb\.debian)[\w-]*\.")
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for pattern in (place, registry):
            found = pattern.search(text)
            assert not found, f"{path.relative_to(ROOT)} names {found and found.group().strip()}"


# --- lessons


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_the_lesson_committed_clean(path):
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5), "too old for cell ids"
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell.get("id") for cell in notebook["cells"]]
    for number, cell in enumerate(notebook["cells"]):
        where = f"cell {number} ({cell.get('id')}): {''.join(cell['source'])[:60]!r}"
        assert cell.get("id") and ids.count(cell["id"]) == 1, f"id missing or used twice: {where}"
        noise = set(cell["metadata"]) - OF_CELL
        assert not noise, f"metadata {sorted(noise)} (make format): {where}"
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], f"has outputs (make format): {where}"
            assert cell["execution_count"] is None, f"has been counted (make format): {where}"
            lines = len("".join(cell["source"]).splitlines())
            assert lines <= 20, f"{lines} lines, at most 20: {where}"
    is_clean = cleaned(text) == text  # a name of its own, or pytest shows both texts whole
    assert is_clean, "not as make format leaves it"


# --- floors


def test_does_the_core_import_networkx_and_no_other_package(tmp_path):
    code = "import sys, popcorn_lib; print(popcorn_lib.__file__, *sys.modules, sep='\\n')"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    home, *loaded = ran.stdout.splitlines()
    assert Path(home).parent == ROOT / "popcorn_lib", "the library of another place is installed"
    heavy = {"pandas", "matplotlib", "ipywidgets", "numpy", "IPython", "nbconvert", "nbformat"}
    assert not heavy & set(loaded)


def test_does_every_file_import_only_from_floors_below_its_own():
    level = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    for importer, line, imported in imports():
        mine, theirs = floor_name(importer), floor_name(imported)
        assert mine in level, f"{importer}: give it a floor in FLOORS"
        assert theirs in level, f"{importer}, line {line} imports {imported}: on which floor is it?"
        below = level[theirs] < level[mine] or theirs == mine
        assert below, f"{importer}, line {line} imports {imported}, which is no floor below"


def test_is_there_no_circle_between_files():
    graph = networkx.DiGraph((importer, imported) for importer, _, imported in imports())
    circles = list(networkx.simple_cycles(graph))
    assert not circles, f"circle: {' -> '.join(circles[0])}"


def floor_name(module):
    """popcorn_lib.worlds.simulate stands on the floor called worlds."""
    return module.partition(".")[2].partition(".")[0]


def imports():
    """(importing module, line, imported module) for every import that runs with its file."""
    files = {module_name(path): path for path in (ROOT / "popcorn_lib").rglob("*.py")}
    for importer, path in sorted(files.items()):
        if importer == "popcorn_lib":
            continue  # the roof: it may take from every floor
        package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name in imported_names(node, package):
                # `from package import module` names a file, `from module import thing` does not
                imported = name if name in files else name.rpartition(".")[0]
                if name.startswith("popcorn_lib") and imported != importer:
                    yield importer, node.lineno, imported


def module_name(path):
    """popcorn_lib/draw/svg.py is popcorn_lib.draw.svg; an __init__.py is its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(node, package):
    """The dotted names that one statement in this package asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [f"{resolve_name(module, package)}.{alias.name}" for alias in node.names]
    return []
