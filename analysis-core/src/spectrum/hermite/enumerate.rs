//! Multi-indices by descending eigenvalue.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// c_l Π_p γ_{places[p]}, a monomial of degree l = `places.len()`; the places do not rise.
#[derive(Debug)]
struct Candidate {
    value: f64,
    places: Vec<u32>,
}

impl Candidate {
    fn of(places: Vec<u32>, levels: &[f64], variances: &[f64]) -> Candidate {
        let factors = places.iter().map(|place| variances[*place as usize]);
        // From the small end, where no partial product can overflow.
        Candidate { value: factors.product::<f64>() * levels[places.len()], places }
    }
}

/// By value; equal values in a fixed order, the lower degree and then the earlier places first.
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_degree = || other.places.len().cmp(&self.places.len());
        self.value.total_cmp(&other.value).then_with(by_degree).then_with(|| other.places.cmp(&self.places))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// The `count` largest λ_α = c_{|α|} Π γ_j^{α_j}, descending, and their degrees.
///
/// A monomial of degree l is a list of l places p_1 ≥ p_2 ≥ … of variances, from 0, and lists are a tree for each degree: the root is all zeros, and the
/// parent of a list is the list with its last non-zero place lowered by one. A child is never larger than its parent, so a heap
/// of the children of what was taken gives them in order, each once.
pub(super) fn descending(levels: &[f64], variances: &[f64], count: usize) -> (Vec<f64>, Vec<usize>) {
    let last = variances.len() as u32 - 1;
    let roots =
        (0..levels.len()).filter(|l| levels[*l] > 0.0).map(|l| Candidate::of(vec![0; l], levels, variances));
    let mut heap: BinaryHeap<Candidate> = roots.collect();
    let (mut eigenvalues, mut degrees) = (Vec::new(), Vec::new());
    while eigenvalues.len() < count {
        let Some(taken) = heap.pop() else { break };
        let places = &taken.places;
        let filled = places.iter().take_while(|place| **place > 0).count();
        let mut push = |at: usize| {
            let mut child = places.clone();
            child[at] += 1;
            heap.push(Candidate::of(child, levels, variances));
        };
        if filled > 0 {
            let most = if filled > 1 { places[filled - 2] } else { last };
            if places[filled - 1] < most {
                push(filled - 1);
            }
        }
        if filled < places.len() && last > 0 {
            push(filled);
        }
        eigenvalues.push(taken.value);
        degrees.push(places.len());
    }
    (eigenvalues, degrees)
}
