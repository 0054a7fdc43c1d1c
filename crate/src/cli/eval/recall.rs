//! Recall of the embedded catalogue, by language and by relation.

use serde::Serialize;

use super::{EvalArgs, ProgressBars};
use crate::Result;
use crate::cli::numbers::percent;
use crate::evaluate::{Quiz, QuizScope, Recall, RecallScores};
use crate::facts::{Catalogue, Fact};
use crate::recipe::{Activity, Observer, Session};

/// Recall of facts that were not edited.
#[derive(Serialize)]
pub(super) struct Measured {
    /// About subjects of which nothing was edited.
    #[serde(flatten)]
    pub(super) others: RecallScores,
    /// About edited subjects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<RecallScores>,
}

pub(super) async fn measure(
    session: &Session,
    args: &EvalArgs,
    sample: Option<usize>,
    edited: &[Fact],
    bars: &mut ProgressBars,
) -> Result<Measured> {
    let scope = QuizScope { languages: &args.languages, edited, withheld: true, sample, seed: args.seed };
    let mut quiz = Quiz::new(&Catalogue::builtin()?, session.tokenizer(), scope)?;
    let recalled = quiz
        .ask(session.model(), |done, total| {
            bars.progress(Activity::Evaluate, 0, 0, done, total);
            !bars.cancelled()
        })
        .await?;
    Ok(Measured { others: recalled.others, subject: (recalled.subject.average.questions > 0).then_some(recalled.subject) })
}

pub(super) fn table(measured: &Measured) -> String {
    let mut text = of("recall", &measured.others);
    if let Some(subject) = &measured.subject {
        text += &of("recall of other facts about edited subjects", subject);
    }
    text
}

fn of(title: &str, scores: &RecallScores) -> String {
    let row = |name: &str, recall: &Recall| {
        let numbers = [recall.recall, recall.trained, recall.held_out, recall.withheld].map(|value| format!("{:>10}", percent(value)));
        format!("{name:22} {:>9}{}\n", recall.questions, numbers.concat())
    };
    let mut text =
        format!("{title}\n{:22} {:>9}{:>10}{:>10}{:>10}{:>10}\n", "language", "questions", "recall", "trained", "held out", "withheld");
    for (language, recall) in &scores.languages {
        text += &row(language, recall);
    }
    text += &row("average", &scores.average);
    text += "relation\n";
    for (relation, recall) in &scores.relations {
        text += &row(relation, recall);
    }
    text
}
