//! The published sets as they are: a missing set is a failure, not a skip.

use analysis_core::data::{Dataset, Rows, Scaling, Source, Split, Target};

fn load(source: Source, split: Split) -> analysis_core::data::Samples {
    Dataset::load(source).unwrap_or_else(|e| panic!("{e}")).split(split).unwrap()
}

fn column(frame: &analysis_core::polars::prelude::DataFrame, name: &str) -> Vec<f64> {
    let values =
        frame.column(name).unwrap().cast(&analysis_core::polars::prelude::DataType::Float64).unwrap();
    values.f64().unwrap().iter().map(|v| v.unwrap()).collect()
}

/// Means and standard deviations of values/255 as their publishers and users quote them, to four digits.
#[test]
fn pixel_statistics_are_the_known_ones() {
    for (source, means, deviations) in [
        (Source::Mnist, &[0.1307][..], &[0.3081][..]),
        (Source::FashionMnist, &[0.2860], &[0.3530]),
        (Source::Cifar10, &[0.4914, 0.4822, 0.4465], &[0.2470, 0.2435, 0.2616]),
    ] {
        let statistics = load(source, Split::Train).pixel_statistics().unwrap();
        for (name, known) in [("mean", means), ("std", deviations)] {
            for (found, known) in column(&statistics, name).iter().zip(known) {
                assert!((found - known).abs() < 0.00006, "{source}: {name} {found}, known {known}");
            }
        }
    }
}

#[test]
fn classes_are_the_known_ones() {
    for source in [Source::FashionMnist, Source::Cifar10] {
        for split in [Split::Train, Split::Test] {
            let samples = load(source, split);
            let expected = samples.n() as f64 / 10.0;
            assert!(column(&samples.class_counts().unwrap(), "count").iter().all(|c| *c == expected));
        }
    }
    let mnist = load(Source::Mnist, Split::Train);
    let counts = column(&mnist.class_counts().unwrap(), "count");
    assert_eq!(counts, [5923.0, 6742.0, 5958.0, 6131.0, 5842.0, 5421.0, 5918.0, 6265.0, 5851.0, 5949.0]);
}

#[test]
fn prepared_rows_are_what_they_claim() {
    let samples =
        load(Source::Mnist, Split::Train).rows(Rows::Sample { n: 500, seed: 3, stratified: true }).unwrap();
    let data = samples.prepare(Scaling::UnitNorm, Target::OneHot).unwrap();
    assert_eq!((data.x.dim(), data.y.dim()), ((500, 784), (500, 10)));
    for row in data.x.rows() {
        // 784 squares summed: 784·ε.
        assert!((row.dot(&row) - 1.0).abs() < 784.0 * f64::EPSILON);
    }
    assert!(data.y.rows().into_iter().all(|r| r.sum() == 1.0));
    assert!(data.ids.windows(2).all(|w| w[0] < w[1]));
}
