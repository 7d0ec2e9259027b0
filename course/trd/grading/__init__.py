"""Plug-ins for nbgrader, named in ``nbgrader_config.py``; nbgrader itself stays the tool."""

from trd.grading.feedback import HideItemSource
from trd.grading.generate import CheckMaster, CheckRelease
from trd.grading.marks import NumbersOnly

__all__ = ["CheckMaster", "CheckRelease", "HideItemSource", "NumbersOnly"]
