//! One binary for everything that needs real data or the command: linking it is most of its cost.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout)]

// Both ask Linux for what they need: a device that is always full, and limits of memory.
#[cfg(target_os = "linux")]
mod architectures;
mod closed_streams;
mod command_line;
mod data_sets;
mod degenerate;
mod dispersion;
mod drift;
mod endings;
mod flags;
mod folders;
mod gram_of_ones_own;
mod how_sure;
mod kept_exports;
mod kernel_in_training;
mod learning_curve;
#[cfg(target_os = "linux")]
mod mpi;
mod notebook_numbers;
mod numbers_of_spectra;
mod output_variance;
mod own_files;
mod paper_numbers;
mod resume;
mod shards;
#[cfg(target_os = "linux")]
mod shared_store;
#[cfg(target_os = "linux")]
mod sizes;
mod spectrum_head;
mod train;
