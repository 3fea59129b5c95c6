//! Which colour, mark and dash each series of a panel gets.

use crate::report::figure::Panel;
use crate::report::series::{Colour, Dash, Mark, Shape};
use crate::report::style::{Rgb, Style};

/// The look of one series, nothing left to choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    pub colour: Rgb,
    pub opacity: f64,
    pub shape: Shape,
    pub dash: Dash,
    /// Relative to the style's line width and mark size.
    pub size: f64,
}

/// The looks of a panel's series, in order. Automatic colours are counted over the series that ask for one.
pub(crate) fn looks(panel: &Panel, style: &Style) -> Vec<Look> {
    let mut count = 0;
    panel
        .series
        .iter()
        .map(|series| {
            let index = match series.colour {
                Colour::Automatic => {
                    count += 1;
                    count - 1
                }
                Colour::Index(index) => index,
                _ => 0,
            };
            let colour = match series.colour {
                Colour::Automatic | Colour::Index(_) => style.palette[index % style.palette.len()],
                Colour::Rgb { red, green, blue } => Rgb::new(red, green, blue),
                Colour::Grey => style.grey,
                Colour::Ink => style.ink,
            };
            let shape = match series.shape {
                Shape::Automatic => style.shapes[index % style.shapes.len()],
                shape => shape,
            };
            let dash = match (series.dash, series.mark) {
                (Dash::Automatic, Mark::Vertical | Mark::Horizontal) => Dash::Dashed,
                (Dash::Automatic, _) => style.dashes[index % style.dashes.len()],
                (dash, _) => dash,
            };
            let opacity = series.opacity.unwrap_or(if series.mark == Mark::Band { style.band } else { 1.0 });
            let size = if series.size == 0.0 { 1.0 } else { series.size };
            Look { colour, opacity, shape, dash, size }
        })
        .collect()
}
