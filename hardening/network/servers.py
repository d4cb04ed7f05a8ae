"""What a request meets on its way: servers that are well, ill or silent, and real proxies."""

import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

TOKEN = json.dumps({"access_token": "sandbox-token", "token_type": "Bearer", "expires_in": 3_600})


def answer(body: str, status: str = "200 OK", more: str = "") -> bytes:
    """An answer in HTTP."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n{body}".encode()


class Server:
    """A server on all addresses of IPv4, until the process ends.

    Args:
        says: The bytes of its answer; `None` says nothing for ever.
        pem: A certificate with its key; without one it speaks no TLS.
        pause: Seconds before each byte of what comes after the first `at_once` bytes.

    Attributes:
        port: Where it is.
    """

    def __init__(self, says: bytes | None, pem: Path | None = None, pause: float = 0, at_once: int = 0):
        self._says, self._pause, self._at_once = says, pause, at_once
        self._context = None
        if pem:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(pem)
        self._listener = socket.create_server(("0.0.0.0", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            read_request(connection)
            if self._says is None:
                time.sleep(3_600)
            if not self._pause:
                connection.sendall(self._says)
            else:
                connection.sendall(self._says[: self._at_once])
                for byte in self._says[self._at_once :]:
                    time.sleep(self._pause)
                    connection.sendall(bytes([byte]))
            connection.close()
        except OSError:
            pass  # the other side has had enough


def read_request(connection) -> None:
    """Reads a request to its end: what is left unread when a connection closes takes the answer with it."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65_536)
        # Whoever begins TLS here is told at once that this is none.
        if not more or more[:1] == b"\x16":
            return
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    left = int(length[1]) - len(body) if length else 0
    while left > 0 and (more := connection.recv(65_536)):
        left -= len(more)


OPEN = []  # what has to stay open until the process ends


class BlackHole:
    """A port whose queue is full, until the process ends: whoever connects hears nothing.

    Attributes:
        port: Where it is.
    """

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._before = []
        for _ in range(100):
            one = socket.socket()
            one.settimeout(0.3)
            self._before.append(one)
            if one.connect_ex(("127.0.0.1", self.port)):
                OPEN.append(self)
                return
        raise AssertionError("the queue is never full")


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def tinyproxy(folder: Path, password: str | None = None) -> tuple[int, subprocess.Popen]:
    """Debian's proxy, for everybody or for `me` with a password."""
    port = free_port()
    config = folder / f"tinyproxy-{port}.conf"
    who = f"BasicAuth me {password}\n" if password else ""
    config.write_text(f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 50\n{who}")
    return port, _started(["tinyproxy", "-d", "-c", str(config)], port)


def mitmproxy(folder: Path, authority: Path, mode: str = "regular") -> tuple[int, Path, subprocess.Popen]:
    """A proxy that opens TLS with an authority of its own, and the certificate of that."""
    port = free_port()
    own = folder / f"mitmproxy-{port}"
    program = Path(sys.executable).parent / "mitmdump"
    options = [f"confdir={own}", f"ssl_verify_upstream_trusted_ca={authority}", "connection_strategy=lazy"]
    command = [str(program), "--quiet", "--mode", mode, "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    process = _started([*command, *(word for option in options for word in ("--set", option))], port)
    return port, own / "mitmproxy-ca-cert.pem", process


def _started(command: list[str], port: int) -> subprocess.Popen:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    raise AssertionError(f"{command[0]} does not start")
