//! What a block is made of.

use crate::model::attention::Attention;
use crate::model::family::BlockOrder;
use crate::model::mlp::Mlp;
use crate::model::norm::Norm;

/// A transformer block.
#[derive(Clone, Debug)]
pub struct Block {
    /// How attention and MLP are joined.
    pub order: BlockOrder,
    /// Norm before the attention, in families that have one.
    pub attention_norm: Option<Norm>,
    /// The attention.
    pub attention: Attention,
    /// Norm of what the attention puts out, before the residual stream takes it in; in families that have one.
    pub attention_post_norm: Option<Norm>,
    /// Norm before the MLP, in families that have one; `None` in parallel blocks, where both sub-layers read the first norm.
    pub mlp_norm: Option<Norm>,
    /// The MLP.
    pub mlp: Mlp,
    /// Norm of what the MLP puts out, before the residual stream takes it in; in families that have one.
    pub mlp_post_norm: Option<Norm>,
}
