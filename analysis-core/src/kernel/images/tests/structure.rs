//! Bytes, symmetries, signs, refusals.

use ndarray::{Array2, Axis, s};

use super::{images, kernel};
use crate::architecture::ImageShape;
use crate::error::Error;
use crate::kernel::images::filter::LANES;
use crate::kernel::images::pair;
use crate::kernel::images::work::{Side, Work};
use crate::kernel::images::{ImageKernel, ImageRows};
use crate::kernel::{Activation, Kernel, KernelKind, Parametrisation};
use crate::session::Session;

const IMAGE: ImageShape = ImageShape { height: 4, width: 5, channels: 2 };
const FILTERS: [&str; 5] =
    ["3:zero:flatten", "3:circular:flatten", "3:zero:pool", "3:circular:pool", "3:valid:pool"];

fn kernels() -> Vec<Kernel> {
    let mut all = Vec::new();
    for filters in FILTERS {
        for kind in [KernelKind::Ntk, KernelKind::Nngp] {
            let layers = if filters.contains("valid") { 1 } else { 3 };
            all.push(kernel(kind, layers, filters, IMAGE, (2.0, 0.0)));
            let activation = Activation::Erf;
            all.push(Kernel { activation, ..kernel(kind, layers, filters, IMAGE, (1.5, 0.25)) });
        }
    }
    all
}

/// Any number of threads, any blocks, either way around: the same bytes. No eigenvalue below rounding.
#[test]
fn bytes_do_not_depend_on_how_it_is_computed() {
    let x = images(21, IMAGE, "structure");
    for kernel in kernels() {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let gram = pool(1).install(|| kernel.gram(x.view()).unwrap());
        assert_eq!(pool(3).install(|| kernel.gram(x.view()).unwrap()).view(), gram.view(), "{kernel:?}");
        let k = gram.view();
        assert_eq!(k, k.t(), "{kernel:?}");
        assert_eq!(kernel.cross_gram(x.view(), x.view()).unwrap(), k, "{kernel:?}");
        let part = kernel.cross_gram(x.slice(s![2..19, ..]), x.slice(s![5.., ..])).unwrap();
        assert_eq!(part, k.slice(s![2..19, 5..]), "{kernel:?}");
        let blocks = kernel.gram_blocks(x.view(), &Session::default()).unwrap();
        let mut block = Array2::zeros((5, 9));
        blocks.fill(3..8, 6..15, block.view_mut(), &|_| ()).unwrap();
        assert_eq!(block, k.slice(s![3..8, 6..15]), "{kernel:?}");
        let values = gram.measure(Array2::ones((21, 1)).view()).unwrap().eigenvalues;
        assert!(values[20] >= -21.0 * gram.epsilon() * values[0], "{kernel:?}: {values}");
    }
}

#[test]
fn instruction_sets_agree_to_the_bit() {
    let x = images(9, IMAGE, "instructions");
    for kernel in kernels() {
        let images = ImageKernel::new(&kernel, kernel.convolution.unwrap()).unwrap();
        let rows = ImageRows::new(&images, x.view(), "x").unwrap();
        let mut work = Work::new(&images.shapes);
        for (overlap, _) in &images.overlaps {
            for row in 0..9 {
                let sides = [Side::row(&rows, row), Side::panel(&rows, 0)];
                let best = pair::sums(&images, sides, overlap, &mut work);
                let portable: [f64; LANES] = pair::layers(&images, sides, overlap, &mut work);
                assert_eq!(best, portable, "{kernel:?}");
            }
        }
    }
}

/// Moves every channel of every image by so many lines and columns around the torus.
fn shifted(x: &Array2<f64>, (lines, columns): (usize, usize)) -> Array2<f64> {
    let ImageShape { height, width, .. } = IMAGE;
    Array2::from_shape_fn(x.dim(), |(row, column)| {
        let (channel, place) = (column / (height * width), column % (height * width));
        let (y, x_) = ((place / width + lines) % height, (place % width + columns) % width);
        x[[row, channel * height * width + y * width + x_]]
    })
}

/// On a torus both images may be moved together, and under pooling each on its own: sums in another order.
#[test]
fn circular_padding_does_not_see_where_an_image_begins() {
    let x = images(6, IMAGE, "torus");
    for kernel in
        kernels().into_iter().filter(|k| k.convolution.is_some_and(|c| c.to_string().contains("circular")))
    {
        let (gram, moved) = (kernel.gram(x.view()).unwrap(), shifted(&x, (1, 3)));
        let both = kernel.gram(moved.view()).unwrap();
        let mut close = vec![(gram.view().to_owned(), both.into_array())];
        if kernel.convolution.unwrap().to_string().contains("pool") {
            close.push((gram.view().to_owned(), kernel.cross_gram(x.view(), moved.view()).unwrap()));
        }
        for (a, b) in close {
            for ((i, j), value) in a.indexed_iter() {
                let size = (gram.view()[[i, i]] * gram.view()[[j, j]]).sqrt();
                assert!((value - b[[i, j]]).abs() <= gram.epsilon() * size, "{kernel:?}");
            }
        }
    }
    // With zeros beyond the edge it matters.
    let zero = kernel(KernelKind::Ntk, 2, "3:zero:flatten", IMAGE, (2.0, 0.0));
    let [a, b] = [x.clone(), shifted(&x, (1, 3))].map(|x| zero.gram(x.view()).unwrap().view()[[0, 1]]);
    assert!((a - b).abs() > 1e-3 * a.abs());
}

#[test]
fn what_does_not_fit_is_refused_in_one_clear_error() {
    let good = kernel(KernelKind::Ntk, 2, "3", IMAGE, (2.0, 0.0));
    let x = images(3, IMAGE, "refused");
    let text = |kernel: &Kernel, x: &Array2<f64>| kernel.gram(x.view()).unwrap_err().to_string();
    assert!(text(&good, &x.slice(s![.., ..39]).to_owned()).contains("an image of 4x5x2"));
    let large = kernel(KernelKind::Ntk, 2, "5", IMAGE, (2.0, 0.0));
    assert!(text(&large, &x).contains("larger than the image"));
    assert!(text(&kernel(KernelKind::Ntk, 2, "3:valid", IMAGE, (2.0, 0.0)), &x).contains("leaves nothing"));
    let standard = Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 0.0 };
    assert!(text(&Kernel { parametrisation: standard, ..good.clone() }, &x).contains("NTK parametrisation"));
    assert!(text(&Kernel { activation: Activation::Tanh, ..good.clone() }, &x).contains("closed form"));
    assert!(good.profile().unwrap_err().to_string().contains("angle"));
    let mut bad = x.clone();
    bad[[1, 7]] = f64::NAN;
    assert!(matches!(good.gram(bad.view()), Err(Error::NotFinite { row: 1, column: 7, .. })));
    bad.index_axis_mut(Axis(0), 1).fill(0.0);
    assert!(matches!(good.gram(bad.view()), Err(Error::ZeroRow { row: 1, .. })));
    bad.index_axis_mut(Axis(0), 1).fill(1e120);
    assert!(text(&good, &bad).contains("overflow"));
    let other = images(3, ImageShape { channels: 1, ..IMAGE }, "other");
    assert!(matches!(good.cross_gram(x.view(), other.view()), Err(Error::Shape { .. })));
}
