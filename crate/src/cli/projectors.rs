//! `--projectors`: what `langedit project` wrote, for a run to read instead of decomposing covariances.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::number_in_name;
use crate::checkpoint::digest::sha256;
use crate::checkpoint::map_file;
use crate::edit::{ProjectorFile, ProjectorKey};
use crate::model::quant::Bytes;
use crate::recipe::{KeyStatistics, ProjectorsReport, Recipe, Session};
use crate::{Error, ErrorKind, Result, ensure};

/// The name of a layer's file in a folder of projectors.
pub(super) fn file_name(layer: usize) -> String {
    format!("layer{layer}.safetensors")
}

/// A file of projectors.
pub(super) struct Found {
    path: PathBuf,
    bytes: Bytes,
    pub(super) projector: ProjectorFile,
}

impl Found {
    /// Reads a file, but for its eigenvectors.
    ///
    /// # Errors
    /// `Io`: it cannot be read. `Data`: it is no projector.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = map_file(path)?;
        let projector = ProjectorFile::read(&bytes).map_err(|error| error.at(path.display()))?;
        Ok(Self { path: path.to_owned(), bytes, projector })
    }
}

/// `statistics` with the projectors of the layers that `recipe` edits, from the folders and files `paths`.
///
/// # Errors
/// `Usage`: the method has no use for them, or a layer's was made of something else or is missing. `Io`, `Data`: a file cannot be read or is
/// damaged.
pub(super) fn with_projectors(statistics: KeyStatistics, paths: &[PathBuf], recipe: &Recipe, session: &Session) -> Result<KeyStatistics> {
    let (settings, method) = (recipe.resolve(session.config())?, recipe.method);
    if !method.spec().cuts(&settings) {
        let message = format!("the method `{method}` as it is set cuts no null space: it has no use for --projectors");
        return Err(Error::new(ErrorKind::Usage, message).hint("leave --projectors out"));
    }
    let Some(of_statistics) = statistics.sha256.clone() else {
        return Err(Error::new(ErrorKind::Usage, "--projectors were made of a statistics file, and this run collects its own")
            .hint("pass that file with --stats"));
    };
    let wanted = ProjectorKey { model: session.sha256().to_owned(), statistics: of_statistics, threshold: settings.nullspace_threshold };
    let layers = settings.edited_layers();
    let all = found(paths, &layers)?;
    let KeyStatistics { mut statistics, sha256: statistics_sha256, .. } = statistics;
    let mut used = Vec::with_capacity(layers.len());
    for layer in layers {
        let chosen = chosen(&all, layer, &wanted)?;
        statistics = statistics.with_projector(chosen.projector.clone()).map_err(|error| error.at(chosen.path.display()))?;
        used.push(chosen.bytes.as_slice());
    }
    let names: Vec<_> = paths.iter().map(|path| name(path)).collect();
    let projectors = Some(ProjectorsReport { source: names.join(", "), sha256: sha256(used) });
    Ok(KeyStatistics { statistics, sha256: statistics_sha256, projectors })
}

/// The name of a folder or file, without those around it.
fn name(path: &Path) -> String {
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The projectors in `paths`: files, or those of a folder that are called after one of these layers.
fn found(paths: &[PathBuf], layers: &[usize]) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(Found::read(path)?);
            continue;
        }
        let unread = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display()));
        let entries = fs::read_dir(path).map_err(unread)?.collect::<std::io::Result<Vec<_>>>().map_err(unread)?;
        let numbered = entries.into_iter().filter_map(|entry| Some((number_in_name(&entry.path(), "layer")?, entry.path())));
        let files: BTreeMap<usize, PathBuf> = numbered.collect();
        ensure!(!files.is_empty(), Data, "{} has no projectors: `langedit project` writes them", path.display());
        for file in layers.iter().filter_map(|layer| files.get(layer)) {
            all.push(Found::read(file)?);
        }
    }
    Ok(all)
}

/// The projector of `layer` that was made of what is `wanted`.
fn chosen<'a>(all: &'a [Found], layer: usize, wanted: &ProjectorKey) -> Result<&'a Found> {
    let mut of_layer: Vec<(Vec<String>, &Found)> = all
        .iter()
        .filter(|found| found.projector.layer() == layer)
        .map(|found| (found.projector.key().differences(wanted), found))
        .collect();
    of_layer.sort_by_key(|(differences, _)| differences.len());
    match of_layer.first() {
        None => Err(Error::new(ErrorKind::Usage, format!("--projectors have none of layer {layer}, which this run edits"))
            .hint(format!("make it with: langedit project --layers {layer}"))),
        Some((differences, found)) if differences.is_empty() => Ok(found),
        Some((differences, found)) => {
            let message = format!("the projector {} was made for {}", found.path.display(), differences.join(" and "));
            Err(Error::new(ErrorKind::Usage, message).hint("make another one with `langedit project`, or run without --projectors"))
        }
    }
}
