//! `ntk labels-against-f0`: are the labels smoother than the function that a network starts from?

use analysis_core::data::Source;
use analysis_core::error::Result;
use analysis_core::experiment::{LabelEncoding, LabelsAgainstF0, LabelsAgainstF0Result, Plan, Settings};
use analysis_core::kernel::Filters;
use analysis_core::seed::Seed;
use analysis_core::session::Session;
use clap::Args;

use crate::grid::{Common, Grid, GridExperiment, own_functions};
use crate::lists::Counts;

/// Are the labels smoother than the function that a network starts from?
///
/// Labels, permuted labels and f₀ ~ GP(0, NNGP), drawn and in expectation, on the same disjoint subsets of rows, under the same kernels,
/// by every estimator of r; intervals are over subsets. A subset is written to disk as it is finished: after an interruption the same
/// command goes on from there.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  ntk labels-against-f0 --out comparison
  ntk labels-against-f0 --dataset mnist --n 3000 --subsets 5 --depth 1 --bias false
  ntk labels-against-f0 --dataset mnist --n 1500 --depth 3 --conv 3
  ntk labels-against-f0 --shard 1/4 --json > 1.json     (then 2/4, 3/4, 4/4, and ntk merge)")]
pub struct LabelsAgainstF0Command {
    /// Sets of images [default: mnist,fashion-mnist,cifar-10]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    dataset: Vec<Source>,
    /// n, rows of a subset, at least 200 [default: 3000]
    #[arg(long)]
    n: Option<usize>,
    /// Subsets of a set at most [default: 20]
    #[arg(long)]
    subsets: Option<usize>,
    /// Hidden layers of the kernels [default: 1,3]
    #[arg(long, value_name = "LIST")]
    depth: Option<Counts>,
    /// Whether the first layer has a bias [default: false,true]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    bias: Vec<bool>,
    /// How labels become numbers [default: centred-integer,centred-one-hot,parity]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    labels: Vec<LabelEncoding>,
    /// f₀ that are drawn on a subset [default: 2]
    #[arg(long)]
    functions: Option<usize>,
    /// Convolutional layers instead of fully connected ones: SIZE:PADDING:READOUT, for instance 3:zero:flatten; takes --bias false
    #[arg(long, value_name = "FILTERS")]
    conv: Option<Filters>,
    #[command(flatten)]
    common: Common,
}

/// The list where it is given.
fn or<T: Clone>(list: &[T], default: Vec<T>) -> Vec<T> {
    if list.is_empty() { default } else { list.to_vec() }
}

impl Grid for LabelsAgainstF0Command {
    type Experiment = LabelsAgainstF0;

    fn common(&self) -> &Common {
        &self.common
    }

    fn experiment(&self, settings: Settings) -> Result<LabelsAgainstF0> {
        let default = LabelsAgainstF0::default().at(settings);
        Ok(LabelsAgainstF0 {
            sources: or(&self.dataset, default.sources),
            n: self.n.unwrap_or(default.n),
            most: self.subsets.unwrap_or(default.most),
            depths: self.depth.clone().map_or(default.depths, |list| list.0),
            biases: or(&self.bias, if self.conv.is_some() { vec![false] } else { default.biases }),
            encodings: or(&self.labels, default.encodings),
            functions: self.functions.unwrap_or(default.functions),
            scaling: default.scaling,
            seed: Seed(self.common.seed),
            filters: self.conv,
        })
    }
}

impl GridExperiment for LabelsAgainstF0 {
    const MARK: &'static str = "f0_minus_this";

    own_functions!(LabelsAgainstF0Result);

    fn plan(&self, session: &Session) -> Result<Plan> {
        self.plan(session)
    }

    fn note(result: &LabelsAgainstF0Result) -> Option<String> {
        let of_labels = || result.rows.iter().filter(|row| row.target.encoding().is_some());
        let count = |smoother: bool| of_labels().filter(|row| row.f0_is_smoother() == Some(smoother)).count();
        let all = of_labels().count();
        (all > 0).then(|| {
            format!(
                "of {all} comparisons of labels by an estimator, f₀ is the smoother in {}, the labels in {}, at 95 % over subsets",
                count(true),
                count(false)
            )
        })
    }
}
