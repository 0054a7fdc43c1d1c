//! The safetensors files of a checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::{Dtype, SafeTensors};

use super::json::parse;
use crate::checkpoint::stand_in::{FileKind, refuse_stand_in};
use crate::checkpoint::tensors::FileTensor;
use crate::model::quant::{Bytes, StoredType};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// The file of a checkpoint that is not sharded.
const SINGLE: &str = "model.safetensors";
/// The file that lists the shards.
pub(in crate::checkpoint) const INDEX: &str = "model.safetensors.index.json";

/// Names of the files with tensors, in order. The index decides where there is one.
pub(in crate::checkpoint) fn shard_names(fetch: &impl Fn(&str) -> Result<Option<Bytes>>) -> Result<BTreeSet<String>> {
    let Some(index) = fetch(INDEX)? else {
        if fetch(SINGLE)?.is_none() {
            return Err(Error::new(ErrorKind::Checkpoint, format!("there is neither {SINGLE} nor {INDEX}"))
                .hint("pytorch_model.bin is not read: save the model with safe_serialization=True"));
        }
        return Ok(BTreeSet::from([SINGLE.to_owned()]));
    };
    let index = parse(INDEX, index.as_slice())?;
    let Some(map) = index.object("weight_map")? else { bail!(Checkpoint, "{INDEX}: weight_map is missing") };
    let names: BTreeSet<String> = map.strings()?.into_iter().map(|(_, shard)| shard.to_owned()).collect();
    for name in &names {
        // The index must not lead out of the directory.
        let plain = name.ends_with(".safetensors") && !name.contains(['/', '\\', ':']) && !name.starts_with('.');
        ensure!(plain, Checkpoint, "{INDEX}: {name:?} is not the name of a safetensors file");
    }
    ensure!(!names.is_empty(), Checkpoint, "{INDEX}: weight_map is empty");
    Ok(names)
}

/// The tensors of one file, as windows of it.
pub(in crate::checkpoint) fn read_shard(bytes: &Bytes) -> Result<BTreeMap<String, FileTensor>> {
    let slice = bytes.as_slice();
    refuse_stand_in(slice, FileKind::Safetensors)?;
    let (header, metadata) = SafeTensors::read_metadata(slice).map_err(|error| {
        Error::new(ErrorKind::Checkpoint, format!("the header is corrupt or the file truncated: {error}")).hint("download the file again")
    })?;
    let data = 8 + header;
    let mut tensors = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let (start, end) = info.data_offsets;
        let Some(window) = bytes.window(data.saturating_add(start), data.saturating_add(end)) else {
            bail!(Checkpoint, "tensor {name} lies beyond the file");
        };
        let ty = match info.dtype {
            Dtype::F32 => Ok(StoredType::F32),
            Dtype::F16 => Ok(StoredType::F16),
            Dtype::BF16 => Ok(StoredType::BF16),
            Dtype::F64 => Err("F64"),
            Dtype::BOOL => Err("BOOL"),
            Dtype::U8 | Dtype::I8 | Dtype::U16 | Dtype::I16 | Dtype::U32 | Dtype::I32 | Dtype::U64 | Dtype::I64 => Err("integer"),
            _ => Err("a narrow float"),
        };
        tensors.insert(name, FileTensor { ty, shape: info.shape.clone(), bytes: window });
    }
    Ok(tensors)
}
