//! `langedit edit`: a recipe from flags.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{
    DataSource, Device, ModelSource, OutputArgs, SettingsArgs, check_input, check_languages, check_output, parse_language, read_text,
};
use crate::edit::{Method, Settings};
use crate::facts::Fact;
use crate::model::ModelConfig;
use crate::recipe::{MAX_FACTS, ModelRef, Order, Recipe};
use crate::{Result, ensure};

/// Arguments of `langedit edit`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit edit --model builtin --data builtin --languages en,de --facts 5 --batch 5 --report report.json
  langedit edit --model Llama-3-8B --data bmike53/zsre.json --languages en,de,nl,fr,es,zh --facts 400 --batch 100 \\
                --method langedit --device cuda --stats llama3.safetensors --report report.json --save edited")]
pub struct EditArgs {
    /// Model: builtin, a .gguf file, or a directory in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a supported data set, or JSON lines of facts
    #[arg(long, value_name = "FILE")]
    pub data: DataSource,
    /// Languages in the order of editing
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "en,de,nl,fr,es,zh", value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub facts: usize,
    /// Facts of one step
    #[arg(long, value_name = "B", default_value_t = 100, value_parser = count)]
    pub batch: usize,
    /// Order of the steps: round-robin or by-language
    #[arg(long, value_name = "ORDER", default_value = "round-robin")]
    pub order: Order,
    /// Method: memit, memit-seq, alphaedit or langedit (later: ft, ft-l, ft-m, rome, rect, prune)
    #[arg(long, value_name = "METHOD", default_value = "langedit", value_parser = method)]
    pub method: Method,
    /// How the edit is computed, beyond the method.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Seed of every random choice
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Key statistics made by `langedit stats`
    #[arg(long, value_name = "STATS.safetensors")]
    pub stats: Option<PathBuf>,
    /// Context templates by language, as JSON {"en": ["{}", "The. {}"]}
    #[arg(long, value_name = "FILE.json")]
    pub templates: Option<PathBuf>,
    /// Save the edited model here
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// Keep the state after each step here, and go on from it where there is one
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    /// Write targets, keys and weight changes of every step here
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A method that this version has.
pub(super) fn method(text: &str) -> Result<Method> {
    text.parse::<Method>()?.available()
}

/// A number of facts.
pub(super) fn count(text: &str) -> Result<usize> {
    let count = text.parse().ok().filter(|n| (1..=MAX_FACTS).contains(n));
    count.ok_or_else(|| crate::Error::new(crate::ErrorKind::Usage, format!("`{text}` is not a whole number from 1 to {MAX_FACTS}")))
}

impl EditArgs {
    /// Checks everything that needs no model: before minutes of work, not after.
    ///
    /// # Errors
    /// `Usage`: contradicting flags. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        check_languages(&self.languages)?;
        self.settings.assignments()?;
        let most = self.facts.checked_mul(self.languages.len());
        ensure!(
            most.is_some_and(|most| most <= MAX_FACTS),
            Usage,
            "--facts {} in {} languages are more than {MAX_FACTS} facts",
            self.facts,
            self.languages.len()
        );
        self.model.check()?;
        self.data.check()?;
        for (path, what) in [(&self.stats, "key statistics"), (&self.templates, "templates")] {
            path.as_deref().map_or(Ok(()), |path| check_input(path, what))?;
        }
        for (path, what) in [(&self.save, "edited model"), (&self.resume, "state"), (&self.dump, "dump")] {
            if let Some(path) = path {
                ensure!(!path.is_file(), Io, "cannot write the {what}: {} is a file, not a folder", path.display());
                if !path.is_dir() {
                    check_output(path, what)?;
                }
            }
        }
        self.output.check()
    }

    /// The recipe that these flags mean for a model of these sizes and the facts that were selected for it.
    ///
    /// # Errors
    /// `Usage`: a setting that is not for this model. `Text`, `Io`: templates. `Data`: a fact that is not valid.
    pub fn recipe(&self, model: ModelRef, config: &ModelConfig, facts: Vec<Fact>) -> Result<Recipe> {
        let mut recipe = Recipe::new(model, self.method, self.seed);
        recipe.languages.clone_from(&self.languages);
        recipe.schedule(facts, self.batch, self.order);
        let defaults = Settings::for_mode(config, self.method, self.settings.mode);
        recipe.adopt(&self.settings.apply(defaults, config)?, config);
        if let Some(path) = &self.templates {
            let parsed = crate::text::parse_templates(&read_text(path)?);
            recipe.templates = Some(parsed.map_err(|error| error.at(path.display()))?);
        }
        recipe.validate()?;
        Ok(recipe)
    }
}

pub(super) fn execute(args: &EditArgs) -> Result<()> {
    args.check()?;
    super::engine_missing("edit")
}
