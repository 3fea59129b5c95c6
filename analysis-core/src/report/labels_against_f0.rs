//! Labels beside the initial function: figure, tables, manifest.

use super::smoothness::{with_architecture, with_published};
use super::smoothness_table::title;
use super::{
    Axis, Cell, Colour, Column, Dash, Figure, Legend, Manifest, Panel, Parts, Reference, Report, Series,
    Shape, Table,
};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{ComparedRow, ComparedTarget, LabelEncoding, LabelsAgainstF0Result, paper_value};
use crate::origin::Origins;
use crate::regression::MeanInterval;
use crate::smoothness::{Estimator, SmoothnessResult};

/// How an estimator is named where there is little room.
pub(super) fn short(estimator: Estimator) -> &'static str {
    match estimator {
        Estimator::TailLine => "line",
        Estimator::SoftTail => "soft tail",
        Estimator::Likelihood => "likelihood",
        Estimator::LeaveOneOut => "left out",
        Estimator::RidgedLeaveOneOut => "ridged",
    }
}

pub(super) fn target_name(target: ComparedTarget) -> String {
    match target {
        ComparedTarget::Labels(encoding) => format!("labels, {encoding}"),
        ComparedTarget::Permuted => "permuted labels".into(),
        ComparedTarget::ExpectedFunction => "f_{0}, expected".into(),
        ComparedTarget::Function { .. } => "f_{0}, drawn".into(),
    }
}

pub(super) fn mean_cell(value: Option<&MeanInterval>) -> Cell {
    value.map_or(Cell::Absent, |interval| Cell::mean_interval(interval, 2))
}

impl LabelsAgainstF0Result {
    /// The kernels, in their order: hidden layers, and whether the first has a bias.
    fn kernels(&self) -> Vec<[usize; 2]> {
        let biases = || self.parameters.biases.iter();
        self.parameters
            .depths
            .iter()
            .flat_map(|depth| biases().map(move |bias| [*depth, usize::from(*bias)]))
            .collect()
    }

    fn opening(&self) -> [Column; 4] {
        [Column::text("data"), Column::number("L"), Column::text("bias"), Column::text("target")]
    }

    fn opened(&self, source: Source, [depth, bias]: [usize; 2], target: ComparedTarget) -> [Cell; 4] {
        let bias = if bias == 1 { "with" } else { "without" };
        [title(source).into(), Cell::count(depth), bias.into(), target_name(target).into()]
    }

    /// A table with one row for each set, kernel and target that `keep` keeps.
    fn tabulated(
        &self,
        table: Table,
        keep: fn(ComparedTarget) -> bool,
        cells: impl Fn(&dyn Fn(Estimator) -> Option<ComparedRow>) -> Vec<Cell>,
    ) -> Table {
        let mut table = table;
        for &source in &self.parameters.sources {
            for kernel in self.kernels() {
                for target in self.parameters.row_targets().into_iter().filter(|target| keep(*target)) {
                    let row =
                        |estimator| self.row(source, kernel[0], kernel[1] == 1, target, estimator).cloned();
                    if Estimator::ALL.into_iter().any(|estimator| row(estimator).is_some()) {
                        table = table.row(self.opened(source, kernel, target).into_iter().chain(cells(&row)));
                    }
                }
            }
        }
        table
    }

    fn said(&self) -> String {
        let p = &self.parameters;
        format!(
            "Disjoint subsets of n = {} training rows in the order of the files, at most {} of a set, {} f_{{0}} ~ GP(0, NNGP) on each; \
             ReLU, NTK, rows of scaling {}. Brackets: Student's 95 % intervals over subsets.",
            p.n, p.most, p.functions, p.scaling
        )
    }

    /// r of f₀ minus r of the labels, subset by subset, by every estimator. A star: the interval lies above 0, so f₀ is the smoother.
    pub fn difference_table(&self) -> Table {
        let columns = Estimator::ALL.map(|estimator| Column::mean_interval(short(estimator)));
        let table = Table::new(self.opening().into_iter().chain(columns))
            .caption(
                "How much smoother than the labels the initial function is: r of f_{0} minus r of the labels",
            )
            .label("tab:f0-minus-labels")
            .note(self.said());
        let labels =
            |target: ComparedTarget| target.encoding().is_some() || target == ComparedTarget::Permuted;
        self.tabulated(table, labels, |row| {
            Estimator::ALL.map(|e| mean_cell(row(e).and_then(|row| row.f0_minus_this).as_ref())).to_vec()
        })
    }

    /// The sets side by side, labels in one encoding under the first kernel: the paper's line and how far it lies above that of permuted
    /// labels, the recommended estimator's r, s = r/β and share of noise, f₀ by both, and the difference.
    pub fn summary_table(&self, encoding: LabelEncoding) -> Table {
        let recommended = SmoothnessResult::RECOMMENDED;
        let table = Table::new([
            Column::text("data"),
            Column::number("paper"),
            Column::mean_interval("line"),
            Column::mean_interval("above permuted labels"),
            Column::mean_interval("r"),
            Column::mean_interval("s"),
            Column::mean_interval("noise"),
            Column::mean_interval("line of f_{0}"),
            Column::mean_interval("r of f_{0}"),
            Column::mean_interval("r of f_{0} minus r"),
        ])
        .caption("The smoothness of the labels with intervals, and of the initial function on the same rows")
        .label("tab:how-sure")
        .note(format!(
            "Labels: {encoding}. Line: the paper's, i ≤ n/6; r, s and noise (its share of the target's mean square): the {recommended} \
             estimator. {}",
            self.said()
        ));
        let (Some(&depth), Some(&bias)) = (self.parameters.depths.first(), self.parameters.biases.first())
        else {
            return table;
        };
        let f0 = ComparedTarget::Function { function: 0 };
        self.parameters.sources.iter().fold(table, |table, &source| {
            let row = |target, estimator| self.row(source, depth, bias, target, estimator);
            let labels = |estimator| row(ComparedTarget::Labels(encoding), estimator);
            let (line, own) = (labels(Estimator::TailLine), labels(recommended));
            let cell = |row: Option<&ComparedRow>, of: fn(&ComparedRow) -> Option<MeanInterval>| {
                mean_cell(row.and_then(of).as_ref())
            };
            table.row([
                title(source).into(),
                Cell::known(paper_value(source), 2),
                cell(line, |row| row.r),
                cell(line, |row| row.above_permuted),
                cell(own, |row| row.r),
                cell(own, |row| row.s),
                cell(own, |row| row.noise_share),
                cell(row(f0, Estimator::TailLine), |row| row.r),
                cell(row(f0, recommended), |row| row.r),
                cell(own, |row| row.f0_minus_this),
            ])
        })
    }

    /// β, s = r/β by the recommended estimator, and the dimension d' of a sphere S^{d'} on which the kernel's eigenvalues would decay
    /// like i^{−β}, β = (d'+1)/d', and on which f₀ would have that s, s = 3/(d'+1) (paper 1, theorem 4.2): one number, if images were
    /// like a sphere.
    pub fn dimension_table(&self) -> Table {
        let recommended = SmoothnessResult::RECOMMENDED;
        let columns = [
            Column::mean_interval("beta"),
            Column::mean_interval("s"),
            Column::number("d' of beta"),
            Column::number("d' of s"),
        ];
        let table = Table::new(self.opening().into_iter().chain(columns))
            .caption("The dimension that the eigenvalues imply, and the one that f_{0} implies")
            .label("tab:implied-dimension")
            .note(format!("β by the soft tail's slope of κ, s by the {recommended} estimator; d' = 1/(β − 1) and 3/s − 1. {}", self.said()));
        let f0 = |target: ComparedTarget| target == ComparedTarget::ExpectedFunction || target.is_function();
        self.tabulated(table, f0, |row| {
            let (beta, s) =
                (row(Estimator::SoftTail).and_then(|row| row.beta), row(recommended).and_then(|row| row.s));
            let of_beta = beta.filter(|beta| beta.mean > 1.0).map(|beta| 1.0 / (beta.mean - 1.0));
            let of_s = s.filter(|s| s.mean > 0.0).map(|s| 3.0 / s.mean - 1.0);
            vec![
                mean_cell(beta.as_ref()),
                mean_cell(s.as_ref()),
                Cell::known(of_beta, 1),
                Cell::known(of_s, 1),
            ]
        })
    }

    /// r of every target by every estimator (those that warn of every permuted label are left out there) under the kernel of so many hidden layers, with or without a bias: a panel a set; means
    /// over subsets with their intervals.
    pub fn plot_of(&self, depth: usize, bias: bool) -> Figure {
        let targets = self.parameters.row_targets();
        let numbered =
            Estimator::ALL.into_iter().enumerate().map(|(at, e)| format!("{} {}", at + 1, short(e)));
        let estimators = format!("estimator: {}", numbered.collect::<Vec<_>>().join(", "));
        let panels = self.parameters.sources.iter().map(|&source| {
            let mut panel = Panel::new(title(source))
                .x(Axis::linear(&estimators).limits(0.4, 5.6).ticks((1..=5).map(f64::from)))
                .y(Axis::linear("r").limits(-0.05, 1.3));
            for (place, &target) in targets.iter().enumerate() {
                let rows = Estimator::ALL.into_iter().enumerate().filter_map(|(at, estimator)| {
                    let row = self.row(source, depth, bias, target, estimator)?;
                    // An exponent of labels without structure, which its estimator never believes, would only be in the way.
                    let believed = target != ComparedTarget::Permuted || row.warned < row.estimates;
                    let r = row.r.filter(|_| believed)?;
                    Some([at as f64 + 1.0, r.mean, r.low, r.high])
                });
                let rows: Vec<[f64; 4]> = rows.collect();
                let column = |at: usize| rows.iter().map(move |row| row[at]).collect::<Vec<f64>>();
                let is_f0 = target.is_function() || target == ComparedTarget::ExpectedFunction;
                let shape = if is_f0 { Shape::Square } else { Shape::Circle };
                let series = Series::points(target_name(target), column(0), column(1))
                    .error_bars(column(2), column(3))
                    .shape(shape)
                    .colour(place)
                    .beside(place, targets.len());
                panel = panel.series(series);
            }
            panel = panel.series(Series::horizontal("", 0.0).colour(Colour::Grey).dash(Dash::Dotted));
            panel.legend(Legend::Off)
        });
        let mut panels: Vec<Panel> = panels.collect();
        if let Some(first) = panels.first_mut() {
            first.legend = Legend::Best;
        }
        Figure::grid(panels, 1).share_x().share_y().aspect(1.0).caption(format!(
            "The exponent r of labels and of the initial function f_{{0}} by five estimators, {depth} hidden layer{}, {} bias, n = {}: \
             means over disjoint subsets of rows; bars: Student's 95 % intervals of the mean over subsets.",
            if depth == 1 { "" } else { "s" },
            if bias { "with a" } else { "without a" },
            self.parameters.n
        ))
    }
}

impl Report for LabelsAgainstF0Result {
    const NAME: &'static str = "labels-against-f0";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let manifest = with_architecture(manifest, self.parameters.filters.is_some());
        self.parameters.sources.iter().fold(manifest, |manifest, source| with_published(manifest, *source))
    }

    fn table(&self) -> Table {
        let columns = Estimator::ALL.map(|estimator| Column::mean_interval(short(estimator)));
        let recommended = SmoothnessResult::RECOMMENDED;
        let table = Table::new(
            self.opening()
                .into_iter()
                .chain(columns)
                .chain([Column::mean_interval("noise"), Column::text("warned")]),
        )
        .caption("r of the labels and of the initial function on the same rows, by every estimator")
        .label("tab:labels-against-f0")
        .note(format!("Share of noise and warnings: of the {recommended} estimator. {}", self.said()));
        self.tabulated(
            table,
            |_| true,
            |row| {
                let mut cells: Vec<Cell> =
                    Estimator::ALL.map(|e| mean_cell(row(e).and_then(|row| row.r).as_ref())).to_vec();
                let own = row(recommended);
                cells.push(mean_cell(own.as_ref().and_then(|row| row.noise_share).as_ref()));
                cells.push(
                    own.map_or(Cell::Absent, |row| {
                        Cell::text(format!("{} of {}", row.warned, row.estimates))
                    }),
                );
                cells
            },
        )
    }

    fn parts(&self) -> Parts {
        let (depth, bias) = (self.parameters.depths.first(), self.parameters.biases.first());
        let figure = depth.zip(bias).map(|(depth, bias)| Ok(self.plot_of(*depth, *bias)));
        let parts = Parts::default().frame("", self.frame());
        // A result of before there were curves has none.
        let parts = if self.curves.is_empty() { parts } else { parts.frame("-errors", self.error_frame()) };
        parts
            .table("-table", self.table())
            .table("-difference", self.difference_table())
            .table("-dimension", self.dimension_table())
            .figure("-r", figure)
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
