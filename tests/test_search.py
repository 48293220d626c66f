"""The search under every exploration, against networkx."""

import random

import networkx
import pytest

from popcorn_lib.worlds.search import search


@pytest.mark.parametrize("seed", range(10))
def test_does_search_find_shortest_paths(seed):
    graph = networkx.gnp_random_graph(30, 0.08, seed=seed, directed=True)
    distances = networkx.single_source_shortest_path_length(graph, 0)
    seen = search(0, lambda v: ((f"to {w}", w) for w in graph[v]), lambda v: None)
    assert seen.complete and set(seen.parents) == set(distances)
    for state, distance in distances.items():
        path = seen.path(state)
        assert len(path) == distance
        assert not path or path[-1] == f"to {state}"


@pytest.mark.parametrize("seed", range(10))
def test_is_the_first_wrong_state_a_nearest_one(seed):
    graph = networkx.gnp_random_graph(40, 0.06, seed=seed, directed=True)
    wrong = set(random.Random(seed).sample(range(1, 40), 8))

    def look(stop):
        return search(
            0,
            lambda v: ((w, w) for w in graph[v]),
            lambda v: f"{v} is wrong" if v in wrong else None,
            stop=stop,
        )

    beyond = graph.copy()
    beyond.remove_edges_from(list(graph.out_edges(wrong)))
    distances = networkx.single_source_shortest_path_length(beyond, 0)
    met = {v: distances[v] for v in wrong if v in distances}
    first, every = look(True), look(False)
    assert set(every.wrong) == set(met) and every.complete
    assert len(first.wrong) == min(1, len(met)) and first.complete == (not met)
    for state in first.wrong:
        assert len(first.path(state)) == min(met.values())
