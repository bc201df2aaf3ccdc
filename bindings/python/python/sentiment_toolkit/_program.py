"""The console script `sentiment`: the program, which the extension module carries."""

import signal
import sys

from sentiment_toolkit._sentiment_toolkit import _run_program


def main() -> None:
    # Until the program listens to Ctrl-C itself, it ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_run_program(sys.argv))
