"""A class of made-up trainees, played through nbgrader's real exchange."""

from trd.grading.demonstration.building import Demonstration, add, build

__all__ = ["Demonstration", "add", "build"]
