//! Colours of ordered values: widths, cosines, depths.

use super::draw::colour_at;
use super::raster::ColourMap;
use super::series::Colour;
use super::style::Rgb;

/// The colour of the value number `place` of `count` ordered ones: from dark violet to light green, so that the order is seen, in
/// grey too. One value alone has the palette's first colour.
///
/// # Examples
/// ```
/// use analysis_core::report::{Colour, ordered_colour};
/// assert_eq!(ordered_colour(0, 3), Colour::Rgb { red: 68, green: 1, blue: 84 });
/// assert_ne!(ordered_colour(1, 3), ordered_colour(2, 3));
/// assert_eq!(ordered_colour(0, 1), Colour::Index(0));
/// ```
pub fn ordered_colour(place: usize, count: usize) -> Colour {
    if count < 2 {
        return Colour::Index(0);
    }
    // The light end of the scale is too faint for a line on white.
    let fraction = 0.82 * place.min(count - 1) as f64 / (count - 1) as f64;
    let Rgb { red, green, blue } = colour_at(ColourMap::Viridis, fraction);
    Colour::Rgb { red, green, blue }
}
