//! Files → polars frame → [`Dataset`] with x (n,d) and y (n,k).
//!
//! [`Dataset::load`] gives the rows of a published set as [`Samples`], a polars frame; [`Dataset::from_csv`],
//! [`Dataset::from_parquet`] and [`Dataset::from_frame`] do the same for the user's own data. [`Samples`] are filtered
//! and sampled, then [`Samples::prepare`] makes numbers of them. Every choice that changes the answer is a parameter
//! and ends in [`DatasetOrigin`]: [`Split`], [`Rows`], [`Scaling`], [`Target`].

mod cache;
mod cell;
mod choices;
pub mod cifar;
mod columns;
mod csv;
mod dataset;
mod delimited;
mod encoding;
#[cfg(feature = "cli")]
pub mod fetch;
mod folder;
mod found;
pub mod idx;
mod images;
mod load;
mod numeric;
mod origin;
mod own;
mod parquet;
mod prepare;
mod raw;
mod rows;
mod samples;
mod scale;
mod shifts;
mod source;
mod statistics;
mod synthetic;
mod text_column;
mod train_test;

pub use choices::{Scaling, Split, Target};
pub use columns::Columns;
pub use dataset::Dataset;
pub use folder::data_folder;
pub use images::Image;
pub use origin::{DataOrigin, DatasetOrigin};
pub(crate) use parquet::read_parquet;
pub use parquet::silence_guarded_panics;
pub use prepare::TrainTest;
pub use rows::Rows;
pub use samples::Samples;
pub use shifts::with_shifts;
pub use source::{RawFile, Source, Supply};
pub use synthetic::{SphereQuadratic, quadratic, sphere_points};
pub use train_test::TrainTestView;
