//! Whole results on disk: small ones of every kind, and ones whose cells have nothing to show.

mod captions;
mod degenerate;
mod exports;
pub(super) mod instances;
mod latex;
