//! Linear layers that read the same input: those of an attention, or of an MLP.

use super::linear::Linear;

/// Linear layers of one input, in the form that their device wants.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "two a block, beside what they hold on the device")]
pub enum Projections {
    /// One by one, as the file has them. The CPU's form.
    Apart(Vec<Linear>),
    /// One below the other as a single matrix. A GPU's form.
    Joined(Linear),
}

impl Projections {
    /// Those of the CPU.
    pub(super) fn apart(&self) -> &[Linear] {
        match self {
            Self::Apart(layers) => layers,
            Self::Joined(_) => unreachable!("the CPU keeps its layers apart"),
        }
    }

    /// What each of them gives for `x`, on the CPU.
    pub(super) fn host_forward(&self, x: &[f32]) -> Vec<Vec<f32>> {
        Linear::host_forward_each(self.apart(), x)
    }

    /// The one of a GPU.
    pub(super) fn joined(&self) -> &Linear {
        match self {
            Self::Joined(layer) => layer,
            Self::Apart(_) => unreachable!("a GPU has its layers joined"),
        }
    }

    /// All of them.
    pub(super) fn layers(&self) -> &[Linear] {
        match self {
            Self::Apart(layers) => layers,
            Self::Joined(layer) => std::slice::from_ref(layer),
        }
    }
}
