//! Causal grouped-query attention of packed rows after a cache, with rotary embedding, and its adjoint.
//!
//! Forward in three dispatches: queries are rotated while keys and values join the cache; scores; context. Backward in two: gradients of
//! the scores; those of queries, keys and values, rotated back.

mod backward;
mod forward;

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use backward::{toward_inputs_kernel, toward_scores_kernel};
use forward::{context_kernel, rotate_kernel, scores_kernel};

use super::parameters::AttentionShape;
use super::spans::Spans;
use super::tensors::{empty, floats, grid, tensor, words};

/// The score of a column that a query does not see: its exponential is 0.
const HIDDEN: f32 = -1e30;

/// What the adjoint needs of a forward pass.
#[derive(Clone, Debug)]
pub struct Attended {
    /// Rotated queries, `[tokens, heads * head_dim]`.
    query: CubeTensor,
    /// Keys, then values, of all columns, `[rows, columns, 2 * kv_heads * head_dim]`.
    pub columns: Tensor<3>,
    /// `[tokens, heads, columns]`.
    scores: CubeTensor,
    /// Logarithm of the sum of the scores' exponentials, `[tokens, heads]`.
    log_sums: CubeTensor,
    /// `[tokens, heads * head_dim]`.
    context: CubeTensor,
}

impl AttentionShape {
    fn query_width(self) -> usize {
        self.heads * self.head_dim
    }

    fn kv_width(self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Values of queries, keys and values of a token.
    pub fn width(self) -> usize {
        self.query_width() + 2 * self.kv_width()
    }

    /// Neighbouring values of the context that one unit sums.
    fn run(self) -> usize {
        if self.head_dim.is_multiple_of(4) { 4 } else { 1 }
    }

    /// The context `[tokens, heads * head_dim]` of `projected`, queries, keys and values side by side, `[tokens, width]`. The cache holds
    /// keys, then values, `[rows, past, 2 * kv_heads * head_dim]`.
    pub fn forward(self, projected: Tensor<2>, spans: &Spans, past: Option<Tensor<3>>) -> (Tensor<2>, Attended) {
        let projected = floats(projected);
        let (tokens, rows, columns) = (spans.token_count, spans.row_count, spans.columns);
        let query = empty(&projected, [tokens, self.query_width()]);
        let held = empty(&projected, [rows, columns, 2 * self.kv_width()]);
        let scores = empty(&projected, [tokens, self.heads, columns]);
        let log_sums = empty(&projected, [tokens, self.heads]);
        let context = empty(&projected, [tokens, self.query_width()]);
        let client = projected.client.clone();
        let table = words(spans.table.clone());
        let past = past.map_or_else(|| projected.clone(), floats);

        let (count, dim) = grid(self.width(), tokens + rows * spans.past, 1);
        #[allow(unsafe_code, reason = "rows of the grid are tokens or cached columns, and units behind their width stop")]
        unsafe {
            rotate_kernel::launch_unchecked(
                &client,
                count,
                dim,
                projected.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                floats(spans.angles.clone()).into_buffer_arg(),
                past.into_buffer_arg(),
                query.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                tokens as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.heads * columns, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head's columns stop")]
        unsafe {
            scores_kernel::launch_unchecked(
                &client,
                count,
                dim,
                query.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                scores.clone().into_buffer_arg(),
                (2 * (tokens + rows)) as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.query_width() / self.run(), tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head stop")]
        unsafe {
            context_kernel::launch_unchecked(
                &client,
                count,
                dim,
                scores.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.into_buffer_arg(),
                context.clone().into_buffer_arg(),
                log_sums.clone().into_buffer_arg(),
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let attended = Attended { query, columns: tensor(held), scores, log_sums, context: context.clone() };
        (tensor(context), attended)
    }

    /// Gradient with respect to `projected`, given that of the context; what flows into the cache is dropped, it is constant.
    pub fn backward(self, toward_context: Tensor<2>, attended: &Attended, spans: &Spans) -> Tensor<2> {
        let toward_context = floats(toward_context);
        let (tokens, columns) = (spans.token_count, spans.columns);
        // Of each score its gradient, and its weight beside it.
        let slopes = empty(&toward_context, [tokens, self.heads, columns, 2]);
        let out = empty(&toward_context, [tokens, self.width()]);
        let client = toward_context.client.clone();
        let table = words(spans.table.clone());
        let held = floats(attended.columns.clone());

        let (count, dim) = grid(self.heads * columns, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head's columns stop")]
        unsafe {
            toward_scores_kernel::launch_unchecked(
                &client,
                count,
                dim,
                toward_context.clone().into_buffer_arg(),
                attended.context.clone().into_buffer_arg(),
                attended.scores.clone().into_buffer_arg(),
                attended.log_sums.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                slopes.clone().into_buffer_arg(),
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.width() / 2, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the token's last pair stop")]
        unsafe {
            toward_inputs_kernel::launch_unchecked(
                &client,
                count,
                dim,
                slopes.into_buffer_arg(),
                toward_context.into_buffer_arg(),
                attended.query.clone().into_buffer_arg(),
                held.into_buffer_arg(),
                table.into_buffer_arg(),
                floats(spans.angles.clone()).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                tokens as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        tensor(out)
    }
}
