//! The model families. Each is declared once, in a file of its own: what it computes, and what the two file formats call it, the fields of
//! its configuration and its tensors. Everything else reads the declaration.

mod declaration;
mod gemma3;
mod gpt2;
mod gptj;
mod gptneox;
mod llama;
mod mistral;
mod olmo2;
mod phi3;
mod qwen2;
mod qwen3;
mod smollm3;
mod traits;

use serde::{Deserialize, Serialize};

pub(crate) use declaration::{Declaration, Sharing, TensorNames};
pub use traits::{Activation, Biases, BlockOrder, LocalLayers, NormKind, NormPlaces, Positions, QueryKeyNorm, Traits};

/// Makes the enumeration, the list of all families and the way to a family's declaration from one table, so that none can be forgotten.
macro_rules! families {
    ($($(#[$doc:meta])* $name:ident: $file:ident,)+) => {
        /// The model families that the crate can compute.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Family {
            $($(#[$doc])* $name,)+
        }

        impl Family {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// All that the crate knows of the family.
            pub(crate) const fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$name => &$file::FAMILY,)+
                }
            }
        }
    };
}

families! {
    /// Llama 2 to 3.3, SmolLM2.
    Llama: llama,
    /// Qwen2 and Qwen2.5.
    Qwen2: qwen2,
    /// GPT-2.
    Gpt2: gpt2,
    /// GPT-J 6B.
    GptJ: gptj,
    /// Qwen3, without the mixtures of experts.
    Qwen3: qwen3,
    /// Mistral 7B, from Hugging Face layout; its GGUF files are [`Family::Llama`].
    Mistral: mistral,
    /// Gemma 3, the models of text alone: 270M and 1B.
    #[serde(rename = "gemma3_text")]
    Gemma3: gemma3,
    /// OLMo 2.
    Olmo2: olmo2,
    /// SmolLM3.
    SmolLm3: smollm3,
    /// GPT-NeoX, Pythia.
    #[serde(rename = "gpt_neox")]
    GptNeoX: gptneox,
    /// Phi-3 and Phi-4-mini, the models of text alone.
    Phi3: phi3,
}

impl Family {
    /// What the family computes.
    pub fn traits(self) -> &'static Traits {
        &self.declaration().traits
    }

    /// What people call it, as in `GPT-J`.
    pub fn label(self) -> &'static str {
        self.declaration().label
    }

    /// Its `model_type` in Hugging Face's config.json, as in `gptj`; also what reports call it.
    pub fn model_type(self) -> &'static str {
        self.declaration().hugging_face.model_type
    }

    /// Its `general.architecture` in GGUF; `None` where its files have another family's.
    pub fn gguf_architecture(self) -> Option<&'static str> {
        self.declaration().gguf.as_ref().map(|gguf| gguf.architecture)
    }

    /// The family whose class for language models is `architecture`, as in `Qwen3ForCausalLM`.
    pub(crate) fn of_class(architecture: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|family| family.declaration().hugging_face.architecture == architecture)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

    use super::*;

    /// The name in a report's JSON is the one that people find in config.json, and names tell families apart.
    #[test]
    fn names_are_one_to_one() {
        for &family in Family::ALL {
            assert_eq!(serde_json::to_value(family).unwrap(), family.model_type());
            let same = |other: &&Family| other.model_type() == family.model_type() || other.label() == family.label();
            assert_eq!(Family::ALL.iter().filter(same).count(), 1, "{family:?}");
            assert_eq!(Family::of_class(family.declaration().hugging_face.architecture), Some(family));
            if let Some(architecture) = family.gguf_architecture() {
                assert_eq!(Family::ALL.iter().filter(|other| other.gguf_architecture() == Some(architecture)).count(), 1, "{family:?}");
            }
        }
    }
}
