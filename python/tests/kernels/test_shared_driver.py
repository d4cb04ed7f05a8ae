"""A Databricks driver: several people, one Unix user, one HOME."""

from kernel import Kernel, Reader
from leak import leaks
from places import DATABRICKS, databricks
from story import FIRST, SIGN_IN, Story, owner, token_of
from world import ADA, GRACE


def test_each_person_signs_in_for_themselves_and_is_remembered(carto):
    for person, is_asked in ((ADA, True), (GRACE, True), (ADA, False), (GRACE, False)):
        story = Story(carto, databricks(person), person)
        assert (story.cell.links != []) is is_asked
        assert owner(story.token) == person


def test_where_it_is_not_told_who_runs_the_notebook_no_token_outlives_the_kernel(carto):
    for person in (ADA, GRACE):
        story = Story(carto, databricks(None), person)
        assert story.cell.links
        assert owner(story.token) == person
        for file in (file for file in carto.home.rglob("*") if file.is_file()):
            assert leaks({"token": story.token}, file.read_text("latin-1")) == [], file


def test_two_people_who_run_one_notebook_in_turn_get_a_token_each(carto):
    with Kernel(carto.home, carto.variables | DATABRICKS.variables, startup=DATABRICKS.startup) as kernel:
        kernel.run(FIRST)
        for person in (ADA, GRACE):
            kernel.run(f"dbutils.user = {person!r}")
            cell = kernel.run(SIGN_IN, Reader(carto.person(person)))
            assert cell.links
            assert owner(token_of(kernel, carto)) == person
