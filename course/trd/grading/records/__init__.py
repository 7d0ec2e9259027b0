"""Records of work handed in: what they say, how they are signed and kept, how they look."""

from trd.grading.records.issuing import add

__all__ = ["add"]
