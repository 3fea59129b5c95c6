//! Against the kernels of plain stacks, closed forms, and references of mpmath.

use ndarray::{Array2, array};

use super::{KINDS, network, plain, residual_network, rows, scaled};
use crate::architecture::Activation::{self, Cos, Erf, Gelu, Relu, Sin, Tanh};
use crate::kernel::{Kernel, KernelKind, Layer, Parametrisation, WideNetwork};

/// The largest |K − K'|/√(K_ii K_jj).
fn largest(k: &Array2<f64>, other: &Array2<f64>) -> f64 {
    let of =
        |(i, j): (usize, usize)| (k[[i, j]] - other[[i, j]]).abs() / (other[[i, i]] * other[[j, j]]).sqrt();
    ndarray::indices(k.dim()).into_iter().map(of).fold(0.0, f64::max)
}

/// Both keep a few ε a layer, and a series some more.
#[test]
fn a_plain_stack_is_the_kernel_of_that_name() {
    let x = rows(30, 5);
    let mut worst = 0.0_f64;
    for activation in [Relu, Erf, Activation::ReluPower(2), Tanh, Gelu, Sin, Cos] {
        for scales @ (sigma_w2, sigma_b2) in [(2.0, 0.0), (1.3, 0.2), (0.9, 1.0)] {
            for hidden_layers in [1, 2, 5] {
                if activation == Activation::ReluPower(2) && hidden_layers > 2 {
                    continue; // leaves floating point
                }
                for kind in KINDS {
                    let parametrisation = Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 };
                    let activation = activation.clone();
                    let layered = plain(hidden_layers, &activation, scales).gram(kind, x.view()).unwrap();
                    let kernel =
                        Kernel { kind, hidden_layers, activation, parametrisation, convolution: None };
                    let known = kernel.gram(x.view()).unwrap();
                    let error = largest(&layered.into_array(), &known.into_array());
                    assert!(error < 4e-15 * hidden_layers as f64, "{kernel:?}: {error:e}");
                    worst = worst.max(error);
                }
            }
        }
    }
    println!("largest difference: {worst:e}");
}

/// Ten networks, two kinds, four rows apart, 1e-8 apart, opposite and of different norms, in 25 digits
/// (tests/reference/layers.py). Ours are within 6e-16 of √(K_ii K_jj); ten times that is asserted.
#[test]
fn ten_networks_to_the_last_digits() {
    let text = include_str!("../../../../tests/reference/layers.tsv");
    let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 100);
    for lines in lines.chunks(10) {
        let network: WideNetwork = serde_json::from_str(lines[0][0]).unwrap();
        assert!(lines.iter().all(|line| line[0] == lines[0][0]));
        let rows: Vec<f64> = lines
            .iter()
            .filter(|line| line[1] == line[2])
            .flat_map(|line| line[1].split(',').map(|v| v.parse::<f64>().unwrap()))
            .collect();
        let x = Array2::from_shape_vec((4, 4), rows).unwrap();
        for (kind, column) in [(KernelKind::Nngp, 3), (KernelKind::Ntk, 4)] {
            let mut known = Array2::zeros((4, 4));
            let pairs = (0..4).flat_map(|i| (0..=i).map(move |j| (i, j)));
            for ((i, j), line) in pairs.zip(lines) {
                known[[i, j]] = line[column].parse::<f64>().unwrap();
                known[[j, i]] = known[[i, j]];
            }
            let error = largest(&network.gram(kind, x.view()).unwrap().into_array(), &known);
            println!("{kind} {error:.1e} {network}");
            assert!(error < 5e-15, "{kind} {error:e} {network}");
        }
    }
}

/// Σ_L = aᴸ Σ₀ and Θ_L = (aᴸ + L c² w aᴸ⁻¹) Σ₀ with a = 1 + c²w, for L linear blocks c·Dense(w, 0).
#[test]
fn linear_residual_blocks() {
    let x = rows(6, 3);
    let (w, c, depth) = (1.7, 0.4, 12);
    let mut layers = vec![Layer::dense(1.0, 0.0)];
    layers.extend((0..depth).map(|_| scaled(c, [Layer::dense(w, 0.0)])));
    let a: f64 = 1.0 + c * c * w;
    let covariance = x.dot(&x.t()) / 3.0;
    let nngp = covariance.mapv(|v| v * a.powi(depth));
    let ntk = covariance.mapv(|v| v * (a.powi(depth) + f64::from(depth) * c * c * w * a.powi(depth - 1)));
    for (kind, known) in [(KernelKind::Nngp, nngp), (KernelKind::Ntk, ntk)] {
        let k = network(layers.clone()).gram(kind, x.view()).unwrap().into_array();
        assert!(largest(&k, &known) < 1e-14);
    }
}

/// A block of scale 0 is not there, to the bit; a block of scale c is one whose last Dense has c²σ_w² and c²σ_b².
#[test]
fn a_scale_is_the_last_layers() {
    let x = rows(20, 4);
    let around = |block: Vec<Layer>| {
        let mut layers = vec![Layer::dense(1.5, 0.1)];
        layers.extend(block);
        layers.extend([Layer::LayerNorm, Relu.into(), Layer::dense(2.0, 0.1)]);
        network(layers)
    };
    let block = |w: f64, b: f64| vec![Layer::LayerNorm, Relu.into(), Layer::dense(w, b)];
    for kind in KINDS {
        let gram = |network: WideNetwork| network.gram(kind, x.view()).unwrap().into_array();
        assert_eq!(gram(around(vec![scaled(0.0, block(2.0, 0.4))])), gram(around(vec![])));
        let (outside, inside) = (
            gram(around(vec![scaled(0.5, block(2.0, 0.4))])),
            gram(around(vec![scaled(1.0, block(0.5, 0.1))])),
        );
        assert_eq!(outside, inside, "powers of two");
    }
}

/// Behind LayerNorm, and without biases before it, only the angle counts. 2‖x‖ is exactly that direction.
#[test]
fn layer_norm_forgets_the_norm() {
    let x = rows(20, 4);
    let longer = Array2::from_shape_fn(x.dim(), |(i, j)| x[[i, j]] * f64::from(1 << (i % 5)));
    for activation in [Relu, Tanh] {
        let mut network = residual_network(activation);
        network.layers[0] = Layer::dense(3.0, 0.0);
        network.layers.insert(1, Layer::LayerNorm);
        for kind in [KernelKind::Nngp, KernelKind::Ntk] {
            let k = network.gram(kind, x.view()).unwrap();
            let other = network.gram(kind, longer.view()).unwrap();
            assert!(largest(&k.into_array(), &other.into_array()) < 4e-15);
        }
    }
}

/// Rows of one norm are read from a table; the same directions with several norms are integrated pair by pair.
#[test]
fn a_table_is_the_integral() {
    let layers = [Layer::dense(1.0, 0.0), Layer::LayerNorm, Activation::Elu.into(), Layer::dense(1.5, 0.1)];
    let x = array![[0.6, 0.8], [0.8, -0.6], [-0.28, 0.96]];
    let longer = array![[0.6, 0.8], [1.6, -1.2], [-1.12, 3.84]];
    for kind in KINDS {
        let network = network(layers.clone());
        let (table, direct) =
            (network.gram(kind, x.view()).unwrap(), network.gram(kind, longer.view()).unwrap());
        assert!(table.epsilon() > direct.epsilon());
        assert!(largest(&table.into_array(), &direct.into_array()) < 5e-13);
    }
}
