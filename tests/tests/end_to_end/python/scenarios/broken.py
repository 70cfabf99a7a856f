"""A module that cannot be imported."""

ratio = 1 / 0
