//! Which columns of a user's own data are features, and which is the target.

use serde::{Deserialize, Serialize};

/// Which columns of a CSV, a Parquet file or a frame become x and y.
///
/// Features are, by default, all numeric columns (integers, floats, booleans) but the target, in the file's order;
/// other columns are left aside. So that nothing is left aside, or taken, by mistake, the default refuses a text column
/// of which most cells are numbers (one `n/a` makes a whole column text) and a numeric column without a name (an index
/// that pandas wrote).
///
/// A column `id` of distinct whole numbers below 2³² holds the rows' ids and is never a feature by default; without it rows
/// are numbered from 0. A text column `split` can be chosen from by [`Samples::split`](super::Samples::split).
///
/// # Examples
/// ```
/// use analysis_core::data::Columns;
/// let columns = Columns::target("price").features(["rooms", "area"]);
/// assert_eq!(columns.features.as_deref(), Some(&["rooms".to_string(), "area".to_string()][..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// The target column: numbers or booleans. Text is refused, since whole-number encodings depend on an order that
    /// only the user knows.
    pub target: String,
    /// The feature columns in the order of x, or all numeric ones.
    pub features: Option<Vec<String>>,
    /// What separates the cells of a CSV line.
    pub separator: char,
}

impl Columns {
    /// This target, all other numeric columns as features, commas between cells.
    pub fn target(name: impl Into<String>) -> Columns {
        Columns { target: name.into(), features: None, separator: ',' }
    }

    /// The same with these features.
    pub fn features<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Columns {
        self.features = Some(names.into_iter().map(Into::into).collect());
        self
    }
}
