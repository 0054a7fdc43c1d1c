//! Host matrices to tensors and back. On a device a matrix of keys lies with a key a row, where the products' kernels read it in order.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::device::checked;
use crate::linalg::{Matrix, MatrixRef, rows_from_matrix};
use crate::{Result, ensure};

/// `matrix` as a tensor of `dtype` on `device`.
pub fn upload(matrix: MatrixRef<'_>, device: &Device, dtype: DType) -> Tensor<2> {
    let data = TensorData::new(rows_from_matrix(matrix), [matrix.nrows(), matrix.ncols()]);
    Tensor::from_data(data.convert_dtype(dtype), (device, dtype))
}

/// The values of tensors, awaited at once: a wait costs more than what is read.
///
/// # Errors
/// The device fails or returns values that are not finite.
pub async fn download<const N: usize>(tensors: [Tensor<2>; N]) -> Result<[Matrix; N]> {
    let shapes = tensors.each_ref().map(Tensor::dims);
    let flat = tensors.into_iter().zip(shapes).map(|(tensor, [rows, cols])| tensor.reshape([rows * cols])).collect();
    let all: Tensor<1> = Tensor::cat(flat, 0);
    let device = all.device();
    let values: Vec<f64> = checked(&device, all.into_data_async().await)?.iter::<f64>().collect();
    ensure!(values.iter().all(|value| value.is_finite()), Device, "the device returned matrices with values that are not finite");
    let mut start = 0;
    Ok(shapes.map(|[rows, cols]| {
        let own = &values[start..start + rows * cols];
        start += rows * cols;
        Matrix::from_fn(rows, cols, |row, col| own[row * cols + col])
    }))
}
