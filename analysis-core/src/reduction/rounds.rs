//! The order in which the tiles of a symmetric matrix are worked on.

/// Pairs (I,J), J ≤ I < count, in rounds: round r holds those with I + J ≡ r modulo `count`, so within a round no tile row
/// belongs to two pairs, and threads that work on different pairs write to different rows of Y = AV. The rounds follow
/// each other, so every row of Y is a sum in one order, whatever the number of threads.
pub(super) fn rounds(count: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
    (0..count).map(move |round| {
        (0..count).map(|i| (i, (round + count - i) % count)).filter(|(i, j)| i >= j).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_pair_comes_once_and_no_row_twice_in_a_round() {
        for count in 0..12 {
            let mut seen = HashSet::new();
            for pairs in rounds(count) {
                let mut rows = HashSet::new();
                for (i, j) in pairs {
                    assert!(j <= i && i < count && seen.insert((i, j)));
                    assert!(rows.insert(i) && (i == j || rows.insert(j)), "{count}: {i}, {j}");
                }
            }
            assert_eq!(seen.len(), count * (count + 1) / 2);
        }
    }
}
