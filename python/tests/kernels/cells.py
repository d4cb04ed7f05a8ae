#!/usr/bin/env python3
"""The kernel matrix, cell by cell: which test plays what is promised in which kind of notebook.

    python python/tests/kernels/cells.py > docs/hardening/kernels.md

It runs nothing. That each test is there is for `test_cells.py` to see.
"""

NOTEBOOKS = ["JupyterLab", "JupyterHub", "Colab", "Databricks of ada@example.com", "VS Code"]

# By place, in the order of the promises.
PROMISES = [
    "the link within a second, or `InteractionRequired`",
    "it ends by itself",
    "no secret is saved",
    "what others have shown stays",
    "the right person's token",
]
IN_A_NOTEBOOK = [
    "test_matrix.py::test_the_link_is_shown_within_a_second",
    "test_matrix.py::test_a_sign_in_that_nobody_finishes_ends_by_itself",
    "test_matrix.py::test_a_saved_notebook_has_neither_link_nor_code_nor_token",
    "test_matrix.py::test_what_the_persons_own_code_has_shown_stays",
    "test_matrix.py::test_the_token_is_the_persons",
]
# Where nobody can be asked, one test sees that it ends at once, with nothing to hide and everything kept; in another
# one somebody has signed in before.
JOB = [
    "test_matrix.py::test_a_job_that_runs_a_notebook_is_told_within_a_second_what_to_do[papermill]",
    "test_whose_token.py::test_a_job_that_runs_a_notebook_has_the_token_of_who_signed_in_at_this_machine",
]
THREAD = [
    "test_matrix.py::test_a_worker_thread_never_asks",
    "test_whose_token.py::test_a_worker_thread_has_the_token_of_who_signed_in_in_the_main_thread",
]
COMMAND = [
    "test_matrix.py::test_the_command_in_a_cell_does_not_wait_for_what_nobody_can_type",
    "test_whose_token.py::test_a_command_in_a_cell_has_the_token_of_who_signed_in_in_the_notebook",
]
ELSEWHERE = {"papermill": JOB, "a worker thread": THREAD, "`!carto-auth login`": COMMAND}


def cells():
    """Gives triples: the place, the promise, and the test, as pytest names it below this folder."""
    for place in NOTEBOOKS:
        for promise, test in zip(PROMISES, IN_A_NOTEBOOK):
            yield place, promise, f"{test}[{place}]"
    for place, (asked, whose) in ELSEWHERE.items():
        for promise in PROMISES:
            yield place, promise, whose if promise is PROMISES[-1] else asked


def table():
    """Gives the page of the documentation."""
    rows = [f"| {place} | {promise} | `{test}` |" for place, promise, test in cells()]
    return "\n".join([HEAD, *rows, ""])


HEAD = """\
# The kernel matrix

Eight kinds of notebook, each as a real kernel process with the variables, modules and files that such a place has;
what is promised in each, and the test below `python/tests/kernels` that plays it. `make test-python` runs them. Colab's
package and Databricks' `dbutils` are stubs; no test ran on the services themselves.

Where somebody can be asked, the link is there within a second; elsewhere `InteractionRequired` is raised within one.
`!carto-auth login` has a shell, a terminal and a process to start as well; its cell is over after 151 ms, the slowest
of 30 runs after 186 ms, where that of `!true` takes 115 ms (two cores, the release wheel; `make command-in-a-cell`).

| place | what is promised | test |
| --- | --- | --- |"""

if __name__ == "__main__":
    print(table(), end="")
