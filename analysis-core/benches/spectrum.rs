//! From rows to r and β, and the parts of that: the Rust side of `scripts/bench/spectrum.py`, which measures it beside numpy,
//! neural-tangents and faer. `cargo bench --features cli --bench spectrum` alone reads its requests from standard input.
//!
//! The first line names a folder. Every further line is a request, answered by one JSON object; `milliseconds` is the time of
//! each of REPEATS runs:
//!
//! | request | what it does |
//! |---|---|
//! | `data SET FIRST..LAST` | writes these training rows of a published set, of unit norm, as `x.npy` (n,d), and their labels as `y.npy` (n,1) |
//! | `read` | reads `x.npy` and `y.npy`: the requests below are about them |
//! | `gram DEPTH REPEATS` | the NTK Gram matrix of so many hidden layers; writes the last as `gram.npy` |
//! | `measure COLUMNS REPEATS` | eigenvalues and the coefficients of so many targets under the Gram matrix of depth 1, which is made before the clock starts; writes `measure.eigenvalues.npy` and `measure.energies.npy` |
//! | `measure-rows COLUMNS REPEATS` | the same from the rows, with half of K in place |
//! | `smoothness WINDOW REPEATS` | r, β and the null band of 20 permutations, Gram matrix included |
//! | `dgemm SIDE REPEATS` | a product of two matrices in the linked BLAS |
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use analysis_core::linalg::blas_matmul;
use analysis_core::ndarray::{Array2, Axis};
use analysis_core::prelude::{Dataset, Kernel, Origin, Rows, Scaling, Smoothness, Source, Split, Target};
use analysis_core::serde_json::{Value, json};
use ndarray_npy::{read_npy, write_npy};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut lines = std::io::stdin().lock().lines();
    let Some(folder) = lines.next().transpose()? else { return Ok(()) };
    let folder = Path::new(&folder);
    let mut data = None;
    for line in lines {
        let line = line?;
        let answer = match (&line.split_whitespace().collect::<Vec<_>>()[..], &data) {
            (["data", set, rows], _) => write_data(folder, set.parse()?, rows.parse()?)?,
            (["read"], _) => {
                let (x, y) = (read_npy(folder.join("x.npy"))?, read_npy(folder.join("y.npy"))?);
                data = Some(Dataset::from_arrays(x, y)?);
                json!({ "machine": Origin::now().machine, "revision": Origin::now().revision })
            }
            (["gram", depth, repeats], Some(data)) => gram(folder, data, depth.parse()?, repeats.parse()?)?,
            (["measure", columns, repeats], Some(data)) => {
                measure(folder, data, columns.parse()?, repeats.parse()?, false)?
            }
            (["measure-rows", columns, repeats], Some(data)) => {
                measure(folder, data, columns.parse()?, repeats.parse()?, true)?
            }
            (["smoothness", window, repeats], Some(data)) => {
                let smoothness = Smoothness { window: window.parse()?, ..Smoothness::default() };
                let (milliseconds, result) = timed(repeats.parse()?, || smoothness.run(data))?;
                let slopes: Vec<f64> = result.null_band.slopes.iter().map(|slope| -slope).collect();
                json!({ "milliseconds": milliseconds, "r": result.r(), "beta": result.beta(), "null": slopes })
            }
            (["dgemm", side, repeats], _) => {
                let side = side.parse()?;
                let a = Array2::from_shape_fn((side, side), |(i, j)| ((i * 7 + j * 3) % 11) as f64);
                let (milliseconds, _) = timed(repeats.parse()?, || blas_matmul(a.view(), a.view()))?;
                json!({ "milliseconds": milliseconds })
            }
            _ => return Err(format!("{line:?}: no such request, or one before `read`").into()),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// The time of each run, and what the last one gave. What a run gave is dropped before the next: peak memory is one run's.
fn timed<T>(repeats: usize, run: impl Fn() -> analysis_core::error::Result<T>) -> Outcome<(Vec<f64>, T)> {
    let mut milliseconds = Vec::new();
    let mut once = || -> analysis_core::error::Result<T> {
        let start = Instant::now();
        let value = run()?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        Ok(value)
    };
    for _ in 1..repeats {
        drop(once()?);
    }
    let last = once()?;
    Ok((milliseconds, last))
}

fn write_data(folder: &Path, source: Source, rows: Rows) -> Outcome<Value> {
    let data = Dataset::load(source)?
        .split(Split::Train)?
        .rows(rows)?
        .prepare(Scaling::UnitNorm, Target::Integer)?;
    write_npy(folder.join("x.npy"), &data.x)?;
    write_npy(folder.join("y.npy"), &data.y)?;
    Ok(json!({ "n": data.n(), "d": data.d() }))
}

fn gram(folder: &Path, data: &Dataset, hidden_layers: usize, repeats: usize) -> Outcome<Value> {
    let kernel = Kernel { hidden_layers, ..Kernel::default() };
    let (milliseconds, gram) = timed(repeats, || kernel.gram(data.x.view()))?;
    write_npy(folder.join("gram.npy"), &gram.view())?;
    Ok(json!({ "milliseconds": milliseconds }))
}

/// From K, which is made before the clock starts, or `from_rows`.
fn measure(folder: &Path, data: &Dataset, columns: usize, repeats: usize, from_rows: bool) -> Outcome<Value> {
    // The labels, and rotations of them: as good as permutations for what is measured here.
    let y = Array2::from_shape_fn((data.n(), columns), |(i, j)| {
        data.y.index_axis(Axis(1), 0)[(i + 37 * j) % data.n()]
    });
    let kernel = Kernel::default();
    let (milliseconds, measure) = if from_rows {
        timed(repeats, || kernel.measure(data.x.view(), y.view()))?
    } else {
        let gram = kernel.gram(data.x.view())?;
        timed(repeats, || gram.measure(y.view()))?
    };
    measure.write_npy(folder, "measure")?;
    Ok(json!({ "milliseconds": milliseconds }))
}
