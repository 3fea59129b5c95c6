//! A small result of every kind, in a second or two all together.
#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2};

use crate::architecture::Activation;
use crate::data::{Scaling, Source, SphereQuadratic, TrainTestView};
use crate::experiment::{
    Bootstrap, BootstrapReading, BootstrapResult, Calibration, CalibrationResult, Coverage, CoverageResult,
    Design, Dispersion, DispersionResult, Draw, Drift, DriftData, DriftResult, Forecast, ForecastResult,
    ForecastSample, InitialFunction, InitialFunctionResult, InitialReading, InitialRow, LearningCurve,
    LearningCurveResult, NoisyFunctions, NoisyFunctionsResult, NoisyReading, OutputVariance,
    OutputVarianceResult, PhaseDiagram, PhaseDiagramResult, PlantedDecay, PlantedDecayResult, PlantedRow,
    RefusedWindow, RidgeError, RiskInTime, RiskInTimeResult, SensitivityRow, SmoothnessDraws,
    SmoothnessDrawsResult, SmoothnessTable, SmoothnessTableResult, SphereOracle, SphereOracleResult, Subsets,
    SubsetsResult, TableRow, TrainedNetworks, WholeReading, WholeSet, WholeSetResult, WidthGap,
    WidthGapResult,
};
use crate::flow::{Risk, RiskCurves};
use crate::kernel::Gram;
use crate::network::{Network, Training, TrainingResult};
use crate::origin::Origins;
use crate::regression::{MeanSd, Window};
use crate::report::Trained;
use crate::smoothness::{Estimate, Estimator, Smoothness, SmoothnessResult};
use crate::spectrum::{SpectrumHead, SpectrumHeadResult};

pub(in crate::report) fn dispersion() -> DispersionResult {
    let grid = Dispersion {
        widths: vec![8, 16],
        depths: vec![1, 2, 3],
        sigma_w2: vec![1.0, 2.0],
        sigma_b2: vec![0.0, 1.0],
        initialisations: 20,
        ..Dispersion::default()
    };
    grid.run().unwrap()
}

pub(in crate::report) fn coverage() -> CoverageResult {
    let parameters =
        Coverage { depths: vec![1, 3], initialisations: 10, repeats: 100, ..Coverage::default() };
    let networks = crate::network::RandomNetworks { width: 64, ..parameters.networks.clone() };
    Coverage { networks, ..parameters }.run().unwrap()
}

/// One sphere, on which no sample is large enough for much.
pub(in crate::report) fn sphere_oracle() -> SphereOracleResult {
    let small = SphereOracle { dimensions: vec![3], sizes: vec![200], draws: 2, ..SphereOracle::default() };
    small.run().unwrap()
}

pub(in crate::report) fn risk_in_time() -> RiskInTimeResult {
    let small = RiskInTime { sizes: vec![20], draws: 2, windows: vec![[1.0, 10.0]], ..RiskInTime::default() };
    RiskInTime { points: 3, test_points: 10, ..small }.run().unwrap()
}

pub(in crate::report) fn calibration() -> CalibrationResult {
    let small = Calibration {
        sizes: vec![200],
        draws: 1,
        r: vec![0.2, 0.8],
        noise: vec![0.0, 0.3],
        ..Calibration::default()
    };
    Calibration { designs: vec![Design::Sphere(3), Design::Sphere(4)], targets: 2, ..small }.run().unwrap()
}

/// Two widths, depths, σ_w² and σ_b², two networks each, on made-up rows.
pub(in crate::report) fn drift() -> DriftResult {
    let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
    let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(i % 2 == o));
    let z = Array2::from_shape_fn((3, 4), |(i, j)| ((5 * i + 2 * j) as f64).cos());
    let grid = Drift {
        widths: vec![8, 16],
        depths: vec![1, 3],
        sigma_w2: vec![1.5, 2.5],
        sigma_b2: vec![0.1, 1.0],
        trials: 2,
        rate: 1e-3,
        steps: 40,
        looks: vec![10],
        spectra: true,
        scaling: Scaling::UnitNorm,
        ..Drift::default()
    };
    grid.run_on(&DriftData { x, y, z }).unwrap()
}

/// Of six made-up rows in two classes, which are the test rows too.
pub(in crate::report) fn drift_on_six_rows(grid: Drift) -> DriftResult {
    let x = Array2::from_shape_fn((6, 3), |(i, j)| ((i * 3 + j) as f64).sin());
    let y = Array2::from_shape_fn((6, 2), |(i, j)| f64::from(u8::from(i % 2 == j)));
    grid.run_on(&DriftData { z: x.clone(), x, y }).unwrap()
}

pub(in crate::report) fn learning_curve() -> LearningCurveResult {
    let curve =
        LearningCurve { sizes: vec![10, 20, 40], trials: 0..3, test_points: 20, ..Default::default() };
    curve.infinite().run().unwrap()
}

pub(in crate::report) fn output_variance() -> OutputVarianceResult {
    let grid = OutputVariance {
        sigma_w2: vec![1.0, 4.0],
        depths: vec![1, 2, 4],
        cosines: vec![0.1, 0.9],
        samples: 3,
        test_points: 2,
        networks: Some(TrainedNetworks {
            widths: vec![8, 16],
            count: 10,
            time: 5.0,
            step: 0.5,
            descent: true,
        }),
        ..OutputVariance::default()
    };
    grid.run().unwrap()
}

pub(in crate::report) fn phases(activation: Activation) -> PhaseDiagramResult {
    PhaseDiagram { activation, sigma_w2: vec![1.0, 2.0, 3.0], sigma_b2: vec![0.1, 1.0] }.run().unwrap()
}

fn gram(n: usize) -> (Gram, Array2<f64>) {
    let k = Array2::from_diag(&Array1::from_shape_fn(n, |i| (i as f64 + 1.0).powf(-1.5)));
    let y = Array2::from_shape_fn((n, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    (Gram::from_array(k).unwrap(), y)
}

fn estimate() -> Smoothness {
    Smoothness { window: Window::Indices { first: 1, last: 20 }, ..Smoothness::default() }
}

pub(in crate::report) fn smoothness() -> SmoothnessResult {
    let (k, y) = gram(60);
    estimate().run((&k, y.view())).unwrap()
}

pub(in crate::report) fn smoothness_draws() -> SmoothnessDrawsResult {
    let (k, y) = gram(120);
    let draws = SmoothnessDraws { n: 60, draws: 3, smoothness: estimate(), ..Default::default() };
    draws.run((&k, y.view())).unwrap()
}

/// As it would be of the published sets.
pub(in crate::report) fn smoothness_table() -> SmoothnessTableResult {
    let drawn = smoothness_draws();
    let sources = [Source::Mnist, Source::Cifar10];
    let exponents = drawn.over_draws;
    let window = Window::Indices { first: 1, last: 10 };
    let draw = |source| {
        let of = move |(draw, result): (usize, &SmoothnessResult)| Draw {
            source,
            draw,
            d: 784,
            result: result.clone(),
        };
        drawn.draws.iter().enumerate().map(of).collect::<Vec<_>>()
    };
    SmoothnessTableResult {
        computed_by: Origins::now(),
        rows: sources
            .map(|source| TableRow {
                source,
                exponents: exponents.clone(),
                paper: Some(0.4),
                initial_function: 0.004,
            })
            .to_vec(),
        sensitivity: sources
            .map(|source| SensitivityRow { source, window, exponents: exponents.clone() })
            .to_vec(),
        refused: vec![RefusedWindow { source: sources[0], window, reason: "λ_{i} is 0 to rounding".into() }],
        draws: sources.into_iter().flat_map(draw).collect(),
        parameters: SmoothnessTable {
            sources: sources.to_vec(),
            n: 60,
            draws: 3,
            smoothness: estimate(),
            sensitivity: vec![window],
            ..Default::default()
        },
    }
}

pub(in crate::report) fn width_gap() -> WidthGapResult {
    let gap = WidthGap {
        n: 8,
        widths: vec![16, 32],
        trials: 0..3,
        epochs: 20,
        looks: 4,
        test_points: 5,
        ..WidthGap::default()
    };
    gap.run().unwrap()
}

pub(in crate::report) fn risk() -> RiskCurves {
    let on_circle = |n: usize| {
        Array2::from_shape_fn((n, 2), |(i, j)| {
            let angle = 0.7 * i as f64 + 0.1 * n as f64;
            if j == 0 { angle.cos() } else { angle.sin() }
        })
    };
    let (x, z) = (on_circle(8), on_circle(5));
    let target = |x: &Array2<f64>| x.column(0).mapv(|v| v * v).insert_axis(ndarray::Axis(1));
    let (y, truth) = (target(&x), target(&z));
    let rows = crate::data::TrainTestView { x: x.view(), y: y.view(), z: z.view(), truth: truth.view() };
    Risk::default().run(rows).unwrap()
}

/// Made up.
pub(in crate::report) fn planted_decay() -> PlantedDecayResult {
    let parameters = PlantedDecay { r: vec![0.2, 0.4], noise: vec![0.0], ..PlantedDecay::default() };
    let read = MeanSd { mean: 0.21, sd: 0.02, count: 20 };
    let rows = parameters.r.iter().map(|r| PlantedRow { r: *r, noise: 0.0, read }).collect();
    PlantedDecayResult { rows, parameters, computed_by: Origins::now() }
}

/// Made up.
pub(in crate::report) fn initial_function() -> InitialFunctionResult {
    let (source, window) = (Source::Mnist, Window::Indices { first: 1, last: 300 });
    let read = MeanSd { mean: 0.4, sd: 0.02, count: 2 };
    let (lowest, highest) = (0.01, 0.3);
    let table = SmoothnessTable { sources: vec![source], draws: 2, ..InitialFunction::default().table };
    InitialFunctionResult {
        rows: vec![InitialRow { source, window, labels: read, functions: read, lowest, highest, above: 0 }],
        readings: [0, 1]
            .map(|draw| InitialReading { source, draw, window, labels: 0.4, functions: vec![0.01, 0.3] })
            .to_vec(),
        first: vec![],
        jitter: 0.0,
        parameters: InitialFunction {
            table,
            windows: vec![window],
            functions: 2,
            ..InitialFunction::default()
        },
        computed_by: Origins::now(),
    }
}

pub(in crate::report) fn spectrum_head() -> SpectrumHeadResult {
    let data = SphereQuadratic { n: 60, ..SphereQuadratic::default() }.run().unwrap();
    let head = SpectrumHead { components: 12, block: 8, passes: 5, ..SpectrumHead::default() };
    head.run(data.x.view(), data.y.view()).unwrap()
}

/// Of 60 rows of a made-up set.
pub(in crate::report) fn whole_set() -> WholeSetResult {
    let set = WholeSet {
        rows: (0..60).into(),
        permutations: 2,
        functions: 2,
        function_width: 16,
        windows: vec![Window::Indices { first: 1, last: 20 }],
        ..WholeSet::default()
    };
    set.of_made_up_rows().unwrap()
}

/// The same readings at two places.
pub(in crate::report) fn whole_subsets() -> SubsetsResult {
    let whole = whole_set();
    let second = WholeReading { rows: (60..120).into(), ..whole.reading.clone() };
    let parameters = Subsets { set: whole.parameters, sizes: vec![60], most: 2 };
    SubsetsResult { readings: vec![whole.reading, second], parameters, computed_by: Origins::now() }
}

/// By itself, and with its data.
pub(in crate::report) fn training() -> (TrainingResult, Trained) {
    let data = SphereQuadratic { n: 20, ..Default::default() }.run().unwrap();
    let network = Network { width: 20, ..Network::default() };
    let training = Training { network, epochs: 10, ..Training::default() };
    let result = training.run(TrainTestView::of(&data, &data)).unwrap();
    let stable = training.stable_rate(data.x.view()).ok();
    (result.clone(), Trained::ended(result, &data, Some(&data), stable))
}

/// Made up.
pub(in crate::report) fn forecast() -> ForecastResult {
    let parameters = Forecast { sources: vec![Source::Mnist], sizes: vec![9000], ..Forecast::default() };
    let curves = smoothness();
    let sample = |n: usize, rows: std::ops::Range<usize>| {
        let error = (n as f64).powf(-0.4);
        let at = |ridge: &f64| RidgeError {
            ridge: *ridge,
            error: error + 0.01 * ridge,
            standard_error: 0.03 * error,
            gcv: error,
            noise_gain: 1.2,
            kappa: 1.0 / n as f64,
        };
        ForecastSample {
            source: Source::Mnist,
            n,
            rows: rows.into(),
            variance: 1.0,
            mean_square: 1.0,
            errors: parameters.leave_one_out.ridges.iter().map(at).collect(),
            parts: vec![],
            estimates: curves.estimates().unwrap(),
            allowed: vec![],
        }
    };
    let samples = vec![sample(3000, 0..3000), sample(9000, 3000..12_000)];
    let unread = ForecastResult { samples, rows: vec![], parameters, computed_by: Origins::now() };
    ForecastResult::merge(&[unread]).unwrap()
}

/// Made up.
pub(in crate::report) fn bootstrap() -> BootstrapResult {
    let parameters = Bootstrap { subsets: 2, resamples: 3, ..Bootstrap::default() };
    let estimates = smoothness().estimates().unwrap();
    let reading = |resampled: bool, number: usize| {
        let mut estimates = estimates.clone();
        estimates.iter_mut().for_each(|estimate| estimate.r = Some(0.4 + 0.01 * number as f64));
        BootstrapReading { resampled, number, distinct: 640, estimates }
    };
    let readings = (0..2).map(|k| reading(false, k)).chain((0..3).map(|k| reading(true, k))).collect();
    BootstrapResult { readings, parameters, computed_by: Origins::now() }
}

/// Made up.
pub(in crate::report) fn noisy_functions() -> NoisyFunctionsResult {
    let parameters =
        NoisyFunctions { sources: vec![Source::Mnist], functions: 2, ..NoisyFunctions::default() };
    let mut estimates = smoothness().estimates().unwrap();
    let rest = Estimator::ALL[3..].iter();
    let more: Vec<Estimate> = rest.map(|e| Estimate { estimator: *e, ..estimates[0].clone() }).collect();
    estimates.extend(more);
    estimates.iter_mut().for_each(|estimate| estimate.r = Some(0.4));
    let reading = |function| NoisyReading {
        source: Source::Mnist,
        function,
        clean: estimates.clone(),
        noisy: estimates.clone(),
    };
    NoisyFunctionsResult { readings: [0, 1].map(reading).to_vec(), parameters, computed_by: Origins::now() }
}
