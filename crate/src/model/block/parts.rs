//! What a block is made of.

use crate::model::attention::Attention;
use crate::model::mlp::Mlp;
use crate::model::norm::Norm;

/// A transformer block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Norm before the attention.
    pub attention_norm: Norm,
    /// The attention.
    pub attention: Attention,
    /// Norm before the MLP; `None` in parallel blocks, where both sub-layers read the first norm.
    pub mlp_norm: Option<Norm>,
    /// The MLP.
    pub mlp: Mlp,
}
