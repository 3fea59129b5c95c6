//! What every Gram matrix has: symmetry, bytes, positive semidefiniteness, an origin.

use ndarray::{Array2, Axis, s};
use ndarray_linalg::{EigValsh, UPLO};

use super::{KINDS, residual_network, rows};
use crate::architecture::Activation::{Erf, LeakyRelu, Relu, ReluPower, Tanh};
use crate::kernel::{GramOrigin, KernelKind, Layer, WideNetwork};
use crate::smoothness::Smoothness;

#[test]
fn symmetric_positive_and_the_same_bytes_everywhere() {
    let n = 75; // several blocks, the last one not whole
    let x = rows(n, 4);
    for activation in [Relu, Erf, Tanh] {
        let network = residual_network(activation);
        for kind in KINDS {
            let label = format!("{kind} {network}");
            let gram = network.gram(kind, x.view()).unwrap();
            let k = gram.view();
            assert_eq!(k, k.t(), "{label}");
            assert_eq!(network.cross_gram(kind, x.view(), x.view()).unwrap(), k, "{label}");
            let block = network.cross_gram(kind, x.slice(s![3..50, ..]), x.slice(s![41.., ..])).unwrap();
            assert_eq!(block, k.slice(s![3..50, 41..]), "{label}");
            assert_eq!(k.row(0), k.row(n - 3), "a duplicate: {label}");
            assert_eq!(k[[0, 0]], k[[0, n - 3]], "{label}");
            let order: Vec<usize> = (0..n).map(|i| (i * 31 + 5) % n).collect();
            let permuted = network.gram(kind, x.select(Axis(0), &order).view()).unwrap();
            assert_eq!(permuted.view(), k.select(Axis(0), &order).select(Axis(1), &order), "{label}");
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let again = pool.install(|| network.gram(kind, x.view())).unwrap();
                assert_eq!(again.view(), k, "{label}");
            }
            let values = k.to_owned().eigvalsh(UPLO::Lower).unwrap();
            let bound = n as f64 * gram.epsilon() * values[n - 1];
            assert!(values[0] > -bound, "{:e} of {:e}: {label}", values[0], values[n - 1]);
        }
    }
}

/// Text, JSON and back; the origin has all of it, and goes with the exponents.
#[test]
fn a_network_is_a_value() {
    let network = residual_network(Relu);
    let text = "dense(1.5, 0.2), residual(0.7: layer-norm, relu, dense(1.6, 0.1), relu, dense(1.8, 0)), \
                residual(0.5: relu, dense(1.2, 0.3)), layer-norm, relu, dense(1, 0.1)";
    assert_eq!(network.to_string(), text);
    for activation in [Relu, LeakyRelu(0.1), ReluPower(2)] {
        let network = residual_network(activation);
        assert_eq!(network.to_string().parse::<WideNetwork>().unwrap(), network);
    }
    let json = serde_json::to_string(&network).unwrap();
    assert_eq!(serde_json::from_str::<WideNetwork>(&json).unwrap(), network);
    assert_eq!(
        serde_json::to_string(&[Layer::LayerNorm, Relu.into(), Layer::dense(2.0, 0.0)]).unwrap(),
        r#"["layer-norm",{"activation":"relu"},{"dense":{"sigma_w2":2.0,"sigma_b2":0.0}}]"#
    );

    let x = rows(60, 3);
    let gram = network.gram(KernelKind::Ntk, x.slice(s![..50, ..])).unwrap();
    let GramOrigin::Network { network: made_by, kind, n, d, .. } = gram.origin() else { unreachable!() };
    assert_eq!((made_by, *kind, *n, *d), (&network, KernelKind::Ntk, 50, 3));
    let origin = serde_json::to_string(gram.origin()).unwrap();
    assert_eq!(&serde_json::from_str::<GramOrigin>(&origin).unwrap(), gram.origin());
    let y = Array2::from_shape_fn((50, 1), |(i, _)| x[[i, 0]] + (x[[i, 1]] * x[[i, 2]]).tanh());
    let smoothness = Smoothness { window: "1..=20".parse().unwrap(), ..Smoothness::default() };
    let result = smoothness.run((&gram, y.view())).unwrap();
    assert!(result.beta() > 0.5 && result.r() > 0.0, "{} {}", result.beta(), result.r());
}
