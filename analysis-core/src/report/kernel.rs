//! Kernels, drawn: the profile κ(u), and a Gram matrix as a heat map.

use super::axis::Axis;
use super::figure::{Figure, Panel};
use super::raster::HeatMap;
use super::series::{Dash, Series};
use crate::error::{Error, Result};
use crate::kernel::{Gram, Profile};
use ndarray::ArrayView1;

/// Points of a drawn profile, equally spaced in the angle: 1° apart.
const POINTS: usize = 181;

impl Profile {
    /// κ(u) as a line, to be drawn with others.
    ///
    /// # Errors
    /// As [`Profile::curve`].
    pub fn series(&self, label: &str) -> Result<Series> {
        let (u, value) = self.points()?;
        Ok(Series::line(label, u, value))
    }

    /// κ(u)/κ(1) as a line: kernels of different depth have different κ(1) (L + 1 for the ReLU NTK), and this compares
    /// their shapes.
    ///
    /// # Errors
    /// As [`Profile::curve`].
    pub fn relative_series(&self, label: &str) -> Result<Series> {
        let (u, value) = self.points()?;
        let one = self.evaluate(1.0)?;
        Ok(Series::line(label, u, value.iter().map(|v| v / one)))
    }

    /// κ(u) for −1 ≤ u ≤ 1.
    ///
    /// # Errors
    /// As [`Profile::curve`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Kernel;
    /// use analysis_core::report::Style;
    /// let figure = Kernel::default().profile()?.plot()?;
    /// assert!(figure.svg(&Style::neurips())?.starts_with("<svg"));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn plot(&self) -> Result<Figure> {
        let panel = Panel::new("").x(Axis::linear("u").limits(-1.0, 1.0)).y(Axis::linear("κ(u)"));
        let figure = Figure::single(panel.series(self.series("")?));
        Ok(figure.caption("The kernel κ(u) of two inputs of unit norm with cosine u. Nothing is sampled."))
    }

    fn points(&self) -> Result<(Vec<f64>, Vec<f64>)> {
        let frame = self.curve(POINTS)?;
        let column = |name: &str| {
            let values = frame
                .column(name)
                .and_then(|c| c.f64())
                .map_err(|e| Error::frame("a profile's curve", &e))?;
            Ok(values.iter().flatten().collect::<Vec<f64>>())
        };
        Ok((column("u")?, column("value")?))
    }
}

impl Gram {
    /// K as a heat map, row 0 at the top. The colours run from the smallest to the largest entry beside the diagonal, which would
    /// take most of them for itself. `labels` (n): a thin line is drawn wherever a row's label differs from the one
    /// before, so rows sorted by class show their blocks, and up to twenty blocks have their labels on the axes; an empty view draws no line.
    ///
    /// # Errors
    /// [`Error::Shape`] for a number of labels that is neither n nor 0, [`Error::Parameter`] for more than 1000 rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Gram;
    /// use analysis_core::report::{Figure, Style};
    /// use ndarray::{Array2, array};
    /// let gram = Gram::from_array(Array2::eye(4))?;
    /// let panel = gram.heat_panel("K", array![0.0, 0.0, 1.0, 1.0].view())?;
    /// assert_eq!(panel.series.len(), 2); // one class boundary, across and down
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn heat_panel(&self, title: &str, labels: ArrayView1<f64>) -> Result<Panel> {
        const MOST: usize = 1000;
        let n = self.n();
        if n > MOST {
            return Err(Error::parameter("n", n, format!("at most {MOST} rows can be drawn: take a sample")));
        }
        if !labels.is_empty() && labels.len() != n {
            return Err(Error::Shape {
                what: "labels of a drawn Gram matrix".into(),
                expected: format!("({n})"),
                found: format!("({})", labels.len()),
            });
        }
        let places: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let mut heat = HeatMap::new(&places, &places, self.view())?.label("K(x_{i}, x_{j})");
        let k = self.view();
        let beside = || k.indexed_iter().filter(|((i, j), _)| i != j).map(|(_, k)| *k);
        if let (Some(low), Some(high)) = (beside().reduce(f64::min), beside().reduce(f64::max))
            && low < high
        {
            heat = heat.limits(outwards(low, low, high, f64::floor), outwards(high, low, high, f64::ceil));
        }
        let blocks = blocks(labels);
        let axis = |word: &str| match blocks.len() {
            1..=NAMED => Axis::linear(format!("class of {word}")).named_ticks(blocks.iter().map(Block::tick)),
            _ => Axis::linear(word),
        };
        let panel = Panel::new(title).x(axis("row j")).y(axis("row i").reversed()).heat(heat);
        let boundaries = blocks.iter().skip(1).map(|block| block.rows.start as f64 - 0.5);
        Ok(boundaries.fold(panel, |panel, at| {
            panel
                .series(Series::vertical("", at).colour(WHITE).dash(Dash::Solid).size(0.4))
                .series(Series::horizontal("", at).colour(WHITE).dash(Dash::Solid).size(0.4))
        }))
    }
}

/// An end of a scale from `low` to `high`, rounded to a hundredth of its length or less: the colour bar and the text under it name it.
fn outwards(end: f64, low: f64, high: f64, round: fn(f64) -> f64) -> f64 {
    let places = (2.0 - (high - low).log10().floor()).clamp(-300.0, 300.0) as i32;
    let unit = 10f64.powi(places.abs());
    if places > 0 { round(end * unit) / unit } else { round(end / unit) * unit }
}

/// The most blocks that have their labels on an axis.
const NAMED: usize = 20;

/// Rows one after the other with the same label.
struct Block {
    rows: std::ops::Range<usize>,
    label: f64,
}

impl Block {
    /// The label at the block's middle.
    fn tick(&self) -> (f64, String) {
        ((self.rows.start + self.rows.end - 1) as f64 / 2.0, self.label.to_string())
    }
}

fn blocks(labels: ArrayView1<f64>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (i, &label) in labels.iter().enumerate() {
        match blocks.last_mut() {
            Some(block) if block.label == label => block.rows.end = i + 1,
            _ => blocks.push(Block { rows: i..i + 1, label }),
        }
    }
    blocks
}

/// Visible on every colour of the heat map but its lightest.
const WHITE: super::series::Colour = super::series::Colour::Rgb { red: 255, green: 255, blue: 255 };

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use ndarray::{Array1, Array2};

    #[test]
    fn relative_curves_end_at_one() {
        for hidden_layers in [1, 4] {
            let profile = Kernel { hidden_layers, ..Kernel::default() }.profile().unwrap();
            let (plain, relative) = (profile.series("").unwrap(), profile.relative_series("").unwrap());
            assert_eq!((plain.x[0], plain.y[POINTS - 1]), (-1.0, hidden_layers as f64 + 1.0));
            assert_eq!(relative.y[POINTS - 1], 1.0);
        }
    }

    /// The diagonal does not set the scale, and blocks have their labels at their middles.
    #[test]
    fn heat_maps_name_blocks_and_leave_the_diagonal_out() {
        let mut k = Array2::from_elem((5, 5), 0.25);
        k.diag_mut().fill(2.0);
        (k[[0, 1]], k[[1, 0]]) = (0.5, 0.5);
        let gram = Gram::from_array(k).unwrap();
        let panel = gram.heat_panel("", ndarray::array![3.0, 3.0, 8.0, 8.0, 8.0].view()).unwrap();
        assert_eq!(
            (&panel.x.ticks[..], &panel.x.tick_names[..]),
            (&[0.5, 3.0][..], &["3".into(), "8".into()][..])
        );
        assert_eq!((panel.x.label.as_str(), panel.series.len()), ("class of row j", 2));
        let limits = panel.heat.unwrap().limits;
        assert_eq!((limits.low, limits.high), (Some(0.25), Some(0.5)));
        assert_eq!(outwards(1.795838384115023, 0.412, 1.795838384115023, f64::ceil), 1.8);
        assert_eq!(outwards(12345.6, 100.0, 12345.6, f64::floor), 12300.0);
    }

    #[test]
    fn heat_maps_refuse_what_they_cannot_show() {
        let gram = Gram::from_array(Array2::eye(3)).unwrap();
        assert!(gram.heat_panel("", Array1::zeros(2).view()).is_err());
        assert!(gram.heat_panel("", Array1::zeros(0).view()).unwrap().series.is_empty());
        let large = Gram::from_array(Array2::eye(1001)).unwrap();
        assert!(large.heat_panel("", Array1::zeros(0).view()).is_err());
    }
}
