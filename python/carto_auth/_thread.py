"""A call that waits, in a thread of its own, for async code.

Not `asyncio.to_thread`: its threads are waited for at the end of `asyncio.run`, so that a call that was cancelled, in
the middle of a sign-in or of a network that is down, would keep the program from ending.
"""

import asyncio
import contextvars
import threading

from carto_auth._native import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from carto_auth import _types


def begin(call: "_types.Callable[[], _types.T]") -> "asyncio.Future[Redacted[_types.T]]":
    """Gives what will be what the call gives. When it is cancelled, the thread ends by itself and nobody waits for it.

    It is a future and no coroutine, whose frames would be shown below a notebook's cell that was stopped.

    Args:
        call: What is called, with the context variables of here.
    """
    loop = asyncio.get_running_loop()
    # asyncio shows what is in a future, and so does a traceback that tells its variables.
    future: asyncio.Future[Redacted[_types.T]] = loop.create_future()

    def settle(result: "Redacted[_types.T] | None", error: BaseException | None) -> None:
        if future.done():
            return
        if result is not None:
            future.set_result(result)
        elif isinstance(error, StopIteration):
            # As from any coroutine (PEP 479): a future takes none.
            future.set_exception(RuntimeError("the call raised StopIteration"))
        elif error is not None:
            future.set_exception(error)

    def work() -> None:
        try:
            result, error = Redacted(call()), None
        except BaseException as raised:
            result, error = None, raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # The loop has ended, and nobody waits any more.

    def tick() -> None:
        if not future.done():
            loop.call_later(TICK, tick)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="carto-auth", daemon=True).start()
    if threading.current_thread() is threading.main_thread():
        # ipykernel's handler of SIGINT tells a loop in the main thread, and does not wake it
        # (`IPythonKernel._cancel_on_sigint`).
        tick()
    return future


# How long the stop button may wait, in seconds.
TICK = 0.05
