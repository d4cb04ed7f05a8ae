"""Runs the example that `pydeck-carto` publishes in its own README, and saves the map it makes.

Nothing of it is copied here: the README is read from the installed package. Of the program only the
last line is touched, whose map a notebook would show and a script would drop.

    python pydeck-carto.py map.html
"""

import ast
import re
import sys
from importlib.metadata import metadata

readme = metadata("pydeck-carto").get_payload()
(example,) = re.findall(r"```py\n(.*?)```", readme, re.DOTALL)

program = ast.parse(example)
shown = program.body[-1]
if not isinstance(shown, ast.Expr):
    sys.exit(f"the example no longer ends in the map: `{ast.unparse(shown)}`")
program.body[-1] = ast.copy_location(
    ast.Assign(targets=[ast.Name("deck", ast.Store())], value=shown.value, lineno=shown.lineno), shown
)
names = {"__name__": "__main__"}
exec(compile(ast.fix_missing_locations(program), "README.md of pydeck-carto", "exec"), names)
names["deck"].to_html(sys.argv[1], open_browser=False, notebook_display=False)
