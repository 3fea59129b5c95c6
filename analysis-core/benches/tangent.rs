//! The empirical NTK of 128 inputs, M = 256, 20 hidden layers: the Rust side of `scripts/bench/tangent.py`, which measures it
//! beside neural-tangents. `cargo bench --features cli --bench tangent` alone reads its requests from standard input.
//!
//! The first line is the folder of `w0.npy`, `w1.npy`, … (units above, units below), `b0.npy`, … and `x.npy` (n, d), all
//! float64. Every further line, `OUTPUTS REPEATS` (trace, full or one:O), is answered by `{"milliseconds":[…],"file":…}`; the
//! kernel itself is written to that file.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use analysis_core::ndarray::{Array1, Array2};
use analysis_core::network::{Activation, Network, Parameters, Parametrisation, TangentOutputs};
use ndarray_npy::{read_npy, write_npy};

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = std::io::stdin().lock().lines();
    let Some(folder) = lines.next().transpose()? else { return Ok(()) };
    let path = |name: String| Path::new(&folder).join(name);
    let x: Array2<f64> = read_npy(path("x.npy".into()))?;
    let mut parameters = Parameters { weights: Vec::new(), biases: Vec::new() };
    while let Ok(weights) = read_npy::<_, Array2<f64>>(path(format!("w{}.npy", parameters.weights.len()))) {
        let biases: Array1<f64> = read_npy(path(format!("b{}.npy", parameters.weights.len())))?;
        parameters.weights.push(weights);
        parameters.biases.push(biases);
    }
    let [first, .., last] = &parameters.weights[..] else { return Err("at least two layers".into()) };
    let network = Network {
        inputs: first.ncols(),
        hidden_layers: parameters.weights.len() - 1,
        width: first.nrows(),
        outputs: last.nrows(),
        activation: Activation::Relu,
        parametrisation: Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 1.0 },
    };
    for line in lines {
        let line = line?;
        let [outputs, repeats] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("{line:?}: expected OUTPUTS REPEATS").into());
        };
        let outputs: TangentOutputs = outputs.parse()?;
        let mut times = Vec::new();
        for _ in 0..repeats.parse::<usize>()? {
            let start = Instant::now();
            let tangent = network.tangent_of(&parameters, x.view(), x.view(), outputs)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            write_npy(path("tangent.npy".into()), &tangent)?;
        }
        println!(r#"{{"milliseconds":{times:?},"file":"tangent.npy"}}"#);
        std::io::stdout().flush()?;
    }
    Ok(())
}
