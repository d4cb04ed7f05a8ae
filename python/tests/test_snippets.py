"""What the guides and the examples show, run as it stands there."""

import json
import re
from pathlib import Path

import pytest
from bigquery import BigQuery

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("guide", ["warehouse", "http-clients"])
def test_the_blocks_of_a_guide_run_one_after_the_other(carto, google, guide):
    carto.credentials_file("carto-credentials.json")
    text = (ROOT / "docs" / "guides" / f"{guide}.md").read_text(encoding="utf-8")
    program = carto.folder / "guide.py"
    program.write_text("\n".join(BLOCK.findall(text)), encoding="utf-8")
    done = carto.run(RUN, program, carto.folder, BIGQUERY_EMULATOR_HOST=google.url)
    assert done.returncode == 0, done.stderr
    assert EXPECTED[guide] in done.stdout


def test_the_blocks_of_a_guide_run_as_cells_of_a_notebook_with_what_it_says_of_these(carto):
    carto.credentials_file("carto-credentials.json")
    text = (ROOT / "docs" / "guides" / "http-clients.md").read_text(encoding="utf-8")
    new, old = re.search(r"notebook .*: type `(await .*)` in place of `(.*)`", text).groups()
    program = carto.folder / "cells.json"
    program.write_text(json.dumps([cell.replace(old, new) for cell in BLOCK.findall(text)]), encoding="utf-8")
    done = carto.run(RUN_CELLS, program, carto.folder)
    assert done.returncode == 0, done.stderr
    assert EXPECTED["http-clients"] in done.stdout


@pytest.mark.parametrize(
    ("example", "arguments", "expected"),
    [
        ("dw_query.py", ["SELECT * FROM numbers LIMIT 3"], "number: 3  name: number 3"),
        ("requests_session.py", ["carto_dw", "SELECT * FROM demo.cities"], "id: 1  name: Madrid"),
    ],
)
def test_an_example_runs(carto, google, example, arguments, expected):
    carto.become_a_job()
    program = ROOT / "examples" / "python" / example
    done = carto.run(RUN, program, carto.folder, *arguments, BIGQUERY_EMULATOR_HOST=google.url)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


# The programs' own folder is theirs, and what they read lies where they run.
RUN = """
import os, runpy, sys
program, folder = sys.argv[1:3]
sys.argv[:] = [program, *sys.argv[3:]]
os.chdir(folder)
runpy.run_path(program, run_name="__main__")
"""
RUN_CELLS = """
import ast, asyncio, inspect, json, os, sys
os.chdir(sys.argv[2])
async def run(cells):
    names = {}
    for cell in cells:
        code = compile(cell, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        done = eval(code, names)
        if inspect.iscoroutine(done):
            await done
with open(sys.argv[1], encoding="utf-8") as file:
    cells = json.load(file)
asyncio.run(run(cells))
"""
EXPECTED = {"warehouse": "[10, 10]", "http-clients": "['Madrid', 'New York', 'Tokyo']"}


@pytest.fixture
def google():
    """A BigQuery for programs that find it by the variable for emulators."""
    with BigQuery() as google:
        yield google
