//! Recall of what the embedded model learnt: the catalogue's own objects, asked in the wordings of training and in those kept from it.
//!
//! A question counts as right where each token of the object is the likeliest after the prompt and the right tokens before it, which is
//! when greedy generation gives it. Facts that were edited are not asked; other facts about the same subjects count apart, as
//! specificity within the subject does.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::questions::{Question, Questions};
use crate::Result;
use crate::facts::{Catalogue, Fact};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;

/// Which questions a [`Quiz`] asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuizScope<'a> {
    /// Languages; those that the catalogue does not have are left out.
    pub languages: &'a [String],
    /// Facts that are edited in: what they change is not asked, in any language.
    pub edited: &'a [Fact],
    /// Whether facts that were withheld from training in a language are asked in it, by their main wording.
    pub withheld: bool,
    /// At most so many questions in each language about other subjects, about edited subjects, and of withheld facts; all where `None`.
    /// The same facts and wordings are drawn in every language, as far as they can be asked in it.
    pub sample: Option<usize>,
    /// Of the draw.
    pub seed: u64,
}

/// How training treated a wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Trained,
    HeldOut,
    Withheld,
}

struct Asked {
    language: String,
    relation: String,
    about_edited: bool,
    kind: Kind,
}

/// Questions about the catalogue.
pub struct Quiz {
    asked: Vec<Asked>,
    questions: Vec<Question>,
    kept: Option<Questions>,
}

/// Percent of questions whose whole answer the model gives by itself, token for token. `None` where there is no such question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Questions behind it, those of withheld facts included.
    pub questions: usize,
    /// Of trained and held-out wordings together, each question counting the same.
    pub recall: Option<f64>,
    /// Wordings that were trained on.
    pub trained: Option<f64>,
    /// Wordings that were held out for the fact.
    pub held_out: Option<f64>,
    /// Facts that were withheld from training in this language as a whole.
    pub withheld: Option<f64>,
}

/// Recall of one set of facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecallScores {
    /// By language.
    pub languages: BTreeMap<String, Recall>,
    /// Mean over the languages, each counting the same.
    pub average: Recall,
    /// By relation, over the questions of all languages.
    pub relations: BTreeMap<String, Recall>,
}

/// What a [`Quiz`] gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recalled {
    /// Facts about subjects of which nothing is edited.
    pub others: RecallScores,
    /// Other facts about edited subjects.
    pub subject: RecallScores,
}

impl Quiz {
    /// The questions of `scope`.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub fn new(catalogue: &Catalogue, tokenizer: &Tokenizer, scope: QuizScope<'_>) -> Result<Self> {
        let edited = Edited::new(catalogue, scope.edited);
        let mut slots: Vec<(usize, usize)> = Vec::new();
        for (index, fact) in catalogue.facts.iter().enumerate().filter(|(index, _)| !edited.facts.contains(index)) {
            let relation = catalogue.relation(&fact.relation);
            let most = scope.languages.iter().filter_map(|language| Some(relation?.wordings(language))).max().unwrap_or_default();
            slots.extend((0..most).map(|wording| (index, wording)));
        }
        if scope.sample.is_some() {
            slots.shuffle(&mut ChaCha8Rng::seed_from_u64(scope.seed));
        }
        let mut quiz = Self { asked: Vec::new(), questions: Vec::new(), kept: None };
        for language in scope.languages {
            let mut drawn: BTreeMap<(bool, bool), usize> = BTreeMap::new();
            for &(index, wording) in &slots {
                let Some(fact) = catalogue.facts.get(index) else { continue };
                let withheld = fact.withheld.contains(language);
                let about_edited = edited.subjects.contains(&index);
                let drawn = drawn.entry((withheld, about_edited)).or_default();
                if scope.sample.is_some_and(|most| *drawn >= most) || (withheld && (!scope.withheld || wording > 0)) {
                    continue;
                }
                let Some(wordings) = catalogue.wordings(index, language) else { continue };
                let trained = wordings.trained.len();
                let kind = match wording {
                    _ if withheld => Kind::Withheld,
                    at if at < trained => Kind::Trained,
                    _ => Kind::HeldOut,
                };
                let Some(prompt) = wordings.trained.iter().chain(&wordings.held_out).nth(wording) else { continue };
                let (prompt, answer) = tokenizer.continuation(prompt, &wordings.object)?;
                quiz.questions.push(Question { prompt, answer });
                quiz.asked.push(Asked { language: language.clone(), relation: fact.relation.clone(), about_edited, kind });
                *drawn += 1;
            }
        }
        Ok(quiz)
    }

    /// Keeps what the layers below `layer` of `model` make of the questions from one [`Quiz::ask`] to the next, for a model in which only
    /// later layers change.
    #[must_use]
    pub fn unchanged_below(mut self, layer: usize, model: &Transformer) -> Self {
        self.kept = Some(Questions::new(model, &self.questions, layer));
        self
    }

    /// Number of questions.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Asks `model`. `progress` sees (done, all) questions and says whether to go on.
    ///
    /// # Errors
    /// As [`Questions::ask`].
    pub async fn ask(&mut self, model: &Transformer, progress: impl FnMut(usize, usize) -> bool + MaybeSend) -> Result<Recalled> {
        let answers = match &mut self.kept {
            Some(kept) => kept.ask(model, progress).await?,
            None => Questions::new(model, &self.questions, 0).ask(model, progress).await?,
        };
        let (mut others, mut subject) = (Tallies::default(), Tallies::default());
        for ((asked, question), answer) in self.asked.iter().zip(&self.questions).zip(answers) {
            let tallies = if asked.about_edited { &mut subject } else { &mut others };
            tallies.add(asked, answer == question.answer);
        }
        Ok(Recalled { others: others.scores(), subject: subject.scores() })
    }
}

/// The catalogue's facts that edits change, and those that share a subject with one of them.
struct Edited {
    facts: BTreeSet<usize>,
    subjects: BTreeSet<usize>,
}

impl Edited {
    /// A fact is edited where an edit has its id or one of its wordings as the prompt; its subject is edited then, or where an edit names it.
    fn new(catalogue: &Catalogue, edits: &[Fact]) -> Self {
        let ids: BTreeSet<&str> = edits.iter().map(|edit| edit.id.as_str()).collect();
        let unknown = |edit: &&Fact| !catalogue.facts.iter().any(|fact| fact.id == edit.id);
        let typed: Vec<&Fact> = edits.iter().filter(unknown).collect();
        let kind = |relation: &str| catalogue.relation(relation).map(|relation| relation.kind.clone());
        let (mut facts, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (index, fact) in catalogue.facts.iter().enumerate() {
            let about = |edit: &&&Fact| fact.names.get(&edit.language).is_some_and(|names| names.subject == edit.subject);
            let asks = |edit: &Fact| {
                let wordings = catalogue.wordings(index, &edit.language);
                wordings.is_some_and(|wordings| wordings.trained.iter().chain(&wordings.held_out).any(|prompt| *prompt == edit.prompt))
            };
            let same: Vec<&&Fact> = typed.iter().filter(about).collect();
            if ids.contains(fact.id.as_str()) || same.iter().any(|edit| asks(edit)) {
                facts.insert(index);
            }
            if ids.contains(fact.id.as_str()) || !same.is_empty() {
                keys.insert((kind(&fact.relation), fact.key()));
            }
        }
        let subjects = catalogue.facts.iter().enumerate();
        let subjects = subjects.filter(|(_, fact)| keys.contains(&(kind(&fact.relation), fact.key()))).map(|(index, _)| index).collect();
        Self { facts, subjects }
    }
}

/// Right and asked questions of each kind.
#[derive(Clone, Copy, Default)]
struct Tally([(usize, usize); 3]);

impl Tally {
    fn recall(self) -> Recall {
        let percent = |(right, asked): (usize, usize)| (asked > 0).then(|| 100.0 * right as f64 / asked as f64);
        let Self([trained, held_out, withheld]) = self;
        Recall {
            questions: trained.1 + held_out.1 + withheld.1,
            recall: percent((trained.0 + held_out.0, trained.1 + held_out.1)),
            trained: percent(trained),
            held_out: percent(held_out),
            withheld: percent(withheld),
        }
    }
}

#[derive(Default)]
struct Tallies {
    languages: BTreeMap<String, Tally>,
    relations: BTreeMap<String, Tally>,
}

impl Tallies {
    fn add(&mut self, asked: &Asked, right: bool) {
        for (map, key) in [(&mut self.languages, &asked.language), (&mut self.relations, &asked.relation)] {
            let [trained, held_out, withheld] = &mut map.entry(key.clone()).or_default().0;
            let (of_kind, all) = match asked.kind {
                Kind::Trained => trained,
                Kind::HeldOut => held_out,
                Kind::Withheld => withheld,
            };
            *of_kind += usize::from(right);
            *all += 1;
        }
    }

    fn scores(self) -> RecallScores {
        let recalls = |map: BTreeMap<String, Tally>| map.into_iter().map(|(key, tally)| (key, tally.recall())).collect();
        let languages: BTreeMap<String, Recall> = recalls(self.languages);
        let mean = |of: fn(&Recall) -> Option<f64>| {
            let values: Vec<f64> = languages.values().filter_map(of).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let average = Recall {
            questions: languages.values().map(|recall| recall.questions).sum(),
            recall: mean(|recall| recall.recall),
            trained: mean(|recall| recall.trained),
            held_out: mean(|recall| recall.held_out),
            withheld: mean(|recall| recall.withheld),
        };
        RecallScores { average, relations: recalls(self.relations), languages }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;
