//! A figure in words, for readers who cannot see it: `<title>` and `<desc>` of its SVG.

use super::check::{Ranges, has_data};
use super::key;
use super::ticks::number;
use crate::report::axis::Axis;
use crate::report::figure::{Figure, Panel};
use crate::report::text::plain;

/// The figure's title; without one its panels' titles, else what it shows.
pub(crate) fn title(figure: &Figure) -> String {
    if !figure.title.is_empty() {
        return plain(&figure.title);
    }
    let titles: Vec<String> =
        figure.panels.iter().filter(|p| !p.title.is_empty()).map(|p| plain(&p.title)).collect();
    match (titles.is_empty(), figure.panels.first()) {
        (false, _) => titles.join("; "),
        (true, Some(panel)) => shown(panel),
        (true, None) => String::new(),
    }
}

fn named(axis: &Axis, otherwise: &str) -> String {
    if axis.label.is_empty() { otherwise.to_string() } else { plain(&axis.label) }
}

/// "y against x".
fn shown(panel: &Panel) -> String {
    match &panel.pictures {
        Some(pictures) => format!("{} pictures", pictures.pictures.len()),
        None => format!("{} against {}", named(&panel.y, "y"), named(&panel.x, "x")),
    }
}

/// Every panel: its title, its axes, its series by name, the range of a heat map's colours.
pub(crate) fn description(figure: &Figure, ranges: &[Ranges]) -> String {
    let panels = figure.panels.iter().zip(ranges).enumerate().map(|(index, (panel, ranges))| {
        let mut text = format!("Panel {}", index + 1);
        if !panel.title.is_empty() {
            text += &format!(", {}", plain(&panel.title));
        }
        text += &format!(": {}", shown(panel));
        if let (Some(heat), Some(colour)) = (&panel.heat, ranges.colour) {
            let what = if heat.label.is_empty() { "the values" } else { &heat.label };
            let (low, high) = (number(colour.low), number(colour.high));
            text += &plain(&format!("; heat map of {what} from {low} to {high}"));
            let key = key::text(heat, &colour);
            if !key.is_empty() {
                text += &format!(" ({})", plain(&key));
            }
        }
        let names: Vec<String> =
            panel.series.iter().filter(|s| !s.label.is_empty()).map(|s| plain(&s.label)).collect();
        if !names.is_empty() {
            text += &format!("; series: {}", names.join(", "));
        }
        if panel.pictures.is_none() && !has_data(panel) {
            text += "; no data";
        }
        text + "."
    });
    panels.collect::<Vec<_>>().join(" ")
}
