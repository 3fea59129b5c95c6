//! Tests of analysis-core from outside, in one binary: linking polars several times would take longer than running them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod counting;
mod degenerate;
mod draws;
#[cfg(feature = "cli")]
mod fetch;
#[cfg(feature = "cli")]
mod fetch_server;
mod own_columns;
mod own_data;
mod own_parquet;
mod parsers;
mod sizes;
mod smoothness;
mod stored;
mod within;
