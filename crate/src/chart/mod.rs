//! Charts as SVG text: pure functions of the data, no scripts, nothing loaded.
//!
//! * [`LineChart`]: lines over common axes, as an element of a page ([`svg_element`]) or as a file ([`svg_file`]).
//! * [`HeatMap`]: panels of coloured cells that share their rows ([`heat_maps`]).
//! * [`trace_figure`]: causal tracing as heat maps.
//! * [`escape`]: text inside the markup.

mod escape;
mod heat_map;
mod lines;
mod scale;
mod trace;

pub use escape::escape;
pub use heat_map::{HeatMap, heat_maps};
pub use lines::{LINE_CHART_STYLE, Line, LineChart, svg_element, svg_file};
pub use trace::{MAX_FACTS_DRAWN, trace_figure};
