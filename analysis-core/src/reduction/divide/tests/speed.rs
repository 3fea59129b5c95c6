//! Measurements: `SIZES="3000,21 8000,21" KIND=1-2-1 cargo test --release speed -- --ignored --nocapture`.

use super::super::{Tridiagonal, eigenvalues};
use super::matrices::{random, targets, with_spectrum};
use super::no_one;

#[test]
#[ignore = "a measurement"]
fn speed() {
    let sizes: Vec<(usize, usize)> = match std::env::var("SIZES") {
        Ok(text) => text
            .split(' ')
            .map(|p| {
                let (n, k) = p.split_once(',').unwrap();
                (n.parse().unwrap(), k.parse().unwrap())
            })
            .collect(),
        Err(_) => vec![(3000, 21), (8000, 21)],
    };
    for (n, k) in sizes {
        let mut kinds = vec![
            ("random", random(n, 1)),
            ("1-2-1", Tridiagonal { diagonal: vec![2.0; n], off_diagonal: vec![1.0; n - 1] }),
        ];
        if n <= 3000 {
            kinds.push((
                "kernel-like",
                with_spectrum(&(1..=n).map(|i| (i as f64).powf(-1.5)).collect::<Vec<_>>()),
            ));
        } else {
            let mut t = random(n, 4);
            t.diagonal.iter_mut().enumerate().for_each(|(i, d)| *d = (i as f64 + 1.0).powf(-1.5));
            t.off_diagonal.iter_mut().enumerate().for_each(|(i, e)| *e *= 0.3 * (i as f64 + 1.0).powf(-1.5));
            kinds.push(("graded", t));
        }
        for (name, t) in kinds {
            if std::env::var("KIND").is_ok_and(|kind| kind != name) {
                continue;
            }
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let z = targets(n, k);
                let mut best = f64::INFINITY;
                for _ in 0..if n > 10000 { 1 } else { 4 } {
                    let mut z = z.clone();
                    let start = std::time::Instant::now();
                    pool.install(|| eigenvalues(t.clone(), &mut z, &no_one)).unwrap();
                    best = best.min(start.elapsed().as_secs_f64());
                }
                println!("n = {n}, k = {k}, {name}, {threads} threads: {best:.3} s");
            }
        }
    }
}
