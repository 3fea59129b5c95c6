#![allow(clippy::unwrap_used)]

use ndarray::{Array2, Axis, concatenate, s};

use super::TangentOutputs;
use crate::network::gradient_tests::{jacobian, networks, normal};
use crate::network::{Activation, Network, Parameters};
use crate::seed::Seed;

/// What a sum of P products in another order may differ by: 2Pε times the norms of the two gradients.
struct Bound {
    parameters: usize,
    left: Vec<f64>,
    right: Vec<f64>,
}

impl Bound {
    fn new(p: &Parameters, left: &Array2<f64>, right: &Array2<f64>) -> Self {
        let norms = |j: &Array2<f64>| j.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
        Bound { parameters: p.count(), left: norms(left), right: norms(right) }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        2.0 * self.parameters as f64 * f64::EPSILON * self.left[row] * self.right[column]
    }
}

/// Trace, one output and every layer's share from the rows and columns of the explicit Jacobian.
#[test]
fn parts_are_parts_of_the_jacobians_product() {
    for network in networks(&Activation::Tanh) {
        let (p, k) = (network.draw(Seed(7)).unwrap(), network.outputs);
        let (x, z) = (normal(6, 3, 4), normal(5, 3, 5));
        let (left, right) = (jacobian(&network, &p, &x), jacobian(&network, &p, &z));
        let bound = Bound::new(&p, &left, &right);
        let pairs = |i: usize, j: usize| (0..k).map(move |o| (i * k + o, j * k + o));
        let full = left.dot(&right.t());
        let trace = network.tangent(&p, x.view(), z.view()).unwrap();
        for ((i, j), value) in trace.indexed_iter() {
            let expected: f64 = pairs(i, j).map(|place| full[place]).sum();
            let bound: f64 = pairs(i, j).map(|(row, column)| bound.at(row, column)).sum();
            assert!((value - expected).abs() <= bound, "{network:?}");
        }
        for output in 0..k {
            let one = network.tangent_of(&p, x.view(), z.view(), TangentOutputs::One(output)).unwrap();
            for ((i, j), value) in one.indexed_iter() {
                let place = (i * k + output, j * k + output);
                assert!((value - full[place]).abs() <= bound.at(place.0, place.1), "{network:?}");
            }
        }
        // The Jacobian's columns: every W^l, then every b^l.
        let mut start = 0;
        let mut columns = |count: usize| {
            start += count;
            start - count..start
        };
        let weights: Vec<_> = p.weights.iter().map(|w| columns(w.len())).collect();
        let biases: Vec<_> = p.biases.iter().map(|b| columns(b.len())).collect();
        let layers = network.tangent_layers(&p, x.view(), z.view(), TangentOutputs::Full).unwrap();
        assert_eq!(layers.iter().filter(|l| l.biases.is_some()).count(), biases.len());
        let shares = layers.iter().map(|l| &l.weights).chain(layers.iter().filter_map(|l| l.biases.as_ref()));
        for (share, range) in shares.zip(weights.into_iter().chain(biases)) {
            let expected = left.slice(s![.., range.clone()]).dot(&right.slice(s![.., range]).t());
            for ((i, j), value) in share.indexed_iter() {
                assert!((value - expected[[i, j]]).abs() <= bound.at(i, j), "{network:?} {i} {j}");
            }
        }
    }
}

/// Θ(x, x) computes half of itself; Θ(x, z) with z one row longer has to compute all of it. Several panels each.
#[test]
fn the_symmetric_way_equals_the_other_one() {
    let network = Network { inputs: 3, width: 40, hidden_layers: 3, outputs: 2, ..Network::default() };
    let p = network.draw(Seed(3)).unwrap();
    let x = normal(75, 3, 6);
    let z = concatenate![Axis(0), x, normal(1, 3, 7)];
    let j = jacobian(&network, &p, &x);
    for outputs in [TangentOutputs::Trace, TangentOutputs::Full, TangentOutputs::One(1)] {
        let symmetric = network.tangent_of(&p, x.view(), x.view(), outputs).unwrap();
        assert_eq!(symmetric, symmetric.t());
        let whole = network.tangent_of(&p, x.view(), z.view(), outputs).unwrap();
        let bound = Bound::new(&p, &j, &j);
        let largest = (0..j.nrows()).map(|i| bound.at(i, i)).fold(0.0, f64::max) * network.outputs as f64;
        let whole = whole.slice(s![.., ..symmetric.ncols()]);
        assert!((&symmetric - &whole).iter().all(|e| e.abs() <= largest), "{outputs}");
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let network = Network { inputs: 3, width: 40, hidden_layers: 3, outputs: 3, ..Network::default() };
    let (p, x) = (network.draw(Seed(3)).unwrap(), normal(90, 3, 8));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| network.tangent_full(&p, x.view(), x.view()).unwrap())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn an_output_that_is_not_there_is_refused() {
    let network = Network { inputs: 3, width: 4, ..Network::default() };
    let (p, x) = (network.draw(Seed(0)).unwrap(), normal(2, 3, 0));
    let error = network.tangent_of(&p, x.view(), x.view(), TangentOutputs::One(1)).unwrap_err();
    assert!(error.to_string().contains("network has 1"), "{error}");
    assert!("one:".parse::<TangentOutputs>().is_err());
}
