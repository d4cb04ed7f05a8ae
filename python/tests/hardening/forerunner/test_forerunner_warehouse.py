"""X03 to X08, played against 0.2.0: what is a defect there, and what it does as well."""

from test_endpoint import (  # noqa: F401
    test_x03_a_key_needs_no_end_and_may_bring_more,
    test_x03_a_key_that_is_not_whole_is_told,
    test_x03_an_account_without_a_warehouse_is_told_so,
    test_x04_a_client_of_the_warehouse_refreshes_itself,
    test_x05_without_the_extra_the_line_to_type_is_told_before_anything_is_asked,
    test_x06_a_token_of_one_account_is_never_sent_to_the_api_of_another,
    test_x06_who_signs_in_as_somebody_else_does_not_keep_the_base_url,
    test_x07_open_browser_means_what_it_meant,
    test_x07_use_cache_and_cache_filepath_mean_what_they_meant,
    test_x08_a_token_that_has_ended_in_a_job_is_an_error_at_once_and_nothing_is_read,
)
