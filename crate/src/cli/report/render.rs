//! Tables and charts as Markdown, as CSV and as one page that loads nothing.

use std::fmt::Write as _;

use super::collect::Collected;
use super::tables::Table;
use crate::Result;
use crate::chart::{LINE_CHART_STYLE, LineChart, escape, svg_element};
use crate::cli::numbers::NUMBERS;
use crate::cli::terminal::to_json;
use crate::recipe::Accuracy;

/// Colours and type of the page; the charts have their own.
const PAGE_STYLE: &str = "\
:root{color-scheme:light dark}body{margin:0;background:#fff;color:#222;font:15px/1.5 system-ui,sans-serif}\
main{max-width:70rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}p{max-width:48rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
th,td{padding:.3rem .5rem;border-bottom:1px solid #8884;text-align:right;white-space:nowrap}th.name,td.name{text-align:left;font-weight:400}\
thead th{font-weight:600}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:1rem}\
pre{overflow-x:auto;background:#8882;padding:1rem}li{overflow-wrap:anywhere}@media (prefers-color-scheme:dark){body{background:#16181c;color:#ddd}}";

/// The tables below one another.
pub(super) fn markdown(heading: &str, about: &str, tables: &[Table]) -> String {
    let cell = |text: &String| text.replace('|', "\\|").replace('\n', " ");
    let mut text = format!("# {heading}\n\n{about}\n");
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

/// Every number of every run and language, one row each.
pub(super) fn csv(collected: &Collected) -> String {
    let mut text = "id,model,method,order,seed,languages,language,facts".to_owned();
    for when in ["before", "after"] {
        for (name, _) in NUMBERS {
            let _ = write!(text, ",{name}_{when}");
        }
    }
    text += ",specificity_agreement,seconds\n";
    for run in &collected.runs {
        let (group, report) = (run.group(), &run.report);
        let rows = report.languages.iter().map(|(code, accuracy)| (code.as_str(), accuracy)).chain([("average", &report.average)]);
        for (language, accuracy) in rows {
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
            let numbers = |of: &Accuracy| NUMBERS.map(|(_, pick)| number(pick(of))).join(",");
            let names = [&run.id, &group.model, &group.method].map(|name| quoted(name)).join(",");
            let _ = writeln!(
                text,
                "{names},{},{},{},{language},{},{},{},{},{:.2}",
                group.order,
                report.seed,
                group.languages.join(" "),
                accuracy.after.facts,
                numbers(&accuracy.before),
                numbers(&accuracy.after),
                number(accuracy.after.specificity_agreement),
                report.timing.total_seconds
            );
        }
    }
    text
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
    page += "<p>To repeat a run, use its report: <code>langedit run cells/ID.json --model M</code>. Other weights give other results; these were used:</p><ul>";
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
