//! The head of a spectrum of real images, and its command.

use analysis_core::prelude::*;
use analysis_tests::{failure, json, ntk, ntk_line};

/// n = 1500 digits: every eigenvalue and tail of the whole decomposition is within its bounds, the tails to 1 %.
#[test]
fn the_head_of_mnist_is_within_its_bounds() {
    let rows = Dataset::load(Source::Mnist).unwrap().split(Split::Train).unwrap().rows(0..1500).unwrap();
    let data = rows.prepare(Scaling::UnitNorm, Target::OneHot).unwrap();
    let head = SpectrumHead { components: 100, block: 96, passes: 8, ..Default::default() };
    let head = head.run(data.x.view(), data.y.view()).unwrap();
    assert_eq!(head.known, 101, "{} passes", head.passes);
    let measure = Kernel::default().gram(data.x.view()).unwrap().measure(data.y.view()).unwrap();
    let mut widest = 0.0_f64;
    for i in 0..100 {
        let bounds = head.eigenvalue_lower[i]..=head.eigenvalue_upper[i];
        assert!(
            bounds.contains(&measure.eigenvalues[i]),
            "λ_{}: {} in {bounds:?}",
            i + 1,
            measure.eigenvalues[i]
        );
        for (j, target) in head.targets.iter().enumerate() {
            let tail: f64 = measure.coefficients.column(j).iter().skip(i).map(|c| c * c).sum();
            let bounds = target.tail_lower[i] - 1e-12..=target.tail_upper[i] + 1e-12;
            assert!(bounds.contains(&tail), "tail {} of {j}: {tail} in {bounds:?}", i + 1);
            widest = widest.max((target.tail_upper[i] - target.tail_lower[i]) / (2.0 * tail));
        }
    }
    println!("{} passes; tails to {widest:.1e}, the tolerance is 1e-2", head.passes);
    assert!(widest <= 0.01);
}

/// The command gives the library's numbers, four times the rows with --shifts, and says where the tolerance was not met; where
/// a whole decomposition does not fit, `ntk smoothness` names this command.
#[test]
fn the_command_gives_the_head_and_smoothness_points_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let small = "spectrum-head --dataset mnist --rows 0..200 --components 5 --block 16 --json";
    let head = json(ntk_line(folder.path(), small, &["--passes", "6"]));
    assert_eq!(head["experiment"], "spectrum-head");
    let result = &head["result"];
    assert_eq!((result["n"].as_u64(), result["known"].as_u64()), (Some(200), Some(6)));
    assert_eq!(result["eigenvalues"].as_array().unwrap().len(), 5);
    assert_eq!(result["targets"][0]["tail"].as_array().unwrap().len(), 6);
    let four = json(ntk_line(folder.path(), small, &["--shifts", "--passes", "1"]));
    assert_eq!(four["result"]["n"], 800);
    let mut smoothness =
        ntk(folder.path(), &["smoothness", "--dataset", "mnist", "--rows", "0..6000", "--no-cache"]);
    smoothness.env("NTK_MEMORY_LIMIT", "200M");
    let said = failure(smoothness);
    assert!(said.contains("ntk spectrum-head"), "{said}");
}
