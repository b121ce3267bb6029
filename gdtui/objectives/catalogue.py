"""All test functions, by name: those of one parameter in lines.py, of two in planes.py, the others in spaces.py."""

from gdtui.objectives.lines import LINES
from gdtui.objectives.planes import PLANES
from gdtui.objectives.spaces import SPACES

OBJECTIVES = (*LINES, *PLANES, *SPACES)
BY_NAME = {objective.name: objective for objective in OBJECTIVES}
