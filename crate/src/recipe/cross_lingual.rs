//! Cross-lingual transfer: what editing facts in one language does to the same facts asked in the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::observer::{Activity, Observer};
use super::{Evaluation, LanguageAccuracy, Recipe, RunInput, Session};
use crate::edit::Statistics;
use crate::evaluate::{Examination, Scores};
use crate::facts::{Fact, Selection};
use crate::{Result, ensure};

/// Accuracy in each language after editing in each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrossLingual {
    /// Facts of each language; the n-th facts of all languages say the same.
    pub facts: usize,
    /// Accuracy on the unedited model, by language asked in.
    pub before: BTreeMap<String, LanguageAccuracy>,
    /// By language edited in, by language asked in: accuracy after the facts were edited in that one language.
    pub matrix: BTreeMap<String, BTreeMap<String, LanguageAccuracy>>,
    /// By language edited in, by language asked in: percentage of facts whose new object is spelt the same in both. These say nothing about
    /// transfer between languages.
    pub same_object: BTreeMap<String, BTreeMap<String, f64>>,
    /// Mean of the matrix where both languages are the same.
    pub within: LanguageAccuracy,
    /// Mean of the matrix where they differ.
    pub across: LanguageAccuracy,
}

impl Session {
    /// Edits the facts of `selection` in one language after the other, each time into the unedited model, with the method and settings of
    /// `recipe`, and asks them in all languages. Without `statistics` those of the shipped corpus in all the languages are taken. The model
    /// has the edits that it had before, whatever comes of it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn cross_lingual(
        &mut self,
        recipe: &Recipe,
        selection: &Selection,
        statistics: Option<Statistics>,
        observer: &mut dyn Observer,
    ) -> Result<CrossLingual> {
        ensure!(selection.languages.len() > 1, Usage, "transfer between languages needs two languages or more");
        self.unedited(async |session| session.measured_across(recipe, selection, statistics, observer).await).await
    }

    /// [`Session::cross_lingual`] of a model without edits, which is left with those of the last language.
    async fn measured_across(
        &mut self,
        recipe: &Recipe,
        selection: &Selection,
        statistics: Option<Statistics>,
        observer: &mut dyn Observer,
    ) -> Result<CrossLingual> {
        let layers = recipe.resolve(self.config())?.layers;
        let statistics = match statistics {
            Some(statistics) => statistics,
            None => self.default_statistics(&selection.languages, &layers, observer).await?,
        };
        let facts: Vec<Fact> = selection.facts.concat();
        let mut examination = Examination::new(&self.model, &self.tokenizer, &facts, layers.first().copied().unwrap_or(0))?;
        let mut found = CrossLingual { facts: selection.per_language(), ..CrossLingual::default() };
        found.before = ask(&mut examination, self, observer, Activity::EvaluateBefore).await?;
        for (language, own) in selection.languages.iter().zip(&selection.facts) {
            let mut recipe = recipe.clone();
            let alone = Selection { languages: vec![language.clone()], facts: vec![own.clone()], ..Selection::default() };
            let (batch, order) = (recipe.batch, recipe.order);
            recipe.schedule(&alone, batch, order)?;
            let input = RunInput { statistics: Some(statistics.clone().into()), evaluation: Evaluation::Nothing, ..RunInput::new(recipe) };
            self.run(input, observer).await?;
            found.matrix.insert(language.clone(), ask(&mut examination, self, observer, Activity::Evaluate).await?);
            found.same_object.insert(language.clone(), same_objects(own, selection));
        }
        found.within = mean(&found.matrix, |edited, asked| edited == asked);
        found.across = mean(&found.matrix, |edited, asked| edited != asked);
        Ok(found)
    }
}

async fn ask(
    examination: &mut Examination,
    session: &Session,
    observer: &mut dyn Observer,
    activity: Activity,
) -> Result<BTreeMap<String, LanguageAccuracy>> {
    observer.pause().await;
    let scores = examination
        .ask(&session.model, |done, total| {
            observer.progress(activity, 0, 0, done, total);
            !observer.cancelled()
        })
        .await?;
    let accuracy =
        |scores: &Scores| LanguageAccuracy { efficacy: scores.efficacy, generality: scores.generality, specificity: scores.specificity };
    Ok(examination.languages().iter().cloned().zip(scores.iter().map(accuracy)).collect())
}

fn same_objects(edited: &[Fact], selection: &Selection) -> BTreeMap<String, f64> {
    let share = |asked: &[Fact]| {
        let same = edited.iter().zip(asked).filter(|(one, other)| one.new_object.trim() == other.new_object.trim()).count();
        100.0 * same as f64 / edited.len().max(1) as f64
    };
    selection.languages.iter().cloned().zip(selection.facts.iter().map(|asked| share(asked))).collect()
}

fn mean(matrix: &BTreeMap<String, BTreeMap<String, LanguageAccuracy>>, counts: impl Fn(&str, &str) -> bool) -> LanguageAccuracy {
    let cells: Vec<&LanguageAccuracy> = matrix
        .iter()
        .flat_map(|(edited, row)| row.iter().map(move |(asked, cell)| (edited, asked, cell)))
        .filter(|(edited, asked, _)| counts(edited, asked))
        .map(|(_, _, cell)| cell)
        .collect();
    let mean = |number: fn(&LanguageAccuracy) -> Option<f64>| {
        let values: Vec<f64> = cells.iter().filter_map(|cell| number(cell)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    LanguageAccuracy { efficacy: mean(|a| a.efficacy), generality: mean(|a| a.generality), specificity: mean(|a| a.specificity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_is_apart_from_the_rest() {
        let cell = |efficacy| LanguageAccuracy { efficacy: Some(efficacy), ..LanguageAccuracy::default() };
        let row = |en, de| BTreeMap::from([("en".to_owned(), cell(en)), ("de".to_owned(), cell(de))]);
        let matrix = BTreeMap::from([("en".to_owned(), row(90.0, 20.0)), ("de".to_owned(), row(30.0, 80.0))]);
        assert_eq!(mean(&matrix, |a, b| a == b).efficacy, Some(85.0));
        assert_eq!(mean(&matrix, |a, b| a != b).efficacy, Some(25.0));
        assert_eq!(mean(&matrix, |_, _| true).generality, None);
    }
}
