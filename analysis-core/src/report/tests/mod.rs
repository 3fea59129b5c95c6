//! Whole results on disk: small ones of every kind, and ones whose cells have nothing to show.

mod degenerate;
mod exports;
mod instances;
mod latex;
