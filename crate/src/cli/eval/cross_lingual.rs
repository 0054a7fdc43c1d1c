//! Editing in one language, asking in the others.

use super::{EvalArgs, ProgressBars};
use crate::Result;
use crate::cli::numbers::percent;
use crate::cli::statistics::key_statistics;
use crate::facts::{Order, Selection};
use crate::recipe::{Composition, CrossLingual, ModelRef, Session};

pub(super) async fn measure(
    session: &mut Session,
    model: ModelRef,
    selection: &Selection,
    args: &EvalArgs,
    bars: &mut ProgressBars,
) -> Result<CrossLingual> {
    // The facts of a language are one step.
    let composition = Composition { seed: args.seed, order: Order::ByLanguage, ..Composition::new(model, args.method, args.facts) };
    let recipe = composition.compose(selection, Some(session.config()))?;
    let statistics = key_statistics(session, &recipe, args.stats.as_deref(), bars).await?.statistics;
    session.cross_lingual(&recipe, selection, Some(statistics), bars).await
}

pub(super) fn table(found: &CrossLingual) -> String {
    let mut text = format!("efficacy of {} facts edited in one language (rows) and asked in another (columns)\n{:10}", found.facts, "");
    let languages: Vec<&String> = found.matrix.keys().collect();
    languages.iter().for_each(|language| text += &format!("{language:>8}"));
    text.push('\n');
    for (name, row) in [("before", Some(&found.before))].into_iter().chain(languages.iter().map(|l| (l.as_str(), found.matrix.get(*l)))) {
        let cells = languages.iter().map(|asked| percent(row.and_then(|row| row.get(*asked)).and_then(|cell| cell.efficacy)));
        text += &format!("{name:10}{}\n", cells.map(|cell| format!("{cell:>8}")).collect::<String>());
    }
    text + &format!("mean: {} in the same language, {} in another\n", percent(found.within.efficacy), percent(found.across.efficacy))
}
