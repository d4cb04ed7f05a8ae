"""How a `CartoAuth` looks: the line of its `repr`, and the table that a notebook shows.

Both say who, which organization, which base URL and for how long, and never a token or a secret: they know nothing
but a status, which has none. Held in `tests/test_shown.py`.
"""

import html as _html

TYPE_CHECKING = False
if TYPE_CHECKING:
    from carto_auth._native import Status

__all__ = ["html", "text"]


def text(status: "Status", type_name: str) -> str:
    """The status in one line.

    Args:
        status: What is known of the sign-in.
        type_name: The name of the class that is shown.

    Returns:
        Such as `CartoAuth(ada@example.com, organization org_1, https://gcp-us-east1.api.carto.com, 23 h left)`.
    """
    organization = f"organization {status.organization}" if status.organization else None
    parts = (_who(status), organization, status.api_base_url, _time(status))
    return f"{_plain(type_name)}({', '.join(_plain(part) for part in parts if part)})"


def html(status: "Status") -> str:
    """The status as a small table in the colours of the page around it.

    Args:
        status: What is known of the sign-in.

    Returns:
        HTML, every value of it escaped.
    """
    rows = {
        "signed in as": _who(status),
        "account": status.account_id,
        "organization": status.organization,
        "API base URL": status.api_base_url,
        "token": _time(status),
        "profile": None if status.profile in (None, "default") else status.profile,
    }
    body = "".join(_row(name, value) for name, value in rows.items() if value)
    return f'<table style="{_TABLE}"><caption style="{_CAPTION}">CARTO</caption><tbody>{body}</tbody></table>'


def _who(status: "Status") -> str:
    if not status.signed_in:
        return "nobody is signed in"
    if status.kind == "person":
        return status.email or status.account_id or "a person"
    kind = {"m2m": "a job (M2M)", "token": "an API access token"}.get(status.kind, status.kind)
    return f"{kind} of {status.email}" if status.email else kind


def _time(status: "Status") -> "str | None":
    if not status.signed_in:
        return None
    left = status.time_left
    if left is None:
        return "renewed when it is needed" if status.renews else "no end is known"
    if left <= 0:
        return "renewed at the next use" if status.renews else "ended"
    return f"{_duration(int(left))} left{', renews itself' if status.renews else ''}"


def _duration(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        # Two days are easier to read in days, one is in hours.
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _row(name: str, value: str) -> str:
    head = f'<th scope="row" style="{_CELL};font-weight:600">{_html.escape(name)}</th>'
    return f'<tr style="background:transparent">{head}<td style="{_CELL}">{_html.escape(_plain(value))}</td></tr>'


def _plain(value: object) -> str:
    """One line without control characters, which a console would obey."""
    return "".join(one if one.isprintable() else " " for one in str(value)).strip()


# Notebooks stripe and right-align tables, which is for numbers.
_TABLE = "border-collapse:collapse;color:inherit;background:transparent;margin:0.3em 0"
_CAPTION = "caption-side:top;text-align:left;font-weight:600;color:inherit;padding:0.2em 0"
_CELL = "text-align:left;padding:0.15em 1.2em 0.15em 0;border:0;color:inherit;background:transparent"
