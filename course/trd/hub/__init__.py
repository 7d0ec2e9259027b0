"""The course on a JupyterHub: many trainees, several instructors, one engine for them all.

JupyterHub, its proxy and nbgrader's own multi-user set-up do the work; what stands here turns one
settings file into their configuration, lays out folders nobody can look into who should not, and
keeps, restores and deletes what belongs to people. ``assets/hub/`` holds what an operator reads
and copies.
"""
