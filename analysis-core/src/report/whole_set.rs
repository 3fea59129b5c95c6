//! The measure of a whole set: its table, its tails drawn, and its files.

use std::path::Path;

use polars::prelude::DataFrame;
use serde_json::{Map, Value};

use super::json_file::{JsonFile, json_of};
use super::smoothness::with_published;
use super::smoothness_table::{kernel_name, title};
use super::{
    Axis, Cell, Colour, Column, Dash, Exported, Figure, Legend, Manifest, Panel, Parts, Reference, Report,
    Series, Table, check_name,
};
use crate::atomic;
use crate::data::read_parquet;
use crate::error::{Error, Result};
use crate::experiment::{LabelEncoding, WholeReading, WholeSetResult, WholeTarget};
use crate::origin::Origins;
use crate::regression::Window;
use crate::spectrum::write_parquet;

/// What follows the name of the JSON file in that of its eigenvalues.
const EIGENVALUES: &str = "-eigenvalues";
/// What follows it in that of its tails.
const TAILS: &str = "-tails";

impl WholeSetResult {
    /// The data set and its rows as a figure names them: "MNIST, n = 60000".
    pub fn title(&self) -> String {
        format!("{}, n = {}", title(self.parameters.source), self.n())
    }

    /// Writes what is kept: `NAME-eigenvalues.parquet` ([`WholeSetResult::eigenvalue_frame`]), `NAME-tails.parquet`
    /// ([`WholeSetResult::tail_frame`]) and, last, `NAME.json` (everything else), each whole or not at all.
    /// `WholeSetResult::read("FOLDER/NAME.json")` reads the three.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a name that is no plain file name, [`Error::Io`] where a file cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>, name: &str) -> Result<Exported> {
        self.write_with(folder, name, &self.manifest()?)
    }

    /// [`WholeSetResult::write`] with a manifest that says more than [`Report::manifest`].
    ///
    /// # Errors
    /// As [`WholeSetResult::write`].
    pub fn write_with(&self, folder: impl AsRef<Path>, name: &str, manifest: &Manifest) -> Result<Exported> {
        check_name(name)?;
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        let file = |ending: &str| folder.join(format!("{name}{ending}"));
        let files =
            [file(&format!("{EIGENVALUES}.parquet")), file(&format!("{TAILS}.parquet")), file(".json")];
        write_parquet(&files[0], self.eigenvalue_frame()?)?;
        write_parquet(&files[1], self.tail_frame()?)?;
        let stages = self.seconds.map_or(0.0, |stages| stages.functions + stages.measure);
        let seconds = manifest.seconds.unwrap_or(stages);
        let mut json = self.json_with(&manifest.clone().seconds(seconds))?;
        if let Some(stages) = self.seconds {
            json["result"]["seconds"] = json_of(&stages)?;
        }
        atomic::write(&files[2], format!("{json}\n").as_bytes())?;
        Ok(Exported { files: files.to_vec() })
    }

    /// The tails of labels, initial functions and permuted labels against i, on logarithmic axes, each divided by its first.
    /// Band: from the smallest to the largest of the functions.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an encoding that was not measured.
    pub fn decay_panel(&self, title: &str, encoding: LabelEncoding) -> Result<Panel> {
        // Some 400 points are as many as a figure shows.
        let mut drawn: Vec<usize> = Vec::new();
        for (place, index) in self.indices.iter().enumerate() {
            let apart = |last: &usize| *index as f64 >= 1.02 * self.indices[*last] as f64;
            if drawn.last().is_none_or(apart) || place + 1 == self.indices.len() {
                drawn.push(place);
            }
        }
        let x = || drawn.iter().map(|place| self.indices[*place] as f64);
        let share = |target: WholeTarget| -> Result<Vec<f64>> {
            let tail = self.tail(target)?;
            let first = tail.first().copied().filter(|first| *first > 0.0).unwrap_or(1.0);
            Ok(drawn.iter().map(|place| tail[*place] / first).collect())
        };
        let shares = |of: &dyn Fn(WholeTarget) -> bool| {
            let own = self.tails.iter().map(|tail| tail.target).filter(|target| of(*target));
            own.map(share).collect::<Result<Vec<_>>>()
        };
        let mut panel = Panel::new(title)
            .x(Axis::log10("index i"))
            .y(Axis::log10("share of energy from i on").from(1e-4))
            .legend(Legend::BottomLeft);
        let functions = shares(&WholeTarget::is_function)?;
        if !functions.is_empty() {
            let ends = |pick: fn(f64, f64) -> f64| -> Vec<f64> {
                let at = |k: usize| functions.iter().map(|tail| tail[k]).reduce(pick).unwrap_or(0.0);
                (0..drawn.len()).map(at).collect()
            };
            let label = format!("f_{{0}}, {} of them", functions.len());
            let band = Series::band(label, x(), ends(f64::min), ends(f64::max));
            panel = panel.series(band.colour(1).opacity(0.5));
        }
        let permuted = shares(&|target| target.is_permuted(encoding))?;
        if !permuted.is_empty() {
            let mean = |k: usize| permuted.iter().map(|tail| tail[k]).sum::<f64>() / permuted.len() as f64;
            let line = Series::line("permuted labels, mean", x(), (0..drawn.len()).map(mean));
            panel = panel.series(line.colour(Colour::Grey).dash(Dash::Dashed));
        }
        Ok(panel.series(Series::line("labels", x(), share(WholeTarget::Labels(encoding))?).colour(0)))
    }

    /// [`WholeSetResult::decay_panel`] of integer labels and of one-hot labels.
    ///
    /// # Errors
    /// As [`WholeSetResult::decay_panel`].
    pub fn decay_plot(&self) -> Result<Figure> {
        let name = title(self.parameters.source);
        let panel = |words: &str, encoding| self.decay_panel(&format!("{name}, {words} labels"), encoding);
        let panels = [panel("integer", LabelEncoding::Integer)?, panel("one-hot", LabelEncoding::OneHot)?];
        Ok(Figure::row(panels).share_y().caption(format!(
            "Share of the energy beyond index i along the eigenvectors of K/n of {} rows, of the labels, of random initial functions and \
             of permuted labels ({} each, means).",
            self.reading.n, self.parameters.functions
        )))
    }

    /// Local slopes of the tails against i: labels as integers, centred and one-hot, and the mean over the initial functions.
    ///
    /// # Errors
    /// As [`WholeSetResult::local_slopes`].
    pub fn local_slopes_panel(&self, title: &str) -> Result<Panel> {
        let slopes = |target| self.local_slopes(target, 1.5);
        let mut panel = Panel::new(title)
            .x(Axis::log10("index i"))
            .y(Axis::linear("local slope of the tail").limits(0.0, 1.5))
            .legend(Legend::TopLeft);
        for (colour, encoding) in
            [LabelEncoding::Integer, LabelEncoding::OneHot, LabelEncoding::Parity].into_iter().enumerate()
        {
            let own = slopes(WholeTarget::Labels(encoding))?;
            let (x, y) = (own.iter().map(|s| s.at), own.iter().map(|s| s.slope));
            panel = panel.series(Series::line(format!("{encoding} labels"), x, y).colour(colour));
        }
        for (label, dash, colour, of) in [
            ("f_{0}, mean", Dash::Dashed, 3, WholeTarget::is_function as fn(WholeTarget) -> bool),
            ("permuted", Dash::Dotted, 4, |target: WholeTarget| target.is_permuted(LabelEncoding::OneHot)),
        ] {
            let all = self.tails.iter().map(|tail| tail.target).filter(|target| of(*target));
            let all = all.map(slopes).collect::<Result<Vec<_>>>()?;
            let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
            let mean = |k: usize| all.iter().map(|own| own[k].slope).sum::<f64>() / all.len() as f64;
            let x = (0..shortest).map(|k| all[0][k].at);
            panel = panel.series(Series::line(label, x, (0..shortest).map(mean)).colour(colour).dash(dash));
        }
        Ok(panel)
    }
}

/// What a row of the table says of a reading in a window.
pub(super) fn reading_cells(reading: &WholeReading, window: Window, encoding: LabelEncoding) -> Vec<Cell> {
    let quantile = |p| reading.permuted(window, encoding, p);
    let permuted = match (quantile(0.05), quantile(0.95)) {
        (Some(low), Some(high)) => Cell::Range { low, high, decimals: 3 },
        _ => Cell::Absent,
    };
    let functions =
        reading.functions(window).map_or(Cell::Absent, |f| Cell::uncertain_fixed(f.mean, f.sd, 3));
    let r = reading.r(WholeTarget::Labels(encoding), window);
    vec![Cell::known(reading.beta(window), 3), Cell::known(r, 3), permuted, functions]
}

/// The columns of [`reading_cells`].
pub(super) fn reading_columns() -> [Column; 4] {
    [
        Column::number("β"),
        Column::number("r of the labels"),
        Column::interval("r of permuted labels, 5–95 %"),
        Column::uncertain("r of f_{0}"),
    ]
}

/// The lines of several sets side by side, for labels that are encoded like this: one row a set and a window.
///
/// # Examples
/// ```
/// use analysis_core::experiment::LabelEncoding;
/// let table = analysis_core::report::whole_sets_table(&[], LabelEncoding::Integer);
/// assert!(table.rows.is_empty());
/// ```
pub fn whole_sets_table(sets: &[WholeSetResult], encoding: LabelEncoding) -> Table {
    let first = [Column::text("data"), Column::number("n"), Column::text("window")];
    let table = Table::new(first.into_iter().chain(reading_columns()))
        .caption(format!("All the images, {encoding} labels"))
        .label(format!("tab:whole-sets-{encoding}"))
        .note(
            "Lines through every index of the window. Permuted: 5–95 % of the permutations. ± is the standard deviation of one \
             f_{0}.",
        );
    let rows = sets.iter().flat_map(|set| set.reading.eigenvalues.iter().map(move |fit| (set, fit.window)));
    rows.fold(table, |table, (set, window)| {
        let names = [title(set.parameters.source).into(), Cell::count(set.n()), window.to_string().into()];
        table.row(names.into_iter().chain(reading_cells(&set.reading, window, encoding)))
    })
}

impl Report for WholeSetResult {
    const NAME: &'static str = "whole-set";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        with_published(manifest, self.parameters.source)
    }

    fn table(&self) -> Table {
        let p = &self.parameters;
        let table = Table::new([Column::text("window"), Column::text("labels")].into_iter().chain(reading_columns()))
            .caption(format!("{}, {} training rows", title(p.source), self.n()))
            .label(format!("tab:whole-set-{}", p.source))
            .note(format!(
                "{}, scaling {}, lines through every index of the window. Permuted: 5–95 % of {} permutations. ± is the \
                 standard deviation of one f_{{0}} over {}.",
                kernel_name(&p.kernel),
                p.scaling,
                p.permutations,
                p.functions
            ));
        let windows = self.reading.eigenvalues.iter().map(|fit| fit.window);
        windows.flat_map(|window| LabelEncoding::ALL.map(|encoding| (window, encoding))).fold(
            table,
            |table, (window, encoding)| {
                let names = [window.to_string().into(), encoding.to_string().into()];
                table.row(names.into_iter().chain(reading_cells(&self.reading, window, encoding)))
            },
        )
    }

    fn parts(&self) -> Parts {
        Parts::default()
            .frame(EIGENVALUES, self.eigenvalue_frame())
            .frame(TAILS, self.tail_frame())
            .table("-table", self.table())
            .figure("-decay", self.decay_plot())
    }

    /// Without eigenvalues and tails, which stand beside it in Parquet files, and without the time it took.
    fn result(&self) -> Result<Value> {
        let mut fields = json_of(self)?;
        if let Some(fields) = fields.as_object_mut() {
            for other in ["parameters", "computed_by", "eigenvalues", "indices", "tails", "seconds"] {
                fields.remove(other);
            }
        }
        Ok(fields)
    }

    fn restore(mut fields: Map<String, Value>, file: &JsonFile) -> Result<Self> {
        let eigenvalues = read_parquet(&file.beside(&format!("{EIGENVALUES}.parquet")))?;
        let tails = read_parquet(&file.beside(&format!("{TAILS}.parquet")))?;
        fields.insert("eigenvalues".into(), json_of(&numbers(&eigenvalues, "eigenvalue")?)?);
        let indices = tails.column("i").and_then(|i| Ok(i.u32()?.iter().flatten().collect::<Vec<u32>>()));
        fields.insert("indices".into(), json_of(&indices.map_err(Error::polars("the kept indices"))?)?);
        let names =
            tails.get_column_names().into_iter().map(|name| name.as_str()).filter(|name| *name != "i");
        let tails = names.map(|name| Ok(serde_json::json!({"target": name, "tail": numbers(&tails, name)?})));
        fields.insert("tails".into(), Value::Array(tails.collect::<Result<_>>()?));
        file.typed(Value::Object(fields))
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}

/// A column of numbers, none empty.
fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let context = format!("column {name:?} of a whole set");
    let column = frame.column(name).and_then(|column| Ok(column.f64()?.iter().collect::<Option<Vec<f64>>>()));
    let column = column.map_err(Error::polars(&context))?;
    column.ok_or_else(|| Error::table(&context, "a row is empty"))
}
