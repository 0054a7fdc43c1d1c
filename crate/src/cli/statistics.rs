//! The key statistics of a run: from a file, or of the built-in corpus, which are kept in the cache folder.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::arguments::{LANGUAGES, read_bytes};
use super::progress::ProgressBars;
use crate::Result;
use crate::checkpoint::digest::{hex, sha256};
use crate::checkpoint::{builtin_manifest, builtin_statistics, cache_dir, map_file, write_atomically};
use crate::edit::{Statistics, models_of};
use crate::model::quant::Bytes;
use crate::recipe::{KeyStatistics, Recipe, Session};

/// To be raised when the statistics of the same texts change.
const COLLECTION: u32 = 2;
/// Larger statistics are not kept.
const LARGEST_ENTRY: usize = 1 << 30;

/// The statistics that `recipe` is run with, with the hash of the file they come from, if any (given, or shipped with the built-in model).
pub(super) async fn key_statistics(
    session: &mut Session,
    recipe: &Recipe,
    file: Option<&Path>,
    bars: &mut ProgressBars,
) -> Result<KeyStatistics> {
    let (statistics, sha256) = match file {
        Some(path) => {
            let (statistics, sha256) = read_hashed(path)?;
            remark_other_model(bars, path, &statistics, session.sha256());
            (statistics, Some(sha256))
        }
        None => match carried(session, recipe)? {
            Some((statistics, sha256)) => (statistics, Some(sha256)),
            None => (shipped(session, recipe, bars).await?, None),
        },
    };
    Ok(KeyStatistics { statistics, sha256, projectors: None })
}

/// The statistics in a file.
///
/// # Errors
/// It cannot be read, or holds no statistics.
pub(super) fn read_statistics(path: &Path) -> Result<Statistics> {
    file_bytes(path).and_then(|bytes| Statistics::read(&bytes)).map_err(|error| error.at(path.display()))
}

/// The statistics in a file, and its hex SHA-256.
///
/// # Errors
/// As [`read_statistics`].
pub(super) fn read_hashed(path: &Path) -> Result<(Statistics, String)> {
    let bytes = file_bytes(path)?;
    let statistics = Statistics::read(&bytes).map_err(|error| error.at(path.display()))?;
    Ok((statistics, sha256([bytes.as_slice()])))
}

/// Hex SHA-256 of a file of statistics.
///
/// # Errors
/// It cannot be read.
pub(super) fn hash_of(path: &Path) -> Result<String> {
    Ok(sha256([file_bytes(path)?.as_slice()]))
}

/// Whether a file with this hash comes with the built-in model.
pub(super) fn comes_along(sha256: &str) -> bool {
    builtin_manifest().is_ok_and(|manifest| manifest.files.iter().any(|file| file.sha256 == sha256))
}

/// Says so where the `statistics` of the file at `path` are those of another model than the one with this hash.
pub(super) fn remark_other_model(bars: &ProgressBars, path: &Path, statistics: &Statistics, sha256: &str) {
    if models_of(statistics.provenance()).any(|of| of != sha256) {
        bars.remark(&format!("{} was made with other weights: {}", path.display(), statistics.provenance()));
    }
}

/// The bytes of a file, mapped; those of a pipe are read.
fn file_bytes(path: &Path) -> Result<Bytes> {
    if fs::metadata(path).is_ok_and(|there| there.is_file()) { map_file(path) } else { read_bytes(path).map(Bytes::new) }
}

/// The statistics shipped with the built-in model, if they have the layers of the recipe.
fn carried(session: &Session, recipe: &Recipe) -> Result<Option<(Statistics, String)>> {
    let manifest = builtin_manifest()?;
    if !manifest.files.iter().any(|file| file.path.ends_with(".gguf") && file.sha256 == session.sha256()) {
        return Ok(None);
    }
    let bytes = builtin_statistics()?;
    let (statistics, layers) = (Statistics::read(&Bytes::new(bytes))?, recipe.resolve(session.config())?.edited_layers());
    let complete = layers.iter().all(|&layer| statistics.layer(layer).is_ok());
    Ok(complete.then(|| (statistics, sha256([bytes]))))
}

/// The languages of the built-in corpus for `recipe`: those that it was run with; for one that was not, [`LANGUAGES`] whichever it edits, so that
/// a language alone and among others has the same statistics, and those of its languages that are none of them.
fn corpus_languages(recipe: &Recipe) -> Vec<String> {
    if recipe.statistics.is_some() {
        return recipe.corpus_languages();
    }
    let further = recipe.languages.iter().filter(|code| !LANGUAGES.contains(&code.as_str())).cloned();
    LANGUAGES.iter().map(|code| (*code).to_owned()).chain(further).collect()
}

/// Statistics of the built-in corpus, from the cache if they are in it.
async fn shipped(session: &mut Session, recipe: &Recipe, bars: &mut ProgressBars) -> Result<Statistics> {
    let languages = corpus_languages(recipe);
    let settings = recipe.resolve(session.config())?;
    let (layers, inner) = (settings.statistics_layers(recipe.method), session.config().inner);
    if layers.is_empty() {
        return session.default_statistics(&languages, &layers, bars).await;
    }
    let kept = layers.len().saturating_mul(inner * inner * 4) <= LARGEST_ENTRY;
    let entry = if kept { entry(session, &languages, &layers) } else { None };
    let fits = |cached: &Statistics| cached.layers().map(|(layer, _)| layer).eq(layers.iter().copied());
    if let Some(cached) = entry.as_deref().filter(|entry| entry.is_file()).and_then(|entry| read_statistics(entry).ok())
        && fits(&cached)
        && cached.layers().all(|(_, covariance)| covariance.dim() == inner)
    {
        return Ok(cached);
    }
    let collected = session.default_statistics(&languages, &layers, bars).await?;
    if !kept {
        return Ok(collected);
    }
    let bytes = collected.to_bytes()?;
    drop(collected);
    // With or without a cache, first run or second: always the same bits.
    let stored = entry.map(|entry| {
        entry.parent().map_or(Ok(()), fs::create_dir_all)?;
        write_atomically(&entry, |out| Ok(out.write_all(&bytes)?)).map(|()| entry)
    });
    match stored.map(|stored| stored.and_then(|entry| read_statistics(&entry))) {
        Some(Ok(statistics)) => {
            session.forget_collected();
            return Ok(statistics);
        }
        // The cache is a convenience: a run does not fail because of it.
        Some(Err(error)) => log::debug!("the key statistics were not cached: {error}"),
        None => {}
    }
    Statistics::read(&Bytes::new(bytes))
}

/// The file in the cache folder for these layers of this model.
fn entry(session: &Session, languages: &[String], layers: &[usize]) -> Option<PathBuf> {
    let (texts, source) = Session::default_corpus(languages);
    let mut hasher = Sha256::new();
    hasher.update(format!("{COLLECTION}\n{}\n{}\n{layers:?}\n{source}\n", env!("CARGO_PKG_VERSION"), session.sha256()));
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    Some(cache_dir()?.join("statistics").join(format!("{}.safetensors", hex(hasher.finalize().as_slice()))))
}
