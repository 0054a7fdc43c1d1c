//! `langedit edit`: a recipe from flags.

use std::path::PathBuf;

use clap::Args;
use web_time::Instant;

use super::arguments::{
    EditingArgs, FactsArgs, LayerChoice, OutcomeArgs, check_input, check_languages, choice, count, read_text, set_help,
};
use super::auto_layers::chosen_layers;
use super::open::open;
use super::progress::ProgressBars;
use super::run_recipe::{Folders, Performed, perform};
use super::summary::write_report;
use crate::edit::Method;
use crate::facts::Selection;
use crate::model::ModelConfig;
use crate::recipe::{Composition, DataReport, MAX_FACTS, ModelRef, Order, Recipe, RunInput, Timing, Warning};
use crate::{Result, ensure};

/// Arguments of `langedit edit`.
#[derive(Clone, Debug, Args)]
#[command(after_help = format!("{}
Example:
  langedit edit --model Llama-3-8B --data zsre.json --stats llama3.safetensors --device cuda", set_help()))]
pub struct EditArgs {
    /// The facts and the model.
    #[command(flatten)]
    pub of: FactsArgs,
    /// Facts per step
    #[arg(long, value_name = "B", default_value_t = 100, value_parser = count)]
    pub batch: usize,
    /// Order of steps: round-robin, by-language or mixed
    #[arg(long, value_name = "ORDER", default_value = "round-robin")]
    pub order: Order,
    /// Method [default: that of --hparams, or langedit]
    #[arg(long, value_name = "METHOD", value_parser = choice::any::<Method>())]
    pub method: Option<Method>,
    /// How the edit is computed, beyond the method.
    #[command(flatten)]
    pub editing: EditingArgs,
    /// What is kept of the run.
    #[command(flatten)]
    pub outcome: OutcomeArgs,
    /// Save the state here after each step, and go on from there
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub resume: Option<PathBuf>,
}

impl EditArgs {
    /// Checks everything that needs no model: before minutes of work, not after.
    ///
    /// # Errors
    /// `Usage`: contradicting flags. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        let (languages, facts) = (self.of.languages(), self.of.per_language());
        check_languages(&languages)?;
        self.editing.settings.overrides(self.method()?)?;
        let most = facts.checked_mul(languages.len());
        ensure!(
            most.is_some_and(|most| most <= MAX_FACTS),
            Usage,
            "--facts {facts} in {} languages is more than {MAX_FACTS} facts",
            languages.len()
        );
        self.editing.solver.beside(self.editing.device)?;
        self.of.model.check()?;
        self.of.data.check()?;
        self.editing.templates.as_deref().map_or(Ok(()), |path| check_input(path, "templates"))?;
        self.folders().check(&self.of.model)?;
        self.outcome.check()
    }

    /// How the edit is computed.
    ///
    /// # Errors
    /// `Io`, `Data`: the file of `--hparams`.
    pub fn method(&self) -> Result<Method> {
        Ok(self.method.or(self.editing.settings.hparams()?.method).unwrap_or(Method::LangEdit))
    }

    /// The facts that these flags select, and where they come from.
    ///
    /// # Errors
    /// `Io`, `Data`: the data set cannot be read. `Usage`: it does not have these languages, any usable record or (`builtin`) as many facts.
    pub fn selection(&self) -> Result<(Selection, DataReport)> {
        self.of.select(self.editing.seed)
    }

    pub(super) fn folders(&self) -> Folders<'_> {
        Folders {
            stats: self.editing.stats.as_deref(),
            projectors: &self.editing.projectors,
            save: self.outcome.save.as_deref(),
            resume: self.resume.as_deref(),
            dump: self.outcome.dump.as_deref(),
        }
    }

    /// The recipe that these flags mean for a model of these sizes and the facts that were selected for it.
    ///
    /// # Errors
    /// `Usage`: a setting that is not for this model. `Text`, `Io`: templates. `Data`: a fact that is not valid.
    pub fn recipe(&self, model: ModelRef, config: &ModelConfig, selection: &Selection) -> Result<Recipe> {
        self.editing.settings.hparams()?.check_model(config)?;
        self.composition(model)?.compose(selection, Some(config))
    }

    /// What these flags say of a recipe for `model`, beside its facts.
    pub(super) fn composition(&self, model: ModelRef) -> Result<Composition> {
        let read = |path: &PathBuf| crate::text::parse_templates(&read_text(path)?).map_err(|error| error.at(path.display()));
        Ok(Composition {
            model,
            method: self.method()?,
            mode: self.editing.settings.mode,
            settings: self.editing.settings.overrides(self.method()?)?,
            merge: None,
            seed: self.editing.seed,
            order: self.order,
            batch: self.batch,
            templates: self.editing.templates.as_ref().map(read).transpose()?,
        })
    }
}

pub(super) fn execute(args: &EditArgs) -> Result<()> {
    args.check()?;
    let mut bars = ProgressBars::new(args.outcome.output.print.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(edit(args, &mut bars))
}

async fn edit(args: &EditArgs, bars: &mut ProgressBars) -> Result<()> {
    let (selection, data) = args.selection()?;
    let mut opened = open(&args.of.model, args.editing.device.choice, bars).await?;
    opened.session.set_solver(args.editing.solver.beside(args.editing.device)?);
    let mut recipe = args.recipe(opened.reference.clone(), opened.session.config(), &selection)?;
    let started = Instant::now();
    let chosen_layers = match args.editing.settings.layers {
        Some(LayerChoice::Auto) => {
            let mut settings = recipe.resolve(opened.session.config())?;
            let chosen = chosen_layers(&opened.session, &recipe.facts, &settings.layers, args.editing.seed, bars).await?;
            settings.layers.clone_from(&chosen.layers);
            settings.subject_layers.retain(|layer| !chosen.layers.contains(layer));
            recipe.adopt(&settings, opened.session.config());
            Some(chosen)
        }
        _ => None,
    };
    let method = args.method()?;
    let trace_seconds = started.elapsed().as_secs_f64();
    let input = RunInput {
        evaluation: args.outcome.evaluate_every,
        recall: args.outcome.recall.input()?,
        data: Some(data),
        warnings: Warning::of(&selection).into_iter().chain(args.editing.settings.unread(method)?).collect(),
        skipped: selection.skipped,
        strict: args.outcome.strict,
        chosen_layers,
        spent: Timing { trace_seconds, ..Timing::default() },
        ..RunInput::new(recipe)
    };
    let Performed { report, saved } = perform(&mut opened, input, args.folders(), bars).await?;
    write_report(&args.outcome, &report, None, [saved])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use clap::Parser;

    use super::*;
    use crate::edit::{Mode, Settings};
    use crate::linalg::Threshold;
    use crate::model::{Activation, Family};

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        edit: EditArgs,
    }

    fn config() -> ModelConfig {
        ModelConfig {
            family: Family::Llama,
            vocab: 8192,
            hidden: 192,
            inner: 1024,
            layers: 6,
            heads: 6,
            kv_heads: 6,
            head_dim: 32,
            max_positions: 256,
            norm_eps: 1e-5,
            rope: None,
            local: None,
            unrotated_every: None,
            query_scalar: None,
            activation: Activation::SiluGated,
            tied_head: true,
        }
    }

    fn recipe(folder: &std::path::Path, flags: &[&str]) -> Result<Recipe> {
        let data = folder.join("facts.jsonl");
        let line = |i: usize, language: &str| {
            format!(r#"{{"id":"{i}","language":"{language}","subject":"S{i}","prompt":"S{i} is","new_object":"o{i}"}}"#)
        };
        let lines: Vec<String> = (0..5).flat_map(|i| ["en", "de"].map(|language| line(i, language))).collect();
        std::fs::write(&data, lines.join("\n")).unwrap();
        let data = data.display().to_string();
        let base = ["langedit", "--model", "builtin", "--data", &data, "--languages", "de,en"];
        let args = Flags::try_parse_from(base.iter().chain(flags)).unwrap().edit;
        args.check()?;
        let (selection, _) = args.selection()?;
        args.recipe(ModelRef { name: "builtin".to_owned(), sha256: None }, &config(), &selection)
    }

    #[test]
    fn flags_become_a_recipe_that_resolves_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let templates = folder.path().join("templates.json");
        std::fs::write(&templates, r#"{"de": ["{}", "Heute. {}"]}"#).unwrap();
        let templates = templates.display().to_string();
        let flags = ["--facts", "5", "--batch", "2", "--seed", "9", "--mode", "repo", "--layers", "2-3", "--templates", &templates];
        let more = ["--set", "v_lr=0.25", "--set", "nullspace_threshold=3%", "--set", "projection=tracked"];
        let recipe = recipe(folder.path(), &[&flags[..], &more].concat()).unwrap();
        assert_eq!((recipe.steps.as_slice(), recipe.batch, recipe.seed), (&[2, 2, 2, 2, 1, 1][..], 2, 9));
        let languages: Vec<&str> = recipe.step_facts().map(|step| step.first().unwrap().language.as_str()).collect();
        assert_eq!(languages, ["de", "en", "de", "en", "de", "en"]);
        assert_eq!(recipe.settings.keys().collect::<Vec<_>>(), ["layers", "nullspace_threshold", "v_lr"]);
        assert_eq!(recipe.templates.as_ref().unwrap()["de"], ["{}", "Heute. {}"]);
        let settings = recipe.resolve(&config()).unwrap();
        assert_eq!((settings.layers.as_slice(), settings.v_lr, settings.mode), (&[2, 3][..], 0.25, Mode::Repo));
        assert_eq!(settings.nullspace_threshold, Threshold::EnergyShare(0.03));
        assert_eq!(settings.projection.name(), "tracked");
    }

    #[test]
    fn defaults_leave_no_trace_in_the_recipe() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = recipe(folder.path(), &["--facts", "1"]).unwrap();
        assert!(recipe.settings.is_empty() && recipe.templates.is_none());
        assert_eq!(recipe.resolve(&config()).unwrap(), Settings::for_model(&config(), Method::LangEdit));
    }

    #[test]
    fn the_catalogue_gives_the_same_facts_in_every_language() {
        let arguments = |more: &[&str]| {
            let base = ["langedit", "--model", "builtin", "--data", "builtin", "--languages", "zh,en", "--batch", "4"];
            Flags::try_parse_from(base.iter().chain(more)).unwrap().edit
        };
        let recipe = |more: &[&str]| -> Result<Recipe> {
            let args = arguments(more);
            args.check()?;
            args.recipe(ModelRef { name: "builtin".to_owned(), sha256: None }, &config(), &args.selection()?.0)
        };
        let first = recipe(&["--facts", "5", "--seed", "3"]).unwrap();
        assert_eq!((first.steps.as_slice(), first.languages.as_slice()), (&[4, 4, 1, 1][..], &["zh".to_owned(), "en".to_owned()][..]));
        let ids = |language: &str| -> Vec<&str> {
            first.facts.iter().filter(|fact| fact.language == language).map(|fact| fact.id.as_str()).collect()
        };
        assert_eq!(ids("zh"), ids("en"));
        assert!(
            first.facts.iter().all(|fact| fact.rephrases.len() == 2 && fact.neighbours.len() == 3 && fact.prompt.contains(&fact.subject))
        );
        assert!(first.facts.iter().any(|fact| fact.same_subject.len() == 3));
        assert_eq!(crate::recipe::link::decode(&crate::recipe::link::encode(&first, None).unwrap(), None).unwrap(), first);
        assert_eq!(recipe(&["--facts", "5", "--seed", "3"]).unwrap(), first);
        assert_ne!(recipe(&["--facts", "5", "--seed", "4"]).unwrap().facts, first.facts);
        assert!(recipe(&["--facts", "9000"]).unwrap_err().to_string().contains("the catalogue has"));
    }

    #[test]
    fn what_does_not_fit_the_model_or_the_data_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |flags: &[&str], word: &str| {
            let error = recipe(folder.path(), flags).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        };
        refused(&["--layers", "4-8"], "layer 6 does not exist");
        refused(&["--layers", "0,6"], "0 to 5");
        let templates = folder.path().join("bad.json");
        std::fs::write(&templates, r#"{"de": ["Heute."]}"#).unwrap();
        refused(&["--templates", &templates.display().to_string()], "bad.json");
    }
}
