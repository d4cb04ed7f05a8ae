//! Where tokens rest between runs.
