//! Results whose cells have nothing to show: an export keeps all there is, and no figure fails.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::instances;
use crate::architecture::Activation;
use crate::error::Error;
use crate::experiment::{Drift, DriftResult, Ending, LearningCurveResult, OutputVariance};
use crate::origin::Origins;
use crate::report::{Cell, Exported, Figure, Report, Style, Table};
use crate::smoothness::SmoothnessResult;

/// Exports into an empty folder; every figure drawn, none failed. The files' names.
fn exported(what: &str, export: impl FnOnce(&Path) -> crate::error::Result<Exported>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let files = export(folder.path()).unwrap_or_else(|error| panic!("{what}: {error}")).files;
    files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn drift(change: impl FnOnce(&mut DriftResult)) -> Vec<String> {
    let mut result = instances::drift();
    change(&mut result);
    exported("drift", |folder| result.export(&Style::neurips(), folder))
}

fn diverge(cell: &mut crate::experiment::DriftCell) {
    cell.ending = Ending::Diverged;
    cell.steps = 5;
    cell.looks.truncate(1);
}

#[test]
fn a_drift_that_diverged_died_or_stood_still() {
    let files = drift(|result| result.cells.iter_mut().for_each(diverge));
    for file in
        ["drift.parquet", "drift-table.tex", "drift-plane.svg", "drift-transition.svg", "drift-export.json"]
    {
        assert!(files.iter().any(|name| name == file), "{file} of {files:?}");
    }
    drift(|result| diverge(&mut result.cells[0]));
    drift(|result| {
        result.cells.iter_mut().for_each(|cell| {
            diverge(cell);
            cell.looks.clear();
            cell.smallest_loss = f64::MAX;
        })
    });
    drift(|result| {
        for look in result.cells.iter_mut().flat_map(|cell| &mut cell.looks) {
            for change in [&mut look.full, &mut look.trace, &mut look.one] {
                (change.drift, change.alignment) = (0.0, 1.0);
            }
            (look.gap, look.test_gap, look.loss) = (Some(0.0), None, 0.0);
        }
        result.cells.iter_mut().for_each(|cell| cell.smallest_loss = 0.0);
    });
    drift(|result| {
        for look in result.cells.iter_mut().flat_map(|cell| &mut cell.looks) {
            (look.full.drift, look.one.drift, look.trace.drift) = (f64::NAN, f64::INFINITY, f64::NAN);
        }
    });
    // A shard without a cell.
    drift(|result| {
        result.cells.clear();
    });
    let mut one = instances::drift();
    one.parameters = Drift {
        widths: vec![8, 16],
        depths: vec![1],
        sigma_w2: vec![1.5],
        sigma_b2: vec![0.1],
        ..one.parameters.clone()
    };
    one.cells.retain(|cell| (cell.depth, cell.sigma_w2, cell.sigma_b2) == (1, 1.5, 0.1));
    one.cells.iter_mut().for_each(diverge);
    let files = exported("one cell", |folder| one.export(&Style::neurips(), folder));
    assert!(files.contains(&"drift-width.svg".to_string()), "{files:?}");
    let time = one.time_plot(8, 1, 0.1, &[1.5]);
    assert!(time.svg(&Style::notebook()).unwrap().contains("no data"));
    assert!(one.spectrum_plot(&one.cells[0]).svg(&Style::notebook()).is_ok());
}

#[test]
fn a_diverged_cell_is_blank_and_named() {
    let mut result = instances::drift();
    let cells = result.cells.iter_mut().filter(|c| (c.sigma_w2, c.sigma_b2) == (1.5, 0.1));
    cells.for_each(diverge);
    let figure = result.plane_plot(None).unwrap();
    let heat = figure.panels[0].heat.as_ref().unwrap();
    assert_eq!(heat.values.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true, true]);
    let svg = figure.svg(&Style::neurips()).unwrap();
    assert!(svg.contains("×: diverged, 1 cell"), "{svg}");
    // Where one of two networks diverged the other has a value, and a small cross.
    let mut result = instances::drift();
    let first = result.cells.iter_mut().find(|c| (c.sigma_w2, c.sigma_b2, c.trial) == (1.5, 0.1, 0));
    first.into_iter().for_each(diverge);
    let figure = result.plane_plot(None).unwrap();
    assert!(figure.panels[0].heat.as_ref().unwrap().values.iter().all(Option::is_some));
    assert!(figure.title.contains("small ×: a network diverged, failed or was cut off"), "{}", figure.title);
}

/// A row of panels a number of steps, each what the plane after so many steps alone is, and one mark for networks that failed.
#[test]
fn planes_in_time_are_the_planes_after_so_many_steps() {
    let mut result = instances::drift();
    let first = result.cells.iter_mut().find(|c| (c.sigma_w2, c.sigma_b2, c.trial) == (1.5, 0.1, 0));
    first.into_iter().for_each(diverge);
    let steps = [0, result.parameters.steps];
    let together = result.planes_in_time_plot(&steps).unwrap();
    let alone = steps.map(|step| result.plane_plot(Some(step)).unwrap());
    let columns = alone[0].panels.len();
    assert_eq!((together.columns, together.panels.len()), (columns, 2 * columns));
    let heats = alone.iter().flat_map(|figure| &figure.panels).map(|panel| &panel.heat);
    assert!(together.panels.iter().map(|panel| &panel.heat).eq(heats));
    assert!(together.panels[columns].title.ends_with(&format!("step {}", steps[1])));
    assert!(together.title.contains("small ×: a network diverged"), "{}", together.title);
    assert!(together.svg(&Style::neurips()).is_ok());
}

#[test]
fn a_step_limit_is_no_end_of_training() {
    let mut result = instances::drift();
    let when = |result: &DriftResult| (result.plane_plot(None).unwrap().title, result.table().caption);
    result.cells.iter_mut().for_each(|cell| cell.ending = Ending::Plateau);
    let (title, caption) = when(&result);
    assert!(title.contains("at the end of training;") && caption == "The kernel at the end of training");
    result.cells.iter_mut().for_each(|cell| cell.ending = Ending::Steps);
    let limit = format!("at the limit of {} steps", result.parameters.steps);
    let (title, caption) = when(&result);
    assert!(title.contains(&limit) && caption == format!("The kernel {limit}"), "{title} {caption}");
    result.cells[0].ending = Ending::Plateau;
    let cut = result.cells.len() - 1;
    let (title, _) = when(&result);
    assert!(title.contains(&format!("in {cut} of {}", result.cells.len())), "{title}");
}

#[test]
fn a_dispersion_out_of_range() {
    let style = Style::neurips();
    let mut result = instances::dispersion();
    for (k, point) in result.points.iter_mut().enumerate() {
        (point.ratio, point.interval) = (f64::INFINITY, [1.0, f64::INFINITY]);
        (point.mean, point.z) = (0.0, Some(f64::NAN));
        point.tail_unseen = k % 2 == 0;
        point.exact_ratio = point.exact_ratio.map(|_| f64::INFINITY);
    }
    exported("infinite ratios", |folder| result.export(&style, folder));
    for point in &mut result.points {
        (point.ratio, point.interval, point.exact_ratio) = (1.0, [1.0, 1.0], Some(1.0));
    }
    exported("equal networks", |folder| result.export(&style, folder));
    result.points.clear();
    exported("an empty shard", |folder| result.export(&style, folder));
}

#[test]
fn output_variances_without_a_logarithm() {
    let style = Style::neurips();
    let negative = OutputVariance {
        sigma_w2: vec![1.0],
        sigma_b2: vec![0.0],
        cosines: vec![-0.05],
        depths: (1..=5).collect(),
        ..OutputVariance::default()
    };
    let result = negative.run().unwrap();
    let files = exported("negative covariances", |folder| result.export(&style, folder));
    assert!(files.contains(&"kernel-depth.svg".to_string()));
    let mut result = instances::output_variance();
    for point in &mut result.points {
        (point.formula, point.ratio, point.exact) = (0.0, None, None);
        (point.kernel.off_diagonal, point.kernel.variance, point.condition) = (0.0, 0.0, f64::INFINITY);
    }
    for e in &mut result.ensembles {
        for estimate in [&mut e.start, &mut e.linear, &mut e.linear_zero] {
            (estimate.variance, estimate.interval) = (0.0, [0.0, f64::INFINITY]);
        }
        e.trained = None;
    }
    exported("variances of 0", |folder| result.export(&style, folder));
    (result.points, result.ensembles) = (Vec::new(), Vec::new());
    exported("an empty shard", |folder| result.export(&style, folder));
}

#[test]
fn a_learning_curve_of_one_trial_and_one_size() {
    let whole = instances::learning_curve();
    let few = |sizes: Vec<usize>, trials: std::ops::Range<usize>, error: Option<f64>| {
        let mut errors = whole.errors.clone();
        errors.retain(|e| sizes.contains(&e.n) && trials.contains(&e.trial));
        for e in &mut errors {
            e.error = error.unwrap_or(e.error);
            e.time = 0.0;
        }
        let parameters = crate::experiment::LearningCurve { sizes, trials, ..whole.parameters.clone() };
        LearningCurveResult::of_trials(parameters, errors, Origins::now()).unwrap()
    };
    for curve in [few(vec![10], 0..1, None), few(vec![10, 20], 0..2, Some(1e-300)), few(vec![10], 0..3, None)]
    {
        exported("learning curve", |folder| curve.export_as(&Style::neurips(), folder, "curve"));
        let times = Figure::single(curve.times_panel("").unwrap()).svg(&Style::notebook()).unwrap();
        assert!(times.contains("no data"));
    }
}

#[test]
fn phases_without_an_edge() {
    let mut result = instances::phases(Activation::Tanh);
    for point in &mut result.points {
        point.fixed_point.chi1 = None;
        point.fixed_point.variance = None;
    }
    result.edge.clear();
    exported("phases", |folder| result.export(&Style::neurips(), folder));
    let files =
        exported("phases", |folder| instances::phases(Activation::Relu).export(&Style::neurips(), folder));
    // The points, not the figure's numbers, which are in the CSV.
    assert_eq!(files.iter().filter(|file| *file == "phases.parquet").count(), 1);
    assert!(Figure::single(crate::report::edges_panel(&[result.clone()])).svg(&Style::neurips()).is_ok());
    assert!(crate::report::phases_plot(&[result]).svg(&Style::neurips()).is_ok());
}

/// From index `from` on, the target has no energy.
fn silenced(result: &mut SmoothnessResult, from: usize) {
    result.curves.tail[from..].fill(0.0);
    for tail in &mut result.curves.null_tails {
        tail[from..].fill(0.0);
    }
    result.curves.eigenvalues[from..].fill(-1e-18);
}

#[test]
fn smoothness_with_tails_that_end() {
    let style = Style::neurips();
    for from in [0, 2, 30] {
        let mut result = instances::smoothness();
        silenced(&mut result, from);
        exported("smoothness", |folder| result.export_as(&style, folder, "own"));
        assert!(result.spectrum_plot().unwrap().svg(&style).is_ok());
        let mut draws = instances::smoothness_draws();
        draws.draws.iter_mut().for_each(|draw| silenced(draw, from));
        exported("draws", |folder| draws.export_as(&style, folder, "own"));
        let mut table = instances::smoothness_table();
        table.draws.iter_mut().for_each(|draw| silenced(&mut draw.result, from));
        exported("table", |folder| table.export(&style, folder));
    }
}

#[test]
fn gaps_of_zero_and_a_coverage_without_points() {
    let style = Style::neurips();
    let mut gap = instances::width_gap();
    gap.gaps[0].gap = 0.0;
    exported("a gap of 0", |folder| gap.export_as(&style, folder, "gap"));
    gap.gaps.iter_mut().for_each(|gap| gap.gap = 0.0);
    exported("gaps of 0", |folder| gap.export_as(&style, folder, "gap"));
    gap.gaps.clear();
    gap.slopes.clear();
    exported("no gaps", |folder| gap.export_as(&style, folder, "gap"));
    let mut coverage = instances::coverage();
    coverage.points.clear();
    exported("coverage", |folder| coverage.export(&style, folder));
}

#[test]
fn what_cannot_be_drawn_is_told_at_the_end_and_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    // Labels that leave no room for axes.
    let narrow = Style { width: 0.4, ..Style::neurips() };
    let error = instances::drift().export(&narrow, folder.path()).unwrap_err();
    let Error::Export { failed, written, .. } = &error else { panic!("{error}") };
    assert!(failed.iter().any(|line| line.starts_with("drift-plane: ")), "{error}");
    assert!(failed.iter().any(|line| line.starts_with("drift-transition: ")), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), *written);
    for file in ["drift.parquet", "drift-table.csv", "drift-export.json"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
    let list = crate::report::Manifest::read(folder.path(), "drift-export").unwrap();
    assert_eq!(&list.failed, failed);
}

/// Shards are put together by their columns' names: a table has the same for any rows, none too.
#[test]
fn a_tables_columns_do_not_depend_on_its_rows() {
    let names = |table: Table| table.csv().unwrap().lines().next().unwrap().to_string();
    fn without_rows(table: &Table) -> Table {
        Table { rows: Vec::new(), ..table.clone() }
    }
    let (curve, variance, smooth) =
        (instances::learning_curve(), instances::output_variance(), instances::smoothness_table());
    let tables = [
        instances::dispersion().table(),
        instances::coverage().table(),
        instances::drift().table(),
        instances::drift().readings_table(),
        curve.table(),
        curve.points_table(),
        variance.table(),
        variance.ensemble_table(),
        smooth.table(),
        smooth.sensitivity_table(),
        crate::report::comparison_table(&[("a", smooth)]),
        crate::report::learning_curves_table(&[("a", curve)]),
        instances::smoothness_draws().table(),
        instances::width_gap().table(),
        instances::planted_decay().table(),
        instances::initial_function().table(),
        instances::spectrum_head().table(),
        instances::whole_set().table(),
        instances::whole_subsets().table(),
        instances::phases(Activation::Tanh).table(),
    ];
    for table in tables {
        let bare = without_rows(&table);
        let absent = bare.clone().row(table.columns.iter().map(|_| Cell::Absent));
        let full = names(table);
        assert_eq!(names(bare), full);
        assert_eq!(names(absent), full);
    }
}
