//! Planes: a heat map over two lists of parameters.

use ndarray::Array2;

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::{Axis, Colour, Dash, HeatMap, Panel, Series, Shape};
use crate::error::{Error, Result};
use crate::kernel::EdgePoint;

/// One side of a plane: its label and its values, ascending.
pub(super) type Side<'a> = (&'a str, &'a [f64]);

/// The values of a plane, row by row of y.
pub(super) struct Plane<'a> {
    x: Side<'a>,
    y: Side<'a>,
    /// None where there is no such place (a shard); no number inside where the place has none to show.
    values: Vec<Option<Option<f64>>>,
}

impl<'a> Plane<'a> {
    /// `value` of every place (x, y).
    pub(super) fn of(
        x: Side<'a>,
        y: Side<'a>,
        mut value: impl FnMut(f64, f64) -> Option<Option<f64>>,
    ) -> Self {
        let mut values = Vec::with_capacity(x.1.len() * y.1.len());
        for &at_y in y.1 {
            values.extend(x.1.iter().map(|&at_x| value(at_x, at_y)));
        }
        Plane { x, y, values }
    }

    /// The same over σ_w² and σ_b².
    pub(super) fn of_sigmas(
        sigma_w2: &'a [f64],
        sigma_b2: &'a [f64],
        value: impl FnMut(f64, f64) -> Option<Option<f64>>,
    ) -> Self {
        Plane::of((SIGMA_W2, sigma_w2), (SIGMA_B2, sigma_b2), value)
    }

    /// The panel; `look` gives the heat map its scale and colours, `what` names the plane in the error.
    ///
    /// # Errors
    /// [`Error::Shape`] where places are missing.
    pub(super) fn panel(
        &self,
        title: impl Into<String>,
        what: &str,
        look: impl FnOnce(HeatMap) -> HeatMap,
    ) -> Result<Panel> {
        let (x, y) = (self.x.1, self.y.1);
        let values: Vec<Option<f64>> = self.values.iter().copied().flatten().collect();
        let found = values.len();
        let values = Array2::from_shape_vec((y.len(), x.len()), values)
            .map_err(|_| Error::shape(what, format!("{} cells", x.len() * y.len()), found))?;
        let heat = look(HeatMap::with_gaps(x, y, values.view())?);
        Ok(Panel::new(title).x(Axis::linear(self.x.0)).y(Axis::linear(self.y.0)).heat(heat))
    }
}

impl Panel {
    /// With the edge of chaos dashed in a plane of (σ_w², σ_b²), where it has more than one point.
    pub(super) fn edge_curve(self, edge: &[EdgePoint]) -> Panel {
        if edge.len() < 2 {
            return self;
        }
        let (x, y) = (edge.iter().map(|e| e.sigma_w2), edge.iter().map(|e| e.sigma_b2));
        self.series(Series::line("χ_{1} = 1", x, y).colour(Colour::Ink).dash(Dash::Dashed))
    }

    /// With the σ_w² of the edge at one σ_b² as an upright line, where it lies between the first and the last of these values.
    pub(super) fn edge_line(
        self,
        edge: &[EdgePoint],
        sigma_b2: f64,
        sigma_w2: &[f64],
        look: impl Fn(f64) -> Series,
    ) -> Panel {
        let within = |at: &EdgePoint| (sigma_w2[0]..=sigma_w2[sigma_w2.len() - 1]).contains(&at.sigma_w2);
        let own = edge.iter().filter(|at| at.sigma_b2 == sigma_b2 && within(at));
        own.fold(self, |panel, at| panel.series(look(at.sigma_w2)))
    }

    /// With small crosses at these places, where there are some.
    pub(super) fn crosses(self, label: &str, places: &[(f64, f64)]) -> Panel {
        if places.is_empty() {
            return self;
        }
        let (x, y) = (places.iter().map(|p| p.0), places.iter().map(|p| p.1));
        self.series(Series::points(label, x, y).colour(Colour::Ink).shape(Shape::Cross).size(0.5))
    }
}
