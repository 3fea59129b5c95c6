//! Computations within an experiment: they are stopped with it, and nothing else of a session is theirs.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use analysis_core::experiment::{FiniteWidth, LearningCurve, OutputVariance, PhaseDiagram, Regime, WidthGap};
use analysis_core::prelude::*;
use analysis_core::session::{Cancellation, Session};
use analysis_core::shard::Shard;

fn curve() -> LearningCurve {
    let finite = FiniteWidth { width_per_sample: 2, epochs_per_sample: 1, ..FiniteWidth::default() };
    LearningCurve {
        regime: Regime::Finite(finite),
        sizes: vec![10, 20],
        trials: 0..2,
        test_points: 5,
        ..Default::default()
    }
}

/// A session that is current must not be seen by a run in another one: it is made current in a process of its own.
#[test]
fn a_run_in_a_session_of_its_own_does_not_touch_the_current_one() {
    const CHILD: &str = "NTK_WITHIN_TEST_CHILD";
    if let Some(folder) = std::env::var_os(CHILD) {
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let current = Session::default().observer(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let folder = std::path::PathBuf::from(folder);
        current.store(Store::at(&folder)).checkpoint(folder.join("shared")).make_current();
        let own = Session::default();
        let silent = |what: &str| assert_eq!(told.load(Ordering::Relaxed), 0, "{what}");
        curve().run_in(&own).unwrap();
        silent("trainings");
        curve().infinite().run_in(&own).unwrap();
        silent("trials at infinite width");
        let gap = WidthGap { n: 10, widths: vec![50, 100], trials: 0..3, epochs: 20, ..WidthGap::default() };
        gap.run_in(&own).unwrap();
        silent("networks beside their limit");
        let grid = OutputVariance { depths: vec![1, 5], cosines: vec![0.5], ..Default::default() };
        grid.run_in(&own).unwrap();
        silent("the theory of output variances");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "neither a result nor a checkpoint");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = "within::a_run_in_a_session_of_its_own_does_not_touch_the_current_one";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let (out, errors) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && out.contains("1 passed"), "{out}{errors}");
}

/// Trials of a million epochs and more: a wish to stop ends them between two epochs.
#[test]
fn a_training_within_an_experiment_can_be_stopped() {
    let finite = FiniteWidth { width_per_sample: 10, epochs_per_sample: 100_000, ..FiniteWidth::default() };
    let long = LearningCurve { regime: Regime::Finite(finite), ..curve() };
    let cancellation = Cancellation::new();
    let stop = cancellation.clone();
    let began = Instant::now();
    let waiting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        stop.cancel();
    });
    let result = long.run_in(&Session::default().cancellation(&cancellation));
    waiting.join().unwrap();
    assert!(matches!(result, Err(Error::Cancelled)), "{:?} after {:?}", result.is_ok(), began.elapsed());
}

#[test]
fn a_shard_of_what_has_no_parts_is_refused() {
    let session = Session::default().shard(Shard { index: 1, of: 2 });
    let refused = |error: Error| {
        assert!(matches!(&error, Error::Parameter { name, .. } if name == "shard"), "{error}");
        assert!(error.to_string().contains("has no parts that shards could share"), "{error}");
    };
    refused(PhaseDiagram::default().run_in(&session).unwrap_err());
    let data = SphereQuadratic { n: 30, ..Default::default() }.run().unwrap();
    refused(Smoothness::default().run_in(&data, &session).unwrap_err());
}
