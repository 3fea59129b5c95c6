//! Sizes that no machine has are refused before anything is allocated: an error with the number, never a panic or an abort.

use analysis_core::data::SphereQuadratic;
use analysis_core::error::{Error, Result};
use analysis_core::experiment::{
    Coverage, Dispersion, Drift, InitialFunction, LearningCurve, OutputVariance, PhaseDiagram, PlantedDecay,
    SmoothnessDraws, SmoothnessTable, TrainedNetworks, WidthGap,
};
use analysis_core::flow::Times;
use analysis_core::network::{Network, RandomNetworks, Sampler};
use analysis_core::regression::{IndexRange, Spacing, Window};
use analysis_core::seed::Seed;
use analysis_core::smoothness::Smoothness;

const MOST: usize = usize::MAX;
const HALF: usize = 1 << 63;
const MANY: usize = 100_000_000_000;

fn refused<T: std::fmt::Debug>(what: &str, result: Result<T>) {
    match result {
        Err(Error::Memory { .. } | Error::Parameter { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn random_networks() {
    for width in [MOST, HALF, MANY] {
        for networks in [
            RandomNetworks::square(width),
            RandomNetworks { outputs: width, ..RandomNetworks::default() },
            RandomNetworks { activation: "tanh".parse().unwrap(), ..RandomNetworks::square(width) },
        ] {
            for sampler in [Sampler::Vectors, Sampler::Dense] {
                let pairs = networks.sample_pairs(1_000_000, 0.5, 0..10, sampler, Seed(0));
                refused(&format!("{networks:?}, {sampler}"), pairs);
                refused("one input", networks.sample(1_000_000, 0..10, sampler, Seed(0)));
            }
        }
        let few = RandomNetworks::square(8);
        refused("networks", few.sample_pairs(1, 0.5, 0..width, Sampler::Automatic, Seed(0)));
        refused("networks", few.sample(1, 0..width, Sampler::Automatic, Seed(0)));
        refused("a network", Network { width, ..Network::default() }.draw(Seed(0)));
        refused("a network", Network { inputs: width, ..Network::default() }.draw(Seed(0)));
        refused("a network", Network { outputs: width, ..Network::default() }.draw(Seed(0)));
        refused("a network", Network { hidden_layers: width, ..Network::default() }.draw(Seed(0)));
    }
}

#[test]
fn grids() {
    for many in [MOST, HALF, MANY] {
        refused("trainings", Drift { trials: many, ..Drift::default() }.run());
        refused("steps", Drift { steps: many, ..Drift::default() }.run());
        refused("widths", Drift { widths: vec![8, many], ..Drift::default() }.run());
        refused("depths", Drift { depths: vec![1, many], ..Drift::default() }.run());
        refused("depths", Dispersion { depths: vec![1, many], ..Dispersion::default() }.run());
        let curve = LearningCurve::default();
        refused("trials", LearningCurve { trials: 0..many, ..curve.clone() }.run());
        refused("test points", LearningCurve { test_points: many, ..curve.clone() }.run());
        refused("sizes", LearningCurve { sizes: vec![5, many], ..curve.clone() }.run());
        refused("sizes", LearningCurve { sizes: vec![5, many], ..curve }.infinite().run());
        let gap = WidthGap::default();
        refused("widths", WidthGap { widths: vec![64, many], ..gap.clone() }.run());
        refused("trials", WidthGap { trials: 0..many, ..gap.clone() }.run());
        refused("n", WidthGap { n: many, ..gap.clone() }.run());
        refused("test points", WidthGap { test_points: many, ..gap }.run());
        let networks = Some(TrainedNetworks { count: many, ..TrainedNetworks::default() });
        let variance = OutputVariance { depths: vec![1], networks, ..OutputVariance::default() };
        refused("networks", variance.run());
        for coverage in [
            Coverage { repeats: many, ..Coverage::default() },
            Coverage { initialisations: many, ..Coverage::default() },
            Coverage { depths: vec![1, many], ..Coverage::default() },
        ] {
            refused("coverage", coverage.run());
        }
        let small =
            PlantedDecay { n: 20, modes: 20, window: Window::FirstFraction(0.5), ..PlantedDecay::default() };
        refused("draws", PlantedDecay { draws: many, ..small.clone() }.run());
        refused("eigenfunctions", PlantedDecay { modes: many, ..small.clone() }.run());
        refused("rows", PlantedDecay { n: many, modes: many, ..small }.run());
    }
    let many: Vec<f64> = (1..=100_000).map(f64::from).collect();
    let grid = PhaseDiagram { sigma_w2: many.clone(), sigma_b2: many.clone(), ..PhaseDiagram::default() };
    refused("points", grid.run());
    let grid = Dispersion { sigma_w2: many.clone(), sigma_b2: many.clone(), ..Dispersion::default() };
    refused("points", grid.run());
    let grid = OutputVariance { sigma_w2: many.clone(), sigma_b2: many, ..OutputVariance::default() };
    refused("points", grid.run());
}

#[test]
fn lists_and_draws() {
    for many in [MOST, HALF, MANY] {
        refused("points", SphereQuadratic { n: many, ..SphereQuadratic::default() }.run());
        refused("coordinates", SphereQuadratic { d: many, ..SphereQuadratic::default() }.run());
        refused("times", Times { points: many, ..Times::default() }.grid(10));
        refused("indices", IndexRange { first: 1, last: many }.indices(Spacing::EveryIndex));
        // Nothing is loaded before they are checked.
        let initial = InitialFunction::default();
        refused("f₀", InitialFunction { functions: many, ..initial.clone() }.run());
        let table = SmoothnessTable { draws: many, ..SmoothnessTable::default() };
        refused("draws", InitialFunction { table: table.clone(), ..initial }.run());
        refused("draws", table.run());
        let draws = SmoothnessDraws::default();
        refused("draws", SmoothnessDraws { draws: many, ..draws.clone() }.check());
        let smoothness = Smoothness { permutations: many, ..Smoothness::default() };
        refused("permutations", SmoothnessDraws { smoothness, ..draws.clone() }.check());
        let smoothness = Smoothness { window: Window::FirstFraction(0.1), ..Smoothness::default() };
        refused("rows", SmoothnessDraws { n: many, smoothness, ..draws }.check());
    }
}
