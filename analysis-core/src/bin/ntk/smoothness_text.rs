//! What `ntk smoothness` prints for people.

use analysis_core::error::Result;
use analysis_core::smoothness::{LeaveOneOutCurve, SmoothnessResult};

/// The estimates, and what they stand on.
pub fn as_text(result: &SmoothnessResult) -> Result<String> {
    let estimate = result.recommended()?;
    let (fit, eigen, null) = (&result.fit, &result.eigenvalue_fit, &result.null_band);
    let evidence = &result.curves.evidence;
    let spaces = &result.curves.eigenspaces;
    let (in_all, largest) =
        spaces.iter().fold((0, 0), |(sum, most), s| (sum + s.dimension(), most.max(s.dimension())));
    let spaces = if spaces.is_empty() {
        String::new()
    } else {
        format!(
            "eigenspaces: {} of 2 or more dimensions (the largest {largest}), {in_all} of the {} eigenvalues; the energy \
             on each is shared evenly\n",
            spaces.len(),
            result.n()
        )
    };
    let verified = evidence.verified.map_or(String::new(), |d| {
        let (residual, orthogonality) = (d.residual_ratio, d.orthogonality_ratio);
        format!("; with eigenvectors: residual ratio {residual:.2}, orthogonality ratio {orthogonality:.2}")
    });
    let warnings: String = result.warnings().iter().map(|warning| format!("warning: {warning}\n")).collect();
    let left_out = result.leave_one_out.as_ref().map_or(Ok(String::new()), left_out_text)?;
    let doubts: String = estimate.warnings.iter().map(|warning| format!("  {warning}\n")).collect();
    Ok(format!(
        "n = {}, window i = {} ({}), {}\n\
         r = −slope            {:.4}   (R² {:.4}; what the paper prints)\n\
         β = −eigenvalue slope {:.4}   (R² {:.4}; window i = {})\n\
         s = r/β               {:.4}\n\
         {}, i = {}: r = {}, s = {}, noise {} of y² (95 %; β = {:.4} by resolved modes)\n{doubts}{left_out}\
         permuted target: −slope between {:.4} and {:.4} (5 % and 95 % of {} permutations)\n\
         one sample has no spread: --draws 5 --n ROWS repeats the estimate for a ±\n\
         decomposition: sums differ from those of K by at most {:.3} n·ε (LAPACK's tests pass below 60){verified}, {} negative \
         eigenvalues\n\
         {spaces}{warnings}",
        result.n(),
        fit.range,
        fit.window,
        fit.spacing,
        result.r(),
        fit.line.r_squared,
        result.beta(),
        eigen.line.r_squared,
        eigen.range,
        result.s(),
        estimate.estimator,
        estimate.window,
        estimate.r_text(),
        estimate.s_text(),
        estimate.noise_text(),
        estimate.beta,
        -null.q95,
        -null.q05,
        null.slopes.len(),
        evidence.largest(),
        evidence.negative_eigenvalues,
    ))
}

/// The errors by n, and what their slopes say.
fn left_out_text(curve: &LeaveOneOutCurve) -> Result<String> {
    let share = |error: f64| format!("{:.3}", error / curve.variance);
    let points: Vec<String> =
        curve.points.iter().map(|point| format!("{} at n = {}", share(point.error), point.n)).collect();
    let mut text = format!("leave-one-out error, of the target's variance: {}\n", points.join(", "));
    for estimate in curve.estimates()? {
        let warnings: String = estimate.warnings.iter().map(|warning| format!("  {warning}\n")).collect();
        text += &format!(
            "{}: r = {}, s = {}\n{warnings}",
            estimate.estimator,
            estimate.r_text(),
            estimate.s_text()
        );
    }
    Ok(text)
}
