"""Somebody else's server: what it sees of a request that should carry no token of CARTO."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stranger:
    """A server on another port, for a `with` statement.

    Args:
        status: What it answers, always.

    Attributes:
        url: Where it is.
        authorizations: The header `Authorization` of every request, `None` where there was none.
    """

    def __init__(self, status=200):
        self.authorizations = []
        service = type("Service", (_Service,), {"stranger": self, "status": status})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), service)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Service(BaseHTTPRequestHandler):
    stranger, status = None, None

    def do_GET(self):
        self.stranger.authorizations.append(self.headers["authorization"])
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
