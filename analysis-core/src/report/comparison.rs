//! Several smoothness tables beside each other: other labels, other kernels.

use super::smoothness_table::{cell, title};
use super::table::{Column, Table};
use crate::experiment::SmoothnessTableResult;

/// r, β and s of every data set under every variant, set by set; ± is the standard deviation over the variant's draws.
///
/// # Examples
/// ```no_run
/// use analysis_core::prelude::*;
/// use analysis_core::report::comparison_table;
/// let store = Store::project();
/// let base = SmoothnessTable { draws: 2, ..Default::default() };
/// let one_hot = SmoothnessTable { target: Target::OneHot, ..base.clone() };
/// let (base, one_hot) = (base.run(&store, &mut |_| ())?, one_hot.run(&store, &mut |_| ())?);
/// comparison_table(&[("integer labels".into(), base), ("one-hot labels".into(), one_hot)]).evcxr_display();
/// # Ok::<(), Error>(())
/// ```
pub fn comparison_table(variants: &[(String, SmoothnessTableResult)]) -> Table {
    let numbers = ["r", "β", "s = r/β"].map(Column::number);
    let mut table = Table::new([Column::text("data"), Column::text("variant")].into_iter().chain(numbers))
        .caption("Smoothness under other labels and kernels")
        .label("tab:comparison")
        .note(note(variants));
    let mut sources: Vec<_> =
        variants.iter().flat_map(|(_, v)| v.rows.iter().map(|row| row.source)).collect();
    let mut seen = Vec::new();
    sources.retain(|source| {
        let new = !seen.contains(source);
        seen.push(*source);
        new
    });
    for source in sources {
        for (name, variant) in variants {
            for row in variant.rows.iter().filter(|row| row.source == source) {
                table = table.row([
                    title(source).into(),
                    name.as_str().into(),
                    cell(row.r),
                    cell(row.beta),
                    cell(row.s),
                ]);
            }
        }
    }
    table
}

/// One sentence where all variants have the same sizes, else one each.
fn note(variants: &[(String, SmoothnessTableResult)]) -> String {
    let mut sizes: Vec<(String, String)> = Vec::new();
    for (name, v) in variants {
        let p = &v.parameters;
        let size = format!("n = {}, window {}, {} draws", p.n, p.smoothness.window, p.draws);
        sizes.push((name.clone(), size));
    }
    let same = sizes.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let text: Vec<String> = sizes.iter().map(|(name, size)| format!("{name}: {size}")).collect();
    let sizes = if same { sizes.first().map(|s| s.1.clone()).unwrap_or_default() } else { text.join("; ") };
    format!("{sizes}; ± is the standard deviation over draws of rows.")
}
