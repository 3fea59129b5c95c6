//! The dispersion of the kernel at initialisation: phase planes, table, manifest.

use serde_json::{Value, json};

use super::dispersion_curves::RATIO;
use super::labels::{self, HIDDEN_LAYERS, SIGMA_B2, SIGMA_W2};
use super::plane::Plane;
use super::{Cell, Column, Dash, Digits, Figure, HeatMap, Panel, Parts, Reference, Report, Series, Table};
use crate::error::Result;
use crate::experiment::{DispersionPoint, DispersionResult};
use crate::origin::Origins;

/// "M = 64, σ_b² = 1", subscripts set.
fn place(width: usize, sigma_b2: f64) -> String {
    format!("M = {width}, {}", labels::sigma_b2(sigma_b2))
}

impl DispersionResult {
    /// Whether this shard of the grid has points there.
    fn has(&self, width: usize, sigma_b2: f64) -> bool {
        self.points.iter().any(|p| p.width == width && p.sigma_b2 == sigma_b2)
    }

    /// The ratio over (σ_w², depth) for one width and σ_b² (paper 2, Figs 1 and 7): colours from 2⁰ to 2⁷, the edge of chaos
    /// of mean-field theory dashed where there is one.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) where the grid is not whole (a shard of it).
    pub fn phase_plane_panel(&self, width: usize, sigma_b2: f64) -> Result<Panel> {
        let p = &self.parameters;
        let depths: Vec<f64> = p.depths.iter().map(|depth| *depth as f64).collect();
        let own = |p: &&DispersionPoint| p.width == width && p.sigma_b2 == sigma_b2;
        let own: Vec<&DispersionPoint> = self.points.iter().filter(own).collect();
        let plane = Plane::of((SIGMA_W2, &p.sigma_w2), (HIDDEN_LAYERS, &depths), |sigma_w2, depth| {
            let point = own.iter().find(|p| p.depth as f64 == depth && p.sigma_w2 == sigma_w2);
            point.map(|p| Some(p.ratio).filter(|ratio| ratio.is_finite()))
        });
        let what = format!(
            "the grid at M = {width}, σ_b² = {sigma_b2} (a shard? run the whole grid from the same store)"
        );
        let look = |heat: HeatMap| heat.without("not finite").label(RATIO).log2().limits(1.0, 128.0);
        let panel = plane.panel(place(width, sigma_b2), &what, look)?;
        Ok(panel.edge_line(&self.edge(), sigma_b2, &p.sigma_w2, |at| {
            Series::vertical("", at).dash(Dash::Dashed).size(1.0)
        }))
    }

    /// [`DispersionResult::phase_plane_panel`] for every width and σ_b², two in a row.
    ///
    /// # Errors
    /// As [`DispersionResult::phase_plane_panel`].
    pub fn phase_plane_plot(&self) -> Result<Figure> {
        let p = &self.parameters;
        let mut panels = Vec::new();
        for &sigma_b2 in &p.sigma_b2 {
            for &width in &p.widths {
                if self.has(width, sigma_b2) {
                    panels.push(self.phase_plane_panel(width, sigma_b2)?);
                }
            }
        }
        let columns = panels.len().clamp(1, 2);
        // One name for the bars of a row, at its end.
        let last = panels.len().saturating_sub(1);
        for (place, panel) in panels.iter_mut().enumerate() {
            if let Some(heat) = panel.heat.as_mut().filter(|_| place % columns + 1 < columns && place < last)
            {
                heat.label.clear();
            }
        }
        let edge =
            if panels.iter().any(|panel| !panel.series.is_empty()) { "; dashed: χ_{1} = 1" } else { "" };
        let title = format!("{}, {} initialisations a cell{edge}", p.activation, p.initialisations);
        Ok(Figure::grid(panels, columns).share_x().share_y().title(title))
    }

    fn note(&self) -> String {
        let p = &self.parameters;
        let kernel = p.cosine.map_or("Θ(x,x)".into(), |cosine| format!("Θ(x,x'), cosine {cosine}"));
        format!(
            "{}, {kernel}, {} initialisations a point, ‖x‖ = {}, {} output{}, biases {}. Brackets: {} % intervals of the \
             ratio (jackknife); z: (mean − exact mean) over the exact standard error. A star: {} initialisations cannot see \
             the tail that E[Θ^{{2}}] lives on, the sampled ratio is then too low more often than not.",
            p.activation,
            p.initialisations,
            p.input_norm,
            p.outputs,
            if p.outputs == 1 { "" } else { "s" },
            if p.trained_biases { "trained" } else { "not trained" },
            100.0 * p.level,
            p.initialisations,
        )
    }
}

impl Report for DispersionResult {
    const NAME: &'static str = "dispersion";
    const CITES: &'static [Reference] = &[Reference::SeleznovaKutyniok2021];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let columns = ["M", SIGMA_W2, SIGMA_B2, "H"].map(Column::number).into_iter();
        let columns = columns.chain([Column::flagged("ratio"), Column::interval("interval")]);
        let more = ["exact ratio", "mean", "exact mean", "z"].map(Column::number);
        let table = Table::new(columns.chain(more))
            .caption("Dispersion of the kernel at initialisation")
            .label("tab:dispersion")
            .note(self.note());
        self.points.iter().fold(table, |table, p| {
            table.row([
                Cell::count(p.width),
                Cell::parameter(p.sigma_w2),
                Cell::parameter(p.sigma_b2),
                Cell::count(p.depth),
                Cell::flagged(p.ratio, 3, p.tail_unseen),
                Cell::interval(p.interval, Digits::Decimals(3)),
                Cell::known(p.exact_ratio, 3),
                Cell::scientific(p.mean, 5),
                p.exact_mean.map(|mean| Cell::scientific(mean, 5)).into(),
                Cell::known(p.z, 2),
            ])
        })
    }

    fn parts(&self) -> Parts {
        let p = &self.parameters;
        let (deep, whole) = (p.depths.len() > 1, self.missing() == 0);
        Parts::default()
            .frame("", self.frame())
            .table("-table", self.table())
            .figure("-depth", deep.then(|| Ok(self.depth_plot())))
            .figure("-lambda", deep.then(|| Ok(self.lambda_plot())))
            .figure("-plane", (deep && whole && p.sigma_w2.len() > 1).then(|| self.phase_plane_plot()))
    }

    /// `points`, `tail_unseen` (how many of them have a tail that the sample cannot see), and the `edge` of chaos at every
    /// σ_b² that has one.
    fn result(&self) -> Result<Value> {
        Ok(json!({"points": self.points, "tail_unseen": self.unseen(), "edge": self.edge()}))
    }

    fn missing_cells(&self) -> usize {
        self.missing()
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}
