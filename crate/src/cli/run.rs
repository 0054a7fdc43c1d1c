//! `langedit run`: a recipe from a link or a file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{Device, ModelSource, OutputArgs, check_input, check_output, read_text};
use crate::recipe::{Recipe, link};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Arguments of `langedit run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit run 'https://example.org/#1.LYw9DsIw…' --report report.json
  langedit run recipe.json --model Llama-3-8B --device cuda --report report.json
A report made earlier is a recipe too: langedit run report.json")]
pub struct RunArgs {
    /// Link of the playground, or a file that holds a link, a recipe or a report
    #[arg(value_name = "LINK-or-RECIPE.json")]
    pub source: String,
    /// Model to run it on, where the recipe is not for the builtin one
    #[arg(long, value_name = "M")]
    pub model: Option<ModelSource>,
    /// Key statistics made by `langedit stats`
    #[arg(long, value_name = "STATS.safetensors")]
    pub stats: Option<PathBuf>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Save the edited model here
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// Write targets, keys and weight changes of every step here
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl RunArgs {
    /// Checks everything that needs no model and reads the recipe.
    ///
    /// # Errors
    /// `Io`: a file that is not there or cannot be written. `Link`, `Data`: no valid recipe. `Usage`: a model is needed, or the recipe's
    /// method is not in this version.
    pub fn check(&self) -> Result<(Recipe, ModelSource)> {
        let recipe = read_recipe(&self.source)?;
        recipe.method.available()?;
        let model = match &self.model {
            Some(model) => model.clone(),
            None if recipe.model.name == "builtin" => ModelSource::Builtin,
            None => {
                return Err(Error::new(ErrorKind::Usage, format!("the recipe is for the model `{}`", recipe.model.name))
                    .hint("give its checkpoint with --model"));
            }
        };
        model.check()?;
        self.stats.as_deref().map_or(Ok(()), |path| check_input(path, "key statistics"))?;
        for (path, what) in [(&self.save, "edited model"), (&self.dump, "dump")] {
            if let Some(path) = path.as_deref().filter(|path| !path.is_dir()) {
                check_output(path, what)?;
            }
        }
        self.output.check()?;
        Ok((recipe, model))
    }
}

/// The recipe of a link, of a file that holds one, of a recipe's JSON or of a report's.
///
/// # Errors
/// `Io`: there is no such file. `Link`, `Data`: it holds no valid recipe.
pub(super) fn read_recipe(source: &str) -> Result<Recipe> {
    let path = Path::new(source);
    // A name can be too long to be a file's, so asking for it may fail: then it is none.
    if !path.is_file() {
        ensure!(link::is_link(source) || source.contains("://"), Io, "there is no file {source}, and it is no link");
        return link::decode(source);
    }
    let text = read_text(path)?;
    let recipe = if link::is_link(&text) { link::decode(&text) } else { from_json(&text) };
    recipe.map_err(|error| error.at(path.display()))
}

/// A recipe, or a report that carries one.
fn from_json(text: &str) -> Result<Recipe> {
    #[derive(serde::Deserialize)]
    struct Carrier {
        recipe: Option<serde_json::Value>,
        steps: Option<serde_json::Value>,
    }
    match serde_json::from_str::<Carrier>(text) {
        Ok(Carrier { recipe: Some(recipe), .. }) if recipe.is_object() => Recipe::from_json(&recipe.to_string()),
        Ok(Carrier { recipe: None, steps: None }) => bail!(Data, "holds neither a recipe, a report nor a link"),
        _ => Recipe::from_json(text),
    }
}

pub(super) fn execute(args: &RunArgs) -> Result<()> {
    args.check()?;
    super::engine_missing("run")
}
