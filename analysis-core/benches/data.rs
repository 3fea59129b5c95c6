//! Loading: `cargo bench --features cli --bench data`, after `ntk fetch`. The first load of a set makes its Parquet file;
//! what is timed is every later one, and making numbers of 3000 rows.

use analysis_core::prelude::{Dataset, Scaling, Source, Split, Target};

fn main() {
    divan::main();
}

#[divan::bench(args = [Source::Mnist, Source::FashionMnist, Source::Cifar10], sample_count = 5)]
fn load(source: Source) -> Option<usize> {
    Dataset::load(source).ok().map(|samples| samples.n())
}

#[divan::bench(args = [Source::Mnist, Source::Cifar10], sample_count = 5)]
fn prepare_3000_rows(bencher: divan::Bencher, source: Source) {
    let Ok(samples) = Dataset::load(source).and_then(|s| s.split(Split::Train)).and_then(|s| s.rows(0..3000))
    else {
        return;
    };
    bencher
        .with_inputs(|| samples.clone())
        .bench_values(|samples| samples.prepare(Scaling::UnitNorm, Target::Integer).map(|d| d.n()));
}
