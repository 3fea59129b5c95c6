//! The order in which the tiles of a symmetric matrix are worked on.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Works on every pair (I,J), J ≤ I, of rows of tiles: `work(I, J, part I, part J)`, where there is no second part on the
/// diagonal. Each part, a row of tiles' share of some Y = AV, is worked on in one order, whatever the number of threads. Returns
/// what the pairs returned, in that order; after an error, pairs that have not begun are left out.
pub(crate) fn on_pairs<P: Send, R: Send, E: Send>(
    parts: Vec<P>,
    work: impl Fn(usize, usize, &mut P, Option<&mut P>) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let parts: Vec<Mutex<P>> = parts.into_iter().map(Mutex::new).collect();
    // Nobody else has one of these two, within the round.
    let part = |i: usize| parts[i].lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = Vec::with_capacity(parts.len() * (parts.len() + 1) / 2);
    for pairs in rounds(parts.len()) {
        let done = pairs.into_par_iter().with_max_len(1).map(|(i, j)| match i == j {
            true => work(i, j, &mut part(i), None),
            false => work(i, j, &mut part(i), Some(&mut part(j))),
        });
        all.extend(done.collect::<Result<Vec<R>, E>>()?);
    }
    Ok(all)
}

/// Pairs (I,J), J ≤ I < count, in rounds: round r holds those with I + J ≡ r modulo `count`, so within a round no tile row
/// belongs to two pairs: threads that work on different pairs work on different parts. The rounds follow each other.
fn rounds(count: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
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
