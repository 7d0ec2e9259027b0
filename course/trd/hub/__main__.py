"""The command ``python -m trd.hub``."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from trd.hub import settings

#: Each module says what its command takes (``arguments``) and does it (``run``).
COMMANDS = {
    "prepare": ("trd.hub.layout", "make folders and accounts, with the right owners and modes"),
    "check": ("trd.hub.check", "look for doors left open; changes nothing"),
    "backup": ("trd.hub.backup", "write gradebook, collected work, masters and exchange to a file"),
    "restore": ("trd.hub.restore", "put a back-up back"),
    "roster": ("trd.hub.roster", "bring names from the log-in into the gradebook"),
    "forget": ("trd.hub.forget", "delete everything kept about one trainee"),
    "demo": ("trd.hub.demo", "a trial on this machine with invented people"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trd.hub",
        description="Run the course for many: prepare, check, back up, restore, forget.",
    )
    parser.add_argument(
        "--settings", help=f"the settings file (default: {settings.VARIABLE}, or {settings.USUAL})"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    given = sys.argv[1:] if arguments is None else arguments
    for name, (module, about) in COMMANDS.items():
        one = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        # Only what is asked for is loaded.
        if name in given:
            import_module(module).arguments(one)
    options = parser.parse_args(given)
    try:
        done: int = import_module(COMMANDS[options.command][0]).run(options)
    except ValueError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    return done


if __name__ == "__main__":
    sys.exit(main())
