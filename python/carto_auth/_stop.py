"""The stop button of a notebook, and Ctrl-C under `asyncio.run`, while a call waits in the main thread.

In a cell with a top-level `await`, ipykernel's handler of SIGINT only informs its event loop
(`IPythonKernel._cancel_on_sigint`), as the one of `asyncio.run` does (`asyncio.Runner`). The loop stands still while a
call waits: neither the stop button nor the end of the person's time would reach it. So a call that waits lets SIGINT
raise `KeyboardInterrupt`, and gives the handler back.
Held in `tests/test_stop_button.py` and `tests/kernels/test_stop.py`.
"""

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hear(*, whoever_listens: bool = False) -> "Any":
    """Lets SIGINT raise where ipykernel or asyncio would only tell its event loop.

    Args:
        whoever_listens: Also where the cell has a handler of its own: nothing else ends a question.

    Returns:
        What to give back at the end; None where everything stays as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    handler = signal.getsignal(signal.SIGINT)
    if handler in (None, signal.default_int_handler) or not (_tells_a_loop(handler) or whoever_listens):
        return None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return handler


def _tells_a_loop(handler: "Any") -> bool:
    # asyncio's is a `functools.partial`.
    function = getattr(handler, "func", handler)
    name = getattr(function, "__qualname__", None)
    module = getattr(function, "__module__", None)
    return module == "ipykernel.ipkernel" or (module, name) == ("asyncio.runners", "Runner._on_sigint")


def give_back(handler: "Any") -> None:
    """Puts the handler back that `hear` has given."""
    if handler is not None:
        signal.signal(signal.SIGINT, handler)
