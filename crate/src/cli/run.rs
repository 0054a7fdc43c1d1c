//! `langedit run`: a recipe from a link or a file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{Device, ModelSource, OutcomeArgs, SolverArgs, read_text};
use super::open::open;
use super::progress::ProgressBars;
use super::run_recipe::{Folders, Performed, perform};
use super::statistics::comes_along;
use super::summary::write_report;
use crate::facts::Catalogue;
use crate::recipe::{Difference, Digest, Recipe, RunInput, Session, StatisticsRef, Verdict, link};
use crate::text::corpus::declaration_languages;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Arguments of `langedit run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit run 'https://example.org/#1.LYw9DsIw…' --report report.json
  langedit run recipe.json --model Llama-3-8B --device cuda --report report.json

An earlier report is a recipe too: langedit run report.json. If the recipe records an earlier
result, the table ends with whether this run reproduced it; if it differs, the exit status is 1.")]
pub struct RunArgs {
    /// Link from the playground, or a file with a link, a recipe or a report
    #[arg(value_name = "LINK-or-RECIPE.json")]
    pub source: String,
    /// Model to run it on, if the recipe is not for the built-in one
    #[arg(long, value_name = "M")]
    pub model: Option<ModelSource>,
    /// Key statistics collected by `langedit stats`
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
    /// Projectors of these statistics by `langedit project`; may be repeated
    #[arg(long, value_name = "DIR")]
    pub projectors: Vec<PathBuf>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Where to solve.
    #[command(flatten)]
    pub solver: SolverArgs,
    /// What is kept of the run.
    #[command(flatten)]
    pub outcome: OutcomeArgs,
}

impl RunArgs {
    /// Checks everything that needs no model and reads the recipe.
    ///
    /// # Errors
    /// `Io`: a file that is not there or cannot be written. `Link`, `Data`: no valid recipe. `Usage`: a model is needed.
    pub fn check(&self) -> Result<(Recipe, ModelSource)> {
        let recipe = read_recipe(&self.source)?;
        let model = match &self.model {
            Some(model) => model.clone(),
            None if recipe.model.name == "builtin" => ModelSource::Builtin,
            None => {
                return Err(Error::new(ErrorKind::Usage, format!("the recipe is for the model `{}`", recipe.model.name))
                    .hint("pass its checkpoint with --model"));
            }
        };
        self.solver.beside(self.device)?;
        model.check()?;
        self.folders().check(&model)?;
        self.outcome.check()?;
        Ok((recipe, model))
    }

    fn folders(&self) -> Folders<'_> {
        Folders {
            stats: self.stats.as_deref(),
            projectors: &self.projectors,
            save: self.outcome.save.as_deref(),
            resume: None,
            dump: self.outcome.dump.as_deref(),
        }
    }
}

/// Whether these are the statistics that come with the builtin model, or of texts that the command brings along.
fn is_at_hand(held: &StatisticsRef) -> bool {
    declaration_languages(&held.source).is_some() || held.sha256.as_deref().is_some_and(comes_along)
}

/// The recipe of a link, of a file that holds one, of a recipe's JSON or of a report's.
///
/// # Errors
/// `Io`: there is no such file. `Link`, `Data`: it holds no valid recipe.
pub(super) fn read_recipe(source: &str) -> Result<Recipe> {
    let path = Path::new(source);
    // A link may be too long to be a file name; then the question fails, and it is not one.
    if !path.is_file() {
        ensure!(link::is_link(source) || source.contains("://"), Io, "{source} is neither a file nor a link");
        return decode(source);
    }
    let text = read_text(path)?;
    // A recipe's texts may look like a link.
    let json = text.trim_start().starts_with('{');
    let recipe = if !json && link::is_link(&text) { decode(&text) } else { from_json(&text) };
    recipe.map_err(|error| error.at(path.display()))
}

/// The recipe of a link.
fn decode(link: &str) -> Result<Recipe> {
    let catalogue = if link::refers(link) { Some(Catalogue::builtin()?) } else { None };
    link::decode(link, catalogue.as_ref())
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
        Ok(Carrier { recipe: None, steps: None }) => bail!(Data, "contains neither a recipe, a report nor a link"),
        _ => Recipe::from_json(text),
    }
}

pub(super) fn execute(args: &RunArgs) -> Result<()> {
    let (recipe, model) = args.check()?;
    let mut bars = ProgressBars::new(args.outcome.output.print.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(replay(args, recipe, &model, &mut bars))
}

async fn replay(args: &RunArgs, mut recipe: Recipe, model: &ModelSource, bars: &mut ProgressBars) -> Result<()> {
    let mut opened = open(model, args.device.choice, bars).await?;
    opened.session.set_solver(args.solver.beside(args.device)?);
    remark_other_inputs(&recipe, &opened.session, args.stats.is_some(), bars);
    recipe.model = opened.reference.clone();
    let expected = recipe.expected.take();
    let (evaluation, strict) = (args.outcome.evaluate_every, args.outcome.strict);
    let input = RunInput { evaluation, strict, recall: args.outcome.recall.input()?, ..RunInput::new(recipe) };
    let Performed { report, saved } = perform(&mut opened, input, args.folders(), bars).await?;
    let verdict = expected.map(|expected| expected.verdict(&Digest::of(&report)));
    write_report(&args.outcome, &report, verdict.as_ref(), [saved])?;
    reproduced(verdict.as_ref())
}

/// Says where a recipe was run on other weights, or with key statistics that are not at hand.
pub(super) fn remark_other_inputs(recipe: &Recipe, session: &Session, has_statistics: bool, bars: &ProgressBars) {
    if let Some(expected) = recipe.model.sha256.as_deref().filter(|sha256| *sha256 != session.sha256()) {
        bars.remark(&format!(
            "the recipe was made with other weights: {} (sha256 {expected}); this model has sha256 {}",
            recipe.model.name,
            session.sha256()
        ));
    }
    if let Some(held) = recipe.statistics.as_ref().filter(|held| held.sha256.is_some() && !has_statistics && !is_at_hand(held)) {
        bars.remark(&format!("the recipe was run with key statistics of {}; pass their file with --stats to repeat it", held.source));
    }
}

/// # Errors
/// `Data`: the replay is another run than the one that the recipe records.
pub(super) fn reproduced(verdict: Option<&Verdict>) -> Result<()> {
    match verdict {
        Some(Verdict::Differs(Difference { place, expected, found, .. })) => {
            bail!(Data, "the replay differs, first at {place}: expected {expected}, found {found}")
        }
        _ => Ok(()),
    }
}
