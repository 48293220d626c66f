"""The best of all placements of a small program: a mixed-integer linear programme.

The idea.  Say in linear inequalities what a plan is, and let a solver find the best one.  The
variables: at[i, k] is 1 if phase i is on kernel k; both[i, j, k, m] is 1 if i is on k and j, which
needs it, is on m; begins[i] is when a phase begins; first[i, j] is 1 if of two phases that do not
need each other i is before j; last is when all has ended.  It is exact, also for tasks that run at
the same time, and it takes exponential time: an oracle for small programs, against which quicker
policies are held.

Invariant.  No plan with each phase whole on one kernel costs less.

Sources.  SciPy's milp, which is HiGHS: Huangfu and Hall, Mathematical Programming Computation 10,
2018.  The inequalities: Manne, On the job-shop scheduling problem, Operations Research 8(2), 1960.
"""

from itertools import combinations

import networkx

from popcorn_lib.errors import UsageError
from popcorn_lib.placement.objectives import best
from popcorn_lib.placement.plan import plan
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import in_order, needs, phase_of

MOST = 150  # variables that are 0 or 1; more may take minutes


def exact(graph, machine, objective="time", costs=None):
    """The best plan of all; UsageError for a program that is too big to try."""
    prices = priced(graph, machine, costs)
    model = Model(graph, prices, objective)
    if model.size > MOST:
        raise UsageError(
            f"{len(graph)} phases on {len(machine.kernels)} kernels make {model.size} choices; "
            f"exact takes at most {MOST}: try heft, or shortest_path for a chain"
        )
    return best(model.solve, objective)


class Model:
    """The inequalities of a program on a machine; times in units of `scale` seconds."""

    def __init__(self, graph, prices, objective):
        self.graph, self.prices, self.objective = graph, prices, objective
        self.order = in_order(graph)
        self.kernels = prices.machine.kernels
        reach = networkx.transitive_closure_dag(graph)
        pairs = combinations(self.order, 2)
        self.free = [(i, j) for i, j in pairs if not reach.has_edge(i, j)]
        self.size = len(graph) * len(self.kernels) + len(self.free)

    def solve(self, time_weight, energy_weight):
        """A Plan with the least weighted sum of seconds and joules."""
        import numpy
        from scipy.optimize import Bounds, LinearConstraint, milp

        self.columns, self.rows = {}, []
        self._variables()
        self._places()
        self._times()
        matrix = numpy.zeros((len(self.rows), len(self.columns)))
        for row, (terms, _, _) in enumerate(self.rows):
            for column, factor in terms.items():
                matrix[row, self.columns[column]] += factor
        low, high = ([row[side] for row in self.rows] for side in (1, 2))
        whole = [int(column[0] in ("at", "first")) for column in self.columns]
        most = [1 if column[0] in ("at", "first", "both") else numpy.inf for column in self.columns]
        for presolve in (True, False):  # HiGHS gives up on a few programs that it has simplified
            found = milp(
                self._goal(time_weight, energy_weight),
                constraints=LinearConstraint(matrix, low, high),
                integrality=whole,
                bounds=Bounds(0, most),
                options={"mip_rel_gap": 0, "presolve": presolve},
            )
            if found.success:
                break
        else:
            raise RuntimeError(f"the solver found no plan: {found.message}")
        return self._plan(dict(zip(self.columns, found.x, strict=True)))

    def _variables(self):
        names = [("at", i, k) for i in self.order for k in self.kernels]
        names += [
            ("both", i, j, k, m)
            for i, j in self.graph.edges
            for k in self.kernels
            for m in self.kernels
        ]
        names += [("begins", i) for i in self.order] + [("first", *pair) for pair in self.free]
        self.columns = {name: number for number, name in enumerate([*names, ("last",)])}
        self.scale = max(self._longest(), default=0.0) or 1.0
        self.horizon = sum(self._longest()) / self.scale

    def _longest(self):
        """For each phase, seconds that it can take at most."""
        prices, kernels = self.prices, self.kernels
        for name in self.order:
            run = max(prices.seconds(phase_of(self.graph, name), k) for k in kernels)
            yield run + sum(
                max(prices.crossing(k, m, *rest) for k in kernels for m in kernels)
                for _, *rest in needs(self.graph, name)
            )

    def _lasts(self, name, sign=1):
        """The seconds of a phase, its crossings included, as a sum over variables."""
        terms, prices = {}, self.prices
        [(_, *own), *before] = needs(self.graph, name)
        for k in self.kernels:
            run = prices.seconds(phase_of(self.graph, name), k)
            terms["at", name, k] = sign * (run + prices.crossing(prices.home, k, *own)) / self.scale
            for one, *rest in before:
                for m in self.kernels:
                    way = prices.crossing(m, k, *rest) / self.scale
                    terms["both", one, name, m, k] = sign * way
        return terms

    def _places(self):
        """Each phase is on one kernel, and `both` says the same of pairs."""
        for i in self.order:
            self.rows.append(({("at", i, k): 1 for k in self.kernels}, 1, 1))
        for i, j in self.graph.edges:
            for k in self.kernels:
                here = {("both", i, j, k, m): 1 for m in self.kernels}
                there = {("both", i, j, m, k): 1 for m in self.kernels}
                self.rows.append((here | {("at", i, k): -1}, 0, 0))
                self.rows.append((there | {("at", j, k): -1}, 0, 0))

    def _times(self):
        """Who needs another begins after it; two on one kernel come one after the other."""
        never = float("inf")
        for i, j in self.graph.edges:
            self.rows.append((self._after(i, ("begins", j)), 0, never))
        for i in self.order:
            self.rows.append((self._after(i, ("last",)), 0, never))
        far = self.horizon
        for i, j in self.free:
            for k in self.kernels:
                on = {("at", i, k): -far, ("at", j, k): -far}
                one = self._sum(self._after(i, ("begins", j)), on, {("first", i, j): -far})
                two = self._sum(self._after(j, ("begins", i)), on, {("first", i, j): far})
                self.rows += [(one, -3 * far, never), (two, -2 * far, never)]

    def _after(self, i, moment):
        """moment - begins[i] - what i takes: at least 0 if the moment is after its end."""
        return {moment: 1, ("begins", i): -1} | self._lasts(i, -1)

    @staticmethod
    def _sum(*parts):
        total = {}
        for part in parts:
            for name, factor in part.items():
                total[name] = total.get(name, 0) + factor
        return total

    def _goal(self, time_weight, energy_weight):
        """The factors of all variables in what is to be least, scaled to the order of 1."""
        goal, prices = dict.fromkeys(self.columns, 0.0), self.prices
        goal[("last",)] = time_weight * self.scale
        if energy_weight:
            goal[("last",)] += energy_weight * prices.idle_w * self.scale
            for i in self.order:
                for k in self.kernels:
                    busy = prices.busy_joules(phase_of(self.graph, i), k)
                    goal["at", i, k] = energy_weight * busy
        most = max(goal.values()) or 1.0
        return [factor / most for factor in goal.values()]

    def _plan(self, values):
        """The plan that the solver's values mean."""
        places = {i: max(self.kernels, key=lambda k, i=i: values["at", i, k]) for i in self.order}
        place = {name: number for number, name in enumerate(self.order)}
        order = list(
            networkx.lexicographical_topological_sort(
                self.graph, key=lambda name: (values["begins", name], place[name])
            )
        )
        return plan("exact", self.objective, self.graph, self.prices, places, order)
