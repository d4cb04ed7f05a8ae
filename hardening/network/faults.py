"""What can be in the way of a request, each with the servers and proxies it needs, and what has to be told of it."""

from dataclasses import dataclass, field

from certificates import HERE, Authority
from servers import TOKEN, BlackHole, Server, answer, free_port, mitmproxy, tinyproxy

# 30 s for the token after 5 s for where to ask for it, and a second for the machine.
DEADLINE = 36.0

WELL = answer(TOKEN)
PORTAL = "<!doctype html><html><head><title>Hotel WiFi: sign in</title></head><body>...</body></html>"


@dataclass
class Fault:
    """What is in the way, and what has to be told of it: the exit code and a pattern of the first line."""

    name: str
    url: str
    code: int
    told: str
    variables: dict[str, str] = field(default_factory=dict)
    deadline: float = DEADLINE


def all_faults(folder, processes):
    """Each fault with the servers and proxies that it needs."""
    authority = Authority(folder)
    trusting = {"SSL_CERT_FILE": str(authority.path)}
    well = Server(WELL, authority.sign("well"))
    url = f"https://{HERE}:{well.port}"

    def behind_tls(name, says=WELL, **options):
        return f"https://{HERE}:{Server(says, authority.sign(name, **options)).port}"

    yield Fault("none", url, 0, "a token", trusting)
    yield Fault("an expired certificate", behind_tls("expired", days=(-20, -10)), 5, "has expired", trusting)
    yield Fault("a certificate of tomorrow", behind_tls("early", days=(1, 20)), 5, "not valid yet", trusting)
    yield Fault("a certificate for another host", behind_tls("other", host="example.com"), 5, "another name", trusting)
    yield Fault("an authority of one's own, not named", url, 5, "cannot be trusted")
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        yield Fault(f"the same, named in `{variable}`", url, 0, "a token", {variable: str(authority.path)})
    yield Fault("the same, named in `SSL_CERT_DIR`", url, 0, "a token", {"SSL_CERT_DIR": str(authority.folder)})
    yield Fault("a file of certificates that is not there", url, 2, "no certificates", {"SSL_CERT_FILE": "/nowhere"})
    yield Fault("a server that speaks no TLS", f"https://{HERE}:{Server(WELL).port}", 5, "does not speak TLS", trusting)

    def through(proxy, **more):
        return trusting | {"HTTPS_PROXY": proxy} | more

    port, process = tinyproxy(folder)
    processes.append(process)
    yield Fault("tinyproxy without a password", url, 0, "a token", through(f"http://127.0.0.1:{port}"))
    port, process = tinyproxy(folder, "canary")
    processes.append(process)
    yield Fault("tinyproxy with a password", url, 0, "a token", through(f"http://me:canary@127.0.0.1:{port}"))
    yield Fault("tinyproxy, password left out", url, 5, "the proxy did not let", through(f"http://127.0.0.1:{port}"))
    yield Fault(
        "tinyproxy, another password", url, 5, "the proxy did not let", through(f"http://me:x@127.0.0.1:{port}")
    )
    yield Fault(
        "a proxy that is not there", url, 5, "the proxy cannot be reached", through(f"http://127.0.0.1:{free_port()}")
    )
    hole = BlackHole().port
    yield Fault("a proxy that takes no connection", url, 5, "takes no connection", through(f"http://127.0.0.1:{hole}"))
    for mode, scheme in (("regular", "http"), ("socks5", "socks5h")):
        port, certificate, process = mitmproxy(folder, authority.path, mode)
        processes.append(process)
        proxy, own = f"{scheme}://127.0.0.1:{port}", str(certificate)
        yield Fault(
            f"mitmproxy ({scheme}) inspects TLS, its authority not named", url, 5, "cannot be trusted", through(proxy)
        )
        yield Fault("the same, named in `SSL_CERT_FILE`", url, 0, "a token", through(proxy, SSL_CERT_FILE=own))
        yield Fault(
            "the same, named in `REQUESTS_CA_BUNDLE`", url, 0, "a token", through(proxy, REQUESTS_CA_BUNDLE=own)
        )

    yield Fault(
        "a captive portal that answers with its page",
        behind_tls("portal", answer(PORTAL)),
        1,
        "did not answer with a token.*Hotel WiFi",
        trusting,
    )
    to_portal = answer("", "302 Found", "Location: https://portal.example.com/?id=7\r\n")
    yield Fault(
        "a captive portal that sends to its page",
        behind_tls("elsewhere", to_portal),
        1,
        "did not answer with a token.*portal.example.com",
        trusting,
    )
    yield Fault("a name that is not there", "https://no-such-host.invalid", 5, "cannot be found", trusting)
    yield Fault("nobody at the port", f"https://127.0.0.1:{free_port()}", 5, "cannot be reached", trusting)
    yield Fault(
        "a black hole (a full queue)", f"https://127.0.0.1:{BlackHole().port}", 5, "takes no connection", trusting
    )
    yield Fault(
        "a server that takes connections and never answers",
        f"http://127.0.0.1:{Server(None).port}",
        5,
        "did not answer within",
    )
    yield Fault("the same behind TLS", behind_tls("silent", None), 5, "did not answer within", trusting)
    yield Fault(
        "a server that never begins TLS", f"https://127.0.0.1:{Server(None).port}", 5, "takes no connection", trusting
    )
    says = WELL
    slow = Server(says, authority.sign("slow"), pause=1, at_once=says.index(b"{"))
    yield Fault(
        "one byte a second, of the body", f"https://{HERE}:{slow.port}", 5, "did not finish its answer within", trusting
    )
    slow = Server(says, authority.sign("slower"), pause=1)
    yield Fault("one byte a second, of the head", f"https://{HERE}:{slow.port}", 5, "did not answer within", trusting)
    yield Fault(
        "a connection that closes without an answer", behind_tls("closes", b""), 5, "broke the connection off", trusting
    )
    yield Fault("an answer that is cut", behind_tls("cut", says[:-9]), 5, "broke the connection off", trusting)
