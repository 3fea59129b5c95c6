//! What notebook 09 says of convolutional kernels beside fully connected ones.

use analysis_core::experiment::{
    ArchitectureDifference, ComparedCurve, ComparedError, ComparedRow, ErrorDifference,
};
use analysis_core::ndarray::{Array1, Array2, Axis};
use analysis_core::prelude::*;

use crate::notebook_numbers::kept as kept_result;

/// Convolutional beside fully connected kernels on the same rows: notebook 09's verdict, and one subset measured again.
#[test]
fn architectures_are_what_the_pages_say() {
    let [dense, convolutional] = ["dense", "convolutional"]
        .map(|name| kept_result(LabelsAgainstF0Result::read, &format!("architectures-{name}.json")));
    assert_eq!((dense.missing(), convolutional.missing()), (0, 0));
    let verdicts = |result: &LabelsAgainstF0Result, source: Option<Source>, depth: Option<usize>| {
        let of_labels = result.rows.iter().filter(|row| row.target.encoding().is_some());
        let own: Vec<&ComparedRow> = of_labels
            .filter(|row| source.is_none_or(|s| s == row.source) && depth.is_none_or(|d| d == row.depth))
            .collect();
        [Some(true), Some(false), None]
            .map(|wanted| own.iter().filter(|row| row.f0_is_smoother() == wanted).count())
    };
    assert_eq!(verdicts(&convolutional, None, None), [130, 0, 5]);
    assert_eq!(verdicts(&convolutional, Some(Source::Mnist), Some(5)), [15, 0, 0]);
    assert_eq!(verdicts(&dense, Some(Source::Mnist), Some(5)), [0, 14, 1]);
    assert_eq!(verdicts(&dense, Some(Source::Mnist), Some(3)), [0, 4, 11]);

    // Smoother under convolutions, rougher, undecided: labels of the first two sets, of CIFAR-10, f₀.
    let all = convolutional.minus(&dense).unwrap();
    let counts = |keep: &dyn Fn(&ArchitectureDifference) -> bool| {
        let own =
            || all.iter().filter(|d| d.warned < d.pairs && d.target != ComparedTarget::Permuted && keep(d));
        let (above, below) =
            (own().filter(|d| d.r.low > 0.0).count(), own().filter(|d| d.r.high < 0.0).count());
        [above, below, own().count() - above - below]
    };
    let labels = |d: &ArchitectureDifference| d.target.encoding().is_some();
    assert_eq!(counts(&|d| labels(d) && d.source != Source::Cifar10), [0, 57, 8]);
    assert_eq!(counts(&|d| labels(d) && d.source == Source::Cifar10), [14, 10, 6]);
    assert_eq!(counts(&|d| !labels(d)), [52, 0, 0]);

    // The first subset of MNIST under one convolutional layer, without what the others need.
    let p = LabelsAgainstF0 {
        sources: vec![Source::Mnist],
        most: 1,
        depths: vec![1],
        encodings: vec![LabelEncoding::CentredInteger],
        ..convolutional.parameters.clone()
    };
    let target = ComparedTarget::Labels(LabelEncoding::CentredInteger);
    let of = |result: &LabelsAgainstF0Result| -> Vec<f64> {
        let own = result
            .readings
            .iter()
            .filter(|q| (q.source, q.depth, q.subset, q.target) == (Source::Mnist, 1, 0, target));
        own.filter_map(|q| q.estimate.r).collect()
    };
    let (kept, now) = (of(&convolutional), of(&p.run().unwrap()));
    assert!(kept.len() == 5 && now.len() == 5);
    for (kept, now) in kept.iter().zip(&now) {
        assert!((kept - now).abs() < 1e-6, "{kept} {now}");
    }
}

/// Pooled, flattened and fully connected kernels on 200 digits: what notebook 09 says of pooling.
#[test]
fn pooling_is_what_the_pages_say() {
    let [dense, flattened, pooled] = ["dense", "flattened", "pooled"]
        .map(|name| kept_result(LabelsAgainstF0Result::read, &format!("architectures-200-{name}.json")));
    let labels = |other: &LabelsAgainstF0Result| {
        let all = pooled.minus(other).unwrap();
        let own: Vec<_> = all
            .into_iter()
            .filter(|d| d.warned < d.pairs && d.target.encoding().is_some())
            .map(|d| d.r)
            .collect();
        let (above, below) =
            (own.iter().filter(|r| r.low > 0.0).count(), own.iter().filter(|r| r.high < 0.0).count());
        [above, below, own.len() - above - below]
    };
    assert_eq!(labels(&dense), [0, 8, 1]);
    // Both tails rougher for three encodings, the error with the best ridge undecided.
    assert_eq!(labels(&flattened), [0, 6, 3]);
    let r = |result: &LabelsAgainstF0Result| {
        let f0 = ComparedTarget::Function { function: 0 };
        let row = result.row(Source::Mnist, 1, false, f0, Estimator::RidgedLeaveOneOut).unwrap();
        row.r.as_ref().unwrap().mean
    };
    for (result, expected) in [(&pooled, 0.91), (&flattened, 0.62), (&dense, 0.41)] {
        assert!((r(result) - expected).abs() < 0.005, "{}", r(result));
    }
    // Two of one kind are called by their filters.
    for (other, says) in
        [(&flattened, "3:zero:pool minus 3:zero:flatten"), (&dense, "convolutional minus dense")]
    {
        let table = pooled.error_table(other).unwrap().markdown().unwrap();
        assert!(table.contains(says), "{table}");
    }
    // What is left of one-hot labels and of f₀ from 200 digits, as shares of their variance.
    let one_hot = ComparedTarget::Labels(LabelEncoding::CentredOneHot);
    for (result, labels, f0) in [(&pooled, 0.680, 0.001), (&flattened, 0.462, 0.132), (&dense, 0.374, 0.248)]
    {
        let errors = result.errors().unwrap();
        let left = |target: ComparedTarget| {
            errors.iter().find(|e| (e.target, e.n) == (target, 200)).unwrap().ridged.unwrap().mean
        };
        let drawn = ComparedTarget::Function { function: 0 };
        assert!((left(one_hot) - labels).abs() < 0.0006 && (left(drawn) - f0).abs() < 0.0006);
    }
    let of_labels = pooled.rows.iter().filter(|row| row.target.encoding().is_some());
    let smoother: Vec<_> = of_labels.map(ComparedRow::f0_is_smoother).collect();
    assert_eq!(smoother, [Some(true); 15]);
}

/// K⁻¹ b of a positive definite K, by elimination.
fn solve(mut k: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    let n = b.len();
    for i in 0..n {
        for j in i + 1..n {
            let factor = k[[j, i]] / k[[i, i]];
            for l in i..n {
                k[[j, l]] -= factor * k[[i, l]];
            }
            b[j] -= factor * b[i];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| k[[i, j]] * b[j]).sum();
        b[i] = (b[i] - known) / k[[i, i]];
    }
    b
}

/// The learning curves of 09: a subset's error measured again by another road, the verdicts, and some of its numbers.
#[test]
fn learning_curves_are_what_the_pages_say() {
    let [dense, convolutional] = ["dense", "convolutional"]
        .map(|name| kept_result(LabelsAgainstF0Result::read, &format!("architectures-{name}.json")));
    let one_hot = ComparedTarget::Labels(LabelEncoding::CentredOneHot);
    let f0 = ComparedTarget::Function { function: 0 };

    // Leave-one-out without its closed form: four parts of 125 rows, each row predicted by the interpolant through the 124 others.
    let train = Dataset::load(Source::Mnist).unwrap().split(Split::Train).unwrap();
    let data = train.rows(0..1000).unwrap().prepare(Scaling::UnitNorm, Target::OneHot).unwrap();
    let y = &data.y - &data.y.mean_axis(Axis(0)).unwrap();
    let kernel = Kernel { hidden_layers: 3, ..Kernel::default() };
    let mut error = 0.0;
    for first in 0..4 {
        let rows: Vec<usize> = (first..1000).step_by(8).collect();
        let k = kernel.gram(data.x.select(Axis(0), &rows).view()).unwrap().view().to_owned();
        for i in 0..rows.len() {
            let rest: Vec<usize> = (0..rows.len()).filter(|j| *j != i).collect();
            let of_rest = k.select(Axis(0), &rest).select(Axis(1), &rest);
            let weights = solve(of_rest, k.row(i).select(Axis(0), &rest));
            for column in y.select(Axis(0), &rows).columns() {
                let predicted = weights.dot(&column.select(Axis(0), &rest));
                error += (column[i] - predicted).powi(2) / (4 * rows.len()) as f64;
            }
        }
    }
    let own = |q: &&ComparedCurve| (q.source, q.depth, q.subset, q.target) == (Source::Mnist, 3, 0, one_hot);
    let curve = &dense.curves.iter().find(own).unwrap().curve;
    assert_eq!((curve.points[0].n, curve.points[0].parts), (125, 4));
    // cond(K)·ε, some 1e4·1e-16, in both.
    assert!((curve.points[0].error / error - 1.0).abs() < 1e-9, "{} {error}", curve.points[0].error);
    let variance: f64 = y.columns().into_iter().map(|column| column.var(0.0)).sum();
    assert!((curve.variance / variance - 1.0).abs() < 1e-12);

    let all = convolutional.errors_minus(&dense).unwrap();
    let of = |source: Source, depth: usize, target: ComparedTarget| {
        let own = |d: &&ErrorDifference| (d.source, d.depth, d.target, d.n) == (source, depth, target, 1000);
        all.iter().find(own).unwrap().ridged
    };
    // More left unlearnt, less, undecided; MNIST, Fashion-MNIST, CIFAR-10 under one, three and five layers.
    let verdicts = |target: ComparedTarget| {
        [Source::Mnist, Source::FashionMnist, Source::Cifar10].map(|source| {
            [1, 3, 5].map(|depth| {
                let difference = of(source, depth, target);
                i32::from(difference.low > 0.0) - i32::from(difference.high < 0.0)
            })
        })
    };
    assert_eq!(verdicts(one_hot), [[1, 1, 0], [1, 1, 1], [1, 0, -1]]);
    assert_eq!(verdicts(f0), [[-1; 3]; 3]);
    for (source, depth, means) in [
        (Source::Mnist, 1, [0.211, 0.299]),
        (Source::Mnist, 5, [0.220, 0.221]),
        (Source::FashionMnist, 5, [0.298, 0.325]),
        (Source::Cifar10, 5, [0.866, 0.860]),
    ] {
        for (result, mean) in [&dense, &convolutional].into_iter().zip(means) {
            let errors = result.errors().unwrap();
            let own =
                |e: &&ComparedError| (e.source, e.depth, e.target, e.n) == (source, depth, one_hot, 1000);
            let found = errors.iter().find(own).unwrap().ridged.unwrap().mean;
            assert!((found - mean).abs() < 0.0006, "{source} {depth}: {found}");
        }
    }
}
