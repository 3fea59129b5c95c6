//! Against a plain implementation, against differences, and against itself.

#![allow(clippy::unwrap_used)]

mod behaviour;
mod bytes;
mod numbers;

use ndarray::{Array1, Array2};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::instructions::InstructionSet;
use super::units::Arrays;
use super::{FusedEngine, FusedParameters};
use crate::network::Precision;
use crate::seed::Seed;

/// A network, its points and its forces, all standard normal (x divided by √d).
#[derive(Clone)]
struct Case {
    p: FusedParameters,
    x: Array2<f64>,
    z: Array2<f64>,
    force: Vec<f64>,
}

impl Case {
    fn new([n, n_test, d, m]: [usize; 4], bias: bool) -> Self {
        let mut generator = Seed(1).stream("fused kernel", ((n * 1000 + d) * 10_000 + m) as u64);
        let mut draw = || generator.sample::<f64, _>(StandardNormal);
        let root = (d as f64).sqrt();
        Case {
            x: Array2::from_shape_simple_fn((n, d), || draw() / root),
            z: Array2::from_shape_simple_fn((n_test, d), || draw() / root),
            force: (0..n).map(|_| draw() / n as f64).collect(),
            p: FusedParameters {
                w: Array2::from_shape_simple_fn((m, d), &mut draw),
                b: bias.then(|| Array1::from_shape_simple_fn(m, &mut draw)),
                a: Array1::from_shape_simple_fn(m, &mut draw),
            },
        }
    }

    fn engine(&self, set: InstructionSet, precision: Precision, threads: usize) -> FusedEngine {
        let FusedParameters { w, b, a } = &self.p;
        let b = b.as_ref().map(|b| b.view());
        let (w, a, x, z) = (w.view(), a.view(), self.x.view(), self.z.view());
        FusedEngine::with_instructions(set, precision, Arrays { w, b, a, x, z }, threads).unwrap()
    }

    fn fastest(&self, precision: Precision, threads: usize) -> FusedEngine {
        self.engine(InstructionSet::available()[0], precision, threads)
    }

    /// Rounded to the precision, so that a reference starts from the same numbers.
    fn rounded(&self, precision: Precision) -> Self {
        let mut case = self.clone();
        if precision == Precision::Single {
            let round = |v: f64| f64::from(v as f32);
            for array in [&mut case.p.w, &mut case.x, &mut case.z] {
                array.mapv_inplace(round);
            }
            case.p.a.mapv_inplace(round);
            case.p.b = case.p.b.map(|b| b.mapv(round));
        }
        case
    }
}

/// Training and test points.
const SIZES: [[usize; 2]; 3] = [[1, 0], [7, 5], [400, 33]];
const WIDTHS: [usize; 4] = [1, 15, 33, 1000];
const DIMENSIONS: [usize; 5] = [1, 3, 5, 10, 17];
const PRECISIONS: [Precision; 2] = [Precision::Single, Precision::Double];

fn cases() -> impl Iterator<Item = Case> {
    SIZES.into_iter().flat_map(|[n, n_test]| {
        DIMENSIONS.into_iter().flat_map(move |d| {
            WIDTHS.into_iter().flat_map(move |m| [false, true].map(|bias| Case::new([n, n_test, d, m], bias)))
        })
    })
}

/// An image's columns: many strips on the way back.
fn wide() -> Case {
    Case::new([9, 3, 784, 300], true)
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Everything an engine shows, to the bit.
fn state(engine: &FusedEngine) -> Vec<u64> {
    let FusedParameters { w, b, a } = engine.parameters();
    let mut all = bits(engine.train_outputs());
    all.extend(bits(engine.test_outputs()));
    all.extend(w.iter().chain(b.iter().flatten()).chain(&a).map(|v| v.to_bits()));
    all
}
