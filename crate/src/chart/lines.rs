//! Line charts. Their colours follow the reader's light or dark scheme.

use std::fmt::Write as _;

use super::escape::escape;
use super::scale::{Scale, tick_text};

/// Size of one chart's coordinate system.
const SIZE: (f64, f64) = (640.0, 316.0);
/// Left, top, right and bottom of the plotting area.
const AREA: (f64, f64, f64, f64) = (56.0, 46.0, 470.0, 270.0);
/// Okabe and Ito's colours, told apart by colour-blind readers and legible on white and on black alike.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#7a7a7a"];
/// With the colours they make 28 lines that differ.
const DASHES: [&str; 4] = ["none", "6 3", "2 3", "9 3 2 3"];

/// One line: its points in order of x.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// (x, y), in order of x; what is not finite is not drawn.
    pub points: Vec<(f64, f64)>,
    /// Whether it is a variant of the line before it: in the same colour, dashed.
    pub variant: bool,
}

/// A chart of lines over common axes.
#[derive(Clone, Debug)]
pub struct LineChart {
    /// Above the chart.
    pub title: String,
    /// Under the title: what it is of.
    pub of: String,
    /// What x is, with its unit.
    pub x: String,
    /// What y is, with its unit.
    pub y: String,
    /// In the order of the legend.
    pub lines: Vec<Line>,
}

/// The rules that charts are drawn with, for a page or a file that holds some.
pub const LINE_CHART_STYLE: &str = "\
.chart{color:#222;background:#fff}.chart text{fill:currentColor;font:12px system-ui,sans-serif}.chart .title{font-weight:600;font-size:13px}\
.chart .axis{stroke:currentColor;fill:none}.chart .grid{stroke:currentColor;opacity:.15}\
@media (prefers-color-scheme:dark){.chart{color:#ddd;background:#16181c}}";

/// A file of its own with the charts below one another.
pub fn svg_file(charts: &[LineChart]) -> String {
    let height = SIZE.1 * charts.len() as f64;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {} {height}" width="{}" height="{height}"><style>{LINE_CHART_STYLE}</style>"#,
        SIZE.0, SIZE.0
    );
    for (i, chart) in charts.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(svg, r#"<g transform="translate(0 {})">{}</g>"#, SIZE.1 * i as f64, drawing(chart));
    }
    svg + "</svg>\n"
}

/// An element for a page that has [`LINE_CHART_STYLE`]. A reader without eyes gets the title; the numbers are in the page's tables.
pub fn svg_element(chart: &LineChart) -> String {
    let label = escape(&format!("{}: {}", chart.title, chart.of));
    format!(r#"<svg class="chart" role="img" aria-label="{label}" viewBox="0 0 {} {}">{}</svg>"#, SIZE.0, SIZE.1, drawing(chart))
}

fn drawing(chart: &LineChart) -> String {
    let finite = || chart.lines.iter().flat_map(|line| &line.points).filter(|(x, y)| x.is_finite() && y.is_finite());
    let (left, top, right, bottom) = AREA;
    let x = Scale::of(finite().map(|point| point.0), (left, right));
    let y = Scale::of(finite().map(|point| point.1), (bottom, top));
    let mut svg = format!(r#"<text class="title" x="{left}" y="16">{}</text>"#, escape(&chart.title));
    let _ = write!(svg, r#"<text x="{left}" y="33">{}</text>"#, escape(&chart.of));
    for tick in y.ticks() {
        let at = y.at(tick);
        let _ = write!(svg, r#"<path class="grid" d="M{left} {at:.1}H{right}"/>"#);
        let _ = write!(svg, r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#, left - 6.0, at + 4.0, tick_text(tick));
    }
    for tick in x.ticks() {
        let _ = write!(svg, r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#, x.at(tick), bottom + 16.0, tick_text(tick));
    }
    let _ = write!(svg, r#"<path class="axis" d="M{left} {top}V{bottom}H{right}"/>"#);
    let _ = write!(
        svg,
        r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
        f64::midpoint(left, right),
        bottom + 36.0,
        escape(&chart.x)
    );
    let middle = f64::midpoint(top, bottom);
    let _ = write!(
        svg,
        r#"<text x="14" y="{middle:.1}" text-anchor="middle" transform="rotate(-90 14 {middle:.1})">{}</text>"#,
        escape(&chart.y)
    );
    let mut look = 0;
    for (i, line) in chart.lines.iter().enumerate() {
        look += usize::from(i > 0 && !line.variant);
        svg += &draw_line(i, look, line, &x, &y);
    }
    svg
}

/// The line with a mark at each point that tells its numbers, and its entry in row `index` of the legend.
fn draw_line(index: usize, look: usize, line: &Line, x: &Scale, y: &Scale) -> String {
    let colour = COLOURS.get(look % COLOURS.len()).copied().unwrap_or("currentColor");
    let dash = DASHES.get((look / COLOURS.len() + usize::from(line.variant)) % DASHES.len()).copied().unwrap_or("none");
    let name = escape(&line.name);
    let points: Vec<&(f64, f64)> = line.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let path: Vec<String> = points.iter().map(|point| format!("{:.1} {:.1}", x.at(point.0), y.at(point.1))).collect();
    let mut svg = String::new();
    if path.len() > 1 {
        let _ = write!(svg, r#"<path d="M{}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>"#, path.join("L"));
    }
    for point in points {
        let _ = write!(
            svg,
            r#"<circle cx="{:.1}" cy="{:.1}" r="3" fill="{colour}"><title>{name}: {} at {}</title></circle>"#,
            x.at(point.0),
            y.at(point.1),
            tick_text(point.1),
            tick_text(point.0)
        );
    }
    let (at, row) = (AREA.2 + 14.0, AREA.1 + 8.0 + 17.0 * index as f64);
    let _ = write!(svg, r#"<path d="M{at} {row}h18" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>"#);
    let _ = write!(svg, r#"<text x="{}" y="{}">{name}</text>"#, at + 24.0, row + 4.0);
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_its_lines_its_legend_and_nothing_foreign() {
        let line = |name: &str, points: &[(f64, f64)]| Line { name: name.to_owned(), points: points.to_vec(), variant: false };
        let chart = LineChart {
            title: "A <b> & \"c\"".to_owned(),
            of: "a model".to_owned(),
            x: "scale".to_owned(),
            y: "%".to_owned(),
            lines: vec![line("rank 1", &[(0.5, 10.0), (1.0, f64::NAN), (1.5, 90.0)]), line("rank 0.5", &[(1.0, 50.0)])],
        };
        let svg = svg_element(&chart);
        assert!(svg.contains("A &lt;b&gt; &amp; &quot;c&quot;") && svg.contains(">rank 0.5</text>"));
        assert_eq!(svg.matches("<circle").count(), 3, "a value that is not a number is not drawn");
        assert!(!svg.contains("NaN") && !svg.contains("http"));
        let file = svg_file(&[chart.clone(), chart]);
        assert!(file.starts_with("<svg xmlns=") && file.contains("prefers-color-scheme:dark"));
        assert_eq!(file.matches("<circle").count(), 6);
    }

    #[test]
    fn a_variant_has_the_colour_of_the_line_before_it() {
        let line = |variant: bool| Line { name: "line".to_owned(), points: vec![(0.0, 1.0), (1.0, 2.0)], variant };
        let lines = vec![line(false), line(true), line(false)];
        let svg = svg_element(&LineChart { title: "t".to_owned(), of: String::new(), x: "x".to_owned(), y: "y".to_owned(), lines });
        let drawn: Vec<&str> = svg.split("fill=\"none\" stroke=\"").skip(1).filter_map(|rest| rest.split("/>").next()).collect();
        let looks = [(COLOURS[0], "none"), (COLOURS[0], "6 3"), (COLOURS[1], "none")];
        assert_eq!(drawn, looks.map(|(colour, dash)| format!("{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"")));
    }

    #[test]
    fn an_empty_chart_is_still_one() {
        let chart = LineChart { title: "empty".to_owned(), of: String::new(), x: "x".to_owned(), y: "y".to_owned(), lines: Vec::new() };
        assert!(svg_element(&chart).contains("class=\"axis\"") && !svg_element(&chart).contains("NaN"));
    }
}
