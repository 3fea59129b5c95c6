//! The dispersion of the kernel at initialisation: phase planes, table, manifest.

use serde_json::{Value, json};

use super::dispersion_curves::RATIO;
use super::labels::{self, HIDDEN_LAYERS, SIGMA_B2, SIGMA_W2};
use super::plane::Plane;
use super::{
    Cell, Colour, Column, Dash, Digits, Figure, HeatMap, Mark, Panel, Parts, Reference, Report, Series,
    Shape, Table,
};
use crate::error::Result;
use crate::experiment::{DispersionPoint, DispersionResult};
use crate::origin::Origins;

/// "M = 64, σ_b² = 1", subscripts set.
fn place(width: usize, sigma_b2: f64) -> String {
    format!("M = {width}, {}", labels::sigma_b2(sigma_b2))
}

/// From this ratio on cells are so bright that dots on them are dark.
const BRIGHT: f64 = 20.0;

/// What a title says of lines and dots.
pub(super) fn said(panels: &[Panel]) -> String {
    let any = |mark: Mark| panels.iter().flat_map(|panel| &panel.series).any(|series| series.mark == mark);
    let edge = if any(Mark::Vertical) { "; dashed: χ_{1} = 1" } else { "" };
    let unseen = if any(Mark::Points) { "; dots: tail unseen" } else { "" };
    format!("{edge}{unseen}")
}

impl DispersionResult {
    /// Whether this shard of the grid has points there.
    fn has(&self, width: usize, sigma_b2: f64) -> bool {
        self.points.iter().any(|p| p.width == width && p.sigma_b2 == sigma_b2)
    }

    /// The ratio over (σ_w², depth) for one width and σ_b² (paper 2, Figs 1 and 7): colours from 2⁰ to 2⁷, the edge of chaos
    /// of mean-field theory dashed where there is one, dots on cells whose tail the sample cannot see.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) where the grid is not whole (a shard of it).
    pub fn phase_plane_panel(&self, width: usize, sigma_b2: f64) -> Result<Panel> {
        let panel = self.plane_of(width, sigma_b2, place(width, sigma_b2), |p| Some(p.ratio))?;
        Ok(self.marked_unseen(panel, width, sigma_b2))
    }

    /// The exact ratio over (σ_w², depth) instead of the sampled one, nothing sampled (ReLU); none where a cell has no exact ratio.
    ///
    /// # Errors
    /// As [`DispersionResult::phase_plane_panel`].
    pub fn exact_plane_panel(&self, width: usize, sigma_b2: f64) -> Result<Option<Panel>> {
        let own = |p: &&DispersionPoint| p.width == width && p.sigma_b2 == sigma_b2;
        if self.points.iter().filter(own).any(|p| p.exact_ratio.is_none()) {
            return Ok(None);
        }
        self.plane_of(width, sigma_b2, place(width, sigma_b2), |p| p.exact_ratio).map(Some)
    }

    /// Dots on the cells whose tail the sample cannot see, light ones on dark cells.
    fn marked_unseen(&self, mut panel: Panel, width: usize, sigma_b2: f64) -> Panel {
        for (colour, light) in [(Colour::Rgb { red: 255, green: 255, blue: 255 }, true), (Colour::Ink, false)]
        {
            let own = self.points.iter().filter(|p| p.width == width && p.sigma_b2 == sigma_b2);
            let own = own.filter(|p| p.tail_unseen && p.ratio.is_finite() && (p.ratio < BRIGHT) == light);
            let places: Vec<(f64, f64)> = own.map(|p| (p.sigma_w2, p.depth as f64)).collect();
            if !places.is_empty() {
                let (x, y): (Vec<f64>, Vec<f64>) = places.into_iter().unzip();
                panel = panel.series(Series::points("", x, y).colour(colour).shape(Shape::Circle).size(0.4));
            }
        }
        panel
    }

    /// A heat map of `value`; the plane of one width and σ_b².
    fn plane_of(
        &self,
        width: usize,
        sigma_b2: f64,
        title: String,
        value: impl Fn(&DispersionPoint) -> Option<f64>,
    ) -> Result<Panel> {
        let p = &self.parameters;
        let depths: Vec<f64> = p.depths.iter().map(|depth| *depth as f64).collect();
        let own = |p: &&DispersionPoint| p.width == width && p.sigma_b2 == sigma_b2;
        let own: Vec<&DispersionPoint> = self.points.iter().filter(own).collect();
        let plane = Plane::of((SIGMA_W2, &p.sigma_w2), (HIDDEN_LAYERS, &depths), |sigma_w2, depth| {
            let point = own.iter().find(|p| p.depth as f64 == depth && p.sigma_w2 == sigma_w2);
            point.map(|p| value(p).filter(|ratio| ratio.is_finite()))
        });
        let what = format!(
            "the grid at M = {width}, σ_b² = {sigma_b2} (a shard? run the whole grid from the same store)"
        );
        let look = |heat: HeatMap| heat.without("not finite").label(RATIO).log2().limits(1.0, 128.0);
        let panel = plane.panel(title, &what, look)?;
        Ok(panel.edge_line(&self.edge(), sigma_b2, &p.sigma_w2, |at| {
            Series::vertical("", at).dash(Dash::Dashed).size(1.0)
        }))
    }

    /// [`DispersionResult::phase_plane_panel`] for every width and σ_b², two in a row, three where there are three; one colour bar.
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
        let columns = if panels.len() == 3 { 3 } else { panels.len().clamp(1, 2) };
        let title =
            format!("{}, {} initialisations a cell{}", p.activation, p.initialisations, said(&panels));
        let figure = Figure::grid(panels, columns).share_x().share_y().share_colours().title(title);
        Ok(figure.caption(self.plane_caption()))
    }

    /// What a plane shows, for its caption.
    pub(super) fn plane_caption(&self) -> String {
        let p = &self.parameters;
        let unseen = match self.unseen() {
            0 => String::new(),
            count => format!(
                " Dots: {count} of {} cells, whose tail {} initialisations cannot see (one network alone holds more than a quarter of \
                 Σ Θ^{{2}}, or a log-normal Θ of that ratio would leave E[Θ^{{2}}] uncertain by more than a quarter): their colour is a \
                 property of the sample.",
                self.points.len(),
                p.initialisations
            ),
        };
        format!(
            "Dispersion E[Θ^{{2}}]/E[Θ]^{{2}} of the kernel Θ(x,x) of random {} networks over {SIGMA_W2} and the hidden layers, {} \
             independent initialisations a cell. Dashed: the edge of chaos, χ_{{1}} = 1.{unseen}",
            p.activation, p.initialisations
        )
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
