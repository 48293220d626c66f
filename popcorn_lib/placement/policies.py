"""The policies by name; each is `policy(graph, machine, objective="time", costs=None) -> Plan`.

graph: of `chain` or `tasks`.  objective: "time", "energy" or "edp" (energy x delay).  costs: a
Costs, or Prices of one's own.
"""

from popcorn_lib.placement.exact import exact
from popcorn_lib.placement.fixed import greedy, stay
from popcorn_lib.placement.heft import heft
from popcorn_lib.placement.online import online
from popcorn_lib.placement.shortest import shortest_path

POLICIES = {
    "stay": stay,
    "greedy": greedy,
    "shortest_path": shortest_path,
    "heft": heft,
    "exact": exact,
    "online": online,
}
