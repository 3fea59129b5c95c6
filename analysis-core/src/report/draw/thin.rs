//! Fewer points where the eye sees no difference: a decay curve of 3000 points must not be 500 kB of SVG.
//! Nothing is random, so the same figure is always the same file. The CSV beside a figure has every point.

use super::clip::Point;
use std::collections::HashSet;

/// The side of a cell in canvas units: 0.24 pt, a pixel at 300 dpi.
pub(crate) const CELL: f64 = 4.8;

fn cell((x, y): Point) -> (i64, i64) {
    ((x / CELL).floor() as i64, (y / CELL).floor() as i64)
}

/// The first of all marks whose centres fall into one cell.
pub(crate) fn marks(points: &[Point]) -> Vec<Point> {
    let mut seen = HashSet::new();
    points.iter().copied().filter(|&point| seen.insert(cell(point))).collect()
}

/// Of each run of points in one column of cells: the first, the lowest, the highest, the last. The line through
/// them covers the same cells.
pub(crate) fn line(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let column = cell(points[start]).0;
        let mut end = start + 1;
        while end < points.len() && cell(points[end]).0 == column {
            end += 1;
        }
        let (mut low, mut high) = (start, start);
        for i in start..end {
            if points[i].1 < points[low].1 {
                low = i;
            }
            if points[i].1 > points[high].1 {
                high = i;
            }
        }
        let mut chosen = [start, low.min(high), low.max(high), end - 1].to_vec();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|i| points[i]));
        start = end;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_keep_every_cell_and_lines_keep_their_extent() {
        let points: Vec<Point> =
            (0..5000).map(|i| (f64::from(i) * 0.024, (f64::from(i) * 0.7).sin() * 50.0)).collect();
        let cells = |points: &[Point]| points.iter().copied().map(cell).collect::<HashSet<_>>();
        assert_eq!(cells(&marks(&points)), cells(&points));
        let thin = line(&points);
        assert!(thin.len() <= 4 * 25, "{}", thin.len());
        for column in 0..25 {
            let of = |points: &[Point]| {
                let ys = points.iter().filter(|p| cell(**p).0 == column).map(|p| p.1);
                ys.fold((f64::MAX, f64::MIN), |(a, b), y| (a.min(y), b.max(y)))
            };
            assert_eq!(of(&thin), of(&points));
        }
        assert_eq!((thin[0], thin[thin.len() - 1]), (points[0], points[4999]));
    }
}
