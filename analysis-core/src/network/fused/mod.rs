//! Full-batch gradient descent of one hidden ReLU layer with one output, fused: forward, ReLU and gradient in one pass
//! over blocks of units that stay in the cache.
//!
//! # The step
//! \[ f(x) = \sqrt{2/m}\, \sum_j a_j \, (h_j(x))_+, \qquad h_j(x) = ⟨w_j, x⟩ + b_j \]
//!
//! (Chen, Li and Lin 2024, §2, with one hidden layer; the bias is optional). For forces g_i on the training points x_i,
//! every parameter p takes the step p −= Σ_i g_i ∂f(x_i)/∂p, all at once. With 1_ij = 1 where h_j(x_i) > 0, else 0, and
//!
//! \[ G_j = \sqrt{2/m}\, \sum_i g_i 1_{ij} x_i, \qquad B_j = \sqrt{2/m}\, \sum_i g_i 1_{ij}, \]
//!
//! it reads w_j −= a_j G_j, b_j −= a_j B_j, and, since (h)₊ = 1\[h > 0\]·h, a_j −= ⟨w_j, G_j⟩ + b_j B_j, with the
//! parameters before the step on the right. So one bit per unit and training point is all that the way back needs from
//! the way forward. The bias is the weight of a column of ones.
//!
//! # The pass
//! Units lie in the lanes of a vector, 16 (`f32`) or 8 (`f64`); a coordinate of a point is broadcast to all of them. A
//! block is 32 such rows of units. For two rows at a time G is summed over the training points in registers and the step
//! is taken; then, for eight points at a time, a·(h)₊ is summed over the block's units in registers. An epoch costs
//! m·(d + bias)·(2n + n_test) fused multiply–adds and little else; a matrix product of the same shapes would write and
//! read m·(n + n_test) pre-activations besides.
//!
//! # Same bytes everywhere
//! The blocks are fixed, each is summed lane by lane in the order of its units, and their sums are added in `f64` in the
//! order of the blocks, so the result does not depend on the number of threads. AVX-512, AVX2 with FMA and the portable
//! code (chosen at run time) do the same correctly rounded operations in the same order, so it does not depend on the
//! processor either. In single precision all else is `f32`: data and parameters are rounded to it once, forces after they
//! have been multiplied by √(2/m) in `f64`.

mod block;
mod element;
mod fused_engine;
mod instructions;
mod kernel;
mod lanes;
mod points;
mod portable;
#[cfg(test)]
mod tests;
mod units;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use fused_engine::FusedEngine;
pub use units::FusedParameters;
