//! Which columns of a user's own data are features, and which is the target.

use serde::{Deserialize, Serialize};

/// Which columns of a CSV, a Parquet file or a frame become x and y.
///
/// Features are, by default, all columns of numbers (integers, floats; true and false are 1 and 0) but the target, in the
/// file's order. What is left aside is plainly text, bytes, or the index that a Parquet file of pandas names itself;
/// [`Samples::notes`](super::Samples::notes) and the origin say what. Everything else is refused, so that nothing is left
/// aside, or taken, by mistake:
///
/// - a cell of a column of numbers that is none: empty, `n/a`, NaN, `0,5`, `5%`, `3 kg`, a date. Blanks around a number do
///   no harm. In a CSV numbers may stand in quotes; in a Parquet file or a frame a text column of numbers is refused;
/// - yes and no in other words than true and false (T, F, yes, no, y, n, on, off);
/// - a column that numbers the rows (each of 0..n or of 1..=n once, from 10 rows on), has no name, or is named as pandas
///   names an index, unless [`Columns::features`] names it;
/// - a name that two columns have;
/// - types of Parquet that are neither numbers nor text: decimals, dates, lists.
///
/// [`Columns::leave_out`] leaves such columns out by name.
///
/// A column `id` (in any capitals) of distinct whole numbers below 2³² holds the rows' ids and is never a feature by
/// default; without it rows are numbered from 0. A text column `split` (in any capitals) can be chosen from by
/// [`Samples::split`](super::Samples::split).
///
/// # Examples
/// ```
/// use analysis_core::data::Columns;
/// let columns = Columns::target("price").features(["rooms", "area"]);
/// assert_eq!(columns.features.as_deref(), Some(&["rooms".to_string(), "area".to_string()][..]));
/// assert_eq!(Columns::target("price").leave_out(["date"]).left_out, ["date"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// The target column: numbers or booleans. Text is refused, since whole-number encodings depend on an order that
    /// only the user knows.
    pub target: String,
    /// The feature columns in the order of x, or all numeric ones.
    pub features: Option<Vec<String>>,
    /// Columns that are no features, where the features are not named.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// What separates the cells of a CSV line.
    pub separator: char,
}

impl Columns {
    /// This target, all other numeric columns as features, commas between cells.
    pub fn target(name: impl Into<String>) -> Columns {
        Columns { target: name.into(), features: None, left_out: Vec::new(), separator: ',' }
    }

    /// The same with these features.
    pub fn features<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Columns {
        self.features = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The same without these columns among the features.
    pub fn leave_out<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Columns {
        self.left_out = names.into_iter().map(Into::into).collect();
        self
    }
}
