//! Drawn figures: pixels, texts, files.

mod files;
mod limits;
mod pixels;
mod texts;
