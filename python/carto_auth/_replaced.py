"""How a name of 0.2.0 that is not there any more is refused: with the name of what takes its place.

Held in `tests/test_interface.py` and `tests/predecessor/test_replaced_names.py`.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn


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
    step = _step(sys._getframe(2))
    if step in STAR:
        # It would name the first alone.
        every = "".join(f"\n- `{one}`: {instead}" for one, instead in replaced.items())
        return ImportError(f"what `{module}` had is not there any more; what takes its place is{every}")
    return ImportError(text) if step == "IMPORT_FROM" else AttributeError(text)


class Gone:
    """An attribute of the instances of 0.2.0: read, it is refused; a subclass may set one of that name.

    Args:
        instead: What takes its place.
    """

    def __init__(self, instead: str) -> None:
        self._instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> "NoReturn":
        raise AttributeError(
            f"`{owner.__name__}` has no `{self._name}` any more; what takes its place is {self._instead}",
            name=self._name,
        )


def _step(frame: "FrameType") -> str:
    from opcode import opname

    return opname[frame.f_code.co_code[frame.f_lasti]]


# `import *`, before Python 3.12 and since.
STAR = ("IMPORT_STAR", "CALL_INTRINSIC_1")
