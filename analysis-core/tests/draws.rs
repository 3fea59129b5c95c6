//! Repeated draws of rows, and K at hand instead of computed twice.

use analysis_core::experiment::{OverDraws, SmoothnessDraws};
use analysis_core::kernel::{GramOrigin, Kernel};
use analysis_core::ndarray::{Array2, Axis};
use analysis_core::polars::prelude::df;
use analysis_core::prelude::*;
use analysis_core::progress::{Event, Step};
use std::sync::{Arc, Mutex};

fn samples() -> Samples {
    let x = analysis_core::data::sphere_points(300, 3, &mut Seed(4).stream("x", 0));
    let column = |j: usize| x.column(j).to_vec();
    let y: Vec<f64> = x.rows().into_iter().map(|row| (2.0 * row[0]).exp() * row[1]).collect();
    let frame = df!("a" => column(0), "b" => column(1), "c" => column(2), "y" => y).unwrap();
    Dataset::from_frame(&frame, &Columns::target("y")).unwrap()
}

fn draws() -> SmoothnessDraws {
    let smoothness = Smoothness { window: "1..=30".parse().unwrap(), ..Default::default() };
    SmoothnessDraws { n: 100, draws: 3, target: Target::Numeric, smoothness, ..Default::default() }
}

#[test]
fn each_draw_is_the_estimate_of_its_rows_and_the_summary_is_theirs() {
    let draws = draws();
    let result = draws.run(&samples()).unwrap();
    assert_eq!((result.draws.len(), result.available, result.disjoint), (3, 300, true));
    for (draw, found) in result.draws.iter().enumerate() {
        let data = samples()
            .rows(draws.rows(draw, 300))
            .unwrap()
            .prepare(Scaling::UnitNorm, Target::Numeric)
            .unwrap();
        let seed = draws.smoothness.seed.child("null", draw as u64);
        let alone = Smoothness { seed, ..draws.smoothness.clone() }.run(&data).unwrap();
        assert_eq!(found.curves.origin, alone.curves.origin);
        // One BLAS thread or several: n·ε of rounding over gaps of 1e-6 and more.
        assert!((found.r() - alone.r()).abs() < 1e-6 && (found.s() - alone.s()).abs() < 1e-6);
    }
    // Mean and standard deviation by another formula: Σ(r_i − r_j)²/(2·3·2) over all ordered pairs.
    let r: Vec<f64> = result.draws.iter().map(SmoothnessResult::r).collect();
    let pairs: f64 = r.iter().flat_map(|a| r.iter().map(move |b| (a - b) * (a - b))).sum();
    assert!((result.over_draws.r.sd - (pairs / 12.0).sqrt()).abs() < 1e-12);
    assert!((result.over_draws.r.mean - (r[0] + r[1] + r[2]) / 3.0).abs() < 1e-12);
    assert!(result.over_draws.r.sd > 0.0, "other rows give another estimate");
    assert!(result.table().text().unwrap().contains("share no row"));
    // t₂ = 4.302653 by a table.
    let (mean, reach) = (result.over_draws.r.mean, 4.302_653 * result.over_draws.r.sd / 3f64.sqrt());
    let interval = result.over_draws.r_interval().unwrap();
    assert!((interval.low - (mean - reach)).abs() < 1e-6 && (interval.high - (mean + reach)).abs() < 1e-6);
    assert_eq!(result.frame().unwrap().height(), 3);
    let folder = tempfile::tempdir().unwrap();
    let files = result.export_as(&Style::neurips(), folder.path(), "draws").unwrap().files;
    assert!(files.iter().all(|file| file.is_file()) && files.len() > 10);
}

/// The draws of a Gram matrix are those of the rows it was made from.
#[test]
fn draws_of_a_gram_matrix_are_draws_of_its_rows() {
    let (draws, all) = (draws(), samples().prepare(Scaling::UnitNorm, Target::Numeric).unwrap());
    let gram = draws.smoothness.kernel.gram(all.x.view()).unwrap();
    let of_gram = draws.run((&gram, all.y.view())).unwrap();
    let of_rows = draws.run(&samples()).unwrap();
    assert_eq!(of_gram.over_draws, of_rows.over_draws, "K of some rows is some rows of K, to the bit");
    let part = gram.rows(draws.rows(0, 300)).unwrap();
    assert!(matches!(part.origin(), GramOrigin::Part { rows, .. } if *rows == draws.rows(0, 300)));
    assert!(of_gram.manifest().unwrap().parameters["smoothness"].get("kernel").is_none());
}

/// No row twice where there are rows for that; as many draws as there are; else overlapping ones, and their table says so.
#[test]
fn draws_share_no_row_where_there_are_enough() {
    let all = draws().run(&samples()).unwrap();
    let names: Vec<String> = (0..3).map(|draw| draws().rows(draw, 300).to_string()).collect();
    assert!(
        names.iter().zip(["part:0:100:", "part:1:100:", "part:2:100:"]).all(|(a, b)| a.starts_with(b)),
        "{names:?}"
    );
    let more = SmoothnessDraws { draws: 9, ..draws() }.run(&samples()).unwrap();
    assert_eq!(more.draws, all.draws, "300 rows hold three draws of 100, whatever was asked for");
    let few = SmoothnessDraws { n: 200, draws: 4, ..draws() }.run(&samples()).unwrap();
    assert!(!few.disjoint && few.draws.len() == 4);
    let text = few.table().text().unwrap();
    assert!(text.contains("67 %") && text.contains("0.58"), "the overlap is said: {text}");
    let json = few.json(1.0).unwrap();
    assert!(json["result"].get("r_interval").is_none() && json["result"]["disjoint"] == false);
}

#[test]
fn draws_that_mean_nothing_are_refused() {
    let refused = |draws: SmoothnessDraws| draws.run(&samples()).unwrap_err().to_string();
    assert!(refused(SmoothnessDraws { draws: 1, ..draws() }).contains("at least 2"));
    assert!(refused(SmoothnessDraws { n: 300, ..draws() }).contains("300 rows"));
    assert!(refused(SmoothnessDraws { n: 20, ..draws() }).contains("1..=30"));
    let gram = Gram::from_array(Array2::eye(300)).unwrap();
    let short = Array2::zeros((299, 1));
    assert!(matches!(draws().run((&gram, short.view())), Err(Error::Shape { .. })));
    assert!(OverDraws::of(&[]).is_err());
    assert!(gram.rows("stratified:10:1".parse().unwrap()).is_err());
}

#[test]
fn a_gram_matrix_at_hand_gives_what_computing_it_gives() {
    let data = samples().rows(0..100).unwrap().prepare(Scaling::UnitNorm, Target::Numeric).unwrap();
    let smoothness = draws().smoothness;
    let gram = smoothness.kernel.gram(data.x.view()).unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&steps);
    let watched = Session::default().observer(move |event| {
        if let Event::Step(step) = event {
            seen.lock().unwrap().push(*step);
        }
    });
    let given = smoothness.run_in((&data, &gram), &watched).unwrap();
    assert_eq!(given, smoothness.run(&data).unwrap());
    let reduced =
        |step: &Step| matches!(step, Step::Reduction { n: 100, done } if (0.0..=1.0 + 1e-12).contains(done));
    let own = std::mem::take(&mut *steps.lock().unwrap());
    assert!(!own.is_empty() && own.iter().all(reduced), "{own:?}");
    // Computed: the kernel's share rises to 1 before the decomposition begins.
    let folder = tempfile::tempdir().unwrap();
    let stored = watched.store(Store::at(folder.path()));
    assert_eq!(smoothness.run_in(&data, &stored).unwrap(), given);
    let seen = std::mem::take(&mut *steps.lock().unwrap());
    assert!(seen.contains(&Step::Gram { done: 1.0 }));
    assert!(seen.last().is_some_and(reduced));
    assert_eq!(smoothness.run_in(&data, &stored).unwrap(), given);
    assert!(steps.lock().unwrap().is_empty(), "what is stored takes no step");

    let other = Kernel { hidden_layers: 2, ..Kernel::default() }.gram(data.x.view()).unwrap();
    let own = Gram::from_array(gram.view().to_owned()).unwrap();
    let fewer = smoothness.kernel.gram(data.x.select(Axis(0), &[0, 1, 2]).view()).unwrap();
    for wrong in [other, own, fewer] {
        let refused = smoothness.run((&data, &wrong));
        assert!(matches!(refused, Err(Error::Parameter { .. })));
    }
}

#[test]
fn curves_of_very_many_permutations_are_not_stored() {
    let data = samples().rows(0..100).unwrap().prepare(Scaling::UnitNorm, Target::Numeric).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    for (permutations, files) in [(20_001, 0), (20, 1)] {
        let smoothness = Smoothness { permutations, ..draws().smoothness };
        let result = smoothness.run_in(&data, &Session::default().store(store.clone())).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), files);
        assert_eq!(result.warnings().iter().any(|w| w.contains("2000100 numbers")), files == 0);
    }
}
