"""All test functions, by name: those of one parameter in lines.py, of two in planes.py, the others in spaces.py.

De Jong's fifth function (Shekel's foxholes) is not among them. It is a sum over a table of 25 places, and a formula has
no tables. Spelled out it is 25 fractions: they are taken where they are typed, but they fill a screen, and they take
several times the 5 ms to build that a function of the catalogue may take (tests/benchmarks/building.py).
"""

from gdtui.objectives.lines import LINES
from gdtui.objectives.planes import PLANES
from gdtui.objectives.spaces import SPACES

OBJECTIVES = (*LINES, *PLANES, *SPACES)
BY_NAME = {objective.name: objective for objective in OBJECTIVES}
