//! Every table that the library makes goes through LaTeX.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use super::instances;
use crate::architecture::Activation;
use crate::network::Initialisation::{Mirrored, Standard};
use crate::report::{
    Manifest, Report, Style, Table, comparison_table, excess_table, learning_curves_table,
    smallest_at_end_table,
};

/// All tables by name, in every variant of their notes that needs another character.
pub(super) fn tables() -> Vec<(&'static str, Table)> {
    let mut curve = instances::learning_curve();
    for error in &mut curve.errors {
        error.misclassified = Some(0.1);
    }
    let (dispersion, drift) = (instances::dispersion(), instances::drift());
    let mut pair = dispersion.clone();
    pair.parameters.cosine = Some(-0.5);
    let mut paper = drift.clone();
    paper.parameters.depths = vec![3];
    for cell in &mut paper.cells {
        (cell.depth, cell.sigma_w2) = (3, 2.5);
    }
    let variance = instances::output_variance();
    let table = instances::smoothness_table();
    let mut every_layer = table.clone();
    every_layer.parameters.smoothness.kernel.parametrisation =
        crate::architecture::Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 0.1 };
    let variants = [("integer labels".to_string(), table.clone()), ("every layer".to_string(), every_layer)];
    let phases = instances::phases(Activation::Tanh);
    vec![
        ("calibration", instances::calibration().table()),
        ("comparison", comparison_table(&variants)),
        ("sphere-oracle", instances::sphere_oracle().table()),
        ("sphere-levels", instances::sphere_oracle().levels_table(200)),
        ("sphere-resolved", instances::sphere_oracle().resolved_table()),
        ("coverage", instances::coverage().table()),
        ("dispersion", dispersion.table()),
        ("dispersion-pair", pair.table()),
        ("drift", drift.table()),
        ("drift-readings", paper.readings_table()),
        ("bootstrap", instances::bootstrap().table()),
        ("noisy-functions", instances::noisy_functions().table()),
        ("forecast", instances::forecast().table()),
        ("forecast-exponents", instances::forecast().exponents_table()),
        ("edge", phases.edge_table()),
        ("learning-curves", learning_curves_table(&[("no bias: ", &curve)])),
        ("learning-curve-points", curve.points_table()),
        ("learning-curve-slopes", curve.table()),
        ("misclassification", curve.misclassification_table()),
        ("output-variance", variance.table()),
        ("output-variance-networks", variance.ensemble_table()),
        ("phases", phases.table()),
        ("risk", instances::risk().table().unwrap()),
        ("risk-in-time", instances::risk_in_time().table()),
        ("learning-curve-pooled", curve.pooled_table(&[0]).unwrap()),
        ("learning-curve-levels", curve.levels_table().unwrap()),
        ("learning-curve-excess", excess_table(&[("no bias", &curve)], Standard, Mirrored).unwrap()),
        ("smallest-at-end", smallest_at_end_table(&[("no bias", &curve)])),
        ("smoothness", instances::smoothness().table()),
        ("smoothness-draws", instances::smoothness_draws().table()),
        ("smoothness-table", table.table()),
        ("window-sensitivity", table.sensitivity_table()),
        ("width-gap", instances::width_gap().table()),
    ]
}

#[test]
fn every_table_has_characters_that_latex_knows() {
    for (name, table) in tables() {
        assert!(!table.rows.is_empty(), "{name} shows nothing");
        // The error names the character.
        table.latex().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let refused = Table { note: "中".into(), ..tables()[0].1.clone() }.latex().unwrap_err().to_string();
    assert!(refused.contains("the note \"中\"") && refused.contains("U+4E2D"), "{refused}");
}

#[test]
fn a_text_that_latex_cannot_set_costs_no_other_form() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table { note: "中".into(), ..tables()[0].1.clone() };
    let manifest = Manifest::new(&serde_json::json!({})).unwrap();
    let error = table.export(folder.path(), "t", &manifest).unwrap_err().to_string();
    assert!(error.contains("U+4E2D"), "{error}");
    assert!(folder.path().join("references.bib").exists());
    for extension in ["md", "html", "csv", "parquet", "json"] {
        assert!(folder.path().join(format!("t.{extension}")).exists(), "{extension}");
    }
    assert!(!folder.path().join("t.tex").exists());
    let failed = Manifest::read(folder.path(), "t").unwrap().failed;
    assert!(failed.len() == 1 && failed[0].starts_with("t.tex: "), "{failed:?}");
}

/// Brackets and stars at the beginning of a row, and every escaped sign.
fn awkward() -> Table {
    use crate::report::{Cell, Column};
    let signs = "a\\b~c^d & 50 % of x_y {z} #1 $2 < > | \" ' ` @ [ ] x^{2}² λ₁₀ q\u{304} −$−";
    Table::new([Column::text("[0, 1]"), Column::number("*")])
        .row([Cell::text("[0.1, 0.2]"), Cell::number(-1.0, 2)])
        .row([Cell::text("*"), Cell::Absent])
        .row([Cell::text(signs), Cell::uncertain(1.0, 0.1)])
        .caption(signs)
        .label("tab:awkward")
        .note(signs)
}

/// What `scripts/lib/latex.py` compiles: the tables above, and every result as it is exported.
#[test]
#[ignore = "writes files for LaTeX to compile: REPORT_TABLES=folder"]
fn tables_for_latex() {
    let folder = PathBuf::from(std::env::var_os("REPORT_TABLES").unwrap());
    let manifest = Manifest::new(&serde_json::json!({})).unwrap();
    for (name, table) in tables() {
        table.export(&folder, name, &manifest).unwrap();
        let bare = Table { caption: String::new(), ..table };
        bare.export(&folder, &format!("{name}-bare"), &manifest).unwrap();
    }
    let long = Table { rows: vec![awkward().rows[2].clone(); 60], ..awkward() };
    for (name, table) in [
        ("awkward", awkward()),
        ("long", long.clone()),
        ("long-bare", Table { caption: String::new(), ..long }),
    ] {
        table.export(&folder, name, &manifest).unwrap();
    }
    let style = Style::neurips();
    let at = |name: &str| Path::new(&folder).join(name);
    instances::dispersion().export(&style, at("dispersion")).unwrap();
    instances::drift().export(&style, at("drift")).unwrap();
    instances::output_variance().export(&style, at("output-variance")).unwrap();
    instances::phases(Activation::Relu).export(&style, at("phases")).unwrap();
    instances::smoothness_table().export(&style, at("table")).unwrap();
    instances::learning_curve().export_as(&style, at("curve"), "curve").unwrap();
}
