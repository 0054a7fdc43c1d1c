//! Which tensors a model has under their canonical names, and where the two file formats keep them.

use crate::model::{ModelConfig, NormKind, Positions, QueryKeyNorm, Sharing, TensorNames};

/// A tensor that a model needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Canonical name.
    pub name: String,
    /// Rows; vectors have one.
    pub rows: usize,
    /// Columns, or the length of the vector.
    pub cols: usize,
    /// A vector rather than a matrix.
    pub vector: bool,
}

/// The tensors that a model of this configuration needs, from the embedding to the head. Lazy, so that a file which claims a billion layers
/// takes no memory.
pub fn expected_tensors(config: &ModelConfig) -> impl Iterator<Item = Expected> {
    let c = config.clone();
    let (traits, biases) = (c.family.traits(), c.family.traits().biases);
    let (hidden, inner) = (c.hidden, c.inner);
    let (query, key) = (c.heads.saturating_mul(c.head_dim), c.kv_heads.saturating_mul(c.head_dim));
    let matrix = |name: String, rows, cols| Expected { name, rows, cols, vector: false };
    let vector = |name: String, cols| Expected { name, rows: 1, cols, vector: true };
    let norm = |name: &str, width| {
        let shift = (traits.norm == NormKind::Layer).then(|| vector(format!("{name}.bias"), width));
        std::iter::once(vector(format!("{name}.weight"), width)).chain(shift)
    };
    let linear = |name: &str, rows, cols, bias: bool| {
        let bias = bias.then(|| vector(format!("{name}.bias"), rows));
        std::iter::once(matrix(format!("{name}.weight"), rows, cols)).chain(bias)
    };

    let mut first = vec![matrix("embed".to_owned(), c.vocab, hidden)];
    if traits.positions == Positions::Learned {
        first.push(matrix("positions".to_owned(), c.max_positions, hidden));
    }
    let mut block = Vec::new();
    if traits.norms.before() {
        block.extend(norm("attn_norm", hidden));
    }
    for (part, rows) in [("attn.q", query), ("attn.k", key), ("attn.v", key)] {
        block.extend(linear(part, rows, hidden, biases.query_key_value));
    }
    block.extend(linear("attn.o", hidden, query, biases.attention_output));
    if traits.norms.behind() {
        block.extend(norm("attn_post_norm", hidden).chain(norm("mlp_post_norm", hidden)));
    }
    if let Some(kind) = traits.query_key_norm {
        let widths = match kind {
            QueryKeyNorm::Heads => [c.head_dim; 2],
            QueryKeyNorm::Width => [query, key],
        };
        block.extend(norm("attn.q_norm", widths[0]).chain(norm("attn.k_norm", widths[1])));
    }
    if traits.order.mlp_has_norm() && traits.norms.before() {
        block.extend(norm("mlp_norm", hidden));
    }
    if c.activation.gated() {
        block.extend(linear("mlp.gate", inner, hidden, biases.mlp));
    }
    block.extend(linear("mlp.up", inner, hidden, biases.mlp));
    block.extend(linear("mlp.down", hidden, inner, biases.mlp));
    let mut last: Vec<Expected> = norm("final_norm", hidden).collect();
    if !c.tied_head {
        last.extend(linear("head", c.vocab, hidden, biases.head));
    }

    let blocks = (0..c.layers).flat_map(move |layer| {
        block.clone().into_iter().map(move |tensor| Expected { name: format!("layers.{layer}.{}", tensor.name), ..tensor })
    });
    first.into_iter().chain(blocks).chain(last)
}

/// Where a file keeps a canonical tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's name.
    pub(super) tensor: String,
    /// Where modules share the tensor, along the output: which of its rows are those of this one.
    pub(super) part: Option<Part>,
    /// The file stores `[in, out]` (GPT-2's Conv1D in safetensors).
    pub(super) transposed: bool,
    /// The file stores the gain less one (Gemma in safetensors).
    pub(super) less_one: bool,
}

/// The rows of a tensor that are one module's: runs of `run` rows, the first from `start` on, the next ones `stride` rows further each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// Rows of the whole tensor.
    pub(super) of: usize,
    start: usize,
    run: usize,
    stride: usize,
}

impl Part {
    /// The row of the tensor in which the module's row `row` lies.
    pub(super) fn row(&self, row: usize) -> usize {
        self.start + row / self.run * self.stride + row % self.run
    }

    /// Where the first row lies, if the `rows` rows of the module follow each other.
    pub(super) fn contiguous(&self, rows: usize) -> Option<usize> {
        (rows <= self.run).then_some(self.start)
    }

    /// That of the `nth` of modules with so many outputs.
    fn new(sharing: Sharing, outputs: &[usize], nth: usize, head_dim: usize) -> Self {
        let sum = |outputs: &[usize]| outputs.iter().fold(0, |sum: usize, &rows| sum.saturating_add(rows));
        let of = sum(outputs);
        match sharing {
            Sharing::Stacked => Self { of, start: sum(&outputs[..nth]), run: outputs[nth], stride: outputs[nth] },
            Sharing::ByHead => Self { of, start: nth * head_dim, run: head_dim, stride: outputs.len() * head_dim },
        }
    }
}

/// Splits `layers.N.attn.q.weight` into `Some("N")`, `attn.q`, `weight`; `embed` into `None`, `embed`, `weight`.
fn split(canonical: &str) -> (Option<&str>, &str, &str) {
    let (layer, rest) = match canonical.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) {
        Some((layer, rest)) => (Some(layer), rest),
        None => (None, canonical),
    };
    match rest.rsplit_once('.') {
        Some((module, kind)) => (layer, module, kind),
        None => (layer, rest, "weight"),
    }
}

/// The place of a canonical tensor in a GGUF file; `None` for a name that is not canonical.
pub(super) fn gguf_place(config: &ModelConfig, canonical: &str) -> Option<Place> {
    place(config, &config.family.declaration().gguf.as_ref()?.tensors, "", canonical)
}

/// The place of a canonical tensor in a Hugging Face checkpoint whose inner model is called `prefix` (`model.`, `transformer.` or nothing).
pub(super) fn hugging_face_place(config: &ModelConfig, prefix: &str, canonical: &str) -> Option<Place> {
    place(config, &config.family.declaration().hugging_face.tensors, prefix, canonical)
}

fn place(config: &ModelConfig, names: &TensorNames, prefix: &str, canonical: &str) -> Option<Place> {
    let (layer, module, kind) = split(canonical);
    let (tables, block) = match layer {
        Some(layer) => (names.block, format!("{}.{layer}.", names.blocks)),
        None => (std::slice::from_ref(&names.outside), String::new()),
    };
    let (_, name) = tables.iter().copied().flatten().find(|(own, _)| *own == module)?;
    let sharers: Vec<&str> = tables.iter().copied().flatten().filter(|(_, other)| other == name).map(|(own, _)| *own).collect();
    let part = (sharers.len() > 1).then(|| {
        let outputs: Vec<usize> = sharers.iter().map(|module| outputs(config, module)).collect();
        let nth = sharers.iter().position(|own| *own == module).unwrap_or(0);
        Part::new(names.sharing, &outputs, nth, config.head_dim)
    });
    // The head is beside the inner model, not inside.
    let prefix = if module == "head" { "" } else { prefix };
    Some(Place {
        tensor: format!("{prefix}{block}{name}.{kind}"),
        part,
        transposed: names.transposed && layer.is_some() && kind == "weight" && !module.ends_with("norm"),
        less_one: names.gains_less_one && module.ends_with("norm"),
    })
}

/// Outputs of a module that may share a tensor with others.
fn outputs(config: &ModelConfig, module: &str) -> usize {
    match module {
        "attn.q" => config.heads.saturating_mul(config.head_dim),
        "attn.k" | "attn.v" => config.kv_heads.saturating_mul(config.head_dim),
        _ => config.inner,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Family;

    /// Where a file format keeps a tensor.
    type PlaceOf<'a> = dyn Fn(&str) -> Option<Place> + 'a;

    /// Whatever a family needs has a place of its own in either format, tied head or not.
    #[test]
    fn every_tensor_of_every_family_has_its_place() {
        for &family in Family::ALL {
            let traits = family.traits();
            let (hidden, rope, norm_eps, activation) = (32, None, 1e-5, traits.activation);
            let sizes = ModelConfig {
                family,
                vocab: 12,
                hidden,
                inner: 64,
                layers: 2,
                heads: 4,
                kv_heads: 4,
                head_dim: 8,
                max_positions: 16,
                norm_eps,
                rope,
                local: None,
                unrotated_every: None,
                query_scalar: None,
                activation,
                tied_head: false,
            };
            let hugging_face = |name: &str| hugging_face_place(&sizes, "inner.", name);
            let gguf = |name: &str| gguf_place(&sizes, name);
            let mut formats: Vec<&PlaceOf<'_>> = vec![&hugging_face];
            if family.gguf_architecture().is_some() {
                formats.push(&gguf);
            }
            for place in formats {
                let mut taken = BTreeSet::new();
                for expected in expected_tensors(&sizes) {
                    let place = place(&expected.name);
                    assert!(place.is_some(), "{family:?} has no place for {}", expected.name);
                    let place = place.map(|place| (place.tensor, place.part));
                    assert!(taken.insert(place.clone()), "{family:?} has two tensors at {place:?}");
                }
                assert_eq!(place("layers.0.embed.weight"), None);
                assert_eq!(place("mlp.up.weight"), None);
            }
        }
    }
}
