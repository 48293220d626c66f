"""Do the tables of data/isa/ come out again? Needs Debian's cross compilers (make test-data)."""

import re

import artefacts
import pytest
from isa_compile import HERE, missing, versions

from popcorn_lib import isa

SAME_FOR_ALL = ("layouts.csv", "types.csv")  # whatever the version of the compiler


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    artefacts.need(missing())
    folder = tmp_path_factory.mktemp("isa")
    artefacts.make(folder)  # it stops where a kernel's result is not the known one
    return folder


def numbers(said):
    """{tool: its version as its own project counts, without what Debian adds}."""
    return {tool: re.findall(r"\d+(?:\.\d+)+", said[tool])[-1] for tool in versions()}


@pytest.mark.compilers
def test_do_the_tables_come_out_again(again, capsys):
    files = [artefacts.name(path, HERE) for path in artefacts.made(HERE)]
    files.remove("made.json")
    assert len(files) == 2 * 10 + 4
    if numbers(versions()) != numbers(isa.made()["versions"]):
        with capsys.disabled():  # whoever runs it must see that less was compared
            print(
                f"other versions than recorded, so only {SAME_FOR_ALL} are compared: {versions()}"
            )
        files = SAME_FOR_ALL
    for file in files:
        same = (again / file).read_bytes() == (HERE / file).read_bytes()
        assert same, f"{file} comes out different: make data"


def test_is_a_missing_compiler_named_with_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert missing()["s390x-linux-gnu-gcc"] == "gcc-s390x-linux-gnu"
    with pytest.raises(SystemExit, match=r"apt install .*gcc-riscv64-linux-gnu"):
        artefacts.need(missing())
