//! The manifest of what is made of several results.

use super::provenance::{DataChecksum, Manifest};
use crate::error::{Error, Result};

impl Manifest {
    /// For what is made of this result and another: the parameters become a list, one entry a result; data, references and what computed
    /// the numbers are those of both, seconds and missing cells add up. A seed, profile or columns that are not the same are left out.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{kernel::Kernel, report::Manifest};
    /// let kernels = [1, 3, 5].map(|hidden_layers| Manifest::new(&Kernel { hidden_layers, ..Kernel::default() }));
    /// let [one, three, five] = kernels;
    /// let all = one?.and(three?).and(five?);
    /// assert_eq!(all.parameters[2]["hidden_layers"], 5);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn and(mut self, other: Manifest) -> Self {
        let list = |parameters| match parameters {
            serde_json::Value::Array(list) => list,
            one => vec![one],
        };
        let parameters = [list(self.parameters), list(other.parameters)].concat();
        let unseen: Vec<DataChecksum> =
            other.data.into_iter().filter(|data| !self.data.contains(data)).collect();
        self.data.extend(unseen);
        self.computed_by.unite(&other.computed_by);
        let missing = (self.missing.is_some() || other.missing.is_some())
            .then(|| self.missing.unwrap_or(0) + other.missing.unwrap_or(0));
        let both = Manifest {
            parameters: serde_json::Value::Array(parameters),
            seed: self.seed.filter(|seed| Some(*seed) == other.seed),
            profile: self.profile.filter(|profile| Some(*profile) == other.profile),
            columns: self.columns.clone().filter(|columns| Some(columns) == other.columns.as_ref()),
            seconds: self.seconds.zip(other.seconds).map(|(one, two)| one + two),
            missing,
            ..self
        };
        other.cites.into_iter().fold(both, Manifest::cite)
    }

    /// For what is made of several results: one [`Manifest::and`] the next, in their order.
    ///
    /// # Errors
    /// That of the first manifest that has one, and [`Error::Parameter`] for none at all.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{kernel::Kernel, report::Manifest};
    /// let kernels = [1, 3, 5].map(|hidden_layers| Kernel { hidden_layers, ..Kernel::default() });
    /// let all = Manifest::all(kernels.iter().map(Manifest::new))?;
    /// assert_eq!(all.parameters[2]["hidden_layers"], 5);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn all(manifests: impl IntoIterator<Item = Result<Manifest>>) -> Result<Manifest> {
        let mut manifests = manifests.into_iter();
        let Some(first) = manifests.next() else {
            return Err(Error::parameter("manifests", 0, "what is made of no result has no manifest"));
        };
        manifests.try_fold(first?, |all, next| Ok(all.and(next?)))
    }
}
