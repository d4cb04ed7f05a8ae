//! A machine whose users cannot be told apart.

use crate::desk::Desk;
use crate::hint::{fails, works};

#[test]
fn where_several_people_share_a_machine_a_job_signs_in() {
    let mut desk = Desk::with_browser();
    desk.set("DATABRICKS_RUNTIME_VERSION", "15.4");
    let hint = fails(&desk, &["login"], "a-person-signs-in");
    // The cell of a notebook is the other way, which a command does not have.
    hint.says("`CartoAuth.from_oauth()` in a cell of their notebook");
    let (id, secret) = desk.sandbox.m2m_client();
    let url = desk.sandbox.url().to_owned();
    for (name, value) in
        [("CARTO_API_BASE_URL", url), ("CARTO_M2M_CLIENT_ID", id), ("CARTO_M2M_CLIENT_SECRET", secret)]
    {
        desk.set(hint.word(name), value);
    }
    works(&desk, &["token"]);
}
