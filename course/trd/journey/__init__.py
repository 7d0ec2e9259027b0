"""The way through the course: how far a reader is, what comes back, and what was gained."""
