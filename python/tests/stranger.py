"""Somebody else's server: what it sees of a request that should carry no token of CARTO."""

from http.server import BaseHTTPRequestHandler

from server import Server


class Stranger(Server):
    """A server on another port, for a `with` statement.

    Args:
        status: What it answers, always.

    Attributes:
        url: Where it is.
        authorizations: The header `Authorization` of every request, `None` where there was none.
    """

    def __init__(self, status=200):
        self.authorizations = []
        super().__init__(_Service, status=status)


class _Service(BaseHTTPRequestHandler):
    world, status = None, None

    def do_GET(self):
        self.world.authorizations.append(self.headers["authorization"])
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
