//! Heat maps: coloured cells in rows, several panels side by side.

use std::fmt::Write as _;

use super::escape::escape;

/// Height of a cell and of a line of text.
const ROW: f64 = 16.0;
/// Space for the row labels.
const LABELS: f64 = 170.0;
/// Space between panels.
const GAP: f64 = 18.0;
/// Longest label, in characters.
const LABEL_CHARACTERS: usize = 24;

/// Heat maps that share their rows: one panel for each kind of value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// Title above the panels.
    pub title: String,
    /// Label of each row, and whether it belongs to the subject.
    pub rows: Vec<(String, bool)>,
    /// Title and `[row][layer]` of each panel. An empty row was not measured and stays blank.
    pub panels: Vec<(String, Vec<Vec<f64>>)>,
}

impl HeatMap {
    fn layers(&self) -> usize {
        self.panels.iter().flat_map(|(_, table)| table).map(Vec::len).max().unwrap_or(0)
    }

    fn largest(&self) -> f64 {
        self.panels.iter().flat_map(|(_, table)| table).flatten().fold(0.0, |largest: f64, effect| largest.max(effect.abs()))
    }
}

/// The SVG of `maps`, one below the other, with `note` at the foot; `label` is what screen readers call it. Each map has a colour scale of its
/// own, from 0 to its largest absolute effect: blue where the effect is positive, orange where it is negative.
pub fn heat_maps(maps: &[HeatMap], label: &str, note: &str) -> String {
    let layers = maps.iter().map(HeatMap::layers).max().unwrap_or(0);
    let panels = maps.iter().map(|map| map.panels.len()).max().unwrap_or(0);
    let cell = if layers > 36 { 7.0 } else { 10.0 };
    let width = LABELS + panels as f64 * (layers as f64 * cell + GAP) + 60.0;
    let lines = wrap(note, (width / 6.0) as usize);
    let mut body = String::new();
    let mut top = ROW;
    for map in maps {
        draw(&mut body, map, top, cell);
        top += ROW * (map.rows.len() as f64 + 4.5);
    }
    for line in &lines {
        text(&mut body, 8.0, top, "start", "note", line);
        top += ROW;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {top:.0}\" width=\"{width:.0}\" height=\"{top:.0}\" role=\"img\" \
         aria-label=\"{}\">\n<style>text{{font:11px system-ui,sans-serif;fill:#1b1b1b}}.title{{font-weight:600}}\
         .subject{{font-weight:600}}.note,.axis{{fill:#555}}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n",
        escape(label)
    )
}

fn draw(body: &mut String, map: &HeatMap, top: f64, cell: f64) {
    let largest = map.largest();
    text(body, 8.0, top, "start", "title", &map.title);
    for (row, (label, subject)) in map.rows.iter().enumerate() {
        let class = if *subject { "subject" } else { "label" };
        text(body, LABELS - 6.0, top + ROW * (row as f64 + 2.75), "end", class, &shortened(label));
    }
    let layers = map.layers();
    for (panel, (title, table)) in map.panels.iter().enumerate() {
        let left = LABELS + panel as f64 * (layers as f64 * cell + GAP);
        text(body, left, top + 1.5 * ROW, "start", "axis", title);
        for (row, effects) in table.iter().enumerate() {
            let y = top + ROW * (row as f64 + 2.0);
            for (layer, &effect) in effects.iter().enumerate() {
                let _ = write!(
                    body,
                    "<rect x=\"{:.0}\" y=\"{y:.0}\" width=\"{cell}\" height=\"{ROW}\" fill=\"{}\"><title>{}, layer {layer}: {effect:.4}</title></rect>",
                    left + layer as f64 * cell,
                    colour(effect, largest),
                    escape(map.rows.get(row).map_or("", |(label, _)| label.as_str()))
                );
            }
            body.push('\n');
        }
        let foot = top + ROW * (map.rows.len() as f64 + 2.8);
        for layer in (0..layers).step_by(5) {
            text(body, left + (layer as f64 + 0.5) * cell, foot, "middle", "axis", &layer.to_string());
        }
    }
    let right = LABELS + map.panels.len() as f64 * (layers as f64 * cell + GAP);
    for step in 0..=10 {
        let share = f64::from(step) / 10.0;
        let y = top + ROW * 2.0 + (1.0 - share) * 5.0 * ROW;
        let _ =
            write!(body, "<rect x=\"{right:.0}\" y=\"{y:.0}\" width=\"8\" height=\"{:.0}\" fill=\"{}\"/>", ROW / 2.0, colour(share, 1.0));
    }
    text(body, right + 11.0, top + ROW * 2.6, "start", "axis", &format!("{largest:.3}"));
    text(body, right + 11.0, top + ROW * 7.4, "start", "axis", "0");
}

fn text(body: &mut String, x: f64, y: f64, anchor: &str, class: &str, words: &str) {
    let _ = writeln!(
        body,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
        escape(&words.replace(['\t', '\n', '\r'], " "))
    );
}

/// White at 0, dark blue at `largest`, dark orange at `-largest`; linear in between in sRGB, so that darkness orders the effects.
fn colour(effect: f64, largest: f64) -> String {
    const NONE: [f64; 3] = [250.0, 250.0, 250.0];
    const HELPS: [f64; 3] = [8.0, 64.0, 129.0];
    const HARMS: [f64; 3] = [166.0, 84.0, 0.0];
    let share = if largest > 0.0 { (effect.abs() / largest).min(1.0) } else { 0.0 };
    let end = if effect < 0.0 { HARMS } else { HELPS };
    let [r, g, b] = [0, 1, 2].map(|i: usize| (NONE[i] + share * (end[i] - NONE[i])).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARACTERS {
        return label.to_owned();
    }
    label.chars().take(LABEL_CHARACTERS - 1).chain(['…']).collect()
}

fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_sign_and_size() {
        assert_eq!([colour(0.0, 1.0), colour(2.0, 2.0), colour(-2.0, 2.0)], ["#fafafa", "#084081", "#a65400"]);
        assert_eq!(colour(0.0, 0.0), "#fafafa");
        assert_eq!(colour(0.5, 1.0), "#819dbe");
    }

    #[test]
    fn every_number_is_a_cell_with_its_value() {
        let map = HeatMap {
            title: "a < b".to_owned(),
            rows: vec![("<s>\u{1}".to_owned(), false), ("Miami & \"co\"*".to_owned(), true), ("is".to_owned(), false)],
            panels: vec![("MLP outputs".to_owned(), vec![vec![0.0, 0.0], vec![0.5, -0.25], Vec::new()])],
        };
        let svg = heat_maps(&[map], "Numbers", "one two");
        assert_eq!(svg.matches("<title>").count(), 4);
        assert!(svg.contains("Miami &amp; &quot;co&quot;*, layer 1: -0.2500"), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("&lt;s&gt;</text>") && svg.contains(">one two</text>"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn notes_are_wrapped_between_words() {
        assert_eq!(wrap("aa bb ccccc d", 5), ["aa bb", "ccccc", "d"]);
    }
}
