//! Where rows come from, on the command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use analysis_core::data::{Columns, Dataset, Rows, Samples, Scaling, Source, Split, Target, data_folder};
use analysis_core::error::{Error, Result};
use analysis_core::kernel::{Gram, ImageShape};
use analysis_core::ndarray::{Array2, Axis};
use analysis_core::npy::{self, NpyArray};
use clap::Args;

use crate::output;

/// Rows of a published set or of a file.
#[derive(Args)]
pub struct DataArguments {
    /// A published set: mnist, fashion-mnist or cifar-10 (see `ntk fetch`)
    #[arg(long)]
    pub dataset: Option<Source>,
    /// A CSV file with a header line
    #[arg(long, value_name = "FILE", requires = "target")]
    csv: Option<PathBuf>,
    /// A Parquet file
    #[arg(long, value_name = "FILE", requires = "target")]
    parquet: Option<PathBuf>,
    /// The target column of --csv or --parquet
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// The feature columns, separated by commas. What is left aside is said; a column that is neither numbers nor text, or
    /// only counts the rows, is refused [default: all numeric and boolean ones but the target and `id`]
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    features: Option<Vec<String>>,
    /// One feature column, named as it is (with its commas); may be repeated
    #[arg(long, value_name = "COLUMN", conflicts_with = "features")]
    feature: Vec<String>,
    /// A column that is no feature, where the features are not named; may be repeated
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["features", "feature"])]
    leave_out: Vec<String>,
    /// What separates the cells of a --csv file: one character, or tab [default: ,]
    #[arg(long, value_name = "CHARACTER", value_parser = separator)]
    separator: Option<char>,
    /// The split of a published set, or of a file with a text column `split` [default: train, of a file all]
    #[arg(long)]
    split: Option<Split>,
    /// Rows: A..B, A..=B, all, sample:N:SEED, stratified:N:SEED (not of --gram) or part:K:N:SEED [default: 0..3000 of a published set, all
    /// of a file or a Gram matrix]
    #[arg(long, allow_hyphen_values = true)]
    rows: Option<Rows>,
    /// Scaling of the rows: unit-norm, unit-interval (values/255), standardised or none [default: unit-norm]
    #[arg(long)]
    scaling: Option<Scaling>,
    /// How labels become targets: integer, centred-integer, one-hot, parity, one-vs-rest:CLASS or numeric [default:
    /// integer for a published set, numeric for a file]
    #[arg(long)]
    labels: Option<Target>,
    #[command(flatten)]
    folder: DataFolder,
}

/// Where the published sets are.
#[derive(Args)]
pub struct DataFolder {
    /// The folder of the published sets [default: NTK_DATA_DIR, else the project's data folder]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

impl DataFolder {
    /// The folder, named or not.
    pub fn or_default(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(data_folder)
    }
}

/// What is read of any file of the user's own with named columns; the file's flag itself goes with its mode.
pub const COLUMNS: &[&str] =
    &["target", "features", "feature", "leave_out", "split", "rows", "scaling", "labels"];

/// Where the rows come from: exactly one of five.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("input").required(true).args(["dataset", "csv", "parquet", "images", "gram"]))]
pub struct Input {
    #[command(flatten)]
    pub data: DataArguments,
    /// A Gram matrix K (n,n) as .npy, for instance an empirical NTK
    #[arg(long, value_name = "FILE", requires = "target_npy")]
    pub gram: Option<PathBuf>,
    /// Images (n,h,w,c), or (n,h,w) of one channel, as .npy, taken as they are
    #[arg(long, value_name = "FILE", requires = "target_npy")]
    pub images: Option<PathBuf>,
    /// Targets y (n) or (n,k) as .npy, with --gram or --images
    #[arg(long, value_name = "FILE")]
    target_npy: Option<PathBuf>,
}

impl DataArguments {
    /// The rows there are, of the split that was asked for.
    pub fn samples(&self) -> Result<Samples> {
        let default = self.dataset.map(|_| Split::Train);
        let samples = self.all_samples()?;
        if let Some(split) = self.split.or(default) {
            return samples.split(split);
        }
        if samples.frame().column("split").is_ok() {
            output::say("rows of every split are used: --split train, test or all says which are meant");
        }
        Ok(samples)
    }

    /// The rows of every split; what is to be known of them is said.
    fn all_samples(&self) -> Result<Samples> {
        let samples = self.read();
        if let (Some(_), Err(Error::MissingColumn { available, .. })) = (&self.features, &samples)
            && let Some(name) = available.iter().find(|name| name.contains(','))
        {
            output::say(&format!("names with commas are given one by one: --feature {name:?}"));
        }
        let samples = samples?;
        for note in samples.notes() {
            output::say(note);
        }
        Ok(samples)
    }

    fn read(&self) -> Result<Samples> {
        Ok(match (self.dataset, &self.csv, &self.parquet) {
            (Some(source), ..) => Dataset::load_in(source, self.folder.data_dir.as_deref())?,
            (_, Some(file), _) => Dataset::from_csv(file, &self.columns())?,
            (.., Some(file)) => Dataset::from_parquet(file, &self.columns())?,
            _ => {
                let requirement = "name --dataset, --csv or --parquet";
                return Err(Error::parameter("input", "none", requirement));
            }
        })
    }

    fn columns(&self) -> Columns {
        let default = Columns::target(self.target.clone().unwrap_or_default());
        let listed = self.features.as_ref().map(|all| all.iter().map(|name| name.trim().into()).collect());
        let single = (!self.feature.is_empty()).then(|| self.feature.clone());
        Columns {
            features: single.or(listed),
            left_out: self.leave_out.clone(),
            separator: self.separator.unwrap_or(default.separator),
            ..default
        }
    }

    /// Whether they name a set or a file.
    pub fn given(&self) -> bool {
        self.dataset.is_some() || self.csv.is_some() || self.parquet.is_some()
    }

    /// The rows that are asked for; of a published set 0..3000 where none are named.
    pub fn chosen(&self) -> Result<Samples> {
        let default = if self.dataset.is_some() { Rows::from(0..3000) } else { Rows::All };
        self.samples()?.rows(self.rows.unwrap_or(default))
    }

    /// The same, as numbers.
    pub fn dataset(&self) -> Result<Dataset> {
        self.chosen()?.prepare(self.scaling(), self.encoding())
    }

    /// Rows to train on, and rows of the test split prepared like them; without `test` none.
    pub fn with_test(&self, test: Option<Rows>) -> Result<(Dataset, Option<Dataset>)> {
        let Some(test) = test else { return Ok((self.dataset()?, None)) };
        let default = if self.dataset.is_some() { Rows::from(0..3000) } else { Rows::All };
        let all = self.all_samples()?;
        let split = self.split.unwrap_or(Split::Train);
        if split != Split::Train {
            output::say(&format!("--split {split}: rows of the test split are trained on and tested on"));
        }
        let train = all.split(split)?.rows(self.rows.unwrap_or(default))?;
        let test = all.split(Split::Test)?.rows(test)?;
        let both = train.prepare_with_test(&test, self.scaling(), self.encoding())?;
        Ok((both.training, Some(both.test)))
    }

    /// The shape of a published set's images.
    pub fn image(&self) -> Option<ImageShape> {
        self.dataset.map(ImageShape::of)
    }

    /// How rows are scaled.
    pub fn scaling(&self) -> Scaling {
        self.scaling.unwrap_or(Scaling::UnitNorm)
    }

    /// How labels become targets.
    pub fn encoding(&self) -> Target {
        let default = if self.dataset.is_some() { Target::Integer } else { Target::Numeric };
        self.labels.unwrap_or(default)
    }
}

/// What is tested on.
#[derive(Debug, Clone, Copy)]
pub enum TestRows {
    /// The first so many; none where that is 0.
    First(usize),
    /// Those of the test split.
    Those(Rows),
}

impl FromStr for TestRows {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map_or_else(|_| text.parse().map(TestRows::Those), |count| Ok(TestRows::First(count)))
    }
}

impl TestRows {
    /// As rows of the test split, if there are any.
    pub fn rows(self) -> Option<Rows> {
        match self {
            TestRows::First(0) => None,
            TestRows::First(count) => Some(Rows::from(0..count)),
            TestRows::Those(rows) => Some(rows),
        }
    }
}

/// One character; the tab also by name or as `\\t`, since few shells let it be typed.
fn separator(text: &str) -> std::result::Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("\\t" | "tab", ..) => Ok('\t'),
        (_, Some(only), None) => Ok(only),
        _ => Err("must be one character, or tab".to_string()),
    }
}

impl Input {
    /// What a file of the user's own is called, without its folder and its ending.
    pub fn stem(&self) -> String {
        let file = self.data.csv.as_deref().or(self.data.parquet.as_deref());
        file.and_then(Path::file_stem)
            .map_or_else(|| "data".into(), |stem| stem.to_string_lossy().into_owned())
    }

    /// The shape of the images of --images FILE, and the rows asked for with their targets.
    pub fn images(&self, file: &Path) -> Result<(ImageShape, Dataset)> {
        let (shape, x) = ImageShape::rows(npy::read_images(file)?.0.view());
        let y = NpyArray::read(self.target_npy.as_deref().unwrap_or(Path::new("")))?.values;
        let positions = match self.data.rows {
            Some(rows) if y.nrows() == x.nrows() => rows.positions(x.nrows())?,
            _ => return Ok((shape, Dataset::from_arrays(x, y)?)),
        };
        Ok((shape, Dataset::from_arrays(x.select(Axis(0), &positions), y.select(Axis(0), &positions))?))
    }

    /// K and y of --gram FILE, of the rows asked for.
    pub fn gram(&self, file: &Path) -> Result<(Gram, Array2<f64>)> {
        let gram = Gram::read_npy(file)?;
        let y = NpyArray::read(self.target_npy.as_deref().unwrap_or(Path::new("")))?.values;
        match self.data.rows {
            // Where the lengths differ, the error is the computation's, which knows both.
            Some(rows) if y.nrows() == gram.n() => {
                let y = y.select(Axis(0), &rows.positions(gram.n())?);
                Ok((gram.rows(rows)?, y))
            }
            _ => Ok((gram, y)),
        }
    }
}
