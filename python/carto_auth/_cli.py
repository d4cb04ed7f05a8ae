"""The command `carto-auth`, as the package installs it."""


def main() -> None:
    """Runs the command with the arguments of this process, and exits with its code."""
    import signal
    import sys

    from carto_auth._native import run_cli

    # As in a program that is not Python: Ctrl-C ends it without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_cli(["carto-auth", *sys.argv[1:]], [sys.executable, "-P", "-m", "carto_auth"]))
