"""Whether what is told to a person has Rust's `Debug` of a value in it, which is for programmers."""

import re

# `Parts { status: 401 }`, `Some("a")`, `Custom("…")`, `std::io::Error`, `UnknownIssuer`.
_DEBUG = re.compile(
    r"\b[A-Z]\w* \{ \w+:|\{ kind:|\b(Some|Ok|Err)\(|\b[A-Z]\w+\(\"|\b[a-z_]+::\w+|\bErrorKind\b"
    r"|: [A-Z][a-z]+[A-Z][a-z]\w*$"
)


def debug_in(error):
    """What of an exception is Rust's `Debug`: in its text, its arguments, hint and notes, and those of its causes."""
    found = []
    while error is not None:
        texts = [str(error), repr(error.args), getattr(error, "hint", None) or "", *getattr(error, "__notes__", ())]
        found += [text for text in texts if _DEBUG.search(text)]
        error = error.__cause__
    return found
