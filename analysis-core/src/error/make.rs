//! Errors by what they are made of.

use std::path::PathBuf;

use super::Error;

impl Error {
    /// An [`Error::Io`] from what the operating system said.
    ///
    /// # Examples
    /// ```
    /// let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
    /// let error = analysis_core::error::Error::io("x.csv", "read", &cause);
    /// assert!(error.to_string().starts_with("x.csv: read failed"));
    /// ```
    pub fn io(path: impl Into<PathBuf>, action: &'static str, cause: &std::io::Error) -> Self {
        Error::Io { path: path.into(), action, reason: cause.to_string() }
    }

    /// An [`Error::Parameter`].
    ///
    /// # Examples
    /// ```
    /// let error = analysis_core::error::Error::parameter("hidden_layers", 0, "must be at least 1");
    /// assert_eq!(error.to_string(), "hidden_layers = 0: must be at least 1");
    /// ```
    pub fn parameter(
        name: impl Into<String>,
        value: impl std::fmt::Display,
        requirement: impl Into<String>,
    ) -> Self {
        Error::Parameter { name: name.into(), value: value.to_string(), requirement: requirement.into() }
    }

    /// An [`Error::Shape`].
    ///
    /// # Examples
    /// ```
    /// let error = analysis_core::error::Error::shape("targets y", "(3, 1)", "(2, 1)");
    /// assert_eq!(error.to_string(), "targets y: expected (3, 1), found (2, 1)");
    /// ```
    pub fn shape(
        what: impl Into<String>,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Self {
        Error::Shape { what: what.into(), expected: expected.to_string(), found: found.to_string() }
    }

    /// An [`Error::Frame`] from what polars said.
    ///
    /// # Examples
    /// ```
    /// let cause = polars::prelude::PolarsError::NoData("empty".into());
    /// assert!(analysis_core::error::Error::frame("reading x", &cause).to_string().starts_with("reading x"));
    /// ```
    pub fn frame(context: impl Into<String>, cause: &polars::prelude::PolarsError) -> Self {
        Error::Frame { context: context.into(), reason: cause.to_string() }
    }

    /// An [`Error::Frame`] for what is wrong with a table.
    ///
    /// # Examples
    /// ```
    /// let error = analysis_core::error::Error::table("own.csv", "there are no rows");
    /// assert_eq!(error.to_string(), "own.csv: there are no rows");
    /// ```
    pub fn table(context: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Frame { context: context.into(), reason: reason.into() }
    }

    /// An [`Error::Format`].
    ///
    /// # Examples
    /// ```
    /// let error = analysis_core::error::Error::format("x.bin", 3, "the file ends here");
    /// assert_eq!(error.to_string(), "x.bin: at byte 3: the file ends here");
    /// ```
    pub fn format(path: impl Into<PathBuf>, offset: u64, problem: impl Into<String>) -> Self {
        Error::Format { path: path.into(), offset, problem: problem.into() }
    }

    /// For `map_err`: [`Error::frame`] in this context.
    pub(crate) fn polars(context: &str) -> impl Fn(polars::prelude::PolarsError) -> Error + '_ {
        move |cause| Error::frame(context, &cause)
    }
}
