//! The Rust side of `scripts/bench/epoch.py`, which measures it beside JAX: `cargo bench --features cli --bench epoch`
//! alone reads its requests from standard input.
//!
//! The first line names a folder with `w.npy` (m,d), `a.npy` (m), `x.npy` (n,d), `y.npy` (n), `z.npy` (n_test,d) and
//! `fz.npy` (n_test, the target there), all float64. Every further line, `PRECISION THREADS EPOCHS`, trains on and is
//! answered by `{"milliseconds":[…],"train_loss":…,"test_error":…}`: the time of each epoch with its test error, and the
//! values after the last.
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use analysis_core::ndarray::{Array1, Array2};
use analysis_core::network::{FusedEngine, Precision};
use ndarray_npy::read_npy;

/// The paper's.
const LEARNING_RATE: f64 = 0.6;

fn mean_square(f: &[f64], y: &Array1<f64>) -> f64 {
    f.iter().zip(y).map(|(f, y)| (f - y) * (f - y)).sum::<f64>() / y.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = std::io::stdin().lock().lines();
    let Some(folder) = lines.next().transpose()? else { return Ok(()) };
    let read = |name: &str| Path::new(&folder).join(name);
    let (w, x, z): (Array2<f64>, Array2<f64>, Array2<f64>) =
        (read_npy(read("w.npy"))?, read_npy(read("x.npy"))?, read_npy(read("z.npy"))?);
    let (a, y, fz): (Array1<f64>, Array1<f64>, Array1<f64>) =
        (read_npy(read("a.npy"))?, read_npy(read("y.npy"))?, read_npy(read("fz.npy"))?);
    let mut engines = HashMap::new();
    for line in lines {
        let line = line?;
        let [precision, threads, epochs] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("{line:?}: expected PRECISION THREADS EPOCHS").into());
        };
        let key = (precision.parse::<Precision>()?, threads.parse()?);
        let engine = match engines.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                entry.insert(FusedEngine::new(key.0, w.view(), None, a.view(), x.view(), z.view(), key.1)?)
            }
        };
        let (mut times, mut test_error) = (Vec::new(), f64::NAN);
        for _ in 0..epochs.parse::<usize>()? {
            let start = Instant::now();
            let rate = LEARNING_RATE / y.len() as f64;
            let force: Vec<f64> =
                engine.train_outputs().iter().zip(&y).map(|(f, y)| rate * (f - y)).collect();
            engine.descend(&force)?;
            test_error = mean_square(engine.test_outputs(), &fz);
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let train_loss = mean_square(engine.train_outputs(), &y) / 2.0;
        println!(r#"{{"milliseconds":{times:?},"train_loss":{train_loss:e},"test_error":{test_error:e}}}"#);
        std::io::stdout().flush()?;
    }
    Ok(())
}
