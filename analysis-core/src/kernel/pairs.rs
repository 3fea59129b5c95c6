//! Two prepared sets of rows, and K of any pair of them.

use std::sync::Arc;

use ndarray::ArrayView2;

use super::lines::{self, Columns, Work};
use super::panels::LANES;
use super::recursion::{Recursion, RowState};
use super::rows::UnitRows;
use super::table::{self, AngleTable};
use crate::error::Result;
use crate::gaussian::Angle;
use crate::session::Session;

/// Beyond this cosine the angle is measured from differences, not from the dot product: at 63/64 the dot product's
/// rounding reaches θ multiplied by 1/sin θ < 6, and nearer to 1 without bound.
pub(super) const CLOSE: f64 = 1.0 - 1.0 / 64.0;

/// Rows ready for a Gram matrix.
pub(crate) struct Prepared {
    pub(crate) unit: UnitRows,
    states: Vec<Arc<RowState>>,
    /// Which of the tables' norms each row has.
    classes: Vec<usize>,
    /// What [`lines`] needs of the rows; none where pairs are computed one by one.
    columns: Option<Columns>,
}

impl Prepared {
    pub(crate) fn new(x: ArrayView2<f64>, recursion: &Recursion, what: &str) -> Result<Self> {
        let unit = UnitRows::new(x, recursion.first_layer(x.ncols()), what)?;
        Ok(Prepared { unit, states: Vec::new(), classes: Vec::new(), columns: None })
    }
}

/// How pairs are computed: directly, or, where a pair is dear and there are at most two norms, from tables over the angle.
#[derive(Debug)]
pub(crate) struct Pairs {
    recursion: Recursion,
    /// (class, class) → table, row-major; empty if direct.
    tables: Vec<AngleTable>,
    classes: usize,
}

/// More different norms than this are computed pair by pair. Two, because rounding may put equal norms on both sides of
/// a boundary of [`snapped`].
const MOST_CLASSES: usize = 2;

impl Pairs {
    /// Chooses, and gives every row of `sets` its state.
    pub(crate) fn new(recursion: Recursion, sets: &mut [&mut Prepared], session: &Session) -> Result<Self> {
        if recursion.tabulated()
            && let Some(tables) = tables(&recursion, sets)?
        {
            let classes = tables.len().isqrt();
            return Ok(Pairs { recursion, tables, classes });
        }
        let deviations: Vec<f64> = sets.iter().flat_map(|s| s.unit.deviations.iter().copied()).collect();
        let mut states = recursion.rows(&deviations, session)?.into_iter();
        for set in sets.iter_mut() {
            set.states = states.by_ref().take(set.unit.deviations.len()).collect();
            set.columns = recursion.in_lines().then(|| Columns::new(recursion.map(), &set.states));
        }
        Ok(Pairs { recursion, tables: Vec::new(), classes: 0 })
    }

    /// How far [`Pairs::value`] may be from K, over √(K(x,x)K(y,y)).
    pub(crate) fn epsilon(&self) -> f64 {
        self.recursion.epsilon() + if self.tables.is_empty() { 0.0 } else { table::ERROR }
    }

    /// Replaces the inner products `line` of row `i` of `left` with the rows of `right` from `first` on by K; at most
    /// [`lines::LINE`] of them.
    pub(super) fn line(
        &self,
        (left, i): (&Prepared, usize),
        (right, first): (&Prepared, usize),
        line: &mut [f64],
        work: &mut Work,
    ) -> Result<()> {
        let close: Vec<usize> = (0..line.len()).filter(|&j| line[j].abs() >= CLOSE).collect();
        match &right.columns {
            Some(columns) => {
                lines::evaluate(self.recursion.map(), &left.states[i], columns, first, line, work);
            }
            None => {
                for (j, entry) in line.iter_mut().enumerate().filter(|(_, entry)| entry.abs() < CLOSE) {
                    *entry = self.value(left, i, right, first + j, Angle::cosine_inside(*entry))?;
                }
            }
        }
        if close.is_empty() {
            return Ok(());
        }
        let row = left.unit.directions.row(i);
        let mut known = None;
        for j in close {
            let (panel, lane) = ((first + j) / LANES, (first + j) % LANES);
            let distances = match known {
                Some((of, distances)) if of == panel => distances,
                _ => right.unit.directions.distances(&row, panel),
            };
            known = Some((panel, distances));
            let (difference, sum) = distances[lane];
            line[j] = self.value(left, i, right, first + j, Angle::between(difference, sum))?;
        }
        Ok(())
    }

    /// K of row `i` of `left` and row `j` of `right`, whose angle this is.
    fn value(&self, left: &Prepared, i: usize, right: &Prepared, j: usize, angle: Angle) -> Result<f64> {
        let (x, y) = (&left.states[i], &right.states[j]);
        if self.tables.is_empty() {
            // The larger first: the same operations for (x, y) and (y, x).
            let (x, y) = if x.first_deviation() < y.first_deviation() { (y, x) } else { (x, y) };
            return self.recursion.pair(x, y, angle);
        }
        Ok(x.scale * y.scale * self.tables[left.classes[i] * self.classes + right.classes[j]].value(angle))
    }
}

/// Tables for every pair of norms, or `None` if there are too many norms, a pair is cheap, or a table cannot be made.
fn tables(recursion: &Recursion, sets: &mut [&mut Prepared]) -> Result<Option<Vec<AngleTable>>> {
    // Homogeneous networks: one class, whatever the norms.
    let key = |deviation: f64| if recursion.homogeneous() { 1.0 } else { snapped(deviation) };
    let mut norms: Vec<f64> = Vec::new();
    for &deviation in sets.iter().flat_map(|s| s.unit.deviations.iter()) {
        if !norms.contains(&key(deviation)) {
            norms.push(key(deviation));
            if norms.len() > MOST_CLASSES {
                return Ok(None);
            }
        }
    }
    // Sorted, so that a table does not depend on the order of the rows.
    norms.sort_by(|a, b| b.total_cmp(a));
    let states: Vec<Arc<RowState>> =
        norms.iter().map(|&r| recursion.row(r).map(Arc::new)).collect::<Result<_>>()?;
    if !states.iter().any(|s| recursion.costly(s)) {
        return Ok(None);
    }
    let mut tables = Vec::new();
    for a in 0..states.len() {
        for b in 0..states.len() {
            let table = if a > b {
                tables.get(b * states.len() + a).cloned()
            } else {
                AngleTable::new(|angle| recursion.core(&states[a], &states[b], angle))?
            };
            match table {
                Some(table) => tables.push(table),
                None => return Ok(None),
            }
        }
    }
    for set in sets.iter_mut() {
        let deviations = &set.unit.deviations;
        set.classes =
            deviations.iter().map(|&r| norms.iter().position(|n| *n == key(r)).unwrap_or(0)).collect();
        set.states = if recursion.homogeneous() {
            recursion.rows(deviations, &Session::default())?
        } else {
            set.classes.iter().map(|&c| Arc::clone(&states[c])).collect()
        };
    }
    Ok(Some(tables))
}

/// The square rounded to 44 bits (a relative 3e-14), so that norms equal up to rounding are one; 1 and 2 are grid points.
pub(super) fn snapped(deviation: f64) -> f64 {
    let bits = (deviation * deviation).to_bits();
    let half = 1_u64 << 7;
    f64::from_bits((bits + half) & !((1_u64 << 8) - 1)).sqrt()
}
