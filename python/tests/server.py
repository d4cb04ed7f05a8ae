"""A server of the standard library for a `with` statement, on a port of its own."""

import threading
from http.server import ThreadingHTTPServer


class Server:
    """Serves in a thread while the block runs.

    Args:
        service: The class of its request handler; `world` in it is this object.
        address: What it listens on.
        more: Attributes of that class.

    Attributes:
        url: Where it is.
    """

    def __init__(self, service, address="127.0.0.1", **more):
        self._server = ThreadingHTTPServer((address, 0), type("Service", (service,), {"world": self, **more}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
