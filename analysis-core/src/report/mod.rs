//! Figures, tables and what belongs beside them: style, export, provenance, BibTeX, and how each shows in a notebook.
//!
//! A [`Figure`] is data; a [`Style`] says how it looks; drawing needs nothing else. Several results on one pair of
//! axes are several [`Series`] in one [`Panel`]. [`Figure::export`] leaves the figure as SVG, PDF and PNG, its numbers
//! as CSV and Parquet, a [`Manifest`] and the BibTeX of what it uses; [`Figure::read`] draws it again from those.

mod architectures;
mod axis;
mod bibliography;
mod calibration;
mod cell;
mod comparison;
mod coverage;
mod decimal;
mod dispersion;
mod dispersion_comparison;
mod dispersion_curves;
mod dispersion_planes;
mod draw;
mod drift;
mod drift_lines;
mod drift_planes;
mod estimates;
mod export;
mod export_result;
mod figure;
mod flow;
mod forecast;
mod hermite;
mod images;
mod initial_function;
mod json_file;
mod kernel;
mod labels;
mod labels_against_f0;
mod labels_by_size;
mod latex;
mod learning_curve;
mod learning_curve_contrasts;
mod learning_curve_excess;
mod learning_curve_levels;
mod learning_curve_overlay;
mod long;
mod notebook;
mod ordered;
mod output_variance;
mod output_variance_excess;
mod output_variance_networks;
mod output_variance_tables;
mod parts;
mod phase_comparison;
mod phase_diagram;
mod plane;
mod planted_decay;
mod provenance;
mod raster;
mod result;
mod risk_in_time;
mod series;
mod smoothness;
mod smoothness_draws;
mod smoothness_table;
mod spectrum;
mod spectrum_head;
mod sphere;
mod sphere_oracle;
mod starts;
mod style;
mod sure;
mod table;
mod table_columns;
mod table_forms;
mod table_text;
mod tangent;
#[cfg(test)]
mod tests;
mod text;
mod training;
mod whole_set;
mod whole_subsets;
mod width_gap;

pub use axis::{Axis, Limits, Scale};
pub use bibliography::Reference;
pub use calibration::calibrations_table;
pub use cell::Cell;
pub use comparison::comparison_table;
pub use decimal::Digits;
pub use dispersion_comparison::{
    dispersion_cosines_panel, dispersion_depth_plot, dispersion_lambda_plot, dispersion_limit_panel,
    dispersion_seen_panel,
};
pub use dispersion_planes::{dispersion_planes_plot, dispersion_unseen_table};
pub use estimates::{estimates_table, whole_estimates_table};
pub use export::{Exported, check_name};
pub use figure::{Figure, Legend, Note, Panel};
pub use flow::{local_slopes_panel, population_panel};
pub use hermite::{hermite_table, kappa_table, octaves_table};
pub use json_file::{JsonHead, json_frame, json_head};
pub use labels_by_size::labels_by_size_plot;
pub use learning_curve_excess::{excess_panel, excess_table};
pub use learning_curve_levels::{levels_panel, smallest_at_end_table};
pub use learning_curve_overlay::{learning_curves_panel, learning_curves_table};
pub use notebook::{NotebookDisplay, NotebookFallback};
pub use ordered::ordered_colour;
pub use parts::Parts;
pub use phase_comparison::{edges_panel, phases_plot};
pub use provenance::{DataChecksum, DataColumns, Manifest, Provenance};
pub use raster::{ColourMap, HeatMap, Picture, Pictures};
pub use result::Report;
pub use series::{Colour, Dash, Mark, Series, Shape};
pub use starts::start_colour;
pub use style::{OKABE_ITO, Rgb, Style};
pub use table::{Alignment, Column, ColumnKind, Table};
pub use tangent::layers_panel;
pub use training::{Outcome, Trained};
pub use whole_set::whole_sets_table;
pub use whole_subsets::{exponents_table, inverse_trace_panel, whole_sizes_panel};
