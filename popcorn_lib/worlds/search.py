"""Breadth-first search over states: the whole idea of model checking on one screen.

Every state is visited once, nearest first, so the first state that is wrong is reached by a
shortest path.  A state can be any hashable value.
"""

from collections import deque


class Search:
    """What a search has seen.

    parents: state -> (the state before it, the step between), None for the first.
    wrong: {state: what `check` said of it}, nearest first.
    visited: how many states have been checked; they are the first of `parents`.
    complete: whether every reachable state has been visited.
    """

    def __init__(self, first):
        self.parents = {first: None}
        self.wrong = {}
        self.visited = 0
        self.complete = False

    def path(self, state):
        """The steps from the first state to `state`, in order."""
        # DOC: search 3, walk the way back
        steps = []
        while self.parents[state] is not None:
            state, step = self.parents[state]
            steps.append(step)
        return steps[::-1]
        # DOC: end


def search(first, successors, check, max_states=None, stop=True, watch=None, edges=None):
    """Visit every state that can be reached from `first`, nearest first.

    successors(state) gives pairs of a step and the state after it.
    check(state) gives None, or what is wrong with the state.
    max_states: visit no more than this.  stop: end at the first state that is wrong.
    watch(seen, waiting) is called for every state, or for one in `watch.every`.
    edges: a list for (state, state after it).
    """
    every = getattr(watch, "every", 1)
    seen = Search(first)
    waiting = deque([first])
    try:
        while waiting and (max_states is None or seen.visited < max_states):
            # DOC: search 1, take the state that has waited longest, and judge it
            state = waiting.popleft()
            seen.visited += 1
            if watch and not seen.visited % every:
                watch(seen, len(waiting))
            wrong = check(state)
            if wrong is not None:
                seen.wrong[state] = wrong
                if stop:
                    return seen
                continue
            # DOC: end
            # DOC: search 2, note the way to each new state, which joins the end of the line
            for step, after in successors(state):
                if edges is not None:
                    edges.append((state, after))
                if after not in seen.parents:
                    seen.parents[after] = (state, step)
                    waiting.append(after)
            # DOC: end
        seen.complete = not waiting
    except KeyboardInterrupt:  # the stop button: what has been seen counts
        pass
    return seen


def cannot_reach(goals, edges):
    """The states among `edges` from which no way leads to a goal, in the order of the edges."""
    before = {}
    for state, after in edges:
        before.setdefault(after, []).append(state)
    able, waiting = set(goals), deque(goals)
    while waiting:
        for state in before.get(waiting.popleft(), ()):
            if state not in able:
                able.add(state)
                waiting.append(state)
    return [state for state in dict.fromkeys(state for state, _ in edges) if state not in able]
