"""Protocol models against SPIN: the same states, the same verdicts, equally short ways."""

import pytest
from spin_model import ask, missing

from popcorn_lib import explore_protocol
from popcorn_lib.variants.msi import EarlyGrant, KeptPage, Msi, OneQueue

pytestmark = pytest.mark.slow

BUGS = {"KEPT_PAGE": KeptPage, "EARLY_GRANT": EarlyGrant, "ONE_QUEUE": OneQueue}
KINDS = {"assertion violated": "invariant", "invalid end state": "deadlock"}


@pytest.fixture(autouse=True)
def spin():
    """No SPIN is no silent success."""
    if missing():
        pytest.fail(missing())


@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_does_spin_count_the_same_states(tmp_path, nodes):
    answer, found = ask(tmp_path, nodes), explore_protocol(Msi, nodes)
    assert (answer.states, answer.wrong) == (found.states, "")
    assert found.complete and found.violation is None


@pytest.mark.parametrize("nodes", [2, 3, 4])
@pytest.mark.parametrize("bug", BUGS)
def test_does_spin_find_the_same_mistakes_by_equally_short_ways(tmp_path, bug, nodes):
    answer = ask(tmp_path, nodes, bug, breadth_first=True)
    violation = explore_protocol(BUGS[bug], nodes).violation
    if violation is None:
        assert (bug, nodes, answer.wrong) == ("EARLY_GRANT", 2, "")
    else:
        assert KINDS[answer.wrong] == violation.kind
        assert answer.steps == len(violation.steps)
