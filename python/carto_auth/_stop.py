"""The stop button of a notebook, while a call waits in its main thread.

In a cell with a top-level `await`, ipykernel's handler of SIGINT only informs its event loop
(`IPythonKernel._cancel_on_sigint`), which stands still while a call waits: neither the stop button nor the end of the
person's time would reach it. So a call that waits lets SIGINT raise `KeyboardInterrupt`, and gives the handler back.
Held in `tests/test_stop_button.py` and `tests/kernels/test_stop.py`.
"""

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hear(*, whoever_listens: bool = False) -> "Any":
    """Lets SIGINT raise where ipykernel would only tell its event loop.

    Args:
        whoever_listens: Also where the cell has a handler of its own: nothing else ends a question.

    Returns:
        What to give back at the end; None where everything stays as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    handler = signal.getsignal(signal.SIGINT)
    is_ipykernels = getattr(handler, "__module__", None) == "ipykernel.ipkernel"
    if handler in (None, signal.default_int_handler) or not (is_ipykernels or whoever_listens):
        return None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return handler


def give_back(handler: "Any") -> None:
    """Puts the handler back that `hear` has given."""
    if handler is not None:
        signal.signal(signal.SIGINT, handler)
