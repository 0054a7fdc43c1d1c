//! `langedit inspect`: what is in a checkpoint, a recipe or a link.

use std::path::Path;

use clap::Args;

use super::arguments::ModelSource;
use super::definition::merge_name;
use super::numbers::counted;
use super::run::read_recipe;
use super::terminal::{note, print, print_json};
use crate::checkpoint::{Checkpoint, NotFinite, Summary};
use crate::edit::settings::FIELDS;
use crate::edit::{Method, Settings};
use crate::model::ModelConfig;
use crate::recipe::{Order, Recipe};
use crate::{Result, bail, ensure};

/// Arguments of `langedit inspect`.
#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["model", "source"])), after_help = "Examples:
  langedit inspect --model SmolLM2-135M-Instruct.Q4_1.gguf
  langedit inspect 'https://example.org/#1.LYw9DsIw…' --json > recipe.json")]
pub struct InspectArgs {
    /// Checkpoint: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: Option<ModelSource>,
    /// Link from the playground, or a file with a link, a recipe or a report
    #[arg(value_name = "LINK-or-RECIPE.json")]
    pub source: Option<String>,
    /// Read every weight of the checkpoint too, and name the tensors that hold NaN or infinity
    #[arg(long, requires = "model")]
    pub weights: bool,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) fn execute(args: &InspectArgs) -> Result<()> {
    match (&args.model, &args.source) {
        (Some(model), _) => {
            model.check()?;
            let checkpoint = model.open()?;
            let summary = checkpoint.summary();
            summary.warnings.iter().for_each(|warning| note(warning));
            if args.weights {
                check_weights(&checkpoint)?;
            }
            if args.json { print_json(&summary) } else { print(&describe(&summary)) }
        }
        (None, Some(source)) => {
            ensure!(!is_checkpoint(source), Usage, "{source} is a checkpoint, not a recipe: pass it with --model");
            let recipe = read_recipe(source)?;
            if args.json { print_json(&recipe) } else { print(&outline(&recipe)) }
        }
        (None, None) => bail!(Usage, "pass a checkpoint with --model, or a recipe or link"),
    }
}

fn check_weights(checkpoint: &Checkpoint) -> Result<()> {
    let place = |NotFinite { tensor, row, column, value }: &NotFinite| format!("{tensor} has {value} at row {row}, column {column}");
    let found: Vec<String> = checkpoint.not_finite()?.iter().map(place).collect();
    ensure!(found.is_empty(), Checkpoint, "weights are no numbers: {} (rows and columns counted from 0)", found.join("; "));
    note("every weight is a finite number");
    Ok(())
}

/// Whether this is a file or folder that may hold a checkpoint, and cannot hold a recipe.
fn is_checkpoint(source: &str) -> bool {
    let path = Path::new(source);
    path.is_dir() || path.is_file() && path.extension().is_some_and(|extension| ["gguf", "safetensors"].iter().any(|one| extension == *one))
}

/// A checkpoint in lines.
fn describe(summary: &Summary) -> String {
    let config = &summary.config;
    let mut lines = vec![
        format!("name        {}", summary.name),
        format!("sha256      {}", summary.sha256),
        format!("family      {}", config.family.label()),
        format!("parameters  {} ({:.1} MB stored)", summary.parameters, summary.bytes as f64 / 1e6),
        format!("layers      {}", config.layers),
        format!("hidden      {} (d_out of the edited matrix)", config.hidden),
        format!("inner       {} (d_in of the edited matrix)", config.inner),
        format!("heads       {} of {}, {} for keys and values", config.heads, config.head_dim, config.kv_heads),
        format!("vocabulary  {}{}", config.vocab, if config.tied_head { ", head tied to the embedding" } else { "" }),
        format!("positions   {}", config.max_positions),
        format!("tokenizer   {}", summary.tokenizer),
    ];
    for row in &summary.tensor_types {
        lines.push(format!("{:<11} {} tensors, {:.1} MB", row.ty, row.tensors, row.bytes as f64 / 1e6));
    }
    lines.extend(defaults(config));
    printable(&lines)
}

/// Every method's settings on a model: LangEdit's whole, a setting a line; of each other method those that LangEdit does not read or has
/// otherwise.
fn defaults(config: &ModelConfig) -> Vec<String> {
    let read_by = |method: Method| FIELDS.iter().filter(move |field| method.spec().uses(field.setting)).map(|field| field.name);
    let of = |method: Method| -> Vec<(&str, String)> {
        let settings = Settings::for_model(config, method);
        read_by(method).filter_map(|name| Some((name, settings.get(name).ok()?))).collect()
    };
    let langedit = of(Method::LangEdit);
    let mut lines = vec!["default settings of langedit:".to_owned()];
    lines.extend(langedit.iter().map(|(name, value)| format!("  {name:<20} {value}")));
    lines.push("default settings of the other methods, of those that they read what differs:".to_owned());
    for &method in Method::ALL.iter().filter(|&&method| method != Method::LangEdit) {
        let own: Vec<String> =
            of(method).iter().filter(|pair| !langedit.contains(pair)).map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!("  {:<20} {}", method.name(), if own.is_empty() { "as langedit".to_owned() } else { own.join(" ") }));
    }
    lines
}

/// A recipe in lines.
fn outline(recipe: &Recipe) -> String {
    let order = match recipe.order {
        Order::RoundRobin => "languages in turn",
        Order::ByLanguage => "one language after another",
        Order::Mixed => "languages together in a step",
    };
    let method = recipe.merge.map_or_else(|| recipe.method.to_string(), |merge| merge_name(&merge, recipe.method));
    let mut lines = vec![
        format!("model       {}", recipe.model.name),
        format!("method      {method} ({} formulas, {} projection)", recipe.mode, recipe.projection),
        format!("seed        {}", recipe.seed),
        format!("languages   {}", recipe.languages.join(" ")),
        format!("facts       {} in {}, {order}", recipe.facts.len(), counted(recipe.steps.len(), "step")),
    ];
    lines.extend(recipe.settings.iter().map(|(name, value)| format!("setting     {name}={value}")));
    for (step, facts) in recipe.step_facts().enumerate() {
        for fact in facts {
            lines.push(format!("step {:<6} {}  {} -> {}", step + 1, fact.language, fact.prompt, fact.new_object));
        }
    }
    printable(&lines)
}

/// Names and facts come from strangers: control characters in them would drive the terminal.
fn printable(lines: &[String]) -> String {
    lines.iter().map(|line| line.replace(char::is_control, " ")).collect::<Vec<_>>().join("\n")
}
