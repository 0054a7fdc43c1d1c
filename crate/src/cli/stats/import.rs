//! `langedit stats import`: layer statistics that the published code of ROME, MEMIT and AlphaEdit wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::FormArgs;
use super::npz::{array, entries};
use crate::cli::arguments::{PrintArgs, check_input, check_output, read_bytes};
use crate::edit::{Statistics, StoredCovariance};
use crate::linalg::{KeyCovariance, Matrix};
use crate::{Error, ErrorKind, Result, ensure};

/// Arguments of `langedit stats import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit stats import wikipedia_stats/*down_proj_float32_mom2_100000.npz --out llama3.safetensors

A file's layer is the first whole number in its name: model.layers.4.mlp.down_proj_float32_mom2_100000.npz
has layer 4.")]
pub struct ImportArgs {
    /// Files of the published code, one a layer
    #[arg(value_name = "FILE.npz", required = true)]
    pub files: Vec<PathBuf>,
    /// Statistics file to write, such as llama3.safetensors
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How it is written.
    #[command(flatten)]
    pub form: FormArgs,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

impl ImportArgs {
    /// Checks that the files are there.
    ///
    /// # Errors
    /// `Io`: a file that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        self.files.iter().try_for_each(|path| check_input(path, "layer statistics"))?;
        check_output(&self.out, "statistics")
    }
}

/// The statistics of all `files`.
///
/// # Errors
/// `Io`, `Data` naming the file: it cannot be read, its name has no layer, or it does not hold `mom2.mom2` (the sum of k k^T) and `mom2.count`;
/// two are of one layer, or they differ in size or count.
pub(super) fn import(files: &[PathBuf]) -> Result<Statistics> {
    let mut layers: BTreeMap<usize, StoredCovariance> = BTreeMap::new();
    for path in files {
        let (layer, covariance) = read(path).map_err(|error| error.at(path.display()))?;
        if let Some(first) = layers.values().next() {
            let [old, new] = [first, &covariance].map(|covariance| (covariance.dim(), covariance.count()));
            ensure!(
                old == new,
                Data,
                "{} has keys of {} dimensions and {} tokens, the files before it {} and {}: they are of different models or corpora",
                path.display(),
                new.0,
                new.1,
                old.0,
                old.1
            );
        }
        ensure!(layers.insert(layer, covariance).is_none(), Data, "{} is a second file for layer {layer}", path.display());
    }
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy()).collect();
    let statistics = Statistics::of_stored(layers, "");
    let tokens = statistics.count();
    Ok(statistics.with_provenance(format!("{}, {tokens} tokens", names.join(", "))))
}

fn read(path: &Path) -> Result<(usize, StoredCovariance)> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let layer = name.split(['.', '_', '-']).find_map(|part| part.parse().ok());
    let layer = layer.ok_or_else(|| {
        Error::new(ErrorKind::Data, "the file's name has no layer")
            .hint("call it as the published code does: <layer>_float32_mom2_100000.npz")
    })?;
    let bytes = read_bytes(path)?;
    let entries = entries(&bytes)?;
    let entry = |name: &str| {
        let held = || entries.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let found = entries.get(name).ok_or_else(|| Error::new(ErrorKind::Data, format!("there is no array `{name}`, only {}", held())));
        found.and_then(|npy| array(npy).map_err(|error| error.at(format!("`{name}`"))))
    };
    let count = entry("mom2.count")?.values.first().copied().unwrap_or(0.0);
    ensure!(count.is_finite() && count >= 1.0, Data, "`mom2.count` is {count} instead of a number of tokens");
    let sum = entry("mom2.mom2")?;
    let [rows, columns] = sum.shape[..] else {
        return Err(Error::new(ErrorKind::Data, format!("`mom2.mom2` has {} dimensions instead of 2", sum.shape.len())));
    };
    let mean = Matrix::from_fn(rows, columns, |row, column| sum.values[row * columns + column] / count);
    drop(sum);
    Ok((layer, StoredCovariance::from(KeyCovariance::from_mean(mean, count)?).at_rest()?))
}
