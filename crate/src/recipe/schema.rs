//! The tables that `SCHEMA.md` takes from the code: methods, merges and settings; and the methods that `ARCHITECTURE.md` has to name.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::tests::config;
use crate::edit::methods::{LayerCount, Needs};
use crate::edit::settings::FIELDS;
use crate::edit::{MergeMethod, Method, Settings};

const SCHEMA: &str = include_str!("SCHEMA.md");
const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");
const UPDATE: &str = "UPDATE_SCHEMA=1 cargo test --release -p langedit --lib recipe::schema";

/// A table in Markdown.
fn table(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "));
    let head = line(columns.iter().map(|&column| column.to_owned()).collect());
    let rule = format!("|{}\n", "---|".repeat(columns.len()));
    rows.into_iter().fold(head + &rule, |text, row| text + &line(row))
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

fn methods() -> String {
    let yes = |answer: bool| if answer { "yes" } else { "no" }.to_owned();
    let row = |method: &Method| {
        let spec = method.spec();
        let statistics = match spec.statistics {
            Needs::Never => yes(false),
            Needs::Always => yes(true),
            Needs::WithAdjustment => "with `mom2_adjustment`".to_owned(),
        };
        let layers = match spec.layers {
            LayerCount::One => "one",
            LayerCount::Several => "one or more",
        };
        let name = [code(method.name()), spec.label.to_owned(), method.about().to_owned()];
        let traits = [yes(spec.projects), yes(spec.merges), yes(spec.remembers), statistics, layers.to_owned()];
        name.into_iter().chain(traits).collect()
    };
    let columns = ["method", "name", "what it does", "projects", "merges", "remembers", "statistics", "layers"];
    table(&columns, Method::ALL.iter().map(row))
}

fn merges() -> String {
    table(&["merge", "what it does"], MergeMethod::ALL.iter().map(|merge| vec![code(merge.name()), merge.about().to_owned()]))
}

fn settings() -> String {
    let values = serde_json::to_value(Settings::for_model(&config(), Method::LangEdit)).unwrap();
    let row = |field: &crate::edit::settings::Field| {
        // A threshold says which kind it is by its key.
        let kind = values[field.name].as_object().and_then(|map| map.keys().next()).map(|key| format!(".{key}")).unwrap_or_default();
        let readers: Vec<String> = Method::using(field.setting).map(|method| code(method.name())).collect();
        let readers = if readers.len() == Method::ALL.len() { "all".to_owned() } else { readers.join(", ") };
        vec![code(&format!("settings.{}{kind}", field.name)), field.about.to_owned(), field.legal.to_owned(), readers]
    };
    table(&["field", "meaning", "takes", "read by"], FIELDS.iter().map(row))
}

/// `text` with `table` between the marks of that name.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n\n"), format!("\n<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}{table}{end}{after}")
}

#[test]
fn the_schema_lists_methods_merges_and_settings_as_declared() {
    let tables = [("methods", methods()), ("merges", merges()), ("settings", settings())];
    let text = tables.iter().fold(SCHEMA.to_owned(), |text, (name, table)| with_table(&text, name, table));
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/recipe/SCHEMA.md"), &text).unwrap();
    } else {
        assert!(text == SCHEMA, "SCHEMA.md is not what the code declares; write its tables again with\n{UPDATE}");
    }
}

#[test]
fn the_architecture_names_every_method() {
    for method in Method::ALL {
        assert!(ARCHITECTURE.contains(&format!("\n| `{method}`")), "the table under Methods in ARCHITECTURE.md has no row for {method}");
    }
}
