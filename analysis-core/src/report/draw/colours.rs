//! Colours of heat maps: control points, interpolated linearly in RGB.

use crate::report::raster::ColourMap;
use crate::report::style::Rgb;

/// matplotlib's viridis (CC0) at 0, 1/15, …, 1.
const VIRIDIS: [(u8, u8, u8); 16] = [
    (68, 1, 84),
    (72, 26, 108),
    (71, 47, 125),
    (65, 68, 135),
    (57, 86, 140),
    (49, 104, 142),
    (42, 120, 142),
    (35, 136, 142),
    (31, 152, 139),
    (34, 168, 132),
    (53, 183, 121),
    (84, 197, 104),
    (122, 209, 81),
    (165, 219, 54),
    (210, 226, 27),
    (253, 231, 37),
];
const GREYS: [(u8, u8, u8); 2] = [(255, 255, 255), (0, 0, 0)];
const BLUE_RED: [(u8, u8, u8); 5] =
    [(5, 48, 97), (103, 169, 207), (247, 247, 247), (239, 138, 98), (103, 0, 31)];

/// The colour at `fraction`, from 0 to 1; beyond, the end's colour.
pub(crate) fn at(map: ColourMap, fraction: f64) -> Rgb {
    let stops: &[(u8, u8, u8)] = match map {
        ColourMap::Viridis => &VIRIDIS,
        ColourMap::Greys => &GREYS,
        ColourMap::BlueRed => &BLUE_RED,
    };
    let place = fraction.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let index = (place.floor() as usize).min(stops.len() - 2);
    let part = place - index as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (stops[index], stops[index + 1]);
    Rgb::new(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
