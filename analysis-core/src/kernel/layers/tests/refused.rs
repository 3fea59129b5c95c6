//! What has no limit kernel, or another one, is refused by name.

use ndarray::{Array2, array};

use super::{network, plain, residual_network, scaled};
use crate::architecture::Activation::{self, Relu};
use crate::error::Error;
use crate::kernel::{KernelKind, Layer, WideNetwork};

#[test]
fn orders_without_this_limit() {
    let (dense, relu, norm) = (Layer::dense(2.0, 0.0), Layer::from(Relu), Layer::LayerNorm);
    let inside = |block: Vec<Layer>| vec![dense.clone(), Layer::residual(block), dense.clone()];
    let custom =
        Activation::Custom { name: "bent".into(), function: |x| x.abs(), derivative: None, kinks: vec![0.0] };
    let mut deep = dense.clone();
    (0..20).for_each(|_| deep = Layer::residual([dense.clone(), deep.clone(), dense.clone()]));
    for (layers, start) in [
        (vec![], "layers = []: a network needs layers"),
        (vec![relu.clone(), dense.clone()], "layer 1 = relu: the first layer must be Dense"),
        (vec![norm.clone(), dense.clone()], "layer 1 = layer-norm: the first layer must be Dense"),
        (
            vec![Layer::residual([dense.clone()])],
            "layer 1 = residual(1: dense(2, 0)): the first layer must be Dense",
        ),
        (vec![Layer::dense(0.0, 1.0)], "layer 1, sigma_w2 = 0: must be positive"),
        (vec![Layer::dense(f64::NAN, 1.0)], "layer 1, sigma_w2 = NaN: must be positive"),
        (
            vec![dense.clone(), Layer::dense(1.0, -0.1)],
            "layer 2, sigma_b2 = -0.1: must be finite and not negative",
        ),
        (vec![dense.clone(), relu.clone(), relu.clone()], "layer 3 = relu: needs Gaussian units"),
        (vec![dense.clone(), relu.clone(), norm.clone()], "layer 3 = layer-norm: needs Gaussian units"),
        (vec![dense.clone(), norm.clone(), norm.clone()], "layer 3 = layer-norm: LayerNorm behind LayerNorm"),
        (vec![dense.clone(), relu.clone()], "layer 2 = relu: the output must be linear"),
        (inside(vec![]), "layer 2 = residual(): its block needs layers"),
        (inside(vec![norm.clone()]), "layer 2 = residual(1: layer-norm): its block must pass a Dense"),
        (
            inside(vec![Layer::residual([dense.clone()])]),
            "layer 2 = residual(1: residual(1: dense(2, 0))): its block must pass",
        ),
        (
            inside(vec![dense.clone(), relu.clone()]),
            "layer 2 = residual(1: dense(2, 0), relu): its block must end with Dense",
        ),
        (inside(vec![dense.clone(), relu.clone(), relu.clone()]), "layer 2.3 = relu: needs Gaussian"),
        (vec![dense.clone(), scaled(f64::INFINITY, [dense.clone()])], "layer 2, scale = inf: must be finite"),
        (
            vec![dense.clone(), scaled(-1.0, [dense.clone()])],
            "layer 2, scale = -1: must be finite and not negative",
        ),
        (vec![dense.clone(), Activation::ReluPower(0).into(), dense.clone()], "activation = relu^0: E[φ'φ']"),
        (
            vec![dense.clone(), custom.into(), dense.clone()],
            "activation = custom:bent: the NTK of an activation with kinks",
        ),
        (vec![dense.clone(); 10_001], "layer 10001 = 10001: a network has at most 10000 layers"),
    ] {
        let error = network(layers).check(KernelKind::Ntk).unwrap_err();
        assert!(error.to_string().starts_with(start), "{error}\nnot {start}");
    }
    let error = network([dense.clone(), deep]).check(KernelKind::Ntk).unwrap_err().to_string();
    assert!(error.contains("blocks are nested at most 16 deep"), "{error}");
    let step = network([dense.clone(), Activation::ReluPower(0).into(), dense.clone()]);
    assert!(step.check(KernelKind::Nngp).is_ok());
    // A block may end with a sum or LayerNorm behind its Dense, and begin behind an activation where a Dense follows the sum.
    let sums = [
        dense.clone(),
        Layer::residual([dense.clone(), Layer::residual([relu.clone(), dense.clone()]), norm]),
        relu.clone(),
    ];
    let behind = [Layer::residual([dense.clone(), relu.clone(), dense.clone()]), dense.clone()];
    assert!(network([sums.to_vec(), behind.to_vec()].concat()).check(KernelKind::Ntk).is_ok());
    let bent = [sums.to_vec(), vec![behind[0].clone(), relu, dense]].concat();
    let error = network(bent).check(KernelKind::Ntk).unwrap_err().to_string();
    assert!(error.starts_with("layer 5 = relu: needs Gaussian units"), "{error}");
}

#[test]
fn rows_without_a_kernel() {
    let network = residual_network(Relu);
    let gram = |x: Array2<f64>| network.gram(KernelKind::Ntk, x.view()).unwrap_err();
    assert!(matches!(gram(Array2::zeros((0, 3))), Error::Shape { .. }));
    assert!(matches!(gram(array![[1.0], [f64::NAN]]), Error::NotFinite { row: 1, column: 0, .. }));
    assert!(matches!(gram(array![[1.0], [1e200]]), Error::Parameter { .. }));
    let unbiased = plain(1, &Relu, (2.0, 0.0));
    let zero = unbiased.gram(KernelKind::Ntk, array![[1.0], [0.0]].view());
    assert!(matches!(zero, Err(Error::ZeroRow { row: 1, .. })));
    let (x, z) = (array![[1.0, 2.0]], array![[1.0]]);
    assert!(matches!(unbiased.cross_gram(KernelKind::Ntk, x.view(), z.view()), Err(Error::Shape { .. })));
    let square = plain(3, &Activation::ReluPower(2), (2.0, 0.0));
    let error = square.gram(KernelKind::Ntk, array![[1.0], [1e60]].view()).unwrap_err().to_string();
    assert!(error.contains("row 1: variance inf behind"), "{error}");
}

#[test]
fn text_that_is_no_network() {
    for (text, part) in [
        ("", "must be dense(W, B)"),
        ("dense(2, 0), ", "must be dense(W, B)"),
        ("dense(2)", "must be dense(W, B), of σ_w² and σ_b²"),
        ("dense(2, x)", "\" x\" is not a number"),
        ("dense(2, 0, 1)", "\" 0, 1\" is not a number"),
        ("dense(2, 0), residual(relu, dense(2, 0))", "must be residual(C: LAYER, …)"),
        ("dense(2, 0), residual(1: )", "must be dense(W, B)"),
        ("dense(2, 0), layernorm", "\"layernorm\": must be dense(W, B), layer-norm"),
        ("dense(2, 0", "must be dense(W, B)"),
        ("dense(2, 0), custom:mine", "cannot be read back"),
    ] {
        let error = text.parse::<WideNetwork>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let deep = format!("{}dense(1, 0){}", "residual(1: ".repeat(10_000), ")".repeat(10_000));
    assert!(deep.parse::<Layer>().unwrap_err().to_string().contains("at most 16 deep"));
}
