//! Eigenvalues against 25-digit references, and against what must hold of any spectrum.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::architecture::Parametrisation;

fn kernel(kind: KernelKind, hidden_layers: usize, bias: bool) -> Kernel {
    Kernel {
        kind,
        hidden_layers,
        parametrisation: Parametrisation::FirstLayerBias { bias },
        ..Kernel::default()
    }
}

const KINDS: [KernelKind; 2] = [KernelKind::Ntk, KernelKind::Nngp];

/// Every reference (d = 2..6 and 10, L = 1..3, with and without bias, degrees to 1001) lies within the stated error; what
/// is stated is honest and not idle: to the last digits wherever double-double holds.
#[test]
fn references_lie_within_the_stated_errors() {
    let text = include_str!("../../../tests/reference/sphere.tsv");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() > 1000);
    let mut groups: std::collections::BTreeMap<_, Vec<(usize, f64)>> = Default::default();
    for row in rows {
        let number = |i: usize| row[i].parse::<usize>().unwrap();
        let key = (row[0], number(1), number(2), number(3));
        groups.entry(key).or_default().push((number(4), row[5].parse().unwrap()));
    }
    let (mut worst_share, mut exact) = (0.0_f64, 0);
    for ((kind, layers, bias, d), references) in groups {
        let kernel = kernel(kind.parse().unwrap(), layers, bias == 1);
        let spectrum = SphereSpectrum { kernel, d, max_degree: 1001 }.run().unwrap();
        let mut worst = 0.0_f64;
        for (degree, reference) in references {
            let (value, error) = (spectrum.eigenvalues[degree], spectrum.errors[degree]);
            if reference == 0.0 {
                assert_eq!((value, error), (0.0, 0.0));
                assert_eq!(spectrum.origins[degree], Origin::Symmetry);
                exact += 1;
                continue;
            }
            let off = (value - reference).abs();
            // The reference itself is rounded to a double.
            let allowed = error + f64::EPSILON * reference;
            println!(
                "{kind} {layers} {bias} {d} {degree}: {:.1e} {:.1e}",
                off / reference,
                error / reference
            );
            assert!(
                off <= allowed,
                "{kind} L = {layers}, bias {bias}, d = {d}, k = {degree}: {value:e} {reference:e}"
            );
            worst_share = worst_share.max(off / allowed);
            worst = worst.max(error / reference);
        }
        println!("{kind} L = {layers}, bias {bias}, d = {d}: stated relative error up to {worst:.1e}");
    }
    println!("worst share of the stated error: {worst_share}; exact zeros: {exact}");
}
