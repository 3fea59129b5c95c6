//! Learning curves: figure, tables, manifest.

use serde_json::{Map, Value, json};

use super::json_file::JsonFile;
use super::smoothness::with_published;
use super::starts::{start_colour, start_shape};
use super::{
    Axis, Cell, Colour, Column, Dash, Digits, Figure, Legend, Manifest, Panel, Parts, Reference, Report,
    Series, Shape, Table,
};
use crate::error::Result;
use crate::experiment::{
    CurveSlope, LearningCurve, LearningCurveResult, LocalSlope, Regime, SlopeDifference, Task, TrialError,
};
use crate::origin::Origins;
use crate::regression::{MeanInterval, student_quantile};

/// "finite width, m = 20n" or "infinite width".
pub(super) fn regime_name(curve: &LearningCurveResult) -> String {
    match &curve.parameters.regime {
        Regime::Finite(finite) => format!("finite width, m = {}n", finite.width_per_sample),
        Regime::Infinite(_) => "infinite width".into(),
    }
}

/// Marks and lines of the second, third and fourth curve on one pair of axes.
const OTHER_SHAPES: [Shape; 3] = [Shape::Ring, Shape::Cross, Shape::Plus];
const OTHER_DASHES: [Dash; 3] = [Dash::Dashed, Dash::Dotted, Dash::DashDotted];

/// Test error against n, without a curve.
pub(super) fn axes(title: &str) -> Panel {
    Panel::new(title).x(Axis::log10("n")).y(Axis::log10("test error")).legend(Legend::Best)
}

impl LearningCurveResult {
    fn task_name(&self) -> String {
        match &self.parameters.task {
            Task::Sphere { d, noise } => {
                format!("f*(x) = (Σ_{{j}} x_{{j}})^{{2}} on the sphere in R^{{{d}}}, σ = {noise}")
            }
            Task::Images { source, target, .. } => {
                format!("{} ({target} labels)", super::smoothness_table::title(*source))
            }
        }
    }

    /// What the numbers of a table are.
    fn note(&self) -> String {
        let p = &self.parameters;
        let stop = match &p.regime {
            Regime::Finite(f) => format!("{} n epochs at rate {}", f.epochs_per_sample, f.rate),
            Regime::Infinite(f) => {
                format!("{} times from {} to {}n", f.times.points, f.times.from, f.times.per_sample)
            }
        };
        format!(
            "{}, {}, {}, trials {}..{}, {} test points; the error is the smallest over {stop}. Slopes are of \
             ln error against ln n over n = {}, fitted in every trial; brackets: {} % intervals (Student) over trials.",
            self.task_name(),
            regime_name(self),
            if p.bias { "first-layer bias" } else { "no bias" },
            p.trials.start,
            p.trials.end,
            p.test_points,
            p.sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            100.0 * p.level
        )
    }

    /// One series of marks an initialisation, with intervals at the parameters' level, and the least-squares line through
    /// them with its slope in the legend; `prefix` goes before the initialisation's name. A start has its own colour
    /// ([`start_colour`](super::start_colour)) and mark; the curve in place 1, 2, … of a panel has rings, crosses, … and broken
    /// lines instead.
    pub fn series(&self, prefix: &str, place: usize) -> Vec<Series> {
        let mut series = Vec::new();
        for &initialisation in &self.parameters.initialisations {
            let points = self.curve(initialisation);
            let n: Vec<f64> = points.iter().map(|p| p.n as f64).collect();
            let error: Vec<f64> = points.iter().map(|p| p.mean_log_error.exp()).collect();
            let colour = start_colour(initialisation);
            let (shape, dash) = match place {
                0 => (start_shape(initialisation), Dash::Solid),
                place => (OTHER_SHAPES[(place - 1) % 3], OTHER_DASHES[(place - 1) % 3]),
            };
            let name = format!("{prefix}{initialisation}");
            let label = match self.slope(initialisation) {
                Some(slope) => format!("{name}, slope {}", Digits::Decimals(2).write(slope.mean)),
                None => name,
            };
            let mut marks = Series::points(label, &n, &error).colour(colour).shape(shape);
            let reach = |p: &crate::experiment::CurvePoint| {
                let quantile = student_quantile(self.parameters.level, p.trials.saturating_sub(1)).ok()?;
                Some(quantile * p.standard_error?)
            };
            if let Some(reach) = points.iter().map(reach).collect::<Option<Vec<f64>>>() {
                let ends = |sign: f64| error.iter().zip(&reach).map(move |(e, r)| e * (sign * r).exp());
                marks = marks.error_bars(ends(-1.0).collect::<Vec<_>>(), ends(1.0).collect::<Vec<_>>());
            }
            if let Some(slope) = self.slope(initialisation) {
                let count = n.len() as f64;
                let middle = n.iter().map(|n| n.ln()).sum::<f64>() / count;
                let height = points.iter().map(|p| p.mean_log_error).sum::<f64>() / count;
                let at = |n: f64| (height + slope.mean * (n.ln() - middle)).exp();
                let ends = [n[0], n[n.len() - 1]];
                series.push(Series::line("", ends, ends.map(at)).colour(colour).dash(dash));
            }
            series.push(marks);
        }
        series
    }

    /// ln error against ln n: marks with intervals, lines with slopes. On the sphere, the slope of the theory for a standard
    /// start, −3/(d+2), as a grey guide below the first curve.
    pub fn panel(&self, title: &str) -> Panel {
        let mut panel = self.series("", 0).into_iter().fold(axes(title), Panel::series);
        if let (Some(rates), Some(point)) = (self.limits(), self.points.first()) {
            let slope = rates.standard;
            let sizes = &self.parameters.sizes;
            let ends = [sizes[0] as f64, sizes[sizes.len() - 1] as f64];
            if ends[1] > ends[0] {
                let start = point.mean_log_error.exp();
                let guide = ends.map(|n| start * (n / ends[0]).powf(slope));
                let label = format!("theory, n → ∞: {}", Digits::Decimals(2).write(slope));
                panel =
                    panel.series(Series::line(label, ends, guide).colour(Colour::Grey).dash(Dash::Dashed));
            }
        }
        panel
    }

    /// [`LearningCurveResult::panel`] as a figure (paper 1, Fig. 1 has one for d = 5 and one for d = 10).
    pub fn plot(&self) -> Figure {
        let p = &self.parameters;
        Figure::single(self.panel("")).caption(format!(
            "Test error against the number of training rows n, {}: geometric means over {} trials, bars: {} % intervals of the mean \
             of ln error (Student). Solid and broken lines through marks: slopes of ln error against ln n fitted in every trial.",
            regime_name(self),
            p.trials.len(),
            100.0 * p.level
        ))
    }

    /// The points, and the local slope up to each from the size before.
    pub fn points_table(&self) -> Table {
        let columns = [
            Column::text("initialisation"),
            Column::number("n"),
            Column::uncertain("mean ln error"),
            Column::number("geometric mean error"),
            Column::mean_interval("local slope"),
            Column::number("trials"),
        ];
        let table = Table::new(columns)
            .caption(format!("Learning curves, {}", regime_name(self)))
            .label("tab:learning-curve-points")
            .note(format!("± is the standard error over trials. {}", self.note()));
        self.points.iter().fold(table, |table, p| {
            let local =
                self.local_slopes.iter().find(|l| l.initialisation == p.initialisation && l.to == p.n);
            table.row([
                p.initialisation.to_string().into(),
                Cell::count(p.n),
                p.standard_error.map_or(Cell::number(p.mean_log_error, 3), |error| {
                    Cell::uncertain_fixed(p.mean_log_error, error, 3)
                }),
                Cell::number(p.mean_log_error.exp(), 5),
                local.map(|l| Cell::mean_interval(&l.slope, 3)).into(),
                Cell::count(p.trials),
            ])
        })
    }
}

impl Report for LearningCurveResult {
    const NAME: &'static str = "learning-curve";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        match &self.parameters.task {
            Task::Sphere { .. } => manifest,
            Task::Images { source, .. } => with_published(manifest, *source),
        }
    }

    fn table(&self) -> Table {
        let level = format!("{} % interval", 100.0 * self.parameters.level);
        let table = Table::new([
            Column::text("slope of"),
            Column::number("slope"),
            Column::interval(level),
            Column::number("trials"),
        ])
        .caption(format!("Slopes of the learning curves, {}", regime_name(self)))
        .label("tab:learning-curve")
        .note(self.note());
        let row = |name: String, s: &MeanInterval| -> [Cell; 4] {
            let interval = Cell::interval([s.low, s.high], Digits::Decimals(3));
            [name.into(), Cell::number(s.mean, 3), interval, Cell::count(s.count)]
        };
        let table = self.slopes.iter().fold(table, |t, s| t.row(row(s.initialisation.to_string(), &s.slope)));
        self.differences
            .iter()
            .fold(table, |t, d| t.row(row(format!("{} − {} (paired)", d.of, d.minus), &d.difference)))
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame("-trials", self.frame())
            .table("-slopes", self.table())
            .table("-points", self.points_table())
            .figure("", Ok(self.plot()))
    }

    fn headline(&self) -> Vec<Table> {
        vec![self.points_table(), self.table()]
    }

    fn missing_cells(&self) -> usize {
        self.missing()
    }

    /// `points`, `slopes` (by initialisation), `local_slopes`, `slope_differences` (and the first of them as
    /// `slope_difference`), `trials`, and on the sphere `theory`, the exponents for n → ∞. What a single trial or size does not tell is left out.
    fn result(&self) -> Result<Value> {
        let slope = |s: &CurveSlope| (s.initialisation.to_string(), interval("slope", &s.slope, json!({})));
        let local = |l: &LocalSlope| {
            let place = json!({"initialisation": l.initialisation, "from": l.from, "to": l.to});
            interval("slope", &l.slope, place)
        };
        let difference =
            |d: &SlopeDifference| interval("value", &d.difference, json!({"of": d.of, "minus": d.minus}));
        let differences: Vec<Value> = self.differences.iter().map(difference).collect();
        let mut object = json!({
            "points": self.points,
            "slopes": self.slopes.iter().map(slope).collect::<Map<_, _>>(),
            "local_slopes": self.local_slopes.iter().map(local).collect::<Vec<_>>(),
            "slope_differences": differences,
            "trials": self.errors,
        });
        if let Some(first) = differences.first() {
            object["slope_difference"] = first.clone();
        }
        if let Some(limits) = self.limits() {
            object["theory"] = json!(limits);
        }
        Ok(object)
    }

    /// Points and slopes are made anew from the trials.
    fn restore(mut fields: Map<String, Value>, file: &JsonFile) -> Result<Self> {
        let mut field = |name: &str| fields.remove(name).unwrap_or_default();
        let errors: Vec<TrialError> = file.typed(field("trials"))?;
        let parameters: LearningCurve = file.typed(field("parameters"))?;
        parameters.check()?;
        let computed_by = file.typed(field("computed_by"))?;
        LearningCurveResult::of_trials(parameters, errors, computed_by)
    }
}

/// A slope or a difference of slopes added to the fields that say of what; `name` is what its value is called.
fn interval(name: &str, s: &MeanInterval, mut fields: Value) -> Value {
    fields[name] = json!(s.mean);
    fields["interval"] = json!([s.low, s.high]);
    fields["standard_error"] = json!(s.standard_error);
    fields["level"] = json!(s.level);
    fields["trials"] = json!(s.count);
    fields
}
