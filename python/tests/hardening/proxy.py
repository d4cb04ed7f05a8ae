"""Real servers of TLS and a real proxy (Debian's tinyproxy) for a `with` statement."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from server import Server

CERTIFICATES = Path(__file__).parents[3] / "crates/carto-auth/tests/world/certificates"


def certificate(name):
    """The path of a certificate: `authority`, `stranger`, `server`, `elsewhere` or `expired`."""
    return str(CERTIFICATES / f"{name}.pem")


class TlsServer(Server):
    """An authorization server behind TLS, which gives anybody a token.

    Args:
        shows: The name of its certificate.

    Attributes:
        port: Where it is, on all addresses of IPv4.
        requests: The line and the body of each request.
    """

    def __init__(self, shows="server"):
        self.requests = []
        super().__init__(_Service, address="0.0.0.0")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(shows), CERTIFICATES / "server.key")
        # The handshake is made by the thread of the connection: one that fails ends that alone.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None
        self.port = self._server.server_port


class _Service(BaseHTTPRequestHandler):
    world = None

    def do_POST(self):
        self._answer(200, {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3_600})

    def do_GET(self):
        self._answer(404, {})

    def _answer(self, status, body):
        length = int(self.headers["content-length"] or 0)
        self.world.requests.append(self.requestline + "\n" + self.rfile.read(length).decode())
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Tinyproxy:
    """A proxy for everybody, or for `me` with a password. Where there is none to be had, the test is left out.

    Attributes:
        port: Where it is, on loopback.
    """

    def __init__(self, folder, password=None):
        if shutil.which("tinyproxy") is None:
            assert not IN_CI, "there is no tinyproxy here"
            pytest.skip("there is no tinyproxy here")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._log = folder / f"tinyproxy-{self.port}.log"
        who = f"BasicAuth me {password}\n" if password else ""
        self._config = folder / f"tinyproxy-{self.port}.conf"
        self._config.write_text(
            f"Port {self.port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 20\nLogLevel Connect\n"
            f'LogFile "{self._log}"\n{who}'
        )

    def __enter__(self):
        self._process = subprocess.Popen(["tinyproxy", "-d", "-c", self._config], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError("the proxy does not start")

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def log(self):
        """What it wrote down of its requests."""
        return self._log.read_text()


# Read before a test takes every variable of this kind away.
IN_CI = "CARTO_AUTH_CI" in os.environ
