//! Convolutional kernels against 30 digits, fully connected ones, random networks and themselves.
#![allow(clippy::unwrap_used)]

mod monte_carlo;
mod structure;

use ndarray::Array2;

use crate::architecture::{Activation, Filters, ImageShape};
use crate::kernel::{Kernel, KernelKind, Parametrisation};
use crate::seed::Seed;
use rand_distr::{Distribution, StandardNormal};

/// n images of standard normal numbers.
fn images(n: usize, image: ImageShape, name: &str) -> Array2<f64> {
    let mut generator = Seed(14).stream(name, 0);
    Array2::from_shape_simple_fn((n, image.d()), || StandardNormal.sample(&mut generator))
}

fn kernel(kind: KernelKind, layers: usize, filters: &str, image: ImageShape, sigma: (f64, f64)) -> Kernel {
    let filters: Filters = filters.parse().unwrap();
    Kernel {
        kind,
        hidden_layers: layers,
        parametrisation: Parametrisation::EveryLayerNtk { sigma_w2: sigma.0, sigma_b2: sigma.1 },
        convolution: Some(filters.on(image)),
        ..Kernel::default()
    }
}

/// `tests/reference/convolution.tsv`: within what the Gram matrix says of itself. Pairs that are apart, 1e-7 apart, multiples,
/// opposites, and mostly zeros.
#[test]
fn the_recursion_over_all_positions_to_the_last_digits() {
    let table = include_str!("../../../../tests/reference/convolution.tsv");
    let (mut rows, mut worst) = (0, 0.0_f64);
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let numbers = |at: usize| cells[at].split(',').map(|x| x.parse::<f64>().unwrap()).collect::<Vec<_>>();
        let image: ImageShape = cells[1].parse().unwrap();
        let activation: Activation = cells[3].parse().unwrap();
        let x = Array2::from_shape_vec((2, image.d()), [numbers(7), numbers(8)].concat()).unwrap();
        for (kind, first) in [(KernelKind::Nngp, 9), (KernelKind::Ntk, 10)] {
            let layers = cells[4].parse().unwrap();
            let kernel = Kernel {
                activation: activation.clone(),
                ..kernel(kind, layers, cells[2], image, (number(5), number(6)))
            };
            let gram = kernel.gram(x.view()).unwrap();
            let size = (number(first) * number(first + 2)).sqrt();
            for (place, expected) in [((0, 0), first), ((1, 1), first + 2), ((0, 1), first + 4)] {
                let (found, expected) = (gram.view()[[place.0, place.1]], number(expected));
                let size = if place.0 == place.1 { expected } else { size };
                let error = (found - expected).abs() / size;
                assert!(
                    error <= gram.epsilon(),
                    "{kind} {place:?}: {found} {expected}, {error:e}: {}",
                    &line[..80]
                );
                worst = worst.max(error / gram.epsilon());
            }
            rows += 1;
        }
    }
    assert!(rows > 500);
    println!("{rows} matrices, at most {worst} of what is allowed");
}

/// A filter that covers an image of one pixel is a fully connected layer; its error is that of one layer's angle.
#[test]
fn an_image_of_one_pixel_is_a_row_of_a_fully_connected_network() {
    let image = ImageShape { height: 1, width: 1, channels: 5 };
    let mut x = images(9, image, "pixel");
    // Nearly equal and opposite ones.
    let first = x.row(0).to_owned();
    x.row_mut(1).assign(&(&first * 1.000_001 + 1e-9));
    x.row_mut(2).assign(&-&first);
    for activation in [Activation::Relu, Activation::LeakyRelu(0.25), Activation::Erf] {
        for kind in [KernelKind::Ntk, KernelKind::Nngp] {
            for (layers, filters) in [(1, "1"), (2, "1:circular:pool"), (4, "1:valid")] {
                for sigma in [(2.0, 0.0), (1.5, 0.25)] {
                    let activation = activation.clone();
                    let images = Kernel { activation, ..kernel(kind, layers, filters, image, sigma) };
                    let dense = Kernel { convolution: None, ..images.clone() };
                    let (found, expected) = (images.gram(x.view()).unwrap(), dense.gram(x.view()).unwrap());
                    let allowed = found.epsilon() + expected.epsilon();
                    for ((i, j), value) in found.view().indexed_iter() {
                        let k = expected.view();
                        let error = (value - k[[i, j]]).abs() / (k[[i, i]] * k[[j, j]]).sqrt();
                        assert!(error <= allowed, "{images:?} ({i}, {j}): {error:e} {allowed:e}");
                    }
                }
            }
        }
    }
}
