//! Power laws on spherical harmonics.

use std::f64::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView1, Axis};

use super::planted::{Coefficients, Planted, Sample, normals};
use crate::data::sphere_points;
use crate::error::{Error, Result};
use crate::flow::Start;
use crate::kernel::Kernel;
use crate::linalg::{OneThread, cholesky, gemm};
use crate::seed::Seed;
use crate::spectrum::multiplicity;

/// Harmonics with indices to so many times n are drawn; what lies beyond is independent from row to row, its limit.
const REACH: f64 = 50.0;
/// The most degrees.
const MOST: usize = 20_000;
/// Nodes of a table over the angle; they lie closer where the angle is small, and the field rough.
const NODES: usize = 20_000;

/// First index of every degree, and of the one after the last.
fn starts(n: usize, d: usize) -> Result<Vec<f64>> {
    let mut starts = vec![1.0];
    while starts.len() <= MOST && starts[starts.len() - 1] < REACH * n as f64 {
        let degree = starts.len() as u64 - 1;
        starts.push(starts[starts.len() - 1] + multiplicity(d, degree)?);
    }
    Ok(starts)
}

/// n points of S^{d−1}, and isotropic fields on them: Gaussian, with the covariance Σ_l E_l P_l(cos θ), or the sum over degrees of one
/// zonal harmonic of energy E_l about a random pole, where P_l is Gegenbauer's polynomial with P_l(1) = 1 and E_l = T(i_l) − T(i_{l+1}),
/// T(i) = i^{−r} r^{−1}, the tail of i^{−1−r}.
pub(super) fn sample(n: usize, d: usize, planted: Planted, kernel: &Kernel, seed: Seed) -> Result<Sample> {
    let starts = starts(n, d)?;
    let x = sphere_points(n, d, &mut seed.stream("points", 0));
    let energies = |r: f64| -> Vec<f64> {
        starts.windows(2).map(|pair| (pair[0].powf(-r) - pair[1].powf(-r)) / r).collect()
    };
    let mut targets = Array2::zeros((n, planted.columns()));
    match planted.coefficients {
        Coefficients::Gaussian => {
            let cosines = x.dot(&x.t());
            let z = normals(&mut seed.stream("theta", 0), n, planted.targets);
            for (place, r) in planted.exponents.iter().enumerate() {
                let root = root_of_covariance(&cosines, d, &energies(*r))?;
                let columns = place * planted.targets..(place + 1) * planted.targets;
                let own = targets.slice_mut(ndarray::s![.., columns]);
                let mut field = Array2::zeros((n, planted.targets));
                gemm(&OneThread::new(), 1.0, root.view(), z.view(), 0.0, field.view_mut());
                field.assign_to(own);
            }
        }
        Coefficients::Signs => {
            for target in 0..planted.targets {
                let mut poles = seed.stream("poles", target as u64);
                let all = sphere_points(starts.len() - 1, d, &mut poles);
                for (degree, pole) in all.rows().into_iter().enumerate() {
                    let values = zonal(x.dot(&pole).view(), d, degree);
                    let dimension = multiplicity(d, degree as u64)?;
                    for (place, r) in planted.exponents.iter().enumerate() {
                        let energy = (starts[degree].powf(-r) - starts[degree + 1].powf(-r)) / r;
                        let mut column = targets.column_mut(place * planted.targets + target);
                        // P_l about a pole has the mean square 1/N(d, l).
                        column.scaled_add((energy * dimension).sqrt(), &values);
                    }
                }
            }
        }
    }
    let rest = normals(&mut seed.stream("beyond", 0), n, planted.targets);
    for (column, mut target) in targets.axis_iter_mut(Axis(1)).enumerate() {
        let r = planted.exponent(column);
        let energy = starts[starts.len() - 1].powf(-r) / r;
        target.scaled_add(energy.sqrt(), &rest.column(column % planted.targets));
    }
    Ok(Sample { gram: kernel.gram(x.view())?, targets })
}

/// n points of S^{d−1} and functions from GP(0, NNGP) on them, by the NNGP Gram matrix's own root: nothing of them is cut off.
pub(super) fn process(n: usize, d: usize, targets: usize, kernel: &Kernel, seed: Seed) -> Result<Sample> {
    let x = sphere_points(n, d, &mut seed.stream("points", 0));
    let starts: Vec<Start> = (0..targets as u64).map(|index| Start::Draw { seed, index }).collect();
    let nowhere = Array2::zeros((0, d));
    let targets = Start::values(&starts, kernel, x.view(), nowhere.view())?.train;
    Ok(Sample { gram: kernel.gram(x.view())?, targets })
}

/// P_l(u) for every u.
fn zonal(cosines: ArrayView1<f64>, d: usize, degree: usize) -> ndarray::Array1<f64> {
    cosines.mapv(|u| {
        let (mut before, mut now) = (1.0, u.clamp(-1.0, 1.0));
        if degree == 0 {
            return 1.0;
        }
        for l in 1..degree {
            (before, now) = (now, next(d, l, u, now, before));
        }
        now
    })
}

/// (l + d − 2) P_{l+1} = (2l + d − 2) u P_l − l P_{l−1}.
fn next(d: usize, l: usize, u: f64, now: f64, before: f64) -> f64 {
    let (l, d) = (l as f64, d as f64);
    ((2.0 * l + d - 2.0) * u * now - l * before) / (l + d - 2.0)
}

/// The Cholesky factor of Σ_l E_l P_l at every two points.
fn root_of_covariance(cosines: &Array2<f64>, d: usize, energies: &[f64]) -> Result<Array2<f64>> {
    let table: Vec<f64> = (0..=NODES)
        .into_par_iter()
        .map(|node| {
            let share = node as f64 / NODES as f64;
            let u = (PI * share * share).cos();
            let (mut before, mut now) = (1.0, u);
            let mut sum = energies[0] + energies.get(1).map_or(0.0, |e| e * u);
            for (l, energy) in energies.iter().enumerate().skip(2) {
                (before, now) = (now, next(d, l - 1, u, now, before));
                sum += energy * now;
            }
            sum
        })
        .collect();
    let mut covariance = cosines.mapv(|u| {
        let at = (u.clamp(-1.0, 1.0).acos() / PI).sqrt() * NODES as f64;
        let node = (at as usize).min(NODES - 1);
        table[node] + (at - node as f64) * (table[node + 1] - table[node])
    });
    // The table is right to some 1e-8 of the whole: so much is added where a field that is smooth leaves no more.
    let whole = table[0];
    for jitter in [1e-9, 1e-7, 1e-5] {
        covariance.diag_mut().fill(whole * (1.0 + jitter));
        if let Some(factor) = cholesky(covariance.clone())? {
            return Ok(factor.lower());
        }
    }
    Err(Error::parameter(
        "sphere",
        format!("d = {d}"),
        "its field's covariance has no square root at these points",
    ))
}
