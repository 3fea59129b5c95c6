#![allow(clippy::unwrap_used)]
use super::*;
use crate::kernel::{Kernel, KernelKind, Parametrisation};

fn at(activation: Activation, sigma_w2: f64, sigma_b2: f64) -> MeanField {
    MeanField { activation, sigma_w2, sigma_b2 }
}

/// The paper's six panels and tanh.
fn fields() -> Vec<MeanField> {
    let places = |activation: Activation, list: [f64; 3]| list.map(|w| at(activation.clone(), w, 1.0));
    let mut all = places(Activation::Erf, [1.0, 2.8, 4.0]).to_vec();
    all.extend(places(Activation::Relu, [1.0, 2.0, 3.0]));
    all.extend(places(Activation::Tanh, [1.0, 3.443, 5.0]));
    all
}

/// Against [`Kernel`], which follows angles instead of differences and has its own dual activations. Rounding: a few ε a
/// layer, times what χ₁ and the depth make of it; quadratures leave 1e-12 on either side.
#[test]
fn the_kernel_room_says_the_same() {
    for field in fields() {
        let tolerance = if field.activation == Activation::Tanh { 1e-10 } else { 1e-12 };
        for cosine in [-0.3, 0.1, 0.5, 0.9] {
            let kernels = field.limit_kernels(cosine, 1.3, 30).unwrap();
            for depth in [1, 2, 10, 30] {
                let value = |kind: KernelKind, u: f64| {
                    let (sigma_w2, sigma_b2) = (field.sigma_w2, field.sigma_b2);
                    let parametrisation = Parametrisation::EveryLayer { sigma_w2, sigma_b2 };
                    let activation = field.activation.clone();
                    let kernel =
                        Kernel { kind, hidden_layers: depth, activation, parametrisation, convolution: None };
                    kernel.profile_at(1.3).unwrap().evaluate(u).unwrap()
                };
                let own = kernels[depth - 1];
                for (here, there) in [
                    (own.variance, value(KernelKind::Nngp, 1.0)),
                    (own.covariance, value(KernelKind::Nngp, cosine)),
                    (own.diagonal, value(KernelKind::Ntk, 1.0)),
                    (own.off_diagonal, value(KernelKind::Ntk, cosine)),
                ] {
                    assert!(
                        (here - there).abs() <= tolerance * there.abs().max(0.1),
                        "{field:?} {cosine} {depth}: {here} {there}"
                    );
                }
            }
        }
    }
}

/// The differences are those of the values, and stay where the values have no digit left: at (1, 1) a hundred layers leave
/// q − q_sr and κ₁ − κ₂ falling by χ₁ and about χ₁ a layer.
#[test]
fn differences_keep_their_digits() {
    for field in fields() {
        for cosine in [0.1, 0.9] {
            for k in field.limit_kernels(cosine, 1.0, 20).unwrap() {
                let scale = 64.0 * f64::EPSILON * k.depth as f64;
                assert!(
                    (k.variance - k.covariance - k.variance_gap).abs() <= scale * k.variance,
                    "{field:?} {k:?}"
                );
                assert!((k.diagonal - k.off_diagonal - k.gap).abs() <= scale * k.diagonal, "{field:?} {k:?}");
            }
        }
    }
    for activation in [Activation::Erf, Activation::Tanh] {
        let field = at(activation, 1.0, 1.0);
        let chi1 = field.fixed_point().unwrap().chi1.unwrap();
        let kernels = field.limit_kernels(0.5, 1.0, 400).unwrap();
        let (a, b) = (kernels[398], kernels[399]);
        assert!(b.variance_gap < 1e-90 && b.gap < 1e-90);
        assert!((b.variance_gap / a.variance_gap / chi1 - 1.0).abs() < 1e-10, "{a:?} {b:?}");
        // κ₁ − κ₂ ~ l χ₁^l: the next factor is χ₁ (1 + 1/l).
        assert!((b.gap / a.gap / chi1 - 1.0 - 1.0 / 400.0).abs() < 2e-4, "{}", b.gap / a.gap / chi1);
        let v = b.trained_variance(10).unwrap();
        assert!(
            v.variance > 0.0
                && v.condition > 1e80
                && (v.variance / (1.1 * b.variance_gap) - 1.0).abs() < 1e-12
        );
    }
}

/// The table of `DeepKernel`, from the recursion at great depth. Corrections are of order ln l/l at the edge: read off at two
/// depths, they must fall as the depth grows.
#[test]
fn ratios_tend_to_their_limits() {
    for (field, exact) in [
        (at(Activation::Relu, 2.0, 0.0), 4.0),
        (at(Activation::Relu, 3.0, 0.0), 4.0),
        (at(Activation::Relu, 1.0, 0.0), 4.0),
        (at(Activation::Relu, 2.0, 1.0), 1.75),
        (at(Activation::Erf, edge_of_chaos(&Activation::Erf, 1.0).unwrap().sigma_w2, 1.0), 3.0),
        (at(Activation::Tanh, edge_of_chaos(&Activation::Tanh, 0.3).unwrap().sigma_w2, 0.3), 3.0),
    ] {
        assert_eq!(field.deep_kernel().unwrap().ratio, Some(exact), "{field:?}");
        // (3/2)^1500 and 2^−900 are about all that f64 holds of a ReLU network.
        let depths = match field.sigma_w2 {
            3.0 => [400, 1500],
            1.0 => [200, 900],
            _ => [1000, 10_000],
        };
        let kernels = field.limit_kernels(0.4, 1.0, depths[1]).unwrap();
        let [near, far] = depths.map(|depth| (kernels[depth - 1].ratio() / exact - 1.0).abs());
        let bound = 20.0 * (depths[1] as f64).ln() / depths[1] as f64;
        assert!(far < bound && far < 0.5 * near, "{field:?}: {near} {far} {bound}");
    }
    let ordered = at(Activation::Erf, 1.0, 1.0);
    let (limit, deep) = (ordered.deep_kernel().unwrap(), ordered.limit_kernels(0.3, 1.0, 300).unwrap()[299]);
    assert!((deep.ratio() - 1.0).abs() < 1e-15 && limit.ratio == Some(1.0));
    assert!((deep.off_diagonal / limit.off_diagonal.unwrap() - 1.0).abs() < 1e-13);
    let chaotic = at(Activation::Erf, 4.0, 1.0);
    let (limit, kernels) = (chaotic.deep_kernel().unwrap(), chaotic.limit_kernels(0.3, 1.0, 300).unwrap());
    assert!((kernels[299].off_diagonal / limit.off_diagonal.unwrap() - 1.0).abs() < 1e-10);
    let growth = (kernels[299].ratio() / kernels[298].ratio()).ln();
    assert!((growth * limit.length.unwrap() - 1.0).abs() < 1e-6 && limit.ratio.is_none());
    // A → 0, V → q: nothing is carried over to another input.
    let v = kernels[299].trained_variance(10).unwrap();
    assert!((v.variance / kernels[299].variance - 1.0).abs() < 1e-10 && v.weight < 1e-9);
}

/// Where q vanishes tanh becomes linear: from H = 40 (q of order 10⁻¹²) on κ ← q + σ_w²κ, for the covariance and κ₂ too.
#[test]
fn a_vanishing_variance_is_no_obstacle() {
    let field = at(Activation::Tanh, 0.5, 0.0);
    let kernels = field.limit_kernels(0.5, 1.0, 60).unwrap();
    let (a, b, n) = (kernels[39], kernels[59], 20.0);
    let fall = 0.5f64.powi(20);
    for (start, end) in [(a.variance, b.variance), (a.covariance, b.covariance)] {
        assert!((end / (fall * start) - 1.0).abs() < 1e-9, "{a:?} {b:?}");
    }
    for (kappa, q, end) in
        [(a.diagonal, a.variance, b.diagonal), (a.off_diagonal, a.covariance, b.off_diagonal)]
    {
        assert!((end / (fall * (kappa + 2.0 * n * q)) - 1.0).abs() < 1e-9, "{a:?} {b:?}");
    }
    let limit = field.deep_kernel().unwrap();
    assert_eq!((limit.ratio, limit.off_diagonal), (None, Some(0.0)));
}

#[test]
fn what_means_nothing_is_refused() {
    let field = at(Activation::Erf, 1.0, 1.0);
    assert!(field.limit_kernels(1.1, 1.0, 3).is_err() && field.limit_kernels(0.5, 0.0, 3).is_err());
    assert!(field.limit_kernels(f64::NAN, 1.0, 3).is_err());
    let equal = field.limit_kernels(1.0, 1.0, 3).unwrap()[2];
    assert!(equal.trained_variance(10).is_err() && equal.trained_variance(0).is_err());
    assert!(field.limit_kernels(0.5, 1.0, usize::MAX).is_err());
    // 2^10000 is no f64.
    assert!(at(Activation::Relu, 4.0, 1.0).limit_kernels(0.5, 1.0, 10_000).is_err());
}
