#![allow(clippy::unwrap_used)]
use super::*;

fn sample(n: usize, seed: u64, stratified: bool) -> Rows {
    Rows::Sample { n, seed, stratified }
}

#[test]
fn text_round_trips_and_follows_rust() {
    for text in
        ["all", "0..3000", "17..18", "sample:10:18446744073709551615", "stratified:3000:0", "part:2:10:7"]
    {
        assert_eq!(text.parse::<Rows>().unwrap().to_string(), text);
    }
    assert_eq!("3..=5".parse::<Rows>().unwrap(), Rows::Range { start: 3, end: 6 });
    assert_eq!(Rows::from(..), Rows::All);
}

#[test]
fn bad_rows_are_refused_and_named() {
    for bad in [
        "",
        "3..1",
        "3..3",
        "3..=2",
        "a..b",
        "-1..3",
        "..",
        "0..",
        "..5",
        "1..2..3",
        "sample:0:1",
        "sample:5",
        "draw:5:1",
        "sample:5:-1",
        "sample:5:1:2",
        "part:1:5",
        "part:0:0:7",
        "1.5..3",
    ] {
        let message = bad.parse::<Rows>().unwrap_err().to_string();
        assert!(message.contains(bad), "{bad:?}: {message}");
    }
    assert!(Rows::from(0..11).positions(10).unwrap_err().to_string().contains("10 rows"));
    assert!(Rows::from(0..=usize::MAX).positions(10).is_err());
    assert!(sample(11, 0, false).positions(10).is_err());
    assert!(sample(5, 0, true).positions(10).unwrap_err().to_string().contains("labels"));
    assert!(Rows::from(4..4).positions(10).is_err());
}

#[test]
fn a_sample_is_without_replacement_sorted_and_reproducible() {
    let first = sample(3000, 7, false).positions(60_000).unwrap();
    assert!(first.windows(2).all(|pair| pair[0] < pair[1]) && first[2999] < 60_000);
    assert_eq!(first, sample(3000, 7, false).positions(60_000).unwrap());
    assert_ne!(first, sample(3000, 8, false).positions(60_000).unwrap());
    assert_eq!(sample(10, 1, false).positions(10).unwrap(), (0..10).collect::<Vec<_>>());
}

#[test]
fn parts_share_no_row_and_the_first_is_the_sample() {
    let part = |part| Rows::Part { part, n: 30, seed: 7 };
    let all: Vec<Vec<usize>> = (0..3).map(|k| part(k).positions(100).unwrap()).collect();
    assert_eq!(all[0], sample(30, 7, false).positions(100).unwrap());
    let rows: std::collections::BTreeSet<usize> = all.concat().into_iter().collect();
    assert!(rows.len() == 90 && all.iter().all(|own| own.windows(2).all(|pair| pair[0] < pair[1])));
    let refused = part(3).positions(100).unwrap_err().to_string();
    assert!(refused.contains("part:3:30:7") && refused.contains("3 parts of 30"), "{refused}");
    assert!(part(usize::MAX).positions(100).is_err());
}

/// Every row is drawn equally often: 20,000 draws of 3 of 10, each row expected 6000 times with standard deviation
/// √(20000·0.3·0.7) = 65; 5 of them is a bound that 10 rows break once in 10⁵ seeds.
#[test]
fn every_row_is_equally_likely() {
    let mut counts = [0_i64; 10];
    for seed in 0..20_000 {
        for row in sample(3, seed, false).positions(10).unwrap() {
            counts[row] += 1;
        }
    }
    assert!(counts.iter().all(|count| (count - 6000).abs() < 5 * 65), "{counts:?}");
}

#[test]
fn stratified_shares_follow_the_largest_remainder() {
    // 50 of label 2, 30 of label 5, 20 of label 9; n = 7: shares 3.5, 2.1, 1.4; whole parts 3, 2, 1; the one left
    // goes to label 2. n = 15: 7.5, 4.5, 3.0; the tie between labels 2 and 5 goes to the smaller label.
    let labels: Vec<i64> = (0..100)
        .map(|i| {
            if i % 2 == 0 {
                2
            } else if i % 10 < 6 {
                5
            } else {
                9
            }
        })
        .collect();
    for (n, expected) in [(7, [4, 2, 1]), (15, [8, 4, 3]), (100, [50, 30, 20]), (1, [1, 0, 0])] {
        let rows = sample(n, 3, true).positions_by(100, || Ok(labels.clone())).unwrap();
        let count = |label| rows.iter().filter(|&&row| labels[row] == label).count();
        assert_eq!([count(2), count(5), count(9)], expected, "n = {n}");
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
