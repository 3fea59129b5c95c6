//! Several smoothness tables beside each other: other labels, other kernels.

use std::borrow::Borrow;

use super::smoothness_table::{exponent_cells, exponent_columns, kernel_name, title};
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
/// let (base, one_hot) = (base.run_in(&Session::default().store(store.clone()))?, one_hot.run_in(&Session::default().store(store.clone()))?);
/// comparison_table(&[("integer labels", base), ("one-hot labels", one_hot)]).evcxr_display();
/// # Ok::<(), Error>(())
/// ```
pub fn comparison_table<N: AsRef<str>, R: Borrow<SmoothnessTableResult>>(variants: &[(N, R)]) -> Table {
    let variants: Vec<(&str, &SmoothnessTableResult)> =
        variants.iter().map(|(name, result)| (name.as_ref(), result.borrow())).collect();
    let words = ["data", "variant"].map(Column::text);
    let mut table = Table::new(words.into_iter().chain(exponent_columns()))
        .caption("Smoothness under other labels and kernels")
        .label("tab:comparison")
        .note(note(&variants));
    let mut sources: Vec<_> =
        variants.iter().flat_map(|(_, v)| v.rows.iter().map(|row| row.source)).collect();
    let mut seen = Vec::new();
    sources.retain(|source| {
        let new = !seen.contains(source);
        seen.push(*source);
        new
    });
    for source in sources {
        for (name, variant) in &variants {
            for row in variant.rows.iter().filter(|row| row.source == source) {
                let names = [title(source).into(), (*name).into()];
                table = table.row(names.into_iter().chain(exponent_cells(&row.exponents)));
            }
        }
    }
    table
}

fn note(variants: &[(&str, &SmoothnessTableResult)]) -> String {
    let size = |v: &SmoothnessTableResult| {
        let p = &v.parameters;
        format!("n = {}, window {}, {}", p.n, p.smoothness.window, v.draws_text())
    };
    let same = variants.windows(2).all(|pair| size(pair[0].1) == size(pair[1].1));
    let each: Vec<String> = variants
        .iter()
        .map(|(name, v)| {
            let kernel = kernel_name(&v.parameters.smoothness.kernel);
            if same { format!("{name}: {kernel}") } else { format!("{name}: {kernel}, {}", size(v)) }
        })
        .collect();
    let sizes = variants.first().filter(|_| same).map(|(_, v)| format!("{}; ", size(v))).unwrap_or_default();
    format!(
        "{sizes}± is the standard deviation of one draw; the null is −slope of permuted labels, 5–95 %. {}.",
        each.join("; ")
    )
}
