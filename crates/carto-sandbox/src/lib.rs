//! A small CARTO on loopback.
