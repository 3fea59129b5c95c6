//! Labels beside f₀ against the number of images.

use super::labels_against_f0::short;
use super::smoothness_table::title;
use super::{Axis, Dash, Figure, Legend, Panel, Series, Shape};
use crate::data::Source;
use crate::error::Result;
use crate::experiment::{ComparedTarget, LabelEncoding, LabelsAgainstF0Result, WholeSetResult, WholeTarget};
use crate::smoothness::{Estimator, SmoothnessResult};

/// The estimators that are drawn: the paper's, the recommended one, and one that needs no eigenvector.
const DRAWN: [Estimator; 3] = [Estimator::TailLine, SmoothnessResult::RECOMMENDED, Estimator::LeaveOneOut];

/// r of labels in this encoding and of drawn f₀ against n: a panel for every whole set, comparisons of several n under the kernel of one hidden
/// layer without bias, and the whole set itself as crosses. Where the recommended estimator warns of every subset it is not drawn.
///
/// # Errors
/// As [`WholeSetResult::estimates`].
///
/// # Examples
/// ```
/// use analysis_core::experiment::LabelEncoding;
/// let figure = analysis_core::report::labels_by_size_plot(&[], &[], LabelEncoding::CentredInteger)?;
/// assert!(figure.panels.is_empty());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn labels_by_size_plot(
    sizes: &[LabelsAgainstF0Result],
    wholes: &[WholeSetResult],
    encoding: LabelEncoding,
) -> Result<Figure> {
    let mut panels = wholes.iter().map(|whole| panel(sizes, whole, encoding)).collect::<Result<Vec<_>>>()?;
    if let Some(first) = panels.first_mut() {
        first.legend = Legend::TopRight;
    }
    Ok(Figure::row(panels).share_y().aspect(0.45).caption(format!(
        "The exponent r of {encoding} labels (circles) and of the initial function f_{{0}} (squares) against the number n of images, by three \
         estimators: means over disjoint subsets with Student's 95 % intervals; crosses: all images, one sample."
    )))
}

fn panel(sizes: &[LabelsAgainstF0Result], whole: &WholeSetResult, encoding: LabelEncoding) -> Result<Panel> {
    let source = whole.parameters.source;
    let axis = Axis::linear("r").limits(0.0, 1.0);
    let mut panel = Panel::new(title(source)).x(Axis::log10("n")).y(axis).legend(Legend::Off);
    let targets = [ComparedTarget::Labels(encoding), ComparedTarget::Function { function: 0 }];
    let ends = whole.estimates(&[WholeTarget::Labels(encoding), WholeTarget::Function { function: 0 }])?;
    let looks = [("labels", Shape::Circle, Dash::Solid), ("f_{0}", Shape::Square, Dash::Dashed)];
    for (colour, estimator) in DRAWN.into_iter().enumerate() {
        for ((target, end), (name, shape, dash)) in targets.into_iter().zip(&ends).zip(looks) {
            let rows = means(sizes, source, target, estimator);
            let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
            let label = format!("{name}, {}", short(estimator));
            let series = Series::line_points(label, column(0), column(1)).error_bars(column(2), column(3));
            panel = panel.series(series.colour(colour).shape(shape).dash(dash));
            let own = end.iter().find(|estimate| estimate.estimator == estimator);
            if let Some(r) = own.and_then(|estimate| estimate.r) {
                let cross = Series::points("", [whole.n() as f64], [r]).colour(colour).shape(Shape::Cross);
                panel = panel.series(cross);
            }
        }
    }
    Ok(panel)
}

/// n, mean, and the ends of its interval, of every comparison that has one.
fn means(
    sizes: &[LabelsAgainstF0Result],
    source: Source,
    target: ComparedTarget,
    estimator: Estimator,
) -> Vec<[f64; 4]> {
    let of = |result: &LabelsAgainstF0Result| {
        let row = result.row(source, 1, false, target, estimator)?;
        let believed = row.warned < row.estimates || estimator != SmoothnessResult::RECOMMENDED;
        let r = row.r.filter(|_| believed)?;
        Some([result.parameters.n as f64, r.mean, r.low, r.high])
    };
    sizes.iter().filter_map(of).collect()
}
