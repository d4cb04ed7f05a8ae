"""C01 to C15, played against 0.2.0: what is a defect there, and what it does as well."""

from test_credentials import (  # noqa: F401
    test_c01_what_is_no_file_is_named_by_path_and_kind,
    test_c01_what_never_ends_is_never_waited_for,
    test_c02_a_file_that_others_can_open_works_with_one_warning,
    test_c04_a_file_cut_at_any_byte_is_told,
    test_c04_what_is_no_json_object_is_told_by_line_and_column,
    test_c05_all_faults_are_listed_at_once,
    test_c05_each_attribute_can_be_wrong_in_each_way,
    test_c07_another_kind_and_another_spelling_are_explained,
    test_c07_more_keys_are_ignored_and_stay,
    test_c09_a_secret_is_sent_exactly_as_it_is_and_shown_nowhere,
    test_c10_an_address_that_is_usable_loses_its_slashes_and_no_more,
    test_c10_an_address_that_would_leak_or_leads_nowhere_is_refused,
    test_c12_a_secret_that_changes_is_picked_up_and_the_old_token_is_not_used,
    test_c15_a_name_that_is_no_text_is_a_name,
    test_c15_whatever_a_path_is_made_of_it_leads_to_the_file,
)
