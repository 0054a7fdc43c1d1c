//! Gradients with respect to weights, for training from scratch. Models with biases are edited, never trained here.

use burn::prelude::*;
use burn::tensor::IndexingUpdateOp;

use super::block::{Block, Saved, SavedBlock, SavedDevice};
use super::host_block::{SavedHost, keys};
use super::kernels::product::outer;
use super::kernels::rotary::Angles;
use super::kernels::{give, take};
use super::layout::{Layout, Padded, Place};
use super::mlp::Mlp;
use super::transformer::Transformer;
use super::weight::Linear;
use crate::device::{is_cpu, upload, upload_indices};
use crate::{Result, ensure};

/// Gradients with respect to the weights of a block, shaped as they are.
#[derive(Clone, Debug)]
pub struct BlockGradients {
    /// Gain of the norm in front of the attention, `[hidden]`.
    pub attention_norm: Tensor<1>,
    /// Query projection, `[heads * head_dim, hidden]`.
    pub query: Tensor<2>,
    /// Key projection, `[kv_heads * head_dim, hidden]`.
    pub key: Tensor<2>,
    /// Value projection, `[kv_heads * head_dim, hidden]`.
    pub value: Tensor<2>,
    /// Output projection, `[hidden, heads * head_dim]`.
    pub output: Tensor<2>,
    /// Gain of the norm in front of the MLP, `[hidden]`, where it has its own.
    pub mlp_norm: Option<Tensor<1>>,
    /// Gate projection, `[inner, hidden]`, where the MLP is gated.
    pub gate: Option<Tensor<2>>,
    /// Up-projection, `[inner, hidden]`.
    pub up: Tensor<2>,
    /// Down-projection in force, `[hidden, inner]`.
    pub down: Tensor<2>,
}

impl BlockGradients {
    /// The gradients as flat vectors with their canonical names, in the order of [`Transformer::update_weights`].
    pub fn named(self, layer: usize) -> Vec<(String, Tensor<1>)> {
        let name = |part: &str| format!("layers.{layer}.{part}.weight");
        let flat = |tensor: Tensor<2>| tensor.reshape([-1]);
        let mut named = vec![
            (name("attn_norm"), self.attention_norm),
            (name("attn.q"), flat(self.query)),
            (name("attn.k"), flat(self.key)),
            (name("attn.v"), flat(self.value)),
            (name("attn.o"), flat(self.output)),
        ];
        named.extend(self.mlp_norm.map(|gain| (name("mlp_norm"), gain)));
        named.extend(self.gate.map(|gate| (name("mlp.gate"), flat(gate))));
        named.extend([(name("mlp.up"), flat(self.up)), (name("mlp.down"), flat(self.down))]);
        named
    }
}

/// Gradients with respect to what lies behind the last block.
#[derive(Clone, Debug)]
pub struct HeadGradients {
    /// Gain of the final norm, `[hidden]`.
    pub final_norm: Tensor<1>,
    /// Output head, `[vocab, hidden]`; where it is the embedding, its gradient from this side.
    pub head: Tensor<2>,
}

impl Block {
    /// [`Block::backward`], and the gradients with respect to the weights. The normalised inputs and the MLP's keys are computed again
    /// from what the forward pass saved, so that inference never keeps them.
    ///
    /// # Errors
    /// The block has biases.
    pub fn backward_weights(&self, gradient: Tensor<2>, saved: &SavedBlock, layout: &Layout) -> Result<(Tensor<2>, BlockGradients)> {
        let linears = [&self.attention.query, &self.attention.key, &self.attention.value, &self.attention.output];
        let biased = linears.into_iter().chain([&self.mlp.up, &self.mlp.down]).any(|linear| linear.bias.is_some());
        ensure!(
            !biased && self.attention_norm.bias.is_none(),
            Usage,
            "weight gradients of a model with biases: only the llama family can be trained"
        );
        Ok(match (&saved.0, layout.place()) {
            (Saved::Host(saved), Place::Host(angles)) => self.host_gradients(gradient, saved, layout, angles.as_ref()),
            (Saved::Device(saved), Place::Device(padded)) => self.device_gradients(gradient, saved, padded),
            _ => unreachable!("a layout's place does not change between the passes"),
        })
    }

    fn host_gradients(
        &self,
        gradient: Tensor<2>,
        saved: &SavedHost,
        layout: &Layout,
        angles: Option<&Angles>,
    ) -> (Tensor<2>, BlockGradients) {
        let hidden = gradient.dims()[1];
        let gradient = take(gradient);
        let flow = self.host_flow(gradient.clone(), saved, layout, angles);
        let x = self.attention_norm.on_host(|norm| norm.forward(&saved.input));
        let mlp_x = match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(middle)) => &norm.on_host(|norm| norm.forward(middle)),
            _ => &x,
        };
        let product = |of: &Linear, toward: &[f32], x: &[f32]| {
            let [rows, cols] = of.weight.shape();
            give(outer(toward, x, rows, cols), cols)
        };
        let vector = |values: Vec<f32>| upload(values, [hidden], &Device::flex());
        let gradients = BlockGradients {
            attention_norm: vector(self.attention_norm.on_host(|norm| norm.weight_gradient(&saved.input, &flow.attention_input))),
            query: product(&self.attention.query, &flow.attention.query, &x),
            key: product(&self.attention.key, &flow.attention.key, &x),
            value: product(&self.attention.value, &flow.attention.value, &x),
            output: product(&self.attention.output, &flow.middle, &saved.context),
            mlp_norm: match (&self.mlp_norm, &saved.middle) {
                (Some(norm), Some(middle)) => Some(vector(norm.on_host(|norm| norm.weight_gradient(middle, &flow.mlp_input)))),
                _ => None,
            },
            gate: match (&self.mlp.gate, &flow.gate) {
                (Some(gate), Some(toward)) => Some(product(gate, toward, mlp_x)),
                _ => None,
            },
            up: product(&self.mlp.up, &flow.up, mlp_x),
            down: product(&self.mlp.down, &gradient, &keys(saved.gate.as_deref(), &saved.up)),
        };
        (give(flow.input, hidden), gradients)
    }

    fn device_gradients(&self, gradient: Tensor<2>, saved: &SavedDevice, layout: &Padded) -> (Tensor<2>, BlockGradients) {
        let flow = self.device_flow(gradient.clone(), saved, layout);
        let x = self.attention_norm.forward(saved.input.clone());
        let (mlp_x, mlp_norm) = match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(middle)) => {
                (norm.forward(middle.clone()), Some(norm.weight_gradient(middle.clone(), flow.mlp.input.clone())))
            }
            _ => (x.clone(), None),
        };
        let product = |toward: Tensor<2>, x: &Tensor<2>| toward.transpose().matmul(x.clone());
        // A parallel block's norm feeds both sub-layers.
        let toward_x = if self.mlp_norm.is_some() { flow.attention.input } else { flow.attention.input + flow.mlp.input };
        let gradients = BlockGradients {
            attention_norm: self.attention_norm.weight_gradient(saved.input.clone(), toward_x),
            query: product(flow.attention.query, &x),
            key: product(flow.attention.key, &x),
            value: product(flow.attention.value, &x),
            output: product(flow.middle, &self.attention.context(&saved.attention, layout)),
            mlp_norm,
            gate: flow.mlp.gate.map(|toward| product(toward, &mlp_x)),
            up: product(flow.mlp.up, &mlp_x),
            down: product(gradient, &Mlp::saved_keys(&saved.mlp)),
        };
        (flow.input, gradients)
    }
}

impl Transformer {
    /// [`Transformer::logits_backward`], and the gradients with respect to the final norm and the output head.
    ///
    /// # Errors
    /// The model has biases.
    pub fn logits_backward_weights(&self, h: Tensor<2>, gradient: Tensor<2>) -> Result<(Tensor<2>, HeadGradients)> {
        let (norm, head) = (self.final_norm(), self.head_linear());
        ensure!(
            norm.bias.is_none() && head.bias.is_none(),
            Usage,
            "weight gradients of a model with biases: only the llama family can be trained"
        );
        if !is_cpu(self.device()) {
            let toward_x = head.backward(gradient.clone());
            let of_head = gradient.transpose().matmul(norm.forward(h.clone()));
            let of_norm = norm.weight_gradient(h.clone(), toward_x.clone());
            return Ok((norm.backward(h, toward_x), HeadGradients { final_norm: of_norm, head: of_head }));
        }
        let [vocab, hidden] = head.weight.shape();
        let (h, gradient) = (take(h), take(gradient));
        let toward_x = head.host_backward(&gradient);
        let mut toward_h = vec![0.0; h.len()];
        let (x, of_norm) = norm.on_host(|norm| {
            norm.backward_onto(&h, &toward_x, &mut toward_h);
            (norm.forward(&h), norm.weight_gradient(&h, &toward_x))
        });
        let gradients =
            HeadGradients { final_norm: upload(of_norm, [hidden], self.device()), head: give(outer(&gradient, &x, vocab, hidden), hidden) };
        Ok((give(toward_h, hidden), gradients))
    }
}

/// Adds the gradient of an embedding lookup to that of the embedding matrix: row `tokens[i]` of `onto` `[vocab, hidden]` gains row `i` of
/// `gradient` `[tokens, hidden]`. Each of `tokens` is a row of `onto`.
pub fn add_embedding_gradient(onto: Tensor<2>, tokens: &[u32], gradient: Tensor<2>) -> Tensor<2> {
    let device = onto.device();
    if !is_cpu(&device) {
        let rows: Vec<usize> = tokens.iter().map(|&token| token as usize).collect();
        return onto.select_assign(0, upload_indices(&rows, &device), gradient, IndexingUpdateOp::Add);
    }
    let hidden = onto.dims()[1];
    let (mut onto, gradient) = (take(onto), take(gradient));
    for (&token, gradient) in tokens.iter().zip(gradient.chunks_exact(hidden)) {
        let row = &mut onto[token as usize * hidden..(token as usize + 1) * hidden];
        row.iter_mut().zip(gradient).for_each(|(sum, &value)| *sum += value);
    }
    give(onto, hidden)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

    use burn::tensor::Tolerance;

    use super::*;
    use crate::model::Row;
    use crate::model::twins::{noise, tiny};

    const ROWS: [Row; 2] = [Row { past: 0, len: 5 }, Row { past: 0, len: 3 }];

    fn weighted_sum(values: Tensor<2>, weights: &[f32]) -> f64 {
        take(values).iter().zip(weights).map(|(&value, &weight)| f64::from(value) * f64::from(weight)).sum()
    }

    /// The slope of `loss` along each of a few entries of a weight, against `gradient`.
    fn check(model: &Transformer, name: &str, gradient: Tensor<1>, loss: &dyn Fn(&Transformer) -> f64) {
        const STEP: f32 = 1e-2;
        let gradient = take(gradient);
        for at in [0, gradient.len() / 3, gradient.len() - 1] {
            let moved = |by: f32| {
                let mut model = model.clone();
                model
                    .update_weights(|this, weight| {
                        let mut values = take(weight);
                        if this == name {
                            values[at] += by;
                        }
                        let len = values.len();
                        Ok(upload(values, [len], &Device::flex()))
                    })
                    .unwrap();
                loss(&model)
            };
            let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            let error = (slope - f64::from(gradient[at])).abs();
            assert!(error < 2e-3 + 1e-2 * slope.abs(), "{name}[{at}]: {} but the loss says {slope}", gradient[at]);
        }
    }

    #[test]
    fn block_gradients_are_slopes_on_both_paths() {
        let model = tiny("llama");
        let (config, hidden, layer) = (model.config(), model.config().hidden, 1);
        let weights = take(noise(8, hidden, 0.4));
        let columns = vec![Vec::new(); 2];
        let host = Layout::new(&ROWS, &columns, config, model.device());
        let padded = Layout::padded(&ROWS, &columns, config, model.device());
        let loss = |model: &Transformer| weighted_sum(model.block(layer).forward(noise(8, hidden, 0.8), &host, None).output, &weights);
        let gradients = |layout: &Layout| {
            let pass = model.block(layer).forward(noise(8, hidden, 0.8), layout, None);
            model.block(layer).backward_weights(noise(8, hidden, 0.4), &pass.saved, layout).unwrap()
        };
        let ((toward_h, of_host), (toward_h_padded, of_padded)) = (gradients(&host), gradients(&padded));
        let close = Tolerance::<f32>::rel_abs(1e-4, 1e-4);
        toward_h.into_data().assert_approx_eq(&toward_h_padded.into_data(), close);
        let (of_host, of_padded) = (of_host.named(layer), of_padded.named(layer));
        assert_eq!(of_host.len(), 9);
        for ((name, gradient), (same, twin)) in of_host.into_iter().zip(of_padded) {
            assert_eq!(name, same);
            gradient.clone().into_data().assert_approx_eq(&twin.into_data(), close);
            check(&model, &name, gradient, &loss);
        }
    }

    #[test]
    fn head_gradients_are_slopes() {
        let model = tiny("llama");
        let (hidden, vocab) = (model.config().hidden, model.config().vocab);
        let weights = take(noise(3, vocab, 0.4));
        let loss = |model: &Transformer| weighted_sum(model.logits(noise(3, hidden, 0.8)), &weights);
        let (toward_h, gradients) = model.logits_backward_weights(noise(3, hidden, 0.8), noise(3, vocab, 0.4)).unwrap();
        let expected = model.logits_backward(noise(3, hidden, 0.8), noise(3, vocab, 0.4));
        toward_h.into_data().assert_approx_eq(&expected.into_data(), Tolerance::<f32>::absolute(1e-5));
        check(&model, "final_norm.weight", gradients.final_norm, &loss);
        let name = if model.config().tied_head { "embed" } else { "head.weight" };
        check(&model, name, gradients.head.reshape([-1]), &loss);
    }

    #[test]
    fn lookups_add_up() {
        let onto = upload(vec![1.0; 6], [3, 2], &Device::flex());
        let gradient = upload(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3, 2], &Device::flex());
        assert_eq!(take(add_embedding_gradient(onto, &[2, 0, 2], gradient)), [4.0, 5.0, 1.0, 1.0, 7.0, 9.0]);
    }

    #[test]
    fn biases_are_refused() {
        let model = tiny("gpt2");
        let layout = Layout::new(&ROWS, &[vec![], vec![]], model.config(), model.device());
        let pass = model.block(0).forward(noise(8, model.config().hidden, 0.8), &layout, None);
        assert!(model.block(0).backward_weights(pass.output, &pass.saved, &layout).is_err());
    }
}
