//! How far the exponents of Table 1 depend on the window.

use super::smoothness_table::title;
use super::{Axis, Colour, Dash, Figure, Legend, Panel, Series};
use crate::error::Result;
use crate::experiment::{Draw, SmoothnessTableResult};
use crate::regression::{MeanSd, Window, fit_decay, quantile};

impl SmoothnessTableResult {
    /// r against the end of the window i ≤ last, for every data set, with the paper's numbers. Bands: mean ± standard
    /// deviation over draws. Grey: the median over permutations, averaged over the data sets.
    ///
    /// # Errors
    /// [`Error::NotFinite`](crate::error::Error::NotFinite) for a tail that is no number; windows in which a tail is exactly zero
    /// are left out, which a note says.
    pub fn sensitivity_plot(&self) -> Result<Figure> {
        let curves = self.draws.iter().map(|draw| &draw.result.curves);
        let tails = curves.flat_map(|curves| std::iter::once(&curves.tail).chain(&curves.null_tails));
        let ends = self.ends(tails);
        // Of the tails alone: r needs no eigenvalue.
        let r = |draw: &Draw, window| self.slope(&draw.result.curves.tail, window);
        let mut panel = self.exponents_panel("r = −slope", &ends, r)?;
        for (colour, row) in self.rows.iter().enumerate() {
            if let Some(paper) = row.paper {
                let name = if colour == 0 { "printed in the paper" } else { "" };
                panel = panel.series(Series::horizontal(name, paper).colour(colour).dash(Dash::Dotted));
            }
        }
        let mut null = vec![0.0; ends.read.len()];
        for row in &self.rows {
            let own = self.draws.iter().filter(|draw| draw.source == row.source);
            let tails: Vec<&Vec<f64>> = own.flat_map(|draw| &draw.result.curves.null_tails).collect();
            for (null, last) in null.iter_mut().zip(&ends.read) {
                let permuted =
                    tails.iter().map(|tail| self.slope(tail, up_to(*last))).collect::<Result<Vec<_>>>()?;
                *null += quantile(&permuted, 0.5)? / self.rows.len() as f64;
            }
        }
        let x = ends.read.iter().map(|end| *end as f64);
        panel =
            panel.series(Series::line("permuted labels", x, null).colour(Colour::Grey).dash(Dash::Dashed));
        let p = &self.parameters;
        Ok(Figure::single(self.own_window(ends.noted(panel))).caption(format!(
            "The exponent r fitted in the window i ≤ last against its end, n = {}: means over {} draws of rows, bands: ± one standard \
             deviation of a draw. Dotted: what the paper prints. Grey: the median over permuted labels.",
            p.n, p.draws
        )))
    }

    /// β and s = r/β against the end of the window i ≤ last, of both fits, for every data set. Bands: mean ± standard deviation over draws.
    ///
    /// # Errors
    /// As [`SmoothnessTableResult::sensitivity_plot`]; windows in which eigenvalues of a draw are rounding, or hardly fall, are left out, too, which
    /// a note says.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::{experiment::SmoothnessTable, report::Style};
    /// let table = SmoothnessTable { draws: 3, ..SmoothnessTable::default() }.run()?;
    /// println!("{}", table.beta_sensitivity_plot()?.svg(&Style::notebook())?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn beta_sensitivity_plot(&self) -> Result<Figure> {
        let curves = self.draws.iter().map(|draw| &draw.result.curves);
        let mut ends = self.ends(curves.map(|curves| &curves.tail));
        let spacing = self.parameters.smoothness.spacing;
        let beta = |draw: &Draw, window| {
            draw.result.curves.fit_eigenvalues(window, spacing).map(|fit| -fit.line.slope)
        };
        let known = |last: &usize| self.draws.iter().all(|draw| beta(draw, up_to(*last)).is_ok());
        let tried = ends.read.len();
        ends.read.retain(known);
        ends.refused = tried - ends.read.len();
        let s = |draw: &Draw, window| Ok(self.slope(&draw.result.curves.tail, window)? / beta(draw, window)?);
        let panels = [self.exponents_panel("β", &ends, beta)?, self.exponents_panel("s = r/β", &ends, s)?];
        let p = &self.parameters;
        let mut panels = panels.map(|panel| self.own_window(ends.noted(panel)));
        panels[1].legend = Legend::Off;
        Ok(Figure::row(panels).share_x().caption(format!(
            "The exponents β and s = r/β fitted in the window i ≤ last against its end, n = {}: means over {} draws of rows, bands: ± one \
             standard deviation of a draw.",
            p.n, p.draws
        )))
    }

    /// A panel of an exponent against the end of the window, a colour a data set.
    fn exponents_panel(
        &self,
        label: &str,
        ends: &Ends,
        read: impl Fn(&Draw, Window) -> Result<f64>,
    ) -> Result<Panel> {
        let x: Vec<f64> = ends.read.iter().map(|end| *end as f64).collect();
        let mut panel =
            Panel::default().x(Axis::log10("last index of the window, i ≤ …")).y(Axis::linear(label));
        for (colour, row) in self.rows.iter().enumerate() {
            let own: Vec<&Draw> = self.draws.iter().filter(|draw| draw.source == row.source).collect();
            let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
            for last in &ends.read {
                let values = own.iter().map(|draw| read(draw, up_to(*last))).collect::<Result<Vec<_>>>()?;
                let value = MeanSd::of(&values)?;
                mean.push(value.mean);
                low.push(value.mean - value.sd);
                high.push(value.mean + value.sd);
            }
            panel = panel
                .series(Series::band("", &x, low, high).colour(colour))
                .series(Series::line(title(row.source), &x, mean).colour(colour));
        }
        Ok(panel)
    }

    /// The panel with the table's own window as an upright line.
    fn own_window(&self, panel: Panel) -> Panel {
        match self.parameters.smoothness.window.resolve(self.parameters.n) {
            Ok(range) => panel.series(Series::vertical(
                format!("the table's window, i ≤ {}", range.last),
                range.last as f64,
            )),
            Err(_) => panel,
        }
    }

    fn slope(&self, values: &[f64], window: Window) -> Result<f64> {
        fit_decay(values, window, self.parameters.smoothness.spacing).map(|fit| -fit.line.slope)
    }

    /// Forty ends of windows up to nine tenths of the indices, as far as all these curves are positive.
    fn ends<'a>(&self, curves: impl Iterator<Item = &'a Vec<f64>>) -> Ends {
        let n = self.parameters.n;
        let first = (n / 2).clamp(3, 20) as f64;
        let mut read: Vec<usize> = (0..40)
            .map(|j| (first * (0.9 * n as f64 / first).max(1.0).powf(f64::from(j) / 39.0)).round() as usize)
            .filter(|end| (3..=n).contains(end))
            .collect();
        read.dedup();
        let positive = curves.map(|curve| curve.iter().take_while(|v| **v > 0.0).count()).min().unwrap_or(0);
        let cut = read.iter().any(|end| *end > positive).then_some(positive);
        read.retain(|end| *end <= positive);
        Ends { read, cut, refused: 0 }
    }
}

/// The ends of windows that an exponent is read in.
struct Ends {
    read: Vec<usize>,
    /// The last index at which all curves are positive, where that leaves ends out.
    cut: Option<usize>,
    /// Of how many windows eigenvalues have no slope.
    refused: usize,
}

impl Ends {
    /// The panel with what is left out.
    fn noted(&self, panel: Panel) -> Panel {
        let tail = self.cut.map(|last| format!("a tail is 0 beyond i = {last}: windows up to there"));
        let values = (self.refused > 0)
            .then(|| format!("{} windows left out: eigenvalues are rounding or hardly fall", self.refused));
        let notes: Vec<String> = tail.into_iter().chain(values).collect();
        if notes.is_empty() { panel } else { panel.note_at_fraction(notes.join("; "), 0.02, 0.03) }
    }
}

fn up_to(last: usize) -> Window {
    Window::Indices { first: 1, last }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::tests::instances;

    /// Eigenvalues that are rounding from some index on have no β in windows that reach them, which the panels say.
    #[test]
    fn windows_that_reach_rounding_are_left_out() {
        let mut table = instances::smoothness_table();
        let all = table.beta_sensitivity_plot().unwrap().panels[0].series[1].x.clone();
        let last = all[all.len() - 4] as usize;
        let values = &mut table.draws[0].result.curves.eigenvalues;
        let rounding = values[0] * 1e-17;
        values[last..].fill(rounding);
        let figure = table.beta_sensitivity_plot().unwrap();
        for panel in &figure.panels {
            assert_eq!(panel.series[1].x, all[..all.len() - 3]);
            assert!(panel.notes[0].text.starts_with("3 windows left out"), "{:?}", panel.notes);
        }
        // r needs no eigenvalue.
        assert!(table.sensitivity_plot().unwrap().panels[0].notes.is_empty());
    }

    /// What the plots draw at the end of a window is what a refit over that window gives, on the mean over draws.
    #[test]
    fn windows_are_those_of_a_refit() {
        let table = instances::smoothness_table();
        let (r, both) = (table.sensitivity_plot().unwrap(), table.beta_sensitivity_plot().unwrap());
        let panels = [&r.panels[0], &both.panels[0], &both.panels[1]];
        let own = table.draws.iter().filter(|draw| draw.source == table.rows[0].source);
        let place = 5;
        let last = panels[0].series[1].x[place];
        let spacing = table.parameters.smoothness.spacing;
        let fits: Vec<_> = own.map(|d| d.result.refit(up_to(last as usize), spacing).unwrap()).collect();
        let mean = |value: fn(&crate::smoothness::SmoothnessResult) -> f64| {
            fits.iter().map(value).sum::<f64>() / fits.len() as f64
        };
        for (panel, expected) in
            panels.into_iter().zip([mean(|f| f.r()), mean(|f| f.beta()), mean(|f| f.s())])
        {
            let line = &panel.series[1];
            assert_eq!(line.x[place], last);
            assert!(
                (line.y[place] - expected).abs() < 1e-12 * expected.abs(),
                "{} {expected}",
                line.y[place]
            );
        }
    }
}
