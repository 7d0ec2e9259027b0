"""Checks for notebooks, quiz items, evidence and wording, told in a content author's words.

Run ``python -m trd.lint``; ``python -m trd.lint --rules`` lists every rule with its reason.
"""

from trd.lint.engine import check, default_paths
from trd.lint.registry import RULES, Fault, Finding, Rule

__all__ = ["RULES", "Fault", "Finding", "Rule", "check", "default_paths"]
