//! Table 1 and its figures.

use serde_json::{Map, Value, json};

use super::json_file::{JsonFile, json_of};
use super::labels::sigmas;
use super::smoothness::with_origin;
use super::{Cell, Column, Figure, Manifest, Parts, Reference, Report, Table};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{Draw, OverDraws, SmoothnessTable, SmoothnessTableResult};
use crate::kernel::{Kernel, KernelKind, Parametrisation};
use crate::origin::Origins;
use crate::regression::{MeanInterval, MeanSd, Window};

/// Columns of [`exponent_cells`].
pub(super) fn exponent_columns() -> [Column; 4] {
    let [r, beta, s] = ["r", "β", "s = r/β"].map(Column::uncertain);
    [r, beta, s, Column::interval("null of r")]
}

/// r, β and s with their spread, and 5 % to 95 % of the null.
pub(super) fn exponent_cells(over: &OverDraws) -> [Cell; 4] {
    let cell = |value: MeanSd| Cell::uncertain_fixed(value.mean, value.sd, 3);
    let null = Cell::Range { low: over.null_q05, high: over.null_q95, decimals: 3 };
    [cell(over.r), cell(over.beta), cell(over.s), null]
}

/// The column of [`mean_cell`].
pub(super) fn mean_column() -> Column {
    Column::interval("mean r, 95 %")
}

/// Student's interval of the mean r over draws that share no row.
pub(super) fn mean_cell(over: &OverDraws, disjoint: bool) -> Cell {
    match over.r_interval() {
        Ok(MeanInterval { low, high, .. }) if disjoint => Cell::Range { low, high, decimals: 3 },
        _ => Cell::Absent,
    }
}

/// "NTK of 1 hidden layer (relu)" and what else the kernel has.
pub(super) fn kernel_name(kernel: &Kernel) -> String {
    let kind = match kernel.kind {
        KernelKind::Ntk => "NTK",
        KernelKind::Nngp => "NNGP kernel",
    };
    let layers = if kernel.hidden_layers == 1 { "layer" } else { "layers" };
    let more = match &kernel.parametrisation {
        Parametrisation::FirstLayerBias { bias: false } => String::new(),
        Parametrisation::FirstLayerBias { bias: true } => ", bias in the first".into(),
        Parametrisation::EveryLayer { sigma_w2, sigma_b2 }
        | Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => {
            format!(", {}", sigmas(*sigma_w2, *sigma_b2))
        }
    };
    let of = match kernel.convolution {
        Some(convolution) => format!("convolutional {layers}, {convolution}"),
        None => format!("hidden {layers}"),
    };
    format!("{kind} of {} {of} ({}{more})", kernel.hidden_layers, kernel.activation)
}

/// A data set's name in print.
pub(super) fn title(source: Source) -> &'static str {
    match source {
        Source::Mnist => "MNIST",
        Source::FashionMnist => "Fashion-MNIST",
        Source::Cifar10 => "CIFAR-10",
    }
}

/// "20" where all are, else "20, 16, 20".
pub(super) fn counts_text(counts: impl Iterator<Item = usize>) -> String {
    let mut each: Vec<String> = counts.map(|count| count.to_string()).collect();
    if each.iter().all(|count| *count == each[0]) {
        each.truncate(1);
    }
    each.join(", ")
}

impl SmoothnessTableResult {
    /// "20, 16, 20 draws of rows that share none".
    pub(super) fn draws_text(&self) -> String {
        let of = counts_text(self.rows.iter().map(|row| row.exponents.r.count));
        let share = if self.rows.iter().all(|row| self.parameters.disjoint(row.source)) {
            " that share none"
        } else {
            ""
        };
        format!("{of} draws of rows{share}")
    }

    /// What ± and the columns are, for the note under a table.
    fn note(&self) -> String {
        let p = &self.parameters;
        let warnings: String = self.warnings().iter().map(|w| format!(" Warning: {w}.")).collect();
        format!(
            "n = {}, window {}, scaling {}, {} labels; ± is the standard deviation of one draw, over {}; \
             the interval of the mean is Student's. The null is \
             −slope of permuted labels, 5–95 % of {} permutations a draw. The paper is Chen, Li and Lin (2024), Table \
             1.{warnings}",
            p.n,
            p.smoothness.window,
            p.scaling,
            p.target,
            self.draws_text(),
            p.smoothness.permutations
        )
    }

    fn sensitivity_note(&self) -> String {
        let p = &self.parameters;
        let refused: Vec<String> = self
            .refused
            .iter()
            .map(|r| format!(" {}, window {}: {}.", title(r.source), r.window, r.reason))
            .collect();
        format!(
            "n = {}, {} rows, {} labels; ± is the standard deviation of one draw, over {}. The null is −slope of \
             permuted labels, 5–95 %.{}",
            p.n,
            p.scaling,
            p.target,
            self.draws_text(),
            refused.concat()
        )
    }

    /// r, β and s in every window: how far the number is the window's.
    pub fn sensitivity_table(&self) -> Table {
        let words = ["data", "window"].map(Column::text);
        let table = Table::new(words.into_iter().chain(exponent_columns()))
            .caption(format!(
                "The exponents window by window, under the {}",
                kernel_name(&self.parameters.smoothness.kernel)
            ))
            .label("tab:sensitivity")
            .note(self.sensitivity_note());
        self.sensitivity.iter().fold(table, |table, row| {
            let names = [title(row.source).into(), row.window.to_string().into()];
            table.row(names.into_iter().chain(exponent_cells(&row.exponents)))
        })
    }

    /// The decay plots of the first draw of each data set, side by side (paper 1, Figs 2–4).
    ///
    /// # Errors
    /// As [`SmoothnessResult::decay_panel`](crate::smoothness::SmoothnessResult::decay_panel).
    pub fn decay_plot(&self) -> Result<Figure> {
        let panels = self
            .draws
            .iter()
            .filter(|draw| draw.draw == 0)
            .map(|draw| draw.result.decay_panel(title(draw.source)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Figure::row(panels).share_y().caption(self.decay_caption(None)))
    }

    /// The same plots with the lines fitted in another window; nothing is decomposed again.
    ///
    /// # Errors
    /// As [`SmoothnessResult::refit`](crate::smoothness::SmoothnessResult::refit).
    pub fn decay_plot_in(&self, window: Window) -> Result<Figure> {
        let panels = self
            .draws
            .iter()
            .filter(|draw| draw.draw == 0)
            .map(|draw| draw.result.refit(window, draw.result.fit.spacing)?.decay_panel(title(draw.source)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Figure::row(panels).share_y().caption(self.decay_caption(Some(window))))
    }

    /// What the decay plots show; `window` instead of each result's own.
    pub(super) fn decay_caption(&self, window: Option<Window>) -> String {
        let first = self.draws.iter().find(|draw| draw.draw == 0);
        let of = |draw: &Draw| match window {
            Some(window) => format!("{} Fitted again in {window}.", draw.result.decay_caption()),
            None => draw.result.decay_caption(),
        };
        format!(
            "{} The first of {} draws of rows of each set.",
            first.map_or(String::new(), of),
            self.parameters.draws
        )
    }
}

impl Report for SmoothnessTableResult {
    const NAME: &'static str = "table";
    const FILES: &'static str = "smoothness-table";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    // The draws are large: only the parameters are written.
    fn parameters(&self) -> Result<Value> {
        json_of(&self.parameters)
    }

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        let first = self.draws.iter().filter(|draw| draw.draw == 0);
        first.fold(manifest, |manifest, draw| with_origin(manifest, &draw.result.curves.origin))
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let columns = [Column::text("data")].into_iter().chain(exponent_columns());
        let table = Table::new(
            columns.chain([mean_column()]).chain(["r in the paper", "3/(d+1)"].map(Column::number)),
        )
        .caption(format!("Smoothness of the labels under the {}", kernel_name(&p.smoothness.kernel)))
        .label("tab:smoothness")
        .note(self.note());
        // The paper's numbers are for its own kernel, n and target, in the window that gives them; where rows are scaled
        // alike, its kernel does not see the scale.
        let paper = SmoothnessTable::default();
        let comparable = p.smoothness.kernel == paper.smoothness.kernel
            && (p.n, p.target, p.smoothness.window) == (paper.n, paper.target, paper.smoothness.window);
        self.rows.iter().fold(table, |table, row| {
            let paper = row.paper.filter(|_| comparable).map_or(Cell::Absent, |value| Cell::number(value, 2));
            let theory = Cell::number(row.initial_function, 5);
            let cells = [title(row.source).into()].into_iter().chain(exponent_cells(&row.exponents));
            let mean = mean_cell(&row.exponents, p.disjoint(row.source));
            table.row(cells.chain([mean, paper, theory]))
        })
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("draws", self.frame())
            .table("smoothness-table", self.table())
            .table("window-sensitivity-table", self.sensitivity_table())
            .figure("decay", self.decay_plot())
            .figure("window-sensitivity", self.sensitivity_plot())
            .figure("window-sensitivity-beta", self.beta_sensitivity_plot())
    }

    fn headline(&self) -> Vec<Table> {
        vec![self.table(), self.sensitivity_table()]
    }

    /// `rows` and `sensitivity` (a row a data set, and a window), `refused` windows, r, β and s of the `draws`, `warnings`.
    fn result(&self) -> Result<Value> {
        let draw = |d: &Draw| {
            let (r, beta, s) = (d.result.r(), d.result.beta(), d.result.s());
            json!({"source": d.source, "draw": d.draw, "r": r, "beta": beta, "s": s})
        };
        Ok(json!({
            "rows": self.rows,
            "sensitivity": self.sensitivity,
            "warnings": self.warnings(),
            "refused": self.refused,
            "draws": self.draws.iter().map(draw).collect::<Vec<_>>(),
        }))
    }

    /// Its JSON leaves out what it would be made of.
    fn restore(_: Map<String, Value>, file: &JsonFile) -> Result<Self> {
        Err(file.unreadable("the curves of the draws"))
    }
}
