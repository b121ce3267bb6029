"""Sight: the box of parameters that the charts show. Where the domain is a guess, it grows with the path."""

from __future__ import annotations

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.objectives.objective import Domain, Objective
from gdtui.objectives.region import holding

_MOST = 100.0  # times the domain's sides: a run that diverges is not followed for ever


class Sight:
    """What is seen of an objective. ``domain``: low and high for each parameter."""

    def __init__(self, objective: Objective):
        self.objective = objective
        self.domain: Domain = objective.domain
        self._branch: Branch | None = None
        self._rows = 0

    def follow(self, branch: Branch, count: int) -> bool:
        """Make the box hold the first ``count`` rows of a branch; whether that has made it larger."""
        if not self.objective.domain_guessed or branch.objective != self.objective:
            return False
        first = self._rows if branch is self._branch else 0
        self._branch, self._rows = branch, count
        if count <= first:
            return False
        path = branch.reading(first, count).quantity("theta")
        low, high = np.array(self.objective.domain).T[:, :, None]
        reach = (_MOST - 1) / 2 * (high - low)
        inside = np.clip(np.where(np.isfinite(path), path, low), low - reach, high + reach)
        before, self.domain = self.domain, holding(self.domain, inside.min(axis=1), inside.max(axis=1))
        return self.domain != before
