"""Checks: a zoo of wrong answers, each with the message that it must trigger."""

import errno

import pytest

from popcorn_lib.learn import Lesson, Store


def wake(queue, count):
    """Return the threads that are woken."""
    woken = []
    for thread in queue[:count]:
        woken.append(thread)
    return woken


def wake_by_slice(queue, count):
    return queue[:count]


def wake_as_tuple(queue, count):
    return tuple(queue[:count])


def wake_and_eat_the_queue(queue, count):
    return [queue.pop(0) for _ in range(min(count, len(queue)))]


def wakes_nothing_yet(queue, count): ...


def has_a_hole(queue, count):
    woken = queue[...]
    first = ...
    return [first, woken]


def says_not_implemented(queue, count):
    raise NotImplementedError


def forgets_return(queue, count):
    queue[:count]


def yields_one_by_one(queue, count):
    yield from queue[:count]


def returns_an_iterator(queue, count):
    return iter(queue[:count])


def divides_by_zero(queue, count):
    return queue[: count / 0]


def exits(queue, count):
    raise SystemExit("gone")


def returns_text(queue, count):
    return "T1"


def wakes_the_last(queue, count):
    return [*queue[: count - 1], queue[-1]] if queue else []


def wakes_one_too_few(queue, count):
    return queue[: count - 1]


class Rude(list):
    def __repr__(self):
        raise RuntimeError("no repr")

    def __len__(self):
        raise RuntimeError("no comparison")


def returns_a_rude_object(queue, count):
    return Rude()


def returns_rude_entries(queue, count):
    return [Rude()] * count


QUEUE = ["T1", "T2", "T3"]
CASES = [(QUEUE, 2), (QUEUE, 1), ([], 1), (QUEUE, 9)]

ZOO = [
    (None, "not defined", "`wake` is not defined yet"),
    (..., "not defined", "`wake` is not defined yet"),
    (wakes_nothing_yet, "placeholder", "`...` in line 1 of `wakes_nothing_yet`"),
    (has_a_hole, "placeholder", "`...` in line 3 of `has_a_hole`"),
    (says_not_implemented, "placeholder", "still raises `NotImplementedError`"),
    (["T1"], "not callable", "this is a list or tuple: `['T1']`"),
    (yields_one_by_one, "generator", "`yields_one_by_one` hands over its values with `yield`"),
    (returns_an_iterator, "generator", "Give the whole result with `return`"),
    (forgets_return, "returned nothing", "Did you forget `return`?"),
    (divides_by_zero, "raised", "your line"),
    (exits, "raised", "SystemExit: gone"),
    (returns_a_rude_object, "raised", "RuntimeError: no comparison"),
    (returns_rude_entries, "differs", "<Rude>"),
    (returns_text, "wrong type", "gave a text, but a list or tuple is expected"),
    (wakes_the_last, "differs", "agrees for the first entry, then differs at index 1"),
    (wakes_one_too_few, "differs", "Yours has 1 entries, ours 2."),
]


class Clock:
    """Time that only goes on when told."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lesson(tmp_path, clock):
    return Lesson("05", store=Store(tmp_path / "progress.json", clock))


@pytest.fixture
def check(lesson):
    hints = ["The queue is in order.", "Take the first `count`."]
    return lesson.check("c1", "Write `wake`.", reference=wake, cases=CASES, hints=hints)


@pytest.mark.parametrize(("learned", "outcome", "says"), ZOO)
def test_what_does_each_wrong_answer_hear(check, learned, outcome, says):
    result = check(learned)
    assert result.outcome == outcome and says in repr(result)
    assert not result and result.score < 1


@pytest.mark.parametrize(
    "learned", [wake, wake_by_slice, wake_as_tuple, wake_and_eat_the_queue, lambda q, n: q[:n]]
)
def test_is_every_right_answer_accepted(check, learned):
    result = check(learned)
    assert result and result.score == 1 and repr(result).startswith("Correct")


def test_can_an_answer_change_the_inputs_of_the_next_case(check):
    check(wake_and_eat_the_queue)
    assert QUEUE == ["T1", "T2", "T3"] and check.cases[0] == (QUEUE, 2)


def test_what_stands_where_an_answer_first_differs(check):
    result = check(wakes_the_last)
    lines = [line.split() for line in repr(result).splitlines()]
    assert ["before", "it", "'T1'", "'T1'"] in lines
    assert ["index", "1", "'T3'", "'T2'"] in lines


def test_does_the_score_count_the_cases_that_agree(check):
    result = check(wakes_one_too_few)
    assert result.score == 0.5 and "2 of 4 cases agree" in repr(result)


def test_is_the_traceback_shown_only_on_demand(check):
    result = check(divides_by_zero)
    assert "Traceback" not in repr(result) and "Traceback" in result.details
    assert "queue[: count / 0]" in repr(result)


def test_does_an_answer_get_compared_by_length_of_code(check):
    assert "Lines of code: yours 2, ours 5." in repr(check(wake_by_slice))


def test_do_hints_come_step_by_step(check):
    assert "in order" in repr(check.hint())
    second = check.hint()
    assert "Hint 2 of 2" in repr(second) and "last hint" in repr(second)
    assert "<code>count</code>" in second._repr_html_()
    assert "Hint 2 of 2" in repr(check.hint()) and "in order" in repr(check.hint(1))
    assert "There are 2" in repr(check.hint(3)) and "There are 2" in repr(check.hint(0))


def test_does_the_solution_say_how_long_it_is(lesson, check):
    assert repr(check.solution()).startswith("Ours: 5 lines")
    source = (
        "def wake(queue, count):\n    '''Say\n    it.'''\n\n    # first\n    return queue[:count]\n"
    )
    other = lesson.check("c2", reference=wake, cases=CASES, solution=source)
    assert repr(other.solution()).startswith("Ours: 2 lines")


def test_what_happens_after_three_quick_failures(check, clock):
    first, second, third = (repr(check(forgets_return)) for _ in range(3))
    assert "what you changed" not in first + second and "what you changed" in third
    check.changed("I return the slice")
    assert "what you changed" not in repr(check(forgets_return))


def test_do_slow_failures_or_unfinished_ones_count_as_quick(check, clock):
    for _ in range(5):
        clock.now += 60
        assert "what you changed" not in repr(check(forgets_return))
        assert "what you changed" not in repr(check(None))


def count_up(n):
    yield from range(n)


def count_for_ever(n):
    while True:
        yield n


def test_what_if_a_generator_never_ends(lesson):
    check = lesson.check("c1", reference=count_up, cases=[3], max_steps=50)
    assert check(count_for_ever).outcome == "endless"
    assert "after 50 steps" in repr(check(count_for_ever))
    assert check(count_up) and check(lambda n: iter(range(n)))
    assert check(lambda n: list(range(n))).outcome == "no yield"


def test_can_an_endless_reference_be_compared_too(lesson):
    check = lesson.check("c1", reference=count_for_ever, cases=[3], max_steps=50)
    assert check(count_for_ever) and check(count_up).outcome == "differs"


def load(word):
    if word % 8:
        raise OSError(errno.EINVAL, "misaligned")
    return word


def load_anything(word):
    return word


def load_with_the_wrong_error(word):
    if word % 8:
        raise OSError(errno.EAGAIN, "again")
    return word


def load_with_another_text(word):
    if word % 8:
        raise OSError(errno.EINVAL, "what a word")
    return word


def test_can_the_right_answer_be_an_error(lesson):
    check = lesson.check("c1", reference=load, cases=[8, 9])
    assert check(load_with_another_text)
    assert check(load_anything).outcome == "did not raise"
    wrong = check(load_with_the_wrong_error)
    assert wrong.outcome == "raised" and "Ours raises" in repr(wrong)


def test_can_a_program_be_run_by_a_world(lesson):
    def run(program, start):
        thread = program(start)
        return next(thread) + next(thread)

    check = lesson.check("c1", reference=count_up, cases=[2, 3], run=run)
    assert check(count_up)
    assert check(load).outcome == "no yield"
    assert check(count_for_ever).outcome == "differs"


def test_does_a_wrapped_error_still_name_the_learners_line(lesson):
    def run(function, *args):
        try:
            return function(*args)
        except ZeroDivisionError as error:
            raise RuntimeError("thread t1 raised") from error

    check = lesson.check("c1", reference=wake, cases=CASES, run=run)
    message = repr(check(divides_by_zero))
    assert "RuntimeError" in message and "queue[: count / 0]" in message


class Futex:
    def owner(self):
        return "k0"


class WrongFutex(Futex):
    def owner(self):
        return {}["k1"]


def test_can_a_class_be_checked(lesson):
    check = lesson.check("c1", reference=Futex, cases=[()], run=lambda kind: kind().owner())
    assert check(Futex)
    assert 'return {}["k1"]' in repr(check(WrongFutex))


def test_can_a_plain_value_be_checked(lesson):
    check = lesson.check("c1", reference=0.3, name="share")
    assert check(0.1 + 0.2) and check(0.3)
    assert check(None).outcome == "not defined" and "`share`" in repr(check(None))
    assert check("0.3").outcome == "wrong type"
    assert check(0.4).outcome == "differs"
    assert check(True).outcome == "wrong type"


def test_can_an_author_compare_in_another_way(lesson):
    def alike(yours, ours):
        return sorted(yours) == sorted(ours) or "Some thread is missing."

    check = lesson.check("c1", reference=wake, cases=CASES, compare=alike)
    assert check(lambda queue, count: queue[:count][::-1])
    assert "Some thread is missing." in repr(check(wakes_one_too_few))
    strict = lesson.check("c2", reference=wake, cases=CASES, compare=lambda yours, ours: False)
    assert strict(wake).outcome == "differs"


def test_can_a_reference_be_a_lambda(lesson):
    check = lesson.check(
        "c1",
        reference=lambda queue, count: queue[:count],
        cases=CASES,
    )
    assert check(wake) and repr(check.solution()).startswith("No solution")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cases": []}, "c1.*cases"),
        ({}, "c1.*cases"),
        ({"cases": [1], "solution": "def ("}, "c1.*no Python"),
    ],
)
def test_does_a_bad_definition_say_what_is_wrong(lesson, options, says):
    with pytest.raises(ValueError, match=says):
        lesson.check("c1", reference=wake, **options)
