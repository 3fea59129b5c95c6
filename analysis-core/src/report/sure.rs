//! The bootstrap over rows, and noise planted on initial functions: tables and figures.

use super::smoothness::with_published;
use super::smoothness_table::{kernel_name, title};
use super::{
    Axis, Cell, Colour, Column, Dash, Digits, Figure, Legend, Manifest, Panel, Parts, Reference, Report,
    Series, Table,
};
use crate::error::Result;
use crate::experiment::{BootstrapResult, NoisyFunctionsResult};
use crate::origin::Origins;
use crate::smoothness::Estimator;

impl BootstrapResult {
    /// Which share of the readings lies below r, a panel for each estimator: disjoint samples of rows, resamples of the first of them, and
    /// as vertical lines the mean over disjoint samples and the ends of the bootstrap's interval.
    ///
    /// # Errors
    /// As [`BootstrapResult::rows`].
    pub fn plot(&self) -> Result<Figure> {
        let mut panels = Vec::new();
        for row in self.rows()? {
            let steps = |resampled: bool| {
                let mut values = self.exponents(row.estimator, resampled);
                values.sort_by(f64::total_cmp);
                let count = values.len() as f64;
                let shares: Vec<f64> = (0..values.len()).map(|place| (place as f64 + 0.5) / count).collect();
                (values, shares)
            };
            let ((disjoint, below), (resampled, share)) = (steps(false), steps(true));
            let panel = Panel::new(row.estimator.to_string())
                .x(Axis::linear("r"))
                .y(Axis::linear("share of readings below").limits(0.0, 1.0))
                .series(Series::line_points("disjoint samples", disjoint, below).colour(0))
                .series(Series::vertical("their mean", row.disjoint.mean).colour(0).dash(Dash::Dotted))
                .series(Series::line("resamples of the first", resampled, share).colour(1))
                .series(Series::vertical("bootstrap's 95 %", row.low).colour(1).dash(Dash::Dashed))
                .series(Series::vertical("", row.high).colour(1).dash(Dash::Dashed))
                .series(Series::vertical("the first sample", row.first).colour(Colour::Grey));
            panels.push(panel.legend(if panels.is_empty() { Legend::Best } else { Legend::Off }));
        }
        let p = &self.parameters;
        Ok(Figure::row(panels).share_y().caption(format!(
            "Which share of the readings of r lies below a value: {} disjoint samples of n = {} rows, and {} resamples with replacement of \
             the first of them. Dashed: the ends of the bootstrap's 95 % interval; dotted: the mean over disjoint samples.",
            p.subsets, p.n, p.resamples
        )))
    }
}

impl Report for BootstrapResult {
    const NAME: &'static str = "bootstrap";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        with_published(manifest, self.parameters.source)
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::text("estimator"),
            Column::mean_interval("r, disjoint samples"),
            Column::number("sd of one"),
            Column::number("the first"),
            Column::uncertain("resamples of the first"),
            Column::interval("bootstrap's 95 %"),
            Column::text("holds the mean"),
        ])
        .caption("The bootstrap over rows beside other rows")
        .label("tab:bootstrap")
        .note(format!(
            "{}, n = {}, {} labels, {}; {} disjoint samples with Student's 95 % interval of their mean, and {} resamples of the \
             first sample (mean ± standard deviation of one; 2.5 % to 97.5 % points).",
            title(p.source),
            p.n,
            p.target,
            kernel_name(&p.kernel),
            p.subsets,
            p.resamples
        ));
        // Where an estimator has no numbers there is no row.
        self.rows().unwrap_or_default().into_iter().fold(table, |table, row| {
            let holds = row.low <= row.disjoint.mean && row.disjoint.mean <= row.high;
            table.row([
                row.estimator.to_string().into(),
                Cell::mean_interval(&row.disjoint, 3),
                Cell::number(row.spread.sd, 3),
                Cell::number(row.first, 3),
                Cell::uncertain_fixed(row.resampled.mean, row.resampled.sd, 3),
                Cell::interval([row.low, row.high], Digits::Decimals(3)),
                Cell::text(if holds { "yes" } else { "no" }),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default().frame("", self.frame()).table("-table", self.table()).figure("", self.plot())
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}

impl Report for NoisyFunctionsResult {
    const NAME: &'static str = "noisy-functions";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        self.parameters.sources.iter().fold(manifest, |manifest, source| with_published(manifest, *source))
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([
            Column::text("data"),
            Column::text("estimator"),
            Column::uncertain("r of f_{0}"),
            Column::uncertain("r of f_{0} and noise"),
            Column::number("intervals that hold r"),
            Column::number("no warning"),
        ])
        .caption("Noise planted on the initial function")
        .label("tab:noisy-functions")
        .note(format!(
            "{}, the first {} rows of each set; {} draws of f_{{0}}, ± is the standard deviation of one; {:.0} % of the noisy \
             target's mean square is noise. Intervals (95 %) are of the noisy target, and r is what the {} slope reads of the same f_{{0}} \
             without noise.",
            kernel_name(&p.kernel),
            p.n,
            p.functions,
            100.0 * p.noise,
            Estimator::LeaveOneOut
        ));
        self.rows().unwrap_or_default().into_iter().fold(table, |table, row| {
            let held = match row.intervals {
                0 => Cell::Absent,
                all => Cell::text(format!("{} of {all}", row.held)),
            };
            table.row([
                title(row.source).into(),
                row.estimator.to_string().into(),
                Cell::uncertain_fixed(row.clean.mean, row.clean.sd, 3),
                Cell::uncertain_fixed(row.noisy.mean, row.noisy.sd, 3),
                held,
                Cell::text(format!("{} of {}", row.unwarned, p.functions)),
            ])
        })
    }

    fn parts(&self) -> Parts {
        Parts::default().frame("", self.frame()).table("-table", self.table())
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
