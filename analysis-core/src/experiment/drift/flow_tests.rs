//! Gradient flow against the paper's own steps.
#![allow(clippy::unwrap_used)]

use super::tests::{data, run, small};
use super::*;
use crate::error::Error;
use crate::session::Cancellation;
use crate::store::Store;

/// The same grid by the paper's steps and as flow, cell by cell.
fn both(grid: &Drift, tolerance: f64) -> Vec<[DriftCell; 2]> {
    let plain = run(&Drift { acceleration: Acceleration::Steps(1), ..grid.clone() });
    let flow = run(&Drift { acceleration: Acceleration::flow(tolerance), ..grid.clone() });
    plain.cells.into_iter().zip(flow.cells).map(|(plain, flow)| [plain, flow]).collect()
}

/// The largest difference over all looks: of drifts (of those above 1 as a share), and of RMS residuals as a share of the first.
fn apart([plain, flow]: &[DriftCell; 2]) -> (f64, f64) {
    let looks = plain.looks.iter().zip(&flow.looks);
    looks.fold((0.0, 0.0), |(drift, loss), (a, b)| {
        let forms = [KernelForm::Full, KernelForm::Trace, KernelForm::One];
        let drifts = forms.map(|form| {
            let (a, b) = (a.change(form).drift, b.change(form).drift);
            (a - b).abs() / a.max(1.0)
        });
        let most = drifts.into_iter().fold(drift, f64::max);
        (most, f64::max(loss, (a.loss.sqrt() - b.loss.sqrt()).abs() / plain.looks[0].loss.sqrt()))
    })
}

/// What descent itself is apart from descent at half the rate, twice as many steps: (drift, RMS residual). To first order
/// half of what it is apart from the flow.
fn own(grid: &Drift) -> Vec<(f64, f64)> {
    let plain = Drift { acceleration: Acceleration::Steps(1), ..grid.clone() };
    let half = Drift {
        rate: grid.rate / 2.0,
        steps: grid.steps * 2,
        plateau_steps: grid.plateau_steps * 2,
        looks: grid.looks.iter().map(|look| look * 2).collect(),
        ..plain.clone()
    };
    let (plain, half) = (run(&plain).cells, run(&half).cells);
    plain.into_iter().zip(half).map(|(plain, half)| apart(&[plain, half])).collect()
}

fn grid(activation: Activation) -> Drift {
    let relu = activation == Activation::Relu;
    Drift {
        activation,
        widths: vec![if relu { 128 } else { 32 }],
        depths: vec![2, 5],
        sigma_w2: if relu { vec![0.8, 2.0] } else { vec![0.8, 2.0, 3.5] },
        rate: 0.005,
        steps: 3000,
        looks: vec![10, 100, 1000],
        spectra: false,
        ..small()
    }
}

/// All phases, both activations, with a fraction of the gradients: no further from the paper's steps than these are from the
/// flow by their own account, plus a few tolerances. A ReLU's unit that changes sides in one row changes Θ by a share of order
/// 1/M at once: there the paper's own number depends on the rate.
#[test]
fn the_flow_is_the_papers_steps() {
    for activation in [Activation::Tanh, Activation::Relu] {
        let grid = grid(activation.clone());
        for (pair, own) in both(&grid, 1e-3).into_iter().zip(own(&grid)) {
            let [plain, flow] = &pair;
            let (drift, loss) = apart(&pair);
            println!(
                "{activation} H = {} σ_w² = {}: {drift:.1e} (own {:.1e}) of {:.3}, loss {loss:.1e} (own {:.1e}), {} and {} \
                 gradients, {:?}",
                plain.depth,
                plain.sigma_w2,
                own.0,
                plain.looks.last().unwrap().full.drift,
                own.1,
                plain.taken,
                flow.taken,
                flow.flow
            );
            assert_eq!((plain.ending, plain.looks.len()), (flow.ending, flow.looks.len()));
            assert!(plain.steps.abs_diff(flow.steps) <= 100, "{} {}", plain.steps, flow.steps);
            assert!(
                drift < 2.0 * own.0 + 3e-3 && loss < 2.0 * own.1 + 3e-3,
                "{activation}: {drift}, {loss}, {own:?}"
            );
            assert!(activation == Activation::Relu || drift < 3e-3, "{drift}");
            // Where a ReLU network stays at a kink, the paper's steps are taken, and few others tried.
            assert!(flow.taken < plain.taken + plain.taken / 5, "{} {}", flow.taken, plain.taken);
        }
    }
}

/// At a small rate a ReLU network goes in long steps too. Of the pairs of a row and a unit a share of about the tolerance is on
/// the other side of the kink too early or too late, and Θ differs by about that share.
#[test]
fn a_relu_network_goes_in_long_steps_where_the_rate_is_small() {
    let grid = Drift {
        rate: 2e-4,
        steps: 6000,
        looks: vec![100, 1000, 3000],
        depths: vec![2],
        ..grid(Activation::Relu)
    };
    let tolerance = 1e-2;
    for pair in both(&grid, tolerance) {
        let [plain, flow] = &pair;
        let (drift, loss) = apart(&pair);
        println!(
            "σ_w² = {}: {drift:.1e} of {:.3}, loss {loss:.1e}, {} and {} gradients, {:?}",
            plain.sigma_w2,
            plain.looks.last().unwrap().full.drift,
            plain.taken,
            flow.taken,
            flow.flow
        );
        assert!(flow.flow.unwrap().steps > 0 && 2 * flow.taken < plain.taken, "{flow:?}");
        assert!(drift < tolerance && loss < tolerance, "{drift}, {loss}");
    }
}

/// A smaller tolerance is a smaller error where the network is smooth.
#[test]
fn the_tolerance_decides_the_error() {
    let grid = Drift { depths: vec![3], sigma_w2: vec![2.0], ..grid(Activation::Tanh) };
    let [loose, tight] = [1e-2, 1e-4].map(|tolerance| apart(&both(&grid, tolerance)[0]).0);
    assert!(tight < 0.1 * loose && tight < 1e-4, "{loose} {tight}");
}

/// The plateau rule ends both where it ends: within the steps that it waits for.
#[test]
fn a_plateau_is_met_at_the_same_step() {
    for fall in [1e-3, 1e-4] {
        let grid =
            Drift { plateau_fall: fall, steps: 20_000, sigma_w2: vec![1.0, 2.0], ..grid(Activation::Tanh) };
        for pair in both(&grid, 1e-3) {
            let [plain, flow] = &pair;
            println!("{fall}: {} {} at {} and {}", plain.depth, plain.ending, plain.steps, flow.steps);
            assert_eq!((plain.ending, flow.ending), (Ending::Plateau, Ending::Plateau));
            assert!(
                plain.steps.abs_diff(flow.steps) <= 100 + plain.steps / 100,
                "{} {}",
                plain.steps,
                flow.steps
            );
        }
    }
}

/// Near and beyond the stable rate the paper's own steps are taken: they overshoot, which no flow does.
#[test]
fn steps_that_are_no_flow_are_taken_one_by_one() {
    let stable = run(&Drift { steps: 1, ..grid(Activation::Tanh) }).cells.remove(0).stable_rate;
    let grid = Drift {
        depths: vec![2],
        sigma_w2: vec![0.8],
        rate: 0.8 * stable,
        steps: 500,
        ..grid(Activation::Tanh)
    };
    for pair in both(&grid, 1e-3) {
        let [plain, flow] = &pair;
        let taken = flow.flow.unwrap();
        assert!(
            taken.plain > 400 && taken.steps == 0 && taken.sharpest > Acceleration::SHARPEST,
            "{taken:?}"
        );
        // Later, at the edge of stability, rounding grows.
        let early = |cell: &DriftCell| cell.looks[1].full.drift;
        assert!((early(plain) - early(flow)).abs() < 1e-9 * early(plain));
    }
    let beyond = Drift { rate: 100.0, activation: Activation::Relu, ..small() };
    let [plain, flow] = &both(&beyond, 1e-3)[0];
    assert_eq!((plain.ending, plain.steps), (flow.ending, flow.steps));
    assert_eq!(flow.ending, Ending::Diverged);
}

/// In single precision as in double: to the tolerance, and where a ReLU's kernel jumps, to what the paper's steps are apart.
#[test]
fn gradients_in_single_precision_are_enough() {
    for activation in [Activation::Tanh, Activation::Relu] {
        let single = Acceleration::Flow { tolerance: 1e-3, precision: crate::network::Precision::Single };
        let [double, single] = [Acceleration::flow(1e-3), single]
            .map(|acceleration| run(&Drift { acceleration, ..grid(activation.clone()) }).cells);
        for (pair, own) in double.into_iter().zip(single).zip(own(&grid(activation.clone()))) {
            let (drift, loss) = apart(&pair.into());
            println!("{activation}: {drift:.1e}, {loss:.1e}, own {own:?}");
            let allowed = if activation == Activation::Relu { 2.0 * own.0 } else { 0.0 };
            assert!(drift < allowed + 1e-3 && loss < 1e-3, "{activation}: {drift} {loss} {own:?}");
        }
    }
}

/// A text that says how a grid goes is read back, and a number is what it was before there was a flow.
#[test]
fn grids_of_before_are_read() {
    let old = serde_json::to_value(Drift { acceleration: 100.into(), ..small() }).unwrap();
    assert_eq!(old["acceleration"], 100);
    assert_eq!(serde_json::from_value::<Drift>(old).unwrap().acceleration, Acceleration::Steps(100));
    for text in ["7", "flow:0.001", "flow:0.01:single"] {
        let read: Acceleration = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        let grid = Drift { acceleration: read, ..small() };
        let json = serde_json::to_string(&grid).unwrap();
        assert_eq!(serde_json::from_str::<Drift>(&json).unwrap(), grid);
    }
    for wrong in ["", "flow", "flow:x", "flow:1e-3:half", "-1", "flow:1e-3:single:1"] {
        assert!(wrong.parse::<Acceleration>().is_err(), "{wrong}");
    }
}

/// Stopped after every step and gone on with, a flow is the same to the bit.
#[test]
fn a_flow_goes_on_from_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let cancelled = Cancellation::new();
    cancelled.cancel();
    let grid = Drift { acceleration: Acceleration::flow(1e-2), depths: vec![2], ..grid(Activation::Relu) };
    let whole = run(&grid).cells.remove(1);
    let (data, place) = (data(), grid.places()[1]);
    let prepared = start::Prepared::new(&data).unwrap();
    let session = Session::default().store(Store::at(folder.path())).cancellation(&cancelled);
    let mut rounds = 0;
    let cell = loop {
        match grid.cell(place, &prepared, &session) {
            Ok(cell) => break cell.value,
            Err(error) => assert!(matches!(error, Error::Cancelled)),
        }
        rounds += 1;
        assert!(rounds < 3000);
    };
    assert!(rounds > 50 && cell == whole, "{rounds}");
}

/// The table that the documentation and notebook 24 speak of: every phase, depth and activation of the paper's grids at
/// M = 64, some at M = 256, by 2·10⁴ of the paper's own steps and as flow. Some minutes:
///
/// `cargo test --release --locked -p analysis-core --features cli --lib drift::flow_tests::table -- --ignored --nocapture`
#[test]
#[ignore = "minutes, and MNIST"]
fn table() {
    let base = Drift { sigma_b2: vec![0.3], steps: 20_000, test_images: 16, ..Drift::default() };
    let tanh = Drift { activation: Activation::Tanh, ..base.clone() };
    let narrow = |grid: &Drift, sigma_w2: [f64; 3]| Drift {
        widths: vec![64],
        sigma_w2: sigma_w2.to_vec(),
        ..grid.clone()
    };
    let wide = |grid: &Drift, depth: usize, sigma_w2: f64| Drift {
        depths: vec![depth],
        sigma_w2: vec![sigma_w2],
        ..grid.clone()
    };
    let ends = |grid: Drift| Drift { plateau_fall: 2e-5, ..grid };
    println!(
        "| φ | M | H | σ_w² | ending | steps: paper's, flow | loss: paper's, flow | drift (one): paper's, flow, single | \
         drift (full) | gradients | η λ_max |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for grid in [
        narrow(&base, [1.0, 2.0, 2.5]),
        narrow(&tanh, [1.0, 2.5, 3.5]),
        wide(&base, 3, 2.5),
        wide(&tanh, 3, 3.5),
        wide(&base, 10, 2.0),
        ends(narrow(&base, [0.5, 1.0, 1.5])),
        ends(narrow(&tanh, [0.5, 1.0, 1.5])),
    ] {
        let single = Acceleration::Flow { tolerance: 3e-3, precision: crate::network::Precision::Single };
        let ways = [Acceleration::Steps(1), Acceleration::flow(3e-3), single];
        let [plain, flow, single] =
            ways.map(|acceleration| Drift { acceleration, ..grid.clone() }.run().unwrap().cells);
        for ((plain, flow), single) in plain.iter().zip(&flow).zip(&single) {
            let [a, b, c] = [plain, flow, single].map(|cell| cell.looks.last().unwrap());
            println!(
                "| {} | {} | {} | {} | {}, {} | {}, {} | {:.5}, {:.5} | {:.4}, {:.4}, {:.4} | {:.4}, {:.4} | {}, {} | {:.4} |",
                grid.activation,
                plain.width,
                plain.depth,
                plain.sigma_w2,
                plain.ending,
                flow.ending,
                plain.steps,
                flow.steps,
                a.loss,
                b.loss,
                a.one.drift,
                b.one.drift,
                c.one.drift,
                a.full.drift,
                b.full.drift,
                plain.taken,
                flow.taken,
                flow.flow.unwrap().sharpest
            );
        }
    }
}
