"""A schedule that fails: in words, followed again, saved as a test that anyone can run."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import networkx
import pytest
from programs import PAGE, visit

from popcorn_lib import Faults, Machine, Mechanism, UsageError, explore
from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.syscalls import Call
from popcorn_lib.variants import programs
from popcorn_lib.variants.defects import DEFECTS
from popcorn_lib.worlds.schedule import ScheduleError, follow
from popcorn_lib.worlds.violation import Violation

TWO = Machine.multikernel(2, page_size=PAGE)
EACH = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.variant.__name__)


def same(found, violation):
    assert (found.kind, found.message) == (violation.kind, violation.message)
    assert found.schedule == violation.schedule
    steps = [[event[:-1] for event in one.trace.events] for one in (found, violation)]
    assert steps[0] == steps[1]


# ---- steps in words, followed -------------------------------------------------------------------


@EACH
def test_does_following_a_schedule_lead_to_the_same_failure(defect):
    violation = defect.explore().violation
    assert len(violation.schedule) == len(violation.trace) - 1
    same(follow(defect.program, defect.machine(), violation.schedule, defect.args), violation)


@EACH
def test_is_the_repaired_library_clean_as_far_as_the_schedule_goes(defect):
    schedule, machine = defect.explore().violation.schedule, defect.machine(repaired=True)
    assert follow(defect.program, machine, schedule, defect.args, as_far=True) is None


@EACH
def test_is_nothing_wrong_before_the_last_step(defect):
    schedule = defect.explore().violation.schedule
    assert follow(defect.program, defect.machine(), schedule[:-1], defect.args) is None


def test_can_a_reader_read_the_steps():
    words = DEFECTS[2].explore().violation.schedule
    assert words[0] == ("k0", "request", "k0:2")
    assert ("k1", "message", "k0", "CLONE_REQUEST") in words
    assert ("k1", "timer", "futex", "k0:3") in words
    assert all(isinstance(word, str) for step in words for word in step)


def never_away(kernels):
    return "somebody on k1" if kernels["k1"].threads.tasks else None


def quiet(sys):
    yield sys.gettid()
    yield sys.gettid()


def test_is_a_move_of_explores_told_from_a_migration_of_the_programs_own():
    moved = explore(quiet, TWO, migrations=1, invariants=[never_away]).violation
    own = explore(visit, TWO, ("k1",), migrations=1, invariants=[never_away]).violation
    assert ("k0", "move", "k0:2", "k1") in moved.schedule
    same(follow(quiet, TWO, moved.schedule, invariants=[never_away]), moved)
    assert own.schedule == [("k0", "request", "k0:2"), ("k1", "message", "k0", "CLONE_REQUEST")]
    same(follow(visit, TWO, own.schedule, ("k1",), invariants=[never_away]), own)


class Stuck(Threads):
    """Cannot let a thread go."""

    def sys_migrate(self, tid, kernel):
        raise RuntimeError("stuck")


def test_is_a_move_that_crashes_a_move():
    found = explore(quiet, TWO.replace(threads=Stuck), migrations=1).violation
    assert found.schedule == [("k0", "move", "k0:2", "k1")]
    same(follow(quiet, TWO.replace(threads=Stuck), found.schedule), found)
    own = explore(visit, TWO.replace(threads=Stuck), ("k1",)).violation
    assert own.schedule == [("k0", "request", "k0:2")]


@pytest.mark.parametrize("fault", ["drop", "duplicate", "delay", "crash"])
def test_can_a_schedule_with_a_fault_be_followed(fault):
    faults = Faults(**{fault: 1})
    found = explore(programs.impatient, TWO, ("k1", "k0"), faults=faults).violation
    assert [step[1] for step in found.schedule].count(fault) == 1
    same(follow(programs.impatient, TWO, found.schedule, ("k1", "k0")), found)


def test_can_a_schedule_begin_on_another_kernel():
    def home(kernels):
        return "somebody on k0" if kernels["k0"].threads.tasks else None

    found = explore(visit, TWO, ("k0",), start="k1", invariants=[home]).violation
    assert found.schedule[0] == ("k1", "request", "k1:2")
    again = follow(visit, TWO, found.schedule, ("k0",), start="k1", invariants=[home])
    same(again, found)


def test_can_a_reader_change_a_schedule():
    """With the answer before the notice the waker is heard, and nothing goes wrong so far."""
    schedule = list(DEFECTS[0].explore().violation.schedule)
    notice = schedule.index(("k1", "message", "k0", "WAKE_NOTICE"))
    schedule[notice : notice + 2] = schedule[notice + 1], schedule[notice]  # the answer first
    assert follow(programs.handshake, DEFECTS[0].machine(), schedule, ("k1",)) is None


def test_is_a_step_that_is_no_longer_possible_named():
    def shorter(sys, there, yonder):
        yield sys.mmap(PAGE)
        yield sys.gettid()

    defect = DEFECTS[2]
    schedule = defect.explore().violation.schedule
    with pytest.raises(ScheduleError) as caught:
        follow(shorter, defect.machine(), schedule, defect.args)
    told = str(caught.value)
    assert told.startswith(
        f"step 3 of {len(schedule)}, {schedule[2]}, is not possible: the program"
    )
    assert "has changed" in told and told.endswith("there:\n    ('k0', 'request', 'k0:2')")
    assert follow(shorter, defect.machine(), schedule, defect.args, as_far=True) is None


def test_is_a_step_after_the_end_named():
    schedule = [("k0", "request", "k0:2")] * 4
    assert follow(quiet, TWO, schedule[:3]) is None
    with pytest.raises(ScheduleError, match=r"step 4 of 4.*possible there: nothing"):
        follow(quiet, TWO, schedule)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (("k0",), "no tuple of words"),
        (("k0", "request", 7), "no tuple of words"),
        (("k7", "request", "k0:2"), "kernel in step 2 'k7'; known: 'k0', 'k1'"),
        (("k0", "jump", "k0:2"), "kind of step in step 2 'jump'"),
        (("k0", "message", "k1"), "must have 4 words"),
    ],
    ids=str,
)
def test_is_a_step_of_no_known_form_named(step, told):
    with pytest.raises(UsageError, match=told):
        follow(quiet, TWO, [["k0", "request", "k0:2"], step])


# ---- saved as a test ----------------------------------------------------------------------------


def loaded(path):
    """The saved file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names_in(module):
    return [name for name in vars(module) if name.startswith("test_")]


def run(path):
    module = loaded(path)
    [name] = names_in(module)
    getattr(module, name)()


def repaired(path, **lines):
    """The saved file with some of its lines changed; `name=text` stands for `name = text`."""
    changed = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name = line.partition(" = ")[0]
        changed.append(f"{name} = {lines[name]}" if name in lines else line)
    path.write_text("\n".join(changed), encoding="utf-8")
    return path


@EACH
def test_does_the_saved_test_pass_where_the_defect_is_and_say_so_where_it_is_not(defect, tmp_path):
    path = tmp_path / "test_saved.py"
    assert defect.explore().save_test(path) == path
    run(path)
    text = path.read_text(encoding="utf-8")
    assert (
        f"import {defect.variant.__name__}\n" in text
        and f"import {defect.program.__name__}\n" in text
    )
    assert "def " + defect.program.__name__ not in text, "it is imported"
    replaced = f"MACHINE = MACHINE.replace({defect.mechanism}={defect.variant.__name__})\n"
    path.write_text(text.replace(replaced, ""), encoding="utf-8")
    with pytest.raises((AssertionError, ScheduleError), match=r"MUST_BE_CLEAN|is not possible"):
        run(path)
    run(repaired(path, MUST_BE_CLEAN="True"))


@EACH
def test_does_a_test_that_must_be_clean_fail_while_the_defect_is_there(defect, tmp_path):
    path = tmp_path / "test_saved.py"
    defect.explore().violation.save_test(path)
    with pytest.raises(AssertionError, match=defect.kind):
        run(repaired(path, MUST_BE_CLEAN="True"))


def test_does_pytest_run_it_whatever_the_order_of_sets(tmp_path):
    """What is left over holds sets, whose order changes from one Python to the next."""
    DEFECTS[6].explore().save_test(tmp_path / "test_saved.py", name="two last")
    assert names_in(loaded(tmp_path / "test_saved.py")) == ["test_two_last"]
    commands = [["-c", "import test_saved; test_saved.test_two_last()"]] * 3
    commands += [["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_saved.py"]]
    for seed, command in enumerate(commands):
        home = os.environ | {"PYTHONHASHSEED": str(seed)}
        ran = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, env=home
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_are_sets_compared_in_one_order():
    texts = ["members={'k2', 'k1'}, {P(a='k2', b=1), P(a='k1', b=2)}", "{'b': 1, 'a': 2}"]
    gists = [Violation("residue", text, None, [], None).gist for text in texts]
    assert gists[0] == "members={'k1', 'k2'}, {P(a='k1', b=2), P(a='k2', b=1)}"
    assert gists[1] == texts[1], "a dict has an order of its own"


def failing(sys, word, there=None):
    """A program with defaults, that fails on a line of its own."""
    assert (yield sys.gettid()) < 0, word


def test_is_the_place_of_a_line_no_part_of_what_must_go_wrong(tmp_path):
    def here(sys):
        yield from failing(sys, 'a "word"')

    path = tmp_path / "test_saved.py"
    found = explore(here, TWO).violation
    assert "test_schedules.py" in found.message and "test_schedules.py" not in found.gist
    found.save_test(path)
    run(path)


STEP = 3  # a constant of this module


def test_is_what_a_local_program_uses_written_down_with_it(tmp_path):
    deep, table = (1, ("a", 2.5), frozenset({7})), {"k": [1, 2], "inf": float("inf")}

    def helper(sys, number):
        yield sys.gettid()
        return number + len(deep)

    def main(sys, function, there):
        found = yield from function(sys, STEP)
        yield from visit(sys, there)
        assert networkx.__name__ == "x", (found, table["inf"])

    class Quicker(Threads):
        """A mechanism of a function's own."""

        slack = STEP

        def sys_gettid(self, tid):
            self.slack_of(deep)
            super().sys_gettid(tid)

        def slack_of(self, thing):
            return self.slack, thing

    class Bare(Quicker):
        slack = 5

    machine = TWO.replace(threads=Bare)
    found = explore(main, machine, (helper, "k1")).violation
    assert found.kind == "crash" and "(6, inf)" in found.message
    path = tmp_path / "test_saved.py"
    found.save_test(path)
    run(path)
    text = path.read_text(encoding="utf-8")
    parts = ["def helper(", "def main(", "class Quicker(Threads)", "class Bare(Quicker)"]
    parts += ["import networkx", "STEP = 3", 'ARGS = (helper, "k1")', "slack = 5"]
    assert [text.count(part) for part in parts] == [1] * len(parts)
    assert "from programs import visit" in text


def test_is_a_class_made_by_a_call_written_down(tmp_path):
    """Its name is that of the class it changes, whose source it is not."""
    blind = DEFECTS[4].explore(watched=False, stop=False, invariants=[never_away])
    path = tmp_path / "test_saved.py"
    blind.save_test(path)
    run(path)
    text = path.read_text(encoding="utf-8")
    assert (
        "class InvalidationOvertakesPage_(InvalidationOvertakesPage):\n    invariants = ()" in text
    )
    assert "INVARIANTS = [never_away]" in text


class Extra(Mechanism):
    name = "extra"
    state = {"seen": dict}

    def sys_break(self, tid):
        raise ZeroDivisionError("in the handler")


def breaks(sys):
    yield Call("break")


def test_are_a_machine_of_ones_own_and_one_mechanism_more_kept(tmp_path):
    graph = networkx.Graph()
    graph.add_node("left", isa="arm64", cores=3)
    graph.add_edge("left", "right", latency_s=1e-6)
    machine = Machine.from_graph(graph, page_size=128).with_mechanism(Extra)
    path = tmp_path / "test_saved.py"
    explore(breaks, machine, start="right").save_test(path)
    run(path)
    made = loaded(path).MACHINE
    assert made.graph.nodes == machine.graph.nodes and made.page_size == 128
    assert networkx.utils.graphs_equal(made.graph, machine.graph)
    assert made.mechanisms == machine.mechanisms
    assert 'start="right"' in path.read_text(encoding="utf-8")


# ---- from a notebook ----------------------------------------------------------------------------

CELLS = [
    """
    from typing import NamedTuple
    import math
    from popcorn_lib import Machine, Mechanism, explore
    from popcorn_lib.mechanisms.futex import Futex as Sound
    from popcorn_lib.messages import message
    import popcorn_lib.variants.programs as shelf
    LIMIT = 2
    word = object()  # a local variable of the program has the same name
    """,
    """
    class Deaf(Sound):
        def on_wake_notice(self, source, message):
            assert False, "an earlier cell"
    """,
    """
    class Deaf(Sound):
        def on_wake_notice(self, source, message):
            '''Forgets it.'''
            self.kernel.send(source, NOTED(message.tid))

        def on_noted(self, source, message):
            assert math.pi > LIMIT
    """,
    """
    @message("futex")
    class NOTED(NamedTuple):
        tid: int
    """,
    """
    def main(sys, there):
        word = yield from shelf.handshake(sys, there)
        return word
    """,
    """
    result = explore(main, Machine.multikernel(2, page_size=64).replace(futex=Deaf), ("k1",))
    kept = result.save_test("test_from_notebook.py")
    """,
]
RUNNER = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.loads(sys.argv[1]):
    shell.run_cell(cell, store_history=True).raise_error()
"""


def test_does_a_program_of_a_notebook_take_along_what_it_uses(tmp_path):
    cells = json.dumps([dedent(cell).strip() for cell in CELLS])
    home = os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, cells],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=home,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    path = tmp_path / "test_from_notebook.py"
    text = path.read_text(encoding="utf-8")
    parts = ["Futex as Sound", "import popcorn_lib.variants.programs as shelf", "LIMIT = 2"]
    parts += ['@message("futex")\nclass NOTED(NamedTuple)', "Forgets it.", "import math"]
    assert [part for part in parts if part not in text] == []
    assert "an earlier cell" not in text and "word = object" not in text
    run(path)


# ---- what cannot be saved -----------------------------------------------------------------------

LOST = object()


def uses_an_object(sys):
    yield sys.gettid()
    assert LOST is None


def test_does_it_say_what_cannot_be_written_down(tmp_path):
    path, number = tmp_path / "test_saved.py", 0

    def local(sys):
        yield sys.gettid()
        assert LOST is None

    def changes(sys):
        nonlocal number
        number = 1
        assert (yield sys.gettid()) < 0

    def plain(sys, given):
        assert (yield sys.gettid()) < 0

    explore(uses_an_object, TWO).save_test(path)  # it stands in a module
    run(path)
    path.unlink()
    cases = [(local, (), "LOST, which local uses,"), (changes, (), "changes a variable around it")]
    cases += [(plain, (LOST,), "args holds <object"), (plain, (Path("x"),), "args holds PosixPath")]
    for main, args, told in cases:
        with pytest.raises(UsageError, match=told) as caught:
            explore(main, TWO, args).save_test(path)
        assert "module of its own" in str(caught.value)
    nameless = lambda sys: (yield Call("break"))  # noqa: E731  what a reader may write
    with pytest.raises(UsageError, match="has no name of its own"):
        explore(nameless, TWO.with_mechanism(Extra)).save_test(path)
    assert not path.exists(), "nothing half written"


def test_are_two_things_of_one_name_told_of(tmp_path):
    def one():
        word = 1

        def first(sys):
            assert (yield sys.gettid()) < word

        return first

    def other(first):
        word = 2

        def second(sys):
            yield sys.gettid()
            yield from first(sys)
            return word

        return second

    with pytest.raises(UsageError, match="two things are called 'word'"):
        explore(other(one()), TWO).save_test(tmp_path / "test_saved.py")


def test_is_what_only_a_whole_search_tells_not_saved(tmp_path):
    result = explore(quiet, TWO, reach={"the impossible": lambda kernels: False})
    with pytest.raises(UsageError, match="told by a whole search"):
        result.save_test(tmp_path / "test_saved.py")
    with pytest.raises(UsageError, match="nothing is wrong"):
        explore(quiet, TWO).save_test(tmp_path / "test_saved.py")
