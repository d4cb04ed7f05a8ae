"""How a name of 0.2.0 that is not there any more is refused: with the name of what takes its place."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def refuse(module: str, name: str, replaced: dict[str, str]) -> Exception:
    """Gives the error for a name that a module does not have.

    `from … import …` asks for an `ImportError`, and would tell nothing of an `AttributeError`; `hasattr` and `getattr`
    ask for an `AttributeError`, and nothing can be both.

    Args:
        module: The module's own `__name__`.
        name: The name that was looked for.
        replaced: What takes the place of each name.
    """
    if name not in replaced:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    text = f"`{module}.{name}` is not there any more; what takes its place is {replaced[name]}"
    # Whoever called the `__getattr__` that calls this.
    return ImportError(text) if _imports(sys._getframe(2)) else AttributeError(text)


def _imports(frame: "FrameType") -> bool:
    from opcode import opname

    # The last one is `import *` since Python 3.12.
    return opname[frame.f_code.co_code[frame.f_lasti]] in ("IMPORT_FROM", "IMPORT_STAR", "CALL_INTRINSIC_1")
