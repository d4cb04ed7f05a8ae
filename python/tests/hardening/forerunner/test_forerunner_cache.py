"""K01 to K15, played against 0.2.0: what is a defect there, and what it does as well."""

from test_cache import (  # noqa: F401
    test_k01_a_file_that_is_cut_or_filled_is_moved_aside_and_asked_for_anew,
    test_k02_a_token_that_is_none_is_never_given_out,
    test_k02_json_of_another_shape_is_moved_aside_and_asked_for_anew,
    test_k04_a_token_of_0_2_0_is_used_to_its_true_end_whatever_the_zones,
    test_k05_another_client_or_base_url_of_a_job_is_a_miss,
    test_k05_another_organization_or_base_url_of_a_person_is_a_miss,
    test_k07_a_disk_that_is_full_costs_one_warning_and_no_call,
    test_k07_a_file_that_was_named_where_none_can_be_costs_one_warning_and_no_call,
    test_k07_a_folder_that_is_lost_loses_no_token_in_memory,
    test_k07_a_home_that_is_a_file_costs_one_warning_and_no_call,
    test_k07_a_home_that_is_none_costs_one_warning_and_no_call,
)
from test_locks import (  # noqa: F401
    clock,
    test_k09_who_reads_while_another_writes_finds_a_whole_file,
    test_k09_writers_that_are_killed_leave_one_whole_document,
    test_k11_of_processes_that_find_one_old_token_one_renews,
    test_k14_a_clock_that_is_set_gives_the_same_token_and_asks_no_more,
    test_k14_a_clock_that_was_set_back_makes_no_token_good_for_ever,
    test_k15_a_token_of_a_machine_whose_clock_is_off_is_used_to_its_true_end,
)
