//! Texts and legends: where they stand, and that they cover nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::*;
use crate::report::{Axis, Panel, Series};
use resvg::usvg::{Group, Node, Options, Tree};

/// The boxes of all texts, as the renderer sets them in the bundled font.
fn text_boxes(figure: &Figure, style: &Style) -> (Vec<(String, resvg::tiny_skia::Rect)>, f32, f32) {
    fn walk(group: &Group, found: &mut Vec<(String, resvg::tiny_skia::Rect)>) {
        for node in group.children() {
            match node {
                Node::Group(group) => walk(group, found),
                Node::Text(text) => {
                    let words: String = text.chunks().iter().map(|c| c.text()).collect();
                    found.push((words, text.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }
    let options = Options { fontdb: font::database(), ..Options::default() };
    let tree = Tree::from_str(&figure.svg(style).unwrap(), &options).unwrap();
    let mut found = Vec::new();
    walk(tree.root(), &mut found);
    (found, tree.size().width(), tree.size().height())
}

#[test]
fn no_text_is_cut_off_or_lies_on_another() {
    for style in [Style::neurips(), Style::icml_column(), Style::icml_page(), Style::notebook()] {
        for (name, figure) in gallery::all() {
            if style.width < 4.0 && figure.panels.len() > 1 {
                continue;
            }
            let (texts, width, height) = text_boxes(&figure, &style);
            assert!(texts.len() > 3, "{name}");
            for (i, (text, a)) in texts.iter().enumerate() {
                let inside = a.left() >= 0.0 && a.top() >= 0.0 && a.right() <= width && a.bottom() <= height;
                assert!(inside, "{name} at {} in: {text:?} {a:?} of {width} × {height}", style.width);
                for (other, b) in &texts[..i] {
                    let apart = a.right() <= b.left()
                        || b.right() <= a.left()
                        || a.bottom() <= b.top()
                        || b.bottom() <= a.top();
                    assert!(apart, "{name} at {} in: {text:?} lies on {other:?}", style.width);
                }
            }
        }
    }
}

#[test]
fn chosen_ticks_lose_labels_rather_than_overlap() {
    let style = Style::neurips();
    font::prepare().unwrap();
    let figure = gallery::widths();
    let layout = arrange(&figure, &style, &check::ranges(&figure).unwrap()).unwrap();
    for (panel, cell) in figure.panels.iter().zip(&layout.cells) {
        let (labelled, bare) = (cell.x_ticks.major.len(), cell.x_ticks.minor.len());
        assert!((2..7).contains(&labelled), "{labelled} labels");
        assert_eq!(labelled + bare, panel.x.ticks.len(), "every tick keeps its line");
        assert_eq!(cell.x_ticks.major[0].at, panel.x.ticks[0]);
    }
    // Alone in its figure, a panel has room for all of them.
    let wide = Figure::single(figure.panels[0].clone());
    let layout = arrange(&wide, &style, &check::ranges(&wide).unwrap()).unwrap();
    assert_eq!(layout.cells[0].x_ticks.major.len(), 7);
}

#[test]
fn a_figure_is_told_in_words() {
    let svg = |figure: &Figure| figure.svg(&Style::neurips()).unwrap();
    let gaps = svg(&gallery::gaps());
    assert!(
        gaps.contains("<title>ReLU; small ×: some networks have no value</title>\n<desc>Panel 1, M = 32: "),
        "{gaps}"
    );
    assert!(gaps.contains(
        "heat map of drift from 0.01 to 1 (×: diverged, 2 cells; &gt; 1: 3 cells; &lt; 0.01: 1 cell)"
    ));
    let empty = svg(&gallery::empty());
    assert!(
        empty.contains("<title>with data; without</title>")
            && empty.contains("series: tanh; no data.</desc>")
    );
    let bare = svg(&Figure::single(Panel::new("").series(Series::line("", [0.0, 1.0], [0.0, 1.0]))));
    assert!(bare.contains("<title>y against x</title>"));
    let odd =
        svg(&Figure::single(Panel::new("a < b & c_{1}").series(Series::line("", [0.0, 1.0], [0.0, 1.0]))));
    assert!(odd.contains("<title>a &lt; b &amp; c_1</title>"));
}

#[test]
fn widths_are_what_the_renderer_sets() {
    let label = "Fashion-MNIST Σ c 0.123";
    let figure = Figure::single(Panel::new(label).series(Series::line("", [0.0, 1.0], [0.0, 1.0])));
    let style = Style::neurips();
    let (texts, ..) = text_boxes(&figure, &style);
    let (_, area) = texts.iter().find(|(text, _)| text == label).unwrap();
    // CSS pixels (96 to an inch) to canvas units; side bearings and kerning explain 2 %.
    let set = f64::from(area.width()) / 96.0 * 72.0 * canvas::UNITS;
    let measured = font::width(label, style.font * canvas::UNITS);
    assert!((set / measured - 1.0).abs() < 0.02, "{set} {measured}");
}

#[test]
fn legends_cover_nothing_where_there_is_room() {
    font::prepare().unwrap();
    let style = Style::neurips();
    for (name, figure) in gallery::all() {
        if figure.panels[0].pictures.is_some() || figure.panels[0].heat.is_some() {
            continue;
        }
        let (_, last) = settled(&figure, &style).unwrap();
        for placed in last.legends.iter().flatten() {
            assert_eq!(placed.covered, 0, "{name}");
        }
    }
}

#[test]
fn a_legend_that_must_keep_its_corner_is_set_smaller_in_all_panels() {
    font::prepare().unwrap();
    let style = Style::neurips();
    let figure = gallery::narrow();
    let plain = round(&figure, &style, &check::ranges(&figure).unwrap(), 1.0).unwrap();
    assert!(plain.legends.iter().flatten().any(|placed| placed.covered > 0), "there is nothing to mend");
    let (_, last) = settled(&figure, &style).unwrap();
    let legends: Vec<_> = last.legends.iter().flatten().collect();
    assert_eq!(legends.iter().map(|placed| placed.covered).collect::<Vec<_>>(), [0, 0, 0]);
    let smallest = legend::SCALES.iter().fold(1.0, |a: f64, b| a.min(*b)) * style.legend_font * canvas::UNITS;
    assert!(legends.iter().all(|placed| placed.em == legends[0].em && placed.em >= smallest));
}

#[test]
fn markup_in_labels_cannot_break_the_svg() {
    let label = "</text><script>alert(1)</script> & \"q\" 'q' _{<b>} \u{0} ]]> 中文 🎉";
    let panel = Panel::new(label).x(Axis::linear(label)).y(Axis::linear(label));
    let figure =
        Figure::single(panel.series(Series::line(label, [0.0, 1.0], [0.0, 1.0])).note(label, 0.5, 0.5));
    let svg = figure.svg(&Style::neurips()).unwrap();
    assert!(!svg.contains("<script>"));
    let options = Options { fontdb: font::database(), ..Options::default() };
    Tree::from_str(&svg, &options).unwrap();
    assert!(figure.pdf(&Style::neurips()).is_ok() && figure.png(&Style::neurips()).is_ok());
}
