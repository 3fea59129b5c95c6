//! Images moved by a pixel: more rows of the same kind.

use ndarray::{Array2, ArrayView1, Axis, concatenate};

use super::dataset::Dataset;
use super::source::Source;
use crate::error::{Error, Result};

/// Every image four times: as it is, and moved by one pixel to the right, down, and both, with its targets (4n rows, the images
/// as they are first, then each move in turn).
///
/// The prepared values are moved, not the pixels, and not scaled again; what leaves the image is lost, and zeros come in. So rows
/// of one norm stay of one norm where the border is empty, as MNIST's is.
///
/// # Errors
/// [`Error::Shape`] where the rows are not images of `source`.
///
/// # Examples
/// ```
/// use analysis_core::data::{Dataset, Source, with_shifts};
/// use ndarray::Array2;
/// let x = Array2::from_shape_fn((1, 784), |(_, pixel)| f64::from(pixel == 30)); // row 1, column 2
/// let four = with_shifts(&Dataset::from_arrays(x, Array2::ones((1, 1)))?, Source::Mnist)?;
/// let lit: Vec<usize> = four.x.rows().into_iter().map(|row| row.iter().position(|v| *v > 0.0).unwrap()).collect();
/// assert_eq!(lit, [30, 31, 58, 59]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn with_shifts(data: &Dataset, source: Source) -> Result<Dataset> {
    let (n, d) = data.x.dim();
    if d != source.d() {
        return Err(Error::shape(format!("columns of images of {source}"), source.d(), d));
    }
    let shape = source.image_shape();
    let mut x = Array2::zeros((4 * n, d));
    for (part, (down, right)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let mut rows = x.slice_mut(ndarray::s![part * n..(part + 1) * n, ..]);
        for (row, mut moved) in data.x.rows().into_iter().zip(rows.rows_mut()) {
            moved.assign(&ArrayView1::from(&shifted(row, shape, down, right)));
        }
    }
    let y = data.y.view();
    let y = concatenate(Axis(0), &[y, y, y, y]).map_err(|e| Error::shape("targets", "one size", e))?;
    Dataset::from_arrays(x, y)
}

/// One image moved down and to the right.
fn shifted(
    image: ArrayView1<f64>,
    [channels, height, width]: [usize; 3],
    down: usize,
    right: usize,
) -> Vec<f64> {
    let mut moved = vec![0.0; image.len()];
    for channel in 0..channels {
        for row in down..height {
            for column in right..width {
                let place = |row: usize, column: usize| (channel * height + row) * width + column;
                moved[place(row, column)] = image[place(row - down, column - right)];
            }
        }
    }
    moved
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What leaves is lost, nothing comes in from the other side or another channel, and targets go with their images.
    #[test]
    fn images_move_within_their_channel() {
        let d = Source::Cifar10.d();
        let x = Array2::from_shape_fn((2, d), |(i, pixel)| (i * d + pixel + 1) as f64);
        let y = ndarray::array![[1.0], [2.0]];
        let four = with_shifts(&Dataset::from_arrays(x.clone(), y).unwrap(), Source::Cifar10).unwrap();
        assert_eq!((four.n(), four.d()), (8, d));
        assert_eq!(four.y.column(0).to_vec(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert_eq!(four.x.slice(ndarray::s![..2, ..]), x);
        let place = |channel: usize, row: usize, column: usize| (channel * 32 + row) * 32 + column;
        for channel in 0..3 {
            assert_eq!(four.x[[2, place(channel, 4, 0)]], 0.0);
            assert_eq!(four.x[[3, place(channel, 4, 9)]], x[[1, place(channel, 4, 8)]]);
            assert_eq!(four.x[[4, place(channel, 0, 9)]], 0.0);
            assert_eq!(four.x[[5, place(channel, 1, 9)]], x[[1, place(channel, 0, 9)]]);
            assert_eq!(four.x[[6, place(channel, 31, 31)]], x[[0, place(channel, 30, 30)]]);
        }
        let narrow = Dataset::from_arrays(Array2::ones((2, 5)), Array2::ones((2, 1))).unwrap();
        assert!(matches!(with_shifts(&narrow, Source::Mnist), Err(Error::Shape { .. })));
    }
}
