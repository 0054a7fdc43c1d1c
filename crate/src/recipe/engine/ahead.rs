//! What an edit begins with, worked out before anybody asks for it.

use std::pin::Pin;

use super::input::Run;
use crate::Result;
use crate::edit::Statistics;
use crate::linalg::KeyCovariance;
use crate::recipe::evaluation::Evaluation;
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::recipe::Recipe;
use crate::recipe::session::Session;

/// How long collecting statistics and decomposing them take, in units of a language's templates, about.
const STATISTICS: usize = 12;
const DECOMPOSITIONS: usize = 5;

/// What is told of the whole, in so many parts.
const PARTS: usize = 1000;

impl Session {
    /// Works out what an edit by `recipe`'s method and settings begins with, in one of `languages`, in their order: key statistics where none are
    /// `given`, of wide keys for the first language alone; where no edit was made, the decompositions that the null spaces are cut from, of what is
    /// given or of the first language, if they are small enough to be kept; and context templates. The edit is the same as without. What was finished
    /// when `observer` cancels is kept.
    ///
    /// # Errors
    /// A setting that is not legal, statistics that lack a layer, a device that failed, or `observer` cancelled.
    pub async fn prepare_ahead(
        &mut self,
        recipe: &Recipe,
        languages: &[String],
        given: Option<Statistics>,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let settings = recipe.resolve(self.config())?;
        let layers = settings.statistics_layers(recipe.method);
        let decomposes = self.records.is_empty() && !layers.is_empty() && KeyCovariance::is_small(self.config().inner);
        let collected = if given.is_none() { STATISTICS } else { 0 };
        let mut share = Share { observer, before: 0, own: 0, all: collected + DECOMPOSITIONS + languages.len() };
        self.unedited(async |session| {
            share.begin(collected);
            if given.is_none() {
                session.collect_each(languages, &layers, &mut share).await?;
            }
            share.begin(DECOMPOSITIONS);
            if decomposes {
                let statistics = match given {
                    Some(given) => given,
                    None => session.default_statistics(languages.get(..1).unwrap_or_default(), &layers, &mut share).await?,
                };
                let run = Run { recipe: recipe.clone(), settings, sweep: Vec::new(), evaluation: Evaluation::default() };
                session.decompose(&run, &statistics, &mut share).await?;
            }
            share.begin(languages.len());
            session.templates(&Recipe { languages: languages.to_vec(), ..recipe.clone() }, &mut share).await.map(drop)
        })
        .await
    }
}

/// Makes one measure of several: each part's progress is a share of the whole.
struct Share<'a> {
    observer: &'a mut dyn Observer,
    /// Weight of the parts that are done, of the one that is being done, and of all.
    before: usize,
    own: usize,
    all: usize,
}

impl Share<'_> {
    /// The part before is done, and one of that weight begins.
    fn begin(&mut self, weight: usize) {
        self.before += self.own;
        self.own = weight;
    }
}

impl Observer for Share<'_> {
    fn progress(&mut self, activity: Activity, step: usize, steps: usize, done: usize, total: usize) {
        let within = PARTS * self.own * done.min(total) / total.max(1);
        self.observer.progress(activity, step, steps, (PARTS * self.before + within) / self.all.max(1), PARTS);
    }

    fn cancelled(&self) -> bool {
        self.observer.cancelled()
    }

    fn pause(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        self.observer.pause()
    }
}
