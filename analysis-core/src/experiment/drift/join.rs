//! Grids that lie side by side, as one.

use std::borrow::Borrow;
use std::collections::HashSet;

use super::{Acceleration, Drift, DriftCell, DriftResult, KernelForm, Place};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::{common, union};

impl DriftResult {
    /// Grids that lie side by side as one whole: of other widths, depths, σ_w² or σ_b², or trained another way
    /// ([`Acceleration`]), by another program for instance.
    ///
    /// The axes are the union of the parts'; where that has cells that no part has, the grid has holes
    /// ([`DriftResult::missing`]). A cell that several parts have is the first one's. The looks are those that all parts have;
    /// others are left out of the cells, but for the start and the end. What else a part chose without changing what is trained
    /// (acceleration, test images, spectra, the kernel shown) is the first one's in the parameters; each cell tells of its own.
    /// For shards of one grid, which have to agree in everything, there is [`DriftResult::merge`].
    ///
    /// # Errors
    /// [`Error::Parameter`] for no result, and for parts that differ in what is trained (activation, images and their scaling,
    /// rate, steps, stopping rule, networks a cell, seed) or in data of their own, or hold a cell that is none of their grid's.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Acceleration, Drift, DriftData, DriftResult};
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
    /// let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(i % 2 == o));
    /// let data = DriftData { z: x.clone(), x, y };
    /// let near = Drift {
    ///     widths: vec![32],
    ///     depths: vec![2],
    ///     sigma_w2: vec![1.0, 2.0],
    ///     sigma_b2: vec![0.1],
    ///     steps: 300,
    ///     ..Drift::default()
    /// };
    /// let far = Drift { sigma_w2: vec![3.0], acceleration: Acceleration::flow(1e-3), ..near.clone() };
    /// let whole = DriftResult::join(&[near.run_on(&data)?, far.run_on(&data)?])?;
    /// assert_eq!((whole.parameters.sigma_w2.len(), whole.cells.len()), (3, 3));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn join<R: Borrow<DriftResult>>(parts: &[R]) -> Result<DriftResult> {
        let parts: Vec<&DriftResult> = parts.iter().map(Borrow::borrow).collect();
        let trained: Vec<Drift> = parts.iter().map(|part| what_is_trained(&part.parameters)).collect();
        common(&trained)?;
        let own_data = common(parts.iter().map(|part| &part.own_data))?.clone();
        let grids = || parts.iter().map(|part| &part.parameters);
        let whole = |axis: fn(&Drift) -> &Vec<usize>| ascending(grids().flat_map(|grid| axis(grid).clone()));
        let real = |axis: fn(&Drift) -> &Vec<f64>| ascending(grids().flat_map(|grid| axis(grid).clone()));
        let mut looks = parts[0].parameters.looks.clone();
        looks.retain(|look| grids().all(|grid| grid.looks.contains(look)));
        let parameters = Drift {
            widths: whole(|grid| &grid.widths),
            depths: whole(|grid| &grid.depths),
            sigma_w2: real(|grid| &grid.sigma_w2),
            sigma_b2: real(|grid| &grid.sigma_b2),
            looks,
            ..parts[0].parameters.clone()
        };
        let mut seen = HashSet::new();
        let all = parts.iter().flat_map(|part| &part.cells);
        let first: Vec<DriftCell> = all
            .filter(|cell| seen.insert(cell.place().name()))
            .map(|cell| with_looks(cell, &parameters.looks))
            .collect();
        let names: Vec<String> = parameters.places().iter().map(Place::name).collect();
        let cells = union(&names, &first, |cell| cell.place().name())?;
        let computed_by = parts.iter().flat_map(|part| part.computed_by.iter().cloned()).collect();
        Ok(DriftResult { cells, own_data, parameters, computed_by })
    }

    /// The part of a grid at these σ_w² and σ_b², those that it has; the looks and everything else as they are. What lies beside a
    /// coarser grid of another width, for instance.
    ///
    /// # Errors
    /// [`Error::Parameter`] where none of the σ_w², or none of the σ_b², is the grid's.
    ///
    /// # Examples
    /// ```no_run
    /// use analysis_core::{experiment::DriftResult, report::Report};
    /// let (fine, coarse) = (DriftResult::read("drift-256.json")?, DriftResult::read("drift-128.json")?);
    /// let grid = &coarse.parameters;
    /// let both = DriftResult::join(&[&fine.part(&grid.sigma_w2, &grid.sigma_b2)?, &coarse])?;
    /// assert_eq!(both.missing(), 0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn part(&self, sigma_w2: &[f64], sigma_b2: &[f64]) -> Result<DriftResult> {
        let own = |name: &'static str, axis: &[f64], wanted: &[f64]| {
            let kept: Vec<f64> = axis.iter().copied().filter(|value| wanted.contains(value)).collect();
            let why = format!("none of these is one of the grid's, {axis:?}");
            check::refuse(kept.is_empty(), name, format!("{wanted:?}"), why).map(|()| kept)
        };
        let p = &self.parameters;
        let parameters = Drift {
            sigma_w2: own("sigma_w2", &p.sigma_w2, sigma_w2)?,
            sigma_b2: own("sigma_b2", &p.sigma_b2, sigma_b2)?,
            ..p.clone()
        };
        let inside = |cell: &&DriftCell| {
            parameters.sigma_w2.contains(&cell.sigma_w2) && parameters.sigma_b2.contains(&cell.sigma_b2)
        };
        let cells = self.cells.iter().filter(inside).cloned().collect();
        Ok(DriftResult { cells, parameters, ..self.clone() })
    }
}

/// The parameters without the axes, and without what changes only how a training is computed or looked at.
fn what_is_trained(grid: &Drift) -> Drift {
    Drift {
        widths: Vec::new(),
        depths: Vec::new(),
        sigma_w2: Vec::new(),
        sigma_b2: Vec::new(),
        folder: None,
        test_images: 0,
        acceleration: Acceleration::Steps(1),
        most_gradients: None,
        looks: Vec::new(),
        kernel: KernelForm::One,
        spectra: false,
        ..grid.clone()
    }
}

fn ascending<T: PartialOrd>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.dedup_by(|a, b| a == b);
    values
}

/// A cell with no looks but these, its start and its end.
fn with_looks(cell: &DriftCell, looks: &[usize]) -> DriftCell {
    let last = cell.looks.len().saturating_sub(1);
    let kept = |(place, step): (usize, usize)| place == 0 || place == last || looks.contains(&step);
    let seen = cell.looks.iter().enumerate().filter(|(place, look)| kept((*place, look.step)));
    DriftCell { looks: seen.map(|(_, look)| look.clone()).collect(), ..cell.clone() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ndarray::Array2;

    use super::*;
    use crate::experiment::DriftData;

    fn grid() -> Drift {
        Drift {
            widths: vec![6],
            depths: vec![1],
            sigma_w2: vec![1.0, 2.0],
            sigma_b2: vec![0.1, 0.5],
            steps: 40,
            looks: vec![10, 20],
            ..Drift::default()
        }
    }

    fn run(grid: Drift) -> DriftResult {
        let x = Array2::from_shape_fn((6, 4), |(i, j)| ((3 * i + j) as f64).sin());
        let y = Array2::from_shape_fn((6, 2), |(i, o)| f64::from(u8::from(i % 2 == o)));
        grid.run_on(&DriftData { z: x.clone(), x, y }).unwrap()
    }

    /// The cells of neighbouring grids are those of the whole one, which depend on nothing but themselves.
    #[test]
    fn neighbours_joined_are_the_whole_grid() {
        let whole = run(Drift { sigma_w2: vec![1.0, 1.5, 2.0], ..grid() });
        let joined = DriftResult::join(&[run(grid()), run(Drift { sigma_w2: vec![1.5], ..grid() })]).unwrap();
        assert_eq!(joined, whole);
    }

    #[test]
    fn a_cell_of_several_is_the_first_ones_and_looks_are_those_of_all() {
        let flow = Drift {
            sigma_w2: vec![2.0, 3.0],
            acceleration: Acceleration::flow(1e-3),
            looks: vec![5, 10],
            ..grid()
        };
        let (plain, flow) = (run(grid()), run(flow));
        let joined = DriftResult::join(&[&plain, &flow]).unwrap();
        assert_eq!(joined.parameters.looks, [10]);
        assert_eq!(joined.parameters.acceleration, Acceleration::Steps(1));
        assert_eq!((joined.cells.len(), joined.missing()), (6, 0));
        for cell in &joined.cells {
            let part = if cell.sigma_w2 < 3.0 { &plain } else { &flow };
            let own = part.networks(6, 1, cell.sigma_w2, cell.sigma_b2)[0];
            assert_eq!((cell.flow, cell.taken), (own.flow, own.taken));
            assert_eq!(cell.looks.iter().map(|look| look.step).collect::<Vec<_>>(), [0, 10, 40]);
            assert_eq!(cell.at(10), own.at(10));
        }
    }

    /// A part of the grid is what that smaller grid trains, and with the rest it is the whole again.
    #[test]
    fn parts_of_a_grid_are_the_smaller_grids() {
        let whole = run(grid());
        let left = whole.part(&[1.0], &[0.1, 0.5, 7.0]).unwrap();
        assert_eq!(left, run(Drift { sigma_w2: vec![1.0], ..grid() }));
        assert_eq!(DriftResult::join(&[left, whole.part(&[2.0], &[0.1, 0.5]).unwrap()]).unwrap(), whole);
        assert!(whole.part(&[3.0], &[0.1]).is_err() && whole.part(&[1.0], &[]).is_err());
    }

    #[test]
    fn holes_are_counted_and_other_trainings_refused() {
        let corner = run(Drift { sigma_w2: vec![3.0], sigma_b2: vec![0.9], ..grid() });
        let joined = DriftResult::join(&[run(grid()), corner]).unwrap();
        assert_eq!((joined.cells.len(), joined.missing()), (5, 4));
        let slower = run(Drift { rate: 5e-6, ..grid() });
        let refused = DriftResult::join(&[run(grid()), slower]).unwrap_err().to_string();
        assert!(refused.contains("rate is "), "{refused}");
        assert!(DriftResult::join::<DriftResult>(&[]).is_err());
    }
}
