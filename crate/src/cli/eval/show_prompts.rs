//! The prompts of a downstream task, as a model is asked them.

use std::path::Path;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value, json};

use super::{EvalArgs, ProgressBars};
use crate::cli::arguments::parse_language;
use crate::cli::open::open;
use crate::cli::terminal::print;
use crate::evaluate::xtreme::{Fitted, Item, POOL, Prompts, Style, Task, Wording, read_items};
use crate::{Error, ErrorKind, Result, ensure};

/// A task in a language, as in `xnli:zh`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLanguage {
    task: Task,
    language: String,
    wording: Wording,
}

impl FromStr for TaskLanguage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let usage = |message: String| Error::new(ErrorKind::Usage, message);
        let (task, language) = text.split_once(':').ok_or_else(|| usage(format!("`{text}` is not TASK:LANGUAGE, such as xnli:zh")))?;
        let (task, language) = (task.parse::<Task>()?, parse_language(language)?);
        let wording =
            Wording::published(task, &language).ok_or_else(|| usage(format!("LangEdit's code has no prompts for {task} in {language}")))?;
        Ok(Self { task, language, wording })
    }
}

/// A line: an item of the file and its published prompt, then the corrected one.
#[derive(Serialize)]
struct Line<'a> {
    task: Task,
    language: &'a str,
    /// Its place in the file, from 0.
    item: usize,
    #[serde(flatten)]
    published: Shown,
    /// What the answer is compared with: 1 or 0, or a text.
    gold: Value,
    corrected: Shown,
}

/// A prompt.
#[derive(Serialize)]
struct Shown {
    /// With all shots.
    prompt: String,
    /// With those that the model has room for; null where the question alone is too long.
    fitted: Option<String>,
    /// How many those are.
    shots: usize,
}

pub(super) async fn show(args: &EvalArgs, shown: &TaskLanguage, folder: &Path, bars: &ProgressBars) -> Result<()> {
    let TaskLanguage { task, ref language, wording } = *shown;
    let items = read_items(folder, task, language, args.examples)?.unwrap_or_default();
    ensure!(
        items.len() > POOL,
        Data,
        "{} has neither {task}_{language}.json nor a public release of {task} in {language} with items beyond the {POOL} of the few-shot pool",
        folder.display()
    );
    let session = open(&args.model, args.device.choice, bars).await?.session;
    let styles = [Style::Published, Style::Corrected].map(|style| Prompts::new(style, task, wording, &items, task.shots()));
    let mut lines = String::new();
    for (place, item) in items.iter().enumerate().skip(POOL) {
        let shown = |prompts: &Prompts| -> Result<Shown> {
            let positions = session.config().max_positions;
            let fitted = Fitted::new(session.tokenizer(), prompts, item, task.generated(), positions)?;
            let shots = fitted.as_ref().map_or(0, |fitted| fitted.shots);
            Ok(Shown { prompt: prompts.prompt(item, prompts.shots().len()), fitted: fitted.map(|fitted| fitted.text), shots })
        };
        let gold = match item {
            Item::Pair { yes, .. } => json!(u8::from(*yes)),
            Item::Question { answer, .. } => json!(answer),
            Item::Entities { label, .. } => json!(label),
        };
        let [published, corrected] = [shown(&styles[0])?, shown(&styles[1])?];
        let line = Line { task, language, item: place, published, gold, corrected };
        lines += &serde_json::to_string(&line).map_err(|error| Error::new(ErrorKind::Data, error.to_string()))?;
        lines.push('\n');
    }
    print(lines.trim_end_matches('\n'))
}
