//! The fact and its readers.
//!
//! * [`Fact`]: what is edited in, in one language, with the questions that measure it.
//! * [`read_facts`]: the layouts in which such facts are published, recognised by their fields.
//! * [`Dataset`]: the facts of a file by record and language; [`Dataset::select`] picks the same records in every language.
//! * [`Catalogue`]: the facts that the embedded model knows, with their names and wordings in every language.
//! * [`order`]: the sequence of edit batches that a selection makes.

mod catalogue;
mod dataset;
mod fact;
mod language;
mod order;
mod readers;
mod skipped;
mod unlike_ids;

pub use catalogue::{
    Catalogue, CatalogueFact, FactInLanguage, HELD_OUT, InCommon, KnownFact, KnownScope, LOAD_FACTS, LOAD_ROUNDS, Match, Names,
    OtherObject, Question, Relation, Wordings,
};
pub use dataset::{Dataset, Draw, Selection};
pub use fact::{Fact, MAX_TEXT, Probe};
pub(crate) use fact::{MAX_NAME, MAX_PROBES};
pub use language::language_code;
pub use order::{Order, Step, order};
pub use readers::{Format, read_facts, read_facts_in};
pub use skipped::Skipped;
pub(crate) use skipped::listed;
pub use unlike_ids::UnlikeIds;
