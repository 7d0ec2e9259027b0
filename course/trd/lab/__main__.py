"""The command ``python -m trd.lab``."""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    given, extra = _split(given)
    parser = argparse.ArgumentParser(
        prog="python -m trd.lab",
        description="Open the course in JupyterLab.",
        epilog="Options after -- go to JupyterLab as they are.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for mode, about in (
        ("trainee", "the course as a trainee meets it"),
        ("instructor", "the repository, with masters, formgrader and all tools"),
    ):
        one = commands.add_parser(mode, help=about, description=about)
        one.add_argument("--port", type=int, help="port to serve on (default: a free one)")
        one.add_argument("--no-browser", action="store_true", help="do not open a browser")
        one.add_argument("--home", help="folder for all state (default: TRD_HOME, or .local)")
    commands.add_parser("browser", help="find or install Chromium for the browser tests")
    options = parser.parse_args(given)
    try:
        if options.command == "browser":
            from trd.lab import browser

            print(f"Chromium: {browser.ensure()}")
        else:
            from trd.lab import serve

            serve.start(options.command, options.port, options.home, not options.no_browser, extra)
    except ValueError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        what = error.strerror or type(error).__name__
        print(
            f"\nThe course cannot go on: {what}: {error.filename or 'a file of its own'}.\n"
            "Move that file or folder away and start again, or choose another folder with --home.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    return 0


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in given:
        return given, []
    at = given.index("--")
    return given[:at], given[at + 1 :]


if __name__ == "__main__":
    sys.exit(main())
