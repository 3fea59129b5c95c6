//! One look for each way to start, the same in every figure.

use super::{Colour, Shape};
use crate::network::Initialisation;

/// The colour of a start in every figure that shows it: standard blue, mirrored vermilion, mirrored copies of half the width
/// pink, centred yellow, and starts at a multiple of f₀ green, the lighter the smaller the multiple.
///
/// # Examples
/// ```
/// use analysis_core::network::Initialisation;
/// use analysis_core::report::{Colour, start_colour};
/// assert_eq!(start_colour(Initialisation::Standard), Colour::Index(0));
/// assert_ne!(start_colour(Initialisation::Scaled(0.5)), start_colour(Initialisation::Scaled(0.1)));
/// ```
pub fn start_colour(start: Initialisation) -> Colour {
    match start {
        Initialisation::Standard => Colour::Index(0),
        Initialisation::Mirrored => Colour::Index(1),
        Initialisation::MirroredHalf => Colour::Index(3),
        Initialisation::Centred => Colour::Index(4),
        Initialisation::Scaled(factor) => {
            // The palette's green with up to three fifths of white.
            let white = 0.6 * (1.0 - factor.abs().clamp(0.0, 1.0));
            let mixed = |green: f64| (green + white * (255.0 - green)).round() as u8;
            Colour::Rgb { red: mixed(0.0), green: mixed(158.0), blue: mixed(115.0) }
        }
    }
}

/// The mark of a start, as fixed as its colour: a grey print shows no colours.
pub(super) fn start_shape(start: Initialisation) -> Shape {
    match start {
        Initialisation::Standard => Shape::Circle,
        Initialisation::Mirrored => Shape::Triangle,
        Initialisation::MirroredHalf => Shape::Diamond,
        Initialisation::Centred => Shape::Square,
        Initialisation::Scaled(factor) if factor.abs() >= 0.3 => Shape::Square,
        Initialisation::Scaled(_) => Shape::Cross,
    }
}

/// The start at `factor` times f₀, by its own name where it has one.
pub(super) fn start_at(factor: f64) -> Initialisation {
    match factor {
        0.0 => Initialisation::Mirrored,
        1.0 => Initialisation::Standard,
        factor => Initialisation::Scaled(factor),
    }
}
