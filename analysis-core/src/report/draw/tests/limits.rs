//! What is refused, and what is odd and still drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::*;
use crate::report::{Axis, HeatMap, Panel, Picture, Series};

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let style = Style::neurips();
    let on_log = |series: Series| Panel::new("decay").x(Axis::log10("i")).y(Axis::log10("c")).series(series);
    let refused = |panel: Panel| {
        let error = Figure::row([gallery::fit().panels.remove(0), panel]).svg(&style).unwrap_err();
        assert!(matches!(error, crate::error::Error::Drawing { .. }), "{error}");
        error.to_string()
    };
    for (panel, words) in [
        (on_log(Series::line("a", [1.0, 2.0], [1.0, f64::NAN])), "y[1] is NaN"),
        (on_log(Series::line("a", [1.0, f64::INFINITY], [1.0, 1.0])), "x[1] is inf"),
        (on_log(Series::line("a", [0.0, 2.0], [1.0, 1.0])), "x[0] is 0: a logarithmic axis"),
        (on_log(Series::points("a", [1.0], [-3.0])), "y[0] is -3: a logarithmic axis"),
        (on_log(Series::line("a", [1.0, 2.0], [1.0])), "lengths do not fit: x 2, y 1"),
        (on_log(Series::band("a", [1.0], [1.0], [0.0; 0])), "lengths do not fit"),
        (on_log(Series::points("a", [1.0], [1.0]).error_bars([0.0], [2.0])), "lower[0] is 0"),
        (on_log(Series::points("a", [1.0], [1.0]).opacity(f64::NAN)), "opacity"),
    ] {
        let error = refused(panel);
        assert!(error.contains("panel 2 \"decay\", series 1 \"a\"") && error.contains(words), "{error}");
    }
    let fine = || Series::line("a", [1.0, 2.0], [1.0, 2.0]);
    assert!(
        refused(Panel::new("decay").series(Series { x: Vec::new(), ..Series::vertical("", 1.0) }))
            .contains("no points")
    );
    for (low, high) in [(2.0, 2.0), (3.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let error = refused(Panel::new("decay").x(Axis::linear("").limits(low, high)).series(fine()));
        assert!(error.contains("panel 2 \"decay\", x axis"), "{error}");
    }
    let error = refused(Panel::new("decay").x(Axis::log10("").limits(0.0, 1.0)).series(fine()));
    assert!(error.contains("x axis"), "{error}");
    let error = refused(Panel::new("decay").y(Axis::linear("").from(5.0).to(5.0)).series(fine()));
    assert!(error.contains("y axis"), "{error}");
    let huge = Series::line("a", [-1.7e308, 1.7e308], [0.0, 1.0]);
    assert!(refused(Panel::new("decay").series(huge)).contains("x axis"));
    let heat = HeatMap::new([0.0, 1.0], [0.0], ndarray::array![[1.0, f64::NAN]].view()).unwrap();
    assert!(refused(Panel::new("decay").heat(heat)).contains("heat map"));
    let heat = HeatMap::new([0.0, 1.0], [1.0], ndarray::array![[1.0, 0.0]].view()).unwrap().log10();
    assert!(refused(Panel::new("decay").heat(heat)).contains("values[1] is 0"));
    assert!(Figure::default().svg(&style).is_err());
    assert!(Figure { columns: 0, ..gallery::fit() }.svg(&style).is_err());
    let narrow = Style { width: 0.6, ..Style::neurips() };
    assert!(gallery::row().svg(&narrow).unwrap_err().to_string().contains("labels leave"));
    assert!(gallery::row().svg(&Style { font: f64::NAN, ..Style::neurips() }).is_err());
    assert!(Picture::grey("p", 2, 2, &[0; 3]).is_err());
}

#[test]
fn what_has_no_data_says_so() {
    let style = Style::neurips();
    let none = || Series::points("tanh", [0.0; 0], [0.0; 0]).error_bars([0.0; 0], [0.0; 0]);
    let axes = |panel: Panel| panel.x(Axis::log10("n")).y(Axis::log10("error"));
    let texts = |svg: &str| svg.lines().filter(|line| line.starts_with("<text")).count();
    let empty = Figure::single(axes(Panel::new("title"))).svg(&style).unwrap();
    assert!(empty.contains(">no data<") && empty.contains("<path"));
    // Title, two labels, "no data": an axis without ends has no ticks.
    assert_eq!(texts(&empty), 4, "{empty}");
    let series = Figure::single(axes(Panel::new("").series(none()))).svg(&style).unwrap();
    assert!(series.contains(">tanh (no data)<") && series.contains(">no data<"));
    // With limits of its own it has.
    let limits = Panel::new("").x(Axis::linear("n").limits(0.0, 4.0)).y(Axis::log10("error"));
    assert!(Figure::single(limits).svg(&style).unwrap().contains(">4.0<"));
    // Beside a panel with data, shared axes are that one's.
    let full = Series::line("relu", [10.0, 1000.0], [0.5, 0.01]);
    let row = Figure::row([axes(Panel::new("").series(full.clone())), axes(Panel::new("").series(none()))]);
    let shared = row.share_x().share_y();
    let alone = Figure::single(axes(Panel::new("").series(full)));
    let ranges = |figure: &Figure| check::ranges(figure).unwrap();
    assert_eq!(ranges(&shared)[1].x, ranges(&alone)[0].x);
    assert!(!ranges(&shared)[1].bare.x && ranges(&shared)[1].bare == ranges(&shared)[0].bare);
    assert_eq!(shared.svg(&style).unwrap().matches(">no data<").count(), 1);
    let only_lines = Panel::new("").series(Series::vertical("here", 2.0));
    assert!(Figure::single(only_lines).svg(&style).unwrap().contains(">no data<"));
    let blank = HeatMap::with_gaps([1.0, 2.0], [1.0], ndarray::array![[None, None]].view()).unwrap();
    let blank = Figure::single(Panel::new("").heat(blank.log10().without("diverged"))).svg(&style).unwrap();
    assert!(blank.contains(">×: diverged, 2 cells<") && !blank.contains("NaN"));
}

#[test]
fn data_without_extent_is_drawn() {
    let style = Style::neurips();
    for (x, y) in
        [(vec![3.0], vec![7.0]), (vec![0.0, 0.0], vec![0.0, 0.0]), (vec![1.0, 2.0], vec![1e-300; 2])]
    {
        for mark in [Series::points("a", &x, &y), Series::line_points("a", &x, &y)] {
            let svg = Figure::single(Panel::new("").series(mark)).svg(&style).unwrap();
            assert!(svg.contains("<path") && !svg.contains("NaN"), "{x:?}");
        }
    }
    let wide = Series::line("a", [1e-320, 1e300], [1e-320, 1e300]);
    let log = Panel::new("").x(Axis::log10("x")).y(Axis::log10("y")).series(wide);
    assert!(Figure::single(log).svg(&style).is_ok());
    let only_lines = Panel::new("").series(Series::vertical("here", 2.0));
    assert!(Figure::single(only_lines).svg(&style).is_ok());
}
