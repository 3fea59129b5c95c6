//! One axis of a panel: its label, scale and limits.

use serde::{Deserialize, Serialize};

/// Whether an axis is linear or logarithmic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Distances are differences.
    #[default]
    Linear,
    /// Distances are ratios; ticks read 10ⁿ.
    Log10,
    /// Distances are ratios; ticks read n, the logarithm to base 10 (say so in the label).
    Log10Numbers,
    /// Distances are ratios; ticks read 2ⁿ.
    Log2,
}

impl Scale {
    /// Whether distances are ratios.
    pub fn is_log(self) -> bool {
        self != Scale::Linear
    }
}

/// The ends of an axis or of a colour scale; an end that is not given follows the data.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The lower end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// One axis: label, scale, limits.
///
/// # Examples
/// ```
/// use analysis_core::report::{Axis, Scale};
/// let axis = Axis::log10("index i").limits(1.0, 3000.0);
/// assert_eq!(axis.scale, Scale::Log10);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Axis {
    /// What it shows; `_{…}` and `^{…}` set indices and exponents.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Its ends, in natural values.
    pub limits: Limits,
    /// Where the labelled ticks are, in natural values; empty: chosen by 1–2–5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ticks: Vec<f64>,
    /// What these ticks say, one each; empty: their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tick_names: Vec<String>,
    /// Whether it runs the other way (rows of a matrix, from the top).
    pub reversed: bool,
}

impl Axis {
    /// A linear axis.
    pub fn linear(label: impl Into<String>) -> Self {
        Axis { label: label.into(), ..Axis::default() }
    }

    /// A logarithmic axis with ticks 10ⁿ; data are given in natural values.
    pub fn log10(label: impl Into<String>) -> Self {
        Axis { label: label.into(), scale: Scale::Log10, ..Axis::default() }
    }

    /// A logarithmic axis with ticks n = log₁₀; data are given in natural values, the label should say `log_{10} …`.
    pub fn log10_numbers(label: impl Into<String>) -> Self {
        Axis { label: label.into(), scale: Scale::Log10Numbers, ..Axis::default() }
    }

    /// From `low` to `high`, in natural values.
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Limits { low: Some(low), high: Some(high) };
        self
    }

    /// From `low`, up to where the data end.
    pub fn from(mut self, low: f64) -> Self {
        self.limits.low = Some(low);
        self
    }

    /// Up to `high`, from where the data begin.
    pub fn to(mut self, high: f64) -> Self {
        self.limits.high = Some(high);
        self
    }

    /// With labelled ticks at these natural values.
    pub fn ticks(mut self, at: impl IntoIterator<Item = f64>) -> Self {
        self.ticks = at.into_iter().collect();
        self
    }

    /// With ticks at these natural values that say these names: classes, groups.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::report::Axis;
    /// let axis = Axis::linear("class").named_ticks([(4.5, "cat"), (14.5, "dog")]);
    /// assert_eq!(axis.tick_names, ["cat", "dog"]);
    /// ```
    pub fn named_ticks<S: Into<String>>(mut self, ticks: impl IntoIterator<Item = (f64, S)>) -> Self {
        (self.ticks, self.tick_names) = ticks.into_iter().map(|(at, name)| (at, name.into())).unzip();
        self
    }

    /// Running the other way.
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }
}
