//! Polars frames from rows: one closure a column.

use polars::prelude::{Column, DataFrame};

use crate::error::{Error, Result};

/// A frame under construction. `R` is what a closure gets of a row: a reference, a pair of references, an index.
pub(crate) struct Frame<R> {
    rows: Vec<R>,
    columns: Vec<Column>,
    too_large: Option<String>,
}

impl<R: Copy> Frame<R> {
    /// A frame of these rows, still without columns.
    pub(crate) fn of(rows: impl IntoIterator<Item = R>) -> Self {
        Frame { rows: rows.into_iter().collect(), columns: Vec::new(), too_large: None }
    }

    /// Whole numbers below 2³² (u32): most counts.
    pub(crate) fn whole(mut self, name: &str, value: impl Fn(R) -> usize) -> Self {
        let fit = |row: &R| {
            let value = value(*row);
            u32::try_from(value).map_err(|_| format!("column {name:?}: {value} is not below 2^32"))
        };
        match self.rows.iter().map(fit).collect::<std::result::Result<Vec<u32>, String>>() {
            Ok(values) => self.columns.push(Column::new(name.into(), values)),
            Err(reason) => self.too_large = self.too_large.or(Some(reason)),
        }
        self
    }

    /// Whole numbers of any size (u64).
    pub(crate) fn large(mut self, name: &str, value: impl Fn(R) -> usize) -> Self {
        let values: Vec<u64> = self.rows.iter().map(|row| value(*row) as u64).collect();
        self.columns.push(Column::new(name.into(), values));
        self
    }

    /// Numbers (f64).
    pub(crate) fn number(mut self, name: &str, value: impl Fn(R) -> f64) -> Self {
        let values: Vec<f64> = self.rows.iter().map(|row| value(*row)).collect();
        self.columns.push(Column::new(name.into(), values));
        self
    }

    /// Numbers (f64), null where one is not known.
    pub(crate) fn known(mut self, name: &str, value: impl Fn(R) -> Option<f64>) -> Self {
        let values: Vec<Option<f64>> = self.rows.iter().map(|row| value(*row)).collect();
        self.columns.push(Column::new(name.into(), values));
        self
    }

    /// Text: what `value` gives, written out.
    pub(crate) fn text<T: ToString>(mut self, name: &str, value: impl Fn(R) -> T) -> Self {
        let values: Vec<String> = self.rows.iter().map(|row| value(*row).to_string()).collect();
        self.columns.push(Column::new(name.into(), values));
        self
    }

    /// True or false.
    pub(crate) fn flag(mut self, name: &str, value: impl Fn(R) -> bool) -> Self {
        let values: Vec<bool> = self.rows.iter().map(|row| value(*row)).collect();
        self.columns.push(Column::new(name.into(), values));
        self
    }

    /// The frame; `what` it is stands in the error.
    ///
    /// # Errors
    /// [`Error::Frame`] for a whole number of 2³² or more; if polars refuses the columns.
    pub(crate) fn build(self, what: &str) -> Result<DataFrame> {
        if let Some(reason) = self.too_large {
            return Err(Error::Frame { context: what.into(), reason });
        }
        DataFrame::new(self.rows.len(), self.columns).map_err(|e| Error::frame(what, &e))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use polars::prelude::DataType;

    fn frame(rows: &[(usize, f64)]) -> Result<DataFrame> {
        Frame::of(rows)
            .whole("n", |row| row.0)
            .large("N", |row| row.0)
            .number("x", |row| row.1)
            .known("y", |row| (row.1 > 0.0).then_some(row.1))
            .text("name", |row| row.0)
            .flag("positive", |row| row.1 > 0.0)
            .build("a test")
    }

    #[test]
    fn types_are_those_of_the_methods_with_and_without_rows() {
        use DataType::{Boolean, Float64, String, UInt32, UInt64};
        for rows in [&[(1, -1.0), (2, 0.5)][..], &[]] {
            let frame = frame(rows).unwrap();
            assert_eq!(frame.shape(), (rows.len(), 6));
            assert_eq!(frame.dtypes(), [UInt32, UInt64, Float64, Float64, String, Boolean]);
            assert_eq!(frame.column("y").unwrap().null_count(), rows.len() / 2);
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let error = frame(&[(1 << 32, 0.0)]).unwrap_err().to_string();
        assert!(error.contains("4294967296") && error.contains("\"n\""), "{error}");
    }
}
