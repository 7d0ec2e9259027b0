"""The command ``python -m trd.grading``: what nbgrader has no command for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

#: Each module adds its own sub-commands.
COMMANDS = ("regrade", "demonstration", "records", "report", "solo")


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; return the exit code."""
    from trd.grading.course import CourseError
    from trd.lab import own_programs_first

    own_programs_first()
    parser = argparse.ArgumentParser(
        prog="python -m trd.grading",
        description="Tools beside nbgrader for one class. Run them in the course's folder.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"trd.grading.{name}").add(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except CourseError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever was reading has gone; nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
