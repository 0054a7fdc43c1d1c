//! Fluency and consistency of generated texts.

use std::collections::BTreeMap;
use std::path::Path;

use super::ProgressBars;
use crate::Result;
use crate::cli::arguments::read_bytes;
use crate::evaluate::{TextScores, read_text_probes, score_texts};
use crate::recipe::Session;

pub(super) async fn measure(session: &Session, path: &Path, seed: u64, bars: &mut ProgressBars) -> Result<BTreeMap<String, TextScores>> {
    let probes = read_bytes(path).and_then(|bytes| read_text_probes(&bytes)).map_err(|error| error.at(path.display()))?;
    bars.start("generating texts", probes.len() as u64);
    let scores = score_texts(session.model(), session.tokenizer(), &probes, seed, |done, _| {
        bars.set(done as u64);
        !bars.interrupted()
    });
    scores.await
}

pub(super) fn table(found: &BTreeMap<String, TextScores>) -> String {
    let mut text = format!("{:10} {:>8} {:>8} {:>12}\n", "texts", "records", "fluency", "consistency");
    for (language, scores) in found {
        let consistency = scores.consistency.map_or_else(|| "-".to_owned(), |cosine| format!("{cosine:.4}"));
        text += &format!("{language:10} {:>8} {:>8.3} {consistency:>12}\n", scores.records, scores.fluency);
    }
    text
}
