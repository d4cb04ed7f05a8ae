"""T01 to T29 against 0.2.0: the rows of the token endpoint and the network, as far as it can be driven to them.

What needs a refresh token, a status or a class of the new package is not here (see `hardening/notapplicable`), nor what
its way to the sandbox would decide: which hosts go around a proxy.
"""

from test_answers import (  # noqa: F401
    test_t01_a_token_of_another_content_type_is_a_token,
    test_t01_no_redirect_is_followed_with_a_secret,
    test_t01_what_is_no_token_is_told_as_that_and_nothing_of_it_is_shown,
)
from test_lifetimes import (  # noqa: F401
    test_t06_a_short_token_is_asked_for_once_and_not_by_each_call,
    test_t06_a_very_short_token_is_renewed_once_in_its_life,
    test_t07_what_the_server_tells_decides_and_not_what_is_written_in_the_token,
    test_t25_a_server_whose_clock_is_an_hour_off_moves_no_end,
)
from test_network import (  # noqa: F401
    test_t22_a_certificate_that_is_not_accepted_is_told_with_what_mends_it,
    test_t22_an_authority_of_ones_own_is_trusted_through_each_of_the_four_variables,
    test_t23_a_proxy_that_is_not_there_is_told_and_no_password_shown,
    test_t23_a_real_proxy_is_used_with_and_without_a_password,
    test_t23_a_real_proxy_that_knows_another_password_is_told_and_no_password_shown,
)
from test_outages import (  # noqa: F401
    test_t16_a_server_that_cannot_be_reached_is_the_networks_fault,
    test_t16_a_server_that_is_always_out_of_order_is_the_networks_fault_and_asked_a_few_times,
    test_t16_while_the_old_token_lives_it_is_served,
    test_t18_a_code_is_sent_once_whatever_happens_and_a_new_sign_in_works,
    test_t26_two_hundred_threads_in_an_outage_are_served_with_few_requests,
    test_t29_a_fork_right_after_a_renewal_began_blocks_nobody,
    test_t29_a_program_that_ends_during_a_renewal_ends,
)
from test_refusals import (  # noqa: F401
    test_t13_a_client_that_is_refused_is_told_with_its_file_and_not_tried_again,
    test_t14_each_refusal_is_told_in_the_servers_words,
    test_t24_a_netrc_entry_for_the_host_is_ignored,
    test_t27_an_api_that_accepts_no_token_is_told_and_makes_no_storm,
    test_t27_eight_threads_whose_token_the_api_refuses_cause_one_renewal,
)
from test_waits import (  # noqa: F401
    test_t10_a_wait_of_seven_seconds_is_sat_out,
    test_t10_a_wait_that_is_over_or_makes_no_sense_is_ignored,
    test_t10_a_wait_that_is_too_long_is_told_with_its_time,
    test_t11_auth0s_reset_is_used_where_nothing_else_is_said,
    test_t11_headers_that_make_no_sense_are_ignored,
    test_t15_a_server_that_is_out_of_order_for_a_moment_is_asked_again,
)
