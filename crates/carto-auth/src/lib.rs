//! Signs people and jobs in to CARTO.
