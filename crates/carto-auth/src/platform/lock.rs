//! A lock on a file that spans processes.
