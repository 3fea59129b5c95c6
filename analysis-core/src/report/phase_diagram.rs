//! Phase diagrams: figure, table, manifest.

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::plane::Plane;
use super::{Cell, ColourMap, Column, Figure, HeatMap, Parts, Reference, Report, Table};
use crate::error::Result;
use crate::experiment::PhaseDiagramResult;
use crate::origin::Origins;

/// Points of a grid that a terminal shows at most, and values of each of two long lists.
const SHOWN: usize = 40;
const EACH: usize = 6;

/// At most so many values of a list, evenly chosen, the first and the last among them.
fn spread(values: &[f64], most: usize) -> Vec<f64> {
    if values.len() <= most {
        return values.to_vec();
    }
    let last = values.len() - 1;
    (0..most).map(|k| values[(k * last + (most - 1) / 2) / (most - 1)]).collect()
}

impl PhaseDiagramResult {
    /// χ₁ over (σ_w², σ_b²), blue where ordered, red where chaotic, the edge dashed, a cross where it grows without bound. For
    /// grids of several values each way.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) where points are missing.
    pub fn plot(&self) -> Result<Figure> {
        let p = &self.parameters;
        // Symmetric about 1, so that white is the edge.
        let known = self.points.iter().filter_map(|p| p.fixed_point.chi1).filter(|chi| chi.is_finite());
        let reach = known.fold(1e-3f64, |reach, chi| reach.max((chi - 1.0).abs()));
        let mut points = self.points.iter();
        let plane = Plane::of_sigmas(&p.sigma_w2, &p.sigma_b2, |_, _| {
            points.next().map(|p| p.fixed_point.chi1.filter(|chi| chi.is_finite()))
        });
        let look = |heat: HeatMap| {
            let heat = heat.without("χ_{1} grows without bound").label("χ_{1}").colours(ColourMap::BlueRed);
            heat.limits(1.0 - reach, 1.0 + reach)
        };
        let panel = plane.panel(p.activation.to_string(), "the points of a phase diagram", look)?;
        Ok(Figure::single(panel.edge_curve(&self.edge)).caption(format!(
            "χ_{{1}} of {} networks of infinite width over (σ_{{w}}^{{2}}, σ_{{b}}^{{2}}): below 1 ordered, above 1 chaotic; dashed: the edge of \
             chaos. Computed from the fixed point of mean-field theory, nothing is sampled.",
            p.activation
        )))
    }

    /// The edge of chaos, σ_w² at every σ_b²; nothing where there is none.
    pub fn edge_table(&self) -> Table {
        let table = Table::new([SIGMA_B2, "σ_{w}^{2} of the edge"].map(Column::number))
            .caption(format!("Edge of chaos of {} networks", self.parameters.activation))
            .label("tab:edge");
        let all = &self.parameters.sigma_b2;
        let table = match all.iter().all(|b| self.edge.iter().any(|e| e.sigma_b2 == *b)) {
            true => table,
            false => table.note("–: χ_{1} crosses 1 at no fixed point."),
        };
        let sigma_w2 = |sigma_b2: f64| {
            let found = self.edge.iter().find(|e| e.sigma_b2 == sigma_b2);
            found.map_or(Cell::Absent, |e| Cell::number(e.sigma_w2, 4))
        };
        let list = &self.parameters.sigma_b2;
        list.iter().fold(table, |table, b| table.row([Cell::parameter(*b), sigma_w2(*b)]))
    }
}

impl Report for PhaseDiagramResult {
    const NAME: &'static str = "phase";
    const FILES: &'static str = "phases";
    const CITES: &'static [Reference] = &[Reference::SeleznovaKutyniok2021];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn table(&self) -> Table {
        let columns = [SIGMA_W2, SIGMA_B2, "q*", "χ_{1}", "c*", "ξ_{c}", "ξ_{q}"].map(Column::number);
        let table = Table::new(columns.into_iter().chain([Column::text("phase")]))
            .caption(format!("Mean-field phases of {} networks", self.parameters.activation))
            .label("tab:phases")
            .note("q*: variance of pre-activations (none: grows without bound, as χ_{1} then may); c*: correlation that all pairs of inputs tend to (none: correlations stay where they began, or the series did not converge); ξ: depth scales in layers (none: slower than exponential, or unknown with c*).");
        let known = |value: Option<f64>| Cell::known(value, 4);
        self.points.iter().fold(table, |table, point| {
            let f = &point.fixed_point;
            table.row([
                Cell::parameter(point.sigma_w2),
                Cell::parameter(point.sigma_b2),
                known(f.variance),
                known(f.chi1),
                known(f.correlation),
                known(f.correlation_length),
                known(f.variance_length),
                f.phase.to_string().into(),
            ])
        })
    }

    fn parts(&self) -> Parts {
        let plane = self.parameters.sigma_w2.len() > 1 && self.parameters.sigma_b2.len() > 1;
        Parts::default()
            .frame("", self.frame())
            .table("-table", self.table())
            .table("edge-table", self.edge_table())
            .figure("", plane.then(|| self.plot()))
    }

    fn headline(&self) -> Vec<Table> {
        vec![self.table(), self.edge_table()]
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }

    /// Of a large grid, σ_w² and σ_b² evenly chosen with the first and the last of each: one row in so many would meet the same
    /// few σ_w² again and again.
    fn summary(&self) -> Result<String> {
        let p = &self.parameters;
        let most = |other: &[f64]| SHOWN / other.len().clamp(1, EACH);
        let w = spread(&p.sigma_w2, most(&p.sigma_b2));
        let b = spread(&p.sigma_b2, most(&p.sigma_w2));
        let points = self.points.iter().filter(|f| w.contains(&f.sigma_w2) && b.contains(&f.sigma_b2));
        let shown = PhaseDiagramResult { points: points.cloned().collect(), ..self.clone() };
        let mut table = shown.table();
        if shown.points.len() < self.points.len() {
            let (shown, all) = (shown.points.len(), self.points.len());
            table.note = format!(
                "{shown} of {all} points, evenly over the grid; an export has them all. {}",
                table.note
            );
        }
        Ok([table.text()?, self.edge_table().text()?].join("\n"))
    }
}
