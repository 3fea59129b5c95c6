//! The variance of trained networks against that of infinite width: in per cent, and against the spread of the targets.

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::{Axis, Cell, Column, Dash, Digits, Figure, Legend, Panel, Series, Table};
use crate::experiment::{EnsemblePoint, ExcessRow, OutputVarianceResult, TargetExcess, VarianceTarget};

/// What a kind of output is called in tables.
pub(super) fn output_name(output: &str) -> &str {
    match output {
        "linear" => "linearised",
        "linear_limit" => "linearised, t → ∞",
        "linear_zero" => "linearised, zero targets",
        "linear_zero_limit" => "zero targets, t → ∞",
        "limit_weights" => "start, weights of M = ∞",
        other => other,
    }
}

/// What a target is called, for a title.
pub(super) fn target_name(target: VarianceTarget, images: bool) -> &'static str {
    match (target, images) {
        (VarianceTarget::Noise, _) => "independent N(0, 1)",
        (VarianceTarget::Parity, true) => "parity of the labels, ±1",
        (VarianceTarget::Parity, false) => "±1 in turn",
        (VarianceTarget::Linear, _) => "linear in x",
        (VarianceTarget::Constant, _) => "constant",
    }
}

/// 100 (ratio − 1) with its interval, all three in per cent.
fn percent(ratio: f64, [low, high]: [f64; 2]) -> Cell {
    let [mean, low, high] = [ratio, low, high].map(|ratio| 100.0 * (ratio - 1.0));
    match [mean, low, high].iter().all(|v| v.is_finite()) {
        true => Cell::Interval { mean: Some(mean), low, high, digits: Digits::Decimals(0) },
        false => Cell::Absent,
    }
}

impl OutputVarianceResult {
    /// How far the variances of finite networks lie from those of infinite width, in per cent with intervals, and trained
    /// networks from the same ones linearised at t → ∞: a row an ensemble.
    pub fn deviation_table(&self) -> Table {
        let columns = [SIGMA_W2, SIGMA_B2, "H", "c", "M"].map(Column::number).into_iter();
        let shown = ["start", "linear_zero", "linear_zero_limit", "limit_weights", "linear_limit", "trained"];
        let present = |name: &&str| {
            self.ensembles.iter().any(|e| e.estimates().iter().any(|(output, _)| output == name))
        };
        let shown: Vec<&str> = shown.into_iter().filter(present).collect();
        let fitted = self.ensembles.iter().any(|e| e.own_over_limit_weights.is_some());
        let paired = self.ensembles.iter().any(|e| e.trained_over_limit.is_some());
        let columns = columns
            .chain(shown.iter().map(|name| Column::mean_interval(output_name(name))))
            .chain(fitted.then(|| Column::mean_interval("own Θ_{0} over weights of M = ∞")))
            .chain(paired.then(|| Column::mean_interval("trained over linearised, t → ∞")));
        let table = Table::new(columns)
            .caption("Variances of finite networks over those of infinite width, in per cent beyond it")
            .label("tab:output-variance-deviation")
            .note(format!(
                "{} 100 (V̂/V − 1) with {} % intervals (jackknife over networks of ln V̂). V: infinite width at the same time. Weights of M = ∞: \
                 f_{{0}}(x) − v·f_{{0}}(X) with v of infinite width. Columns with \"over\" set two outputs of the same networks against each \
                 other, pair by pair: zero targets at t → ∞ over weights of M = ∞, and trained over linearised.",
                self.targets_note(),
                100.0 * self.parameters.level
            ));
        self.ensembles.iter().fold(table, |table, e| {
            let of = |name: &str| {
                let found = e.estimates().into_iter().find(|(output, _)| *output == name);
                found.and_then(|(_, v)| {
                    let expected = v.expected_variance.filter(|expected| *expected > 0.0)?;
                    Some(percent(v.variance / expected, v.interval.map(|end| end / expected)))
                })
            };
            let place = [
                Cell::parameter(e.sigma_w2),
                Cell::parameter(e.sigma_b2),
                Cell::count(e.depth),
                Cell::number(e.cosine, 3),
                Cell::count(e.width),
            ];
            let ratio = |e: &EnsemblePoint| e.trained_over_limit.map(|r| percent(r.ratio, r.interval));
            let own = |e: &EnsemblePoint| e.own_over_limit_weights.map(|r| percent(r.ratio, r.interval));
            let cells = shown.iter().map(|name| of(name).unwrap_or(Cell::Absent));
            let own = fitted.then(|| own(e).unwrap_or(Cell::Absent));
            let ratio = paired.then(|| ratio(e).unwrap_or(Cell::Absent));
            table.row(place.into_iter().chain(cells).chain(own).chain(ratio))
        })
    }
}

/// With indices and exponents set.
fn marked(place: &str) -> String {
    place.replace("σ_w²", SIGMA_W2).replace("σ_b²", SIGMA_B2)
}

impl TargetExcess {
    /// V̂ − V against ‖y − ȳ‖², V that of infinite width, a panel a kind of output, a colour a kind of target; the fitted line
    /// is drawn from the smallest spread on. Excesses that are not positive have no place on a logarithmic axis: a note says how many.
    pub fn plot(&self) -> Figure {
        let kinds =
            [VarianceTarget::Noise, VarianceTarget::Parity, VarianceTarget::Linear, VarianceTarget::Constant];
        let panels = ["linear_limit", "trained"].into_iter().filter_map(|output| {
            let own: Vec<&ExcessRow> = self.rows.iter().filter(|row| row.output == output).collect();
            if own.is_empty() {
                return None;
            }
            let drawn = |row: &&ExcessRow| {
                row.spread > 0.0 && row.excess().is_some_and(|[excess, low, _]| excess > 0.0 && low > 0.0)
            };
            let mut panel = Panel::new(output_name(output))
                .x(Axis::log10("‖y − ȳ‖^{2}"))
                .y(Axis::log10("Var f − (M = ∞)"))
                .legend(if output == "trained" { Legend::Off } else { Legend::TopLeft });
            for (colour, kind) in kinds.into_iter().enumerate() {
                let points: Vec<(f64, [f64; 3])> = own
                    .iter()
                    .copied()
                    .filter(|row| row.target == kind)
                    .filter(drawn)
                    .filter_map(|row| Some((row.spread, row.excess()?)))
                    .collect();
                if points.is_empty() {
                    continue;
                }
                let column = |k: usize| points.iter().map(|(_, e)| e[k]).collect::<Vec<f64>>();
                let x: Vec<f64> = points.iter().map(|(spread, _)| *spread).collect();
                let series = Series::points(target_name(kind, false), x, column(0));
                panel = panel.series(series.error_bars(column(1), column(2)).colour(colour));
            }
            if let Some(line) = self.lines.iter().find(|line| line.output == output) {
                let spreads = own.iter().copied().filter(drawn).map(|row| row.spread);
                let (low, high) =
                    spreads.fold((f64::INFINITY, 0.0f64), |(low, high), s| (low.min(s), high.max(s)));
                if low < high && line.slope > 0.0 {
                    let ends = [low, high].map(|s| line.slope * s);
                    let series = Series::line("slope · ‖y − ȳ‖^{2}", [low, high], ends);
                    panel = panel.series(series.colour(super::Colour::Ink).dash(Dash::Dashed));
                }
            }
            let without = own.iter().filter(|row| !drawn(row)).count();
            if without > 0 {
                let text = format!("{without} with excess or ‖y − ȳ‖^{{2}} not above 0: see the table");
                panel = panel.note_at_fraction(text, 0.02, 0.03);
            }
            Some(panel)
        });
        Figure::row(panels).share_x().share_y().title(marked(&self.place)).caption(format!(
            "Excess of the variance over that of infinite width against the spread of the targets; a mark an ensemble of networks of its \
             own, bars: {} % intervals (jackknife over networks). Dashed: the slope of the weighted least-squares line, which is a law \
             for linearised networks.",
            100.0 * self.level
        ))
    }

    /// The ensembles and the lines: a row an ensemble, the lines in the note.
    pub fn table(&self) -> Table {
        let lines = self.lines.iter().map(|line| {
            let [low, high] = line.slope_interval.map(|v| v * self.width as f64);
            let [under, over] = line.intercept_interval;
            format!(
                "{}: M · slope {:.1} [{low:.1}, {high:.1}], at no spread {:.4} [{under:.4}, {over:.4}], χ^{{2}} = {:.1} for {} degrees of freedom.",
                output_name(&line.output),
                line.slope * self.width as f64,
                line.intercept,
                line.chi_square,
                line.count.saturating_sub(2)
            )
        });
        let note = format!(
            "{}. Brackets: {} % intervals (jackknife over networks; of the lines Student's). Var f = at no spread + slope · ‖y − ȳ‖^{{2}}: {}",
            marked(&self.place),
            100.0 * self.level,
            lines.collect::<Vec<_>>().join(" ")
        );
        let table = Table::new([
            Column::text("output"),
            Column::text("targets"),
            Column::number("scale"),
            Column::number("‖y − ȳ‖^{2}"),
            Column::mean_interval("Var f"),
            Column::number("M = ∞"),
            Column::mean_interval("M · excess / ‖y − ȳ‖^{2}"),
        ])
        .caption("What targets add to the variance of networks of finite width")
        .label("tab:target-excess")
        .note(note);
        self.rows.iter().fold(table, |table, row| {
            let v = &row.estimate;
            let per = row.excess().filter(|_| row.spread > 1e-9).map(|excess| {
                let [mean, low, high] = excess.map(|e| self.width as f64 * e / row.spread);
                Cell::Interval { mean: Some(mean), low, high, digits: Digits::Decimals(2) }
            });
            let digits = Digits::Significant(3);
            let [low, high] = v.interval;
            table.row([
                Cell::text(output_name(&row.output)),
                Cell::text(target_name(row.target, false)),
                Cell::parameter(row.scale),
                Cell::significant(row.spread, 3),
                match high.is_finite() {
                    true => Cell::Interval { mean: Some(v.variance), low, high, digits },
                    false => Cell::Absent,
                },
                v.expected_variance.map(|value| Cell::significant(value, 3)).into(),
                per.unwrap_or(Cell::Absent),
            ])
        })
    }
}
