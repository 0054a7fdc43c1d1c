//! Key statistics that no file gives: of the corpus that is shipped, collected by the session.
//!
//! Those of narrow keys are collected language by language and put together, so that another language costs no more than its own texts, and so that
//! a page can collect them before anybody has said which languages will be edited. A set for every language is too much of wide keys.

use crate::edit::{Collecting, Statistics, Written};
use crate::linalg::KeyCovariance;
use crate::model::quant::Bytes;
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::session::Session;
use crate::{ErrorKind, Result};

/// Statistics on their way: what of, and how far.
pub(in crate::recipe) type Begun = (String, Collecting);

/// Bytes of a language's statistics beside their numbers, at most.
const PART_HEADER: usize = 8 << 10;

/// Texts before those of a language, and all.
type Among = (usize, usize);

/// What the statistics of a language's texts are remembered by.
fn part_key(language: &str, layers: &[usize]) -> String {
    format!("{language} {layers:?}")
}

impl Session {
    /// Statistics of the corpus that is shipped, in `languages`, for a run without statistics of its own; collected once a session. To be
    /// called before the first step. None are collected where there are no `layers` to collect them of.
    ///
    /// # Errors
    /// A layer that the model does not have, a device that failed, or `observer` cancelled.
    pub async fn default_statistics(&mut self, languages: &[String], layers: &[usize], observer: &mut dyn Observer) -> Result<Statistics> {
        let (texts, source) = Self::default_corpus(languages);
        let key = format!("{source} {layers:?}");
        if layers.is_empty() {
            return Ok(Statistics::unused());
        }
        if let Some((held, statistics)) = &self.collected
            && *held == key
        {
            return Ok(statistics.clone());
        }
        let statistics = if KeyCovariance::is_small(self.config().inner) {
            let (mut together, mut before): (Option<Statistics>, usize) = (None, 0);
            for part in Self::default_corpora(languages) {
                let count = part.1.len();
                let statistics = self.statistics_of(part, layers, (before, texts.len()), observer).await?;
                before += count;
                together = Some(match together {
                    Some(sum) => sum.merge(&statistics)?,
                    None => statistics,
                });
            }
            together.unwrap_or_else(Statistics::unused).with_provenance(source)
        } else {
            Statistics::collect(&self.model, &self.tokenizer, &texts, layers, source, |done, total| {
                observer.progress(Activity::Statistics, 0, 0, done, total);
                !observer.cancelled()
            })
            .await?
        };
        self.collected = Some((key, statistics.clone()));
        Ok(statistics)
    }

    /// Collects what [`Session::default_statistics`] will be asked for where facts come in `languages`, in their order, as far as there is room; of
    /// wide keys for the first of them alone. What was collected when `observer` cancels is kept.
    ///
    /// # Errors
    /// As there.
    pub(super) async fn collect_each(&mut self, languages: &[String], layers: &[usize], observer: &mut dyn Observer) -> Result<()> {
        if layers.is_empty() {
            return Ok(());
        }
        if !KeyCovariance::is_small(self.config().inner) {
            // There is room for one set, and a run that was made has it.
            return match languages.first() {
                Some(first) if self.collected.is_none() => {
                    self.default_statistics(std::slice::from_ref(first), layers, observer).await.map(drop)
                }
                _ => Ok(()),
            };
        }
        let mut parts = Self::default_corpora(languages);
        // Triangles in f32, as they are remembered: more than there is room for would push out those of the first.
        let bytes = 2 * layers.len() * self.config().inner * (self.config().inner + 1) + PART_HEADER;
        let room = (1..=parts.len()).take_while(|parts| self.memory.statistics.takes(parts * bytes)).count();
        parts.truncate(room);
        parts.retain(|(language, _)| !self.memory.statistics.has(&part_key(language, layers)));
        let (mut before, all) = (0, parts.iter().map(|(_, texts)| texts.len()).sum());
        for part in parts {
            let count = part.1.len();
            self.statistics_of(part, layers, (before, all), observer).await?;
            before += count;
        }
        Ok(())
    }

    /// The statistics of a language's texts at `layers`, in f32 as a file would have them. Where `observer` cancels, what has been summed is kept for
    /// the next call.
    async fn statistics_of(
        &mut self,
        (language, texts): (&str, Vec<&str>),
        layers: &[usize],
        (before, all): Among,
        observer: &mut dyn Observer,
    ) -> Result<Statistics> {
        let key = part_key(language, layers);
        if let Some(bytes) = self.memory.statistics.get(&key) {
            return Statistics::read(bytes);
        }
        let mut collecting = match self.begun.take() {
            Some((of, begun)) if of == key => begun,
            _ => Collecting::new(layers)?,
        };
        let finished = collecting.finish(&self.model, &self.tokenizer, &texts, |done, _| {
            observer.progress(Activity::Statistics, 0, 0, before + done, all);
            !observer.cancelled()
        });
        let statistics = match finished.await {
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                self.begun = Some((key, collecting));
                return Err(error);
            }
            finished => finished?,
        };
        let mut bytes = Vec::new();
        statistics.write(Written::Triangle, &mut bytes)?;
        let bytes = Bytes::new(bytes);
        // The same bits whether or not there is room to remember them.
        let statistics = Statistics::read(&bytes)?;
        let length = bytes.len();
        self.memory.statistics.put(&key, bytes, length);
        Ok(statistics)
    }

    /// Gives up the statistics that the session collected: they are held elsewhere now.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn forget_collected(&mut self) {
        self.collected = None;
        self.memory.statistics.clear();
    }
}
