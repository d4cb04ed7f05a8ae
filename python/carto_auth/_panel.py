"""What a person sees and types in a notebook while they sign in.

One panel, one display of its own: each thing that is told replaces the panel through its display id, and at the end a
line without a link does. Nothing else on the page is touched; `clear_output` would take what the person's own code has
shown, and does nothing on Databricks. A front end that cannot replace a display keeps the first panel until its cell
runs again; the link on it is used up by then, since its code is good once and only with a secret of this process.

The access code is asked for with `getpass`: what is typed into `input()` is saved with the notebook. The question
itself is saved by some front ends, so no link is in it. Held in `tests/test_panel.py` and `tests/kernels/`.
"""

import getpass
import html
import os

from carto_auth import _stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Panel"]


class Panel:
    """The panel of one sign-in, in the main thread of a kernel."""

    __slots__ = ("_heading", "_id", "_kind", "_link", "_notes", "_shown")

    def __init__(self) -> None:
        self._id = f"carto-auth-{os.urandom(8).hex()}"
        self._shown = False
        self._kind: str | None = None
        self._heading = ""
        self._link: str | None = None
        self._notes: dict[str, str] = {}

    def tell(self, kind: str, text: str, link: "str | None") -> None:
        """Shows something, beside what the panel shows already.

        Args:
            kind: `link`, `paste_link` and `waiting` begin the panel anew; `browser_opened`, `browser_failed`,
                `fallback` and `wrong_paste` add a line to it; `over` takes the link away.
            text: Plain text; an empty one is not shown.
            link: Where the text leads to; shown as text alone if it is not http or https.
        """
        if kind in ("link", "paste_link", "waiting"):
            self._kind, self._heading, self._link = kind, text, link
            # Why it goes another way than the usual one is true of the new link, too.
            self._notes = {name: note for name, note in self._notes.items() if name == "fallback"}
        elif kind == "over":
            self._kind, self._heading, self._link, self._notes = kind, text, None, {}
        else:
            self._notes[_PLACES.get(kind, kind)] = text
        self._show(self._paragraphs())

    def ask(self, question: str) -> "str | None":
        """Asks for one line, which is neither shown nor saved.

        Args:
            question: What stands before the box; the front end may save it.

        Returns:
            The line, or None where this front end takes no input or the input has ended.

        Raises:
            KeyboardInterrupt: On the stop button.
        """
        handler = _stop.hear(whoever_listens=True)
        try:
            # The name is looked up now: the kernel puts its own in place while a cell runs.
            return getpass.getpass(_plain(question) + " ")
        except (EOFError, NotImplementedError):  # IPython's `StdinNotImplementedError` is one of the latter
            return None
        finally:
            _stop.give_back(handler)

    def finish(self, text: str, ok: bool) -> None:
        """Replaces the panel by its last line, if there is a panel.

        Args:
            text: How it ended, plain text.
            ok: Whether it ended well.
        """
        if self._shown:
            self._link = None
            self._show([_Paragraph(f"{'✓' if ok else '✗'} {_plain(text)}")])

    def _paragraphs(self) -> "Iterator[_Paragraph]":
        """The parts of the panel from top to bottom."""
        if note := self._notes.get("fallback"):
            yield _Paragraph(_plain(note), quiet=True)
        if self._heading:
            yield _Paragraph(_plain(self._heading))
        if self._link:
            yield _Link(self._link)
        if self._kind == "link":
            yield _Paragraph(_plain(self._notes.get("browser") or "The browser was asked to open it."), quiet=True)
            yield _Paragraph("If your browser is on another machine:", code="CartoAuth.from_oauth(open_browser=False)")
        elif self._kind == "paste_link":
            yield _Paragraph("Then put the access code into the box below.")
        if note := self._notes.get("wrong_paste"):
            yield _Paragraph(_plain(note), strong=True)

    def _show(self, parts: "Iterator[_Paragraph] | list[_Paragraph]") -> None:
        # Loaded by every kernel; not by who merely imports this file.
        from IPython.display import display, update_display

        parts = list(parts)
        lines = "\n".join(part.text() for part in parts)
        body = "".join(part.html() for part in parts)
        data = {"text/plain": lines, "text/html": f'<div role="status" style="{_FRAME}">{body}</div>'}
        show: Callable[..., object] = update_display if self._shown else display
        self._shown = True
        show(data, raw=True, display_id=self._id)


class _Paragraph:
    """A line of the panel."""

    __slots__ = ("_code", "_line", "_style")

    def __init__(self, line: str, *, code: str = "", quiet: bool = False, strong: bool = False) -> None:
        self._line, self._code = line, code
        self._style = "margin:0.3em 0" + (";opacity:0.75" if quiet else "") + (";font-weight:600" if strong else "")

    def text(self) -> str:
        return f"{self._line} {self._code}".rstrip()

    def html(self) -> str:
        code = f' <code style="{_CODE}">{html.escape(self._code)}</code>' if self._code else ""
        return f'<p style="{self._style}">{html.escape(self._line)}{code}</p>'


class _Link(_Paragraph):
    """A link to click, with its address in full below it, to copy into another browser."""

    __slots__ = ()

    def __init__(self, link: str) -> None:
        super().__init__("".join(one for one in link if one.isprintable() and one != " "))

    def text(self) -> str:
        return f"\n  {self._line}\n"

    def html(self) -> str:
        address = html.escape(self._line)
        shown = f'<p style="{_ADDRESS}">{address}</p>'
        if not self._line.lower().startswith(("https://", "http://")):
            return shown
        # Who is linked to must not reach back into the notebook, nor be told its address.
        anchor = f'<a href="{address}" target="_blank" rel="noopener noreferrer" style="{_BUTTON}">Sign in to CARTO</a>'
        return f'<p style="margin:0.6em 0">{anchor}</p>{shown}'


def _plain(text: str) -> str:
    """One line without control characters, which a console would obey."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


# Which notes share a line: the later one is the one that is still true.
_PLACES = {"browser_opened": "browser", "browser_failed": "browser"}

# Only colours of the page around, so that it is readable on light and dark.
_FRAME = "border-left:3px solid currentColor;padding:0.1em 0 0.1em 0.9em;max-width:48em;line-height:1.5;color:inherit"
_BUTTON = (
    "display:inline-block;padding:0.35em 0.9em;border:1px solid currentColor;border-radius:4px;color:inherit;"
    "text-decoration:none;font-weight:600"
)
_CODE = "background:transparent;color:inherit;padding:0"
_ADDRESS = "margin:0.3em 0;opacity:0.75;font-family:monospace;font-size:0.85em;overflow-wrap:anywhere"
