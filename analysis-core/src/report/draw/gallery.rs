//! Figures like those of the papers, from made-up numbers: what the tests draw, and what a person looks at
//! (`REPORT_GALLERY=folder cargo test … gallery -- --ignored`).

use crate::report::{
    Axis, ColourMap, Figure, HeatMap, Legend, Panel, Picture, Reference, Series, Style, Table,
};

/// A tail Σ_{k≥i} c_k² of c_k² = k^{−(1+s)} over n = 3000 indices, with a ripple that looks like noise.
fn tail(s: f64) -> (Vec<f64>, Vec<f64>) {
    let energy = |k: usize| (k as f64).powf(-1.0 - s) * (1.0 + 0.8 * ((k * k % 97) as f64 / 48.0 - 1.0));
    let mut y: Vec<f64> = (1..=3000).map(energy).collect();
    for i in (0..2999).rev() {
        y[i] += y[i + 1];
    }
    let whole = y[0];
    ((1..=3000).map(f64::from).collect(), y.into_iter().map(|v| v / whole).collect())
}

const SETS: [(&str, f64); 3] = [("MNIST", 0.4), ("CIFAR-10", 0.09), ("Fashion-MNIST", 0.22)];

/// Three decay curves on one pair of axes.
pub(super) fn decays() -> Figure {
    let mut panel = Panel::new("Decay of the coefficients")
        .x(Axis::log10("index i"))
        .y(Axis::log10("Σ_{k≥i} c_{k}^{2} / Σ_{k≥1} c_{k}^{2}"));
    for (name, s) in SETS {
        let (x, y) = tail(s);
        panel = panel.series(Series::points(name, x, y));
    }
    Figure::single(panel)
}

fn decay_panel(name: &str, s: f64, index: usize) -> Panel {
    let (x, y) = tail(s);
    let at = |i: f64, level: f64| level * i.powf(-s);
    let band = [1.0, 501.0, 3000.0];
    Panel::new(name)
        .x(Axis::log10_numbers("log_{10} i"))
        .y(Axis::log10("Σ_{k≥i} c_{k}^{2}"))
        .series(Series::band(
            "null, 5–95 %",
            band,
            band.map(|i| 0.9 - i / 3400.0),
            band.map(|i| 1.05 - i / 3400.0),
        ))
        .series(Series::points("n = 3000", x, y).colour(index))
        .series(
            Series::line(format!("slope −{s:.2}"), [1.0, 501.0], [at(1.0, 1.1), at(501.0, 1.1)])
                .colour(crate::report::Colour::Ink),
        )
        .series(Series::vertical("", 501.0))
}

/// One decay with its fitted line, window and null.
pub(super) fn fit() -> Figure {
    Figure::single(decay_panel("MNIST", 0.4, 0))
}

/// Three panels that share their axes.
pub(super) fn row() -> Figure {
    Figure::row(SETS.iter().enumerate().map(|(i, (name, s))| decay_panel(name, *s, i))).share_y().share_x()
}

/// Three narrow panels whose legends must keep their corner, beside the cliff in which every tail ends.
pub(super) fn narrow() -> Figure {
    Figure::row(SETS.iter().map(|(name, s)| {
        let (x, y) = tail(*s);
        let end = y[2990];
        let at = |i: f64| 1.1 * i.powf(-s);
        Panel::new(*name)
            .x(Axis::log10("index i"))
            .y(Axis::log10("Σ_{k≥i} c_{k}^{2}").from(end))
            .series(Series::points("", x, y))
            .series(Series::line(format!("slope −{s:.3}, i ≤ 501"), [1.0, 501.0], [at(1.0), at(501.0)]))
            .series(Series::line("permuted: −0.064", [1.0, 2000.0], [1.0, 0.9]))
            .legend(Legend::BottomLeft)
    }))
    .share_y()
}

/// A phase plane with a line in it.
pub(super) fn phase() -> Figure {
    let x: Vec<f64> = (1..=50).map(|i| f64::from(i) / 10.0).collect();
    let y: Vec<f64> = (1..=40).map(f64::from).collect();
    let values =
        ndarray::Array2::from_shape_fn((40, 50), |(j, i)| 2f64.powf((x[i] - 2.0).max(0.0) * y[j] / 20.0));
    let heat = HeatMap::new(&x, &y, values.view());
    let mut panel = Panel::new("Dispersion, M = 100").x(Axis::linear("σ_{w}^{2}")).y(Axis::linear("depth L"));
    if let Ok(heat) = heat {
        panel = panel.heat(heat.log10().label("E[Θ^{2}] / E[Θ]^{2}"));
    }
    Figure::single(panel.series(Series::vertical("χ_{1} = 1", 2.0)).legend(Legend::BottomLeft))
}

/// A kernel matrix, rows from the top.
pub(super) fn matrix() -> Figure {
    let at: Vec<f64> = (0..100).map(f64::from).collect();
    let k = ndarray::Array2::from_shape_fn((100, 100), |(i, j)| {
        (if i / 10 == j / 10 { 0.6 } else { -0.2 }) + 0.4 * ((i * j) as f64 * 0.37).sin()
    });
    let mut panel = Panel::new("K_{ij}").x(Axis::linear("j")).y(Axis::linear("i").reversed());
    if let Ok(heat) = HeatMap::new(&at, &at, k.view()) {
        panel = panel.heat(heat.colours(ColourMap::BlueRed).limits(-1.0, 1.0));
    }
    Figure::single(panel).aspect(0.8)
}

/// Curves with error bars, and lines that only dashes tell apart in grey.
pub(super) fn curves() -> Figure {
    let n = [50.0, 100.0, 200.0, 400.0, 800.0];
    let panel = |title: &str, a: f64| {
        let mut panel = Panel::new(title).x(Axis::log10("n")).y(Axis::log10("test error"));
        for (k, (name, slope)) in [("standard", -0.5), ("mirrored", -1.0)].into_iter().enumerate() {
            let y = n.map(|n: f64| a * 20.0 * n.powf(slope));
            panel = panel
                .series(Series::line_points(name, n, y).error_bars(y.map(|v| 0.8 * v), y.map(|v| 1.25 * v)));
            let theory = n.map(|n: f64| a * 15.0 * n.powf(slope));
            panel = panel.series(Series::line(format!("theory n^{{{slope}}}"), n, theory).colour(k + 2));
        }
        panel
    };
    Figure::row([panel("d = 5", 1.0), panel("d = 10", 2.0)]).title("Learning curves").share_y()
}

/// Linear axes full of curves: head room has to be made for the legend.
pub(super) fn full() -> Figure {
    let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 40.0).collect();
    let mut panel = Panel::new("").x(Axis::linear("t")).y(Axis::linear("f_{t}(x)"));
    for k in 0..5 {
        let y: Vec<f64> = x.iter().map(|x| (x * (1.0 + 0.2 * f64::from(k))).sin() * 1e-3).collect();
        panel = panel.series(Series::line(format!("x_{{{k}}}"), &x, y));
    }
    Figure::single(panel.series(Series::horizontal("", 0.0).colour(crate::report::Colour::Grey)))
}

/// Small images with captions.
pub(super) fn images() -> Figure {
    let pictures = (0..20).filter_map(|k: usize| {
        let ring = |i: usize| {
            let (x, y) = ((i % 28) as f64 - 13.5, (i / 28) as f64 - 13.5);
            let r = x.hypot(y) - 4.0 - 0.4 * k as f64;
            (255.0 * (-r * r / 4.0).exp()) as u8
        };
        if k.is_multiple_of(2) {
            Picture::grey(format!("{}", k % 10), 28, 28, &(0..784).map(ring).collect::<Vec<u8>>()).ok()
        } else {
            let planes: Vec<u8> =
                (0..3 * 784).map(|i| if i < 784 { ring(i) } else { (i % 28 * 9) as u8 }).collect();
            Picture::planes(format!("{}", k % 10), 28, 28, &planes).ok()
        }
    });
    Figure::single(Panel::new("Samples").pictures(pictures, 10))
}

/// A phase plane in which networks diverged, and whose values go beyond the colours.
pub(super) fn gaps() -> Figure {
    let panel = |width: usize| {
        let value = |(j, i): (usize, usize)| match (j, i) {
            (0, 3) | (1, 3) => None,
            _ => Some(0.008 * (i + 1) as f64 * 4f64.powi(j as i32)),
        };
        let values = ndarray::Array2::from_shape_fn((4, 4), value);
        let mut panel = Panel::new(format!("M = {width}"))
            .x(Axis::linear("σ_{w}^{2}"))
            .y(Axis::linear("σ_{b}^{2}"))
            .legend(Legend::Off);
        if let Ok(heat) = HeatMap::with_gaps([0.5, 1.0, 1.5, 2.0], [0.1, 0.4, 0.7, 1.0], values.view()) {
            panel = panel.heat(heat.without("diverged").log10().limits(0.01, 1.0).label("drift"));
        }
        let small = Series::points("", [1.5], [0.4]).shape(crate::report::Shape::Cross).size(0.5);
        panel.series(small.colour(crate::report::Colour::Ink))
    };
    Figure::row([panel(32), panel(64)]).share_y().title("ReLU; small ×: some networks have no value")
}

/// A panel with data beside one that has none.
pub(super) fn empty() -> Figure {
    let panel = |title: &str| Panel::new(title).x(Axis::log10("n")).y(Axis::log10("test error"));
    Figure::row([
        panel("with data").series(Series::line_points("tanh", [10.0, 100.0, 1000.0], [0.5, 0.1, 0.02])),
        panel("without").series(Series::line_points("tanh", [0.0; 0], [0.0; 0])),
    ])
}

/// Seven chosen ticks on narrow panels.
pub(super) fn widths() -> Figure {
    let m: Vec<f64> = (3..10).map(|k| f64::from(1 << k)).collect();
    Figure::row(["drift", "gap", "loss"].map(|name| {
        Panel::new("")
            .x(Axis::log10("width M").ticks(m.iter().copied()))
            .y(Axis::log10(name))
            .series(Series::points("H = 3", &m, m.iter().map(|m| m.powf(-0.5))))
    }))
}

/// Every figure of the gallery with its name.
pub(super) fn all() -> Vec<(&'static str, Figure)> {
    vec![
        ("decays", decays()),
        ("fit", fit()),
        ("row", row()),
        ("narrow", narrow()),
        ("phase", phase()),
        ("matrix", matrix()),
        ("curves", curves()),
        ("full", full()),
        ("images", images()),
        ("gaps", gaps()),
        ("empty", empty()),
        ("widths", widths()),
    ]
}

#[test]
#[ignore = "writes files for a person to look at"]
fn gallery() -> crate::error::Result<()> {
    use crate::report::{Cell, Column, Manifest};
    // Never in the working folder, where it could be committed.
    let folder = std::env::var_os("REPORT_GALLERY")
        .map_or_else(|| std::env::temp_dir().join("report-gallery"), std::path::PathBuf::from);
    let manifest = Manifest::new(&serde_json::json!({"numbers": "made up"}))?.cite(Reference::ChenLiLin2024);
    for (name, figure) in all() {
        figure.export(&Style::neurips(), &folder, name, &manifest)?;
    }
    decays().export(&Style::icml_column(), &folder, "decays_icml", &manifest)?;
    fit().export(&Style::icml_column(), &folder, "fit_icml", &manifest)?;
    row().export(&Style::icml_page(), &folder, "row_icml", &manifest)?;
    narrow().export(&Style::icml_page(), &folder, "narrow_icml", &manifest)?;
    row().export(&Style::notebook(), &folder, "row_notebook", &manifest)?;
    full().export(&Style::notebook(), &folder, "full_notebook", &manifest)?;
    let table = Table::new([
        Column::text("Data"),
        Column::number("r"),
        Column::number("β"),
        Column::number("s = r/β"),
    ])
    .row([
        Cell::text("MNIST"),
        Cell::uncertain(0.4187, 0.0213),
        Cell::uncertain(1.24, 0.011),
        Cell::number(0.3377, 2),
    ])
    .row([
        Cell::text("CIFAR-10"),
        Cell::uncertain(0.0967, 0.004),
        Cell::uncertain(1.16, 0.013),
        Cell::number(0.0834, 2),
    ])
    .caption("Smoothness of the labels, σ_{w}^{2} = 2")
    .label("tab:smoothness")
    .note("mean ± standard deviation over 5 draws of n = 3000 rows; log₁₀ i < 2.7");
    table.export(&folder, "table", &manifest)?;
    Ok(())
}
