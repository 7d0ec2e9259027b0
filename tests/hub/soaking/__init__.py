"""The parts of ``make soak``; ``soak.py`` beside this folder puts them together."""
