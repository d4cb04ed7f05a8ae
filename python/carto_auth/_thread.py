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


async def run(call: "_types.Callable[[], _types.T]") -> "_types.T":
    """Gives what the call gives. When it is cancelled, the thread ends by itself and nobody waits for it.

    Args:
        call: What is called, with the context variables of here.
    """
    loop = asyncio.get_running_loop()
    # asyncio shows what is in a future, and so does a traceback that tells its variables.
    future: asyncio.Future[Redacted] = loop.create_future()

    def settle(result: Redacted | None, error: BaseException | None) -> None:
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

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="carto-auth", daemon=True).start()
    # ipykernel's handler of SIGINT tells a loop in the main thread, and does not wake it
    # (`IPythonKernel._cancel_on_sigint`).
    tick = TICK if threading.current_thread() is threading.main_thread() else None
    try:
        while not (await asyncio.wait((future,), timeout=tick))[0]:
            pass
        return future.result().expose()  # type: ignore[no-any-return]
    finally:
        future.cancel()


# How long the stop button may wait, in seconds.
TICK = 0.05
