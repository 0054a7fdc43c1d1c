//! Tables and charts as Markdown, as CSV and as one page that loads nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::collect::Collected;
use super::tables::Table;
use crate::Result;
use crate::chart::{LINE_CHART_STYLE, LineChart, escape, svg_element};
use crate::cli::numbers::ALL_NUMBERS;
use crate::cli::terminal::to_json;

/// Colours and type of the page; the charts have their own.
const PAGE_STYLE: &str = "\
:root{color-scheme:light dark}body{margin:0;background:#fff;color:#222;font:15px/1.5 system-ui,sans-serif}\
main{max-width:70rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}p{max-width:48rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
th,td{padding:.3rem .5rem;border-bottom:1px solid #8884;text-align:right;white-space:nowrap}th.name,td.name{text-align:left;font-weight:400}\
thead th{font-weight:600}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:1rem}\
pre{overflow-x:auto;background:#8882;padding:1rem}li{overflow-wrap:anywhere}@media (prefers-color-scheme:dark){body{background:#16181c;color:#ddd}}";

/// The tables below one another.
pub(super) fn markdown(heading: &str, about: &str, notes: &[String], tables: &[Table]) -> String {
    let cell = |text: &String| text.replace('|', "\\|").replace('\n', " ");
    let mut text = format!("# {heading}\n\n{about}\n");
    for note in notes {
        let _ = write!(text, "\n{note}\n");
    }
    for table in tables {
        let rule: Vec<&str> = (0..table.columns.len()).map(|i| if i < table.names { "---" } else { "---:" }).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {}\n\n{}\n\n", table.title, table.note);
        let _ = writeln!(text, "| {} |\n|{}|", table.columns.iter().map(cell).collect::<Vec<_>>().join(" | "), rule.join("|"));
        for row in &table.rows {
            let _ = writeln!(text, "| {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
    }
    text
}

/// The names in front of a row's numbers in the CSV.
const CSV_NAMES: [&str; 16] = [
    "id",
    "model",
    "weights",
    "data",
    "method",
    "mode",
    "settings",
    "merge",
    "order",
    "batch",
    "statistics",
    "statistics_tokens",
    "seed",
    "languages",
    "language",
    "facts",
];

/// A row a run and language, and one for their average: what was run, and every accuracy before and after.
pub(super) fn csv(collected: &Collected) -> String {
    let columns = CSV_NAMES.iter().map(|name| (*name).to_owned());
    let accuracies = ["before", "after"].iter().flat_map(|when| ALL_NUMBERS.iter().map(move |(name, _)| format!("{name}_{when}")));
    let mut text = columns.chain(accuracies).chain(["seconds".to_owned()]).collect::<Vec<_>>().join(",") + "\n";
    for run in &collected.runs {
        let (group, report) = (&run.group, &run.report);
        let recipe = report.recipe.as_ref();
        let settings = recipe.map_or_else(String::new, |recipe| assignments(&recipe.settings));
        let merge = report.merge.as_ref().map_or_else(String::new, |merge| merge.settings.method.to_string());
        let mode = if group.how.contains_key("mode") { report.mode.to_string() } else { String::new() };
        let statistics = &report.statistics;
        let before = [
            run.id.clone(),
            group.start.model.clone(),
            report.model_sha256.clone(),
            collected.data_name(&group.start.data),
            group.method.clone(),
            mode,
            settings,
            merge,
            group.order.to_owned(),
            group.how.get("batch").cloned().unwrap_or_default(),
            statistics.sha256.clone().unwrap_or_else(|| statistics.source.clone()),
            statistics.count.to_string(),
            report.seed.to_string(),
            group.start.languages.join(" "),
        ];
        let rows = report.languages.iter().map(|(code, accuracy)| (code.as_str(), accuracy)).chain([("average", &report.average)]);
        for (language, accuracy) in rows {
            let numbers = [&accuracy.before, &accuracy.after].into_iter().flat_map(|of| ALL_NUMBERS.iter().map(|(_, pick)| pick(of)));
            let numbers = numbers.map(|value| value.map_or_else(String::new, |value| format!("{value:.4}")));
            let after = [language.to_owned(), accuracy.after.facts.to_string()];
            let seconds = format!("{:.2}", report.timing.total_seconds);
            let fields = before.iter().cloned().chain(after).chain(numbers).chain([seconds]);
            text += &(fields.map(|field| quoted(&field)).collect::<Vec<_>>().join(",") + "\n");
        }
    }
    text
}

/// `name=value` of each, separated by semicolons.
fn assignments(settings: &BTreeMap<String, String>) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(";")
}

/// A CSV field.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The page.
pub(super) fn html(heading: &str, about: &str, tables: &[Table], charts: &[LineChart], collected: &Collected) -> Result<String> {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{0}</title><style>{PAGE_STYLE}{LINE_CHART_STYLE}</style></head><body><main><h1>{0}</h1><p>{1}</p>",
        escape(heading),
        escape(about)
    );
    let of = collected.definition.as_ref().map_or(collected.runs.len(), |definition| definition.cells().len());
    let _ = write!(page, "<p>{} of {of} runs are done, {} failed.</p>", collected.runs.len(), collected.failed.len());
    for note in &collected.notes {
        let _ = write!(page, "<p>{}</p>", escape(note));
    }
    for table in tables {
        page += &html_table(table);
    }
    if !charts.is_empty() {
        page += "<h2>Curves</h2><div class=\"charts\">";
        for chart in charts {
            page += &svg_element(chart);
        }
        page += "</div>";
    }
    page += "<h2>How it was run</h2>";
    if let Some(definition) = &collected.definition {
        let _ = write!(page, "<details><summary>Definition</summary><pre>{}</pre></details>", escape(&to_json(definition)?));
    }
    page += "<p>To repeat a run, use its report: <code>langedit run REPORT.json --model M</code>. Other weights give other results; these were used:</p><ul>";
    let mut models: Vec<(&str, &str)> =
        collected.runs.iter().map(|run| (run.report.model.as_str(), run.report.model_sha256.as_str())).collect();
    models.sort_unstable();
    models.dedup();
    for (model, sha256) in models {
        let _ = write!(page, "<li>{}, sha256 <code>{}</code></li>", escape(model), escape(sha256));
    }
    Ok(page + "</ul></main></body></html>\n")
}

fn html_table(table: &Table) -> String {
    let mut text = format!(
        "<section><h2>{}</h2><p>{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
        escape(&table.title),
        escape(&table.note)
    );
    let class = |i: usize| if i < table.names { " class=\"name\"" } else { "" };
    for (i, column) in table.columns.iter().enumerate() {
        let _ = write!(text, "<th scope=\"col\"{}>{}</th>", class(i), escape(column));
    }
    text += "</tr></thead><tbody>";
    for row in &table.rows {
        text += "<tr>";
        for (i, cell) in row.iter().enumerate() {
            let _ = write!(text, "<td{}>{}</td>", class(i), escape(cell));
        }
        text += "</tr>";
    }
    text + "</tbody></table></div></section>"
}
