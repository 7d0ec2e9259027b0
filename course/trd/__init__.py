"""An interactive course on ketamine infusion for treatment-resistant depression."""

__version__ = "0.1.0"
