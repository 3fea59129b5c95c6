//! What a download says while it goes on.

use crate::progress::say;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// Told what goes on; everything goes to standard error, if anywhere.
pub trait Reporter {
    /// Something happened.
    fn line(&mut self, text: &str);
    /// A transfer begins: how many bytes it will have, if that is known.
    fn start(&mut self, what: &str, total: Option<u64>);
    /// So many bytes of it are there.
    fn at(&mut self, bytes: u64);
    /// It is over, or was cut off.
    fn finish(&mut self);
}

/// Says nothing.
///
/// # Examples
/// ```
/// use analysis_core::data::fetch::{Reporter, Silent};
/// Silent.line("nobody hears this");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn line(&mut self, _text: &str) {}
    fn start(&mut self, _what: &str, _total: Option<u64>) {}
    fn at(&mut self, _bytes: u64) {}
    fn finish(&mut self) {}
}

/// Writes to standard error: a bar on a terminal, elsewhere a line every tenth.
///
/// # Examples
/// ```
/// use analysis_core::data::fetch::{Reporter, Terminal};
/// let mut terminal = Terminal::new();
/// terminal.start("train-images-idx3-ubyte.gz", Some(100));
/// terminal.at(50);
/// terminal.finish();
/// ```
#[derive(Debug)]
pub struct Terminal {
    bars: bool,
    bar: Option<ProgressBar>,
    what: String,
    total: Option<u64>,
    tenths: u64,
}

impl Terminal {
    /// Looks whether standard error is a terminal.
    pub fn new() -> Terminal {
        let bars = std::io::stderr().is_terminal();
        Terminal { bars, bar: None, what: String::new(), total: None, tenths: 0 }
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal::new()
    }
}

impl Reporter for Terminal {
    fn line(&mut self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => say(text),
        }
    }

    fn start(&mut self, what: &str, total: Option<u64>) {
        (self.what, self.total, self.tenths) = (what.to_string(), total, 0);
        if !self.bars {
            let size = total.map_or(String::new(), |total| format!(" ({total} bytes)"));
            say(&format!("{what}{size}"));
            return;
        }
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Some(style) = total.and_then(|_| ProgressStyle::with_template(template).ok()) {
            bar.set_style(style);
        }
        bar.set_message(what.to_string());
        self.bar = Some(bar);
    }

    fn at(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        } else if let Some(total) = self.total.filter(|total| *total > 0) {
            let tenths = bytes.saturating_mul(10) / total;
            if tenths > self.tenths {
                self.tenths = tenths;
                say(&format!("{} {} %", self.what, 10 * tenths));
            }
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
