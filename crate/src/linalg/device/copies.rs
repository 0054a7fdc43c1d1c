//! Host matrices to tensors and back.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::device::checked;
use crate::linalg::{Matrix, MatrixRef, matrix_from_rows, rows_from_matrix};
use crate::{Result, ensure};

/// `matrix` as a tensor of `dtype` on `device`.
pub fn upload(matrix: MatrixRef<'_>, device: &Device, dtype: DType) -> Tensor<2> {
    let data = TensorData::new(rows_from_matrix(matrix), [matrix.nrows(), matrix.ncols()]);
    Tensor::from_data(data.convert_dtype(dtype), (device, dtype))
}

/// The values of a tensor, awaited.
///
/// # Errors
/// The device fails or returns values that are not finite.
pub async fn download(tensor: Tensor<2>) -> Result<Matrix> {
    let [rows, cols] = tensor.dims();
    let device = tensor.device();
    let data = checked(&device, tensor.into_data_async().await)?;
    let values: Vec<f64> = data.iter::<f64>().collect();
    ensure!(
        values.iter().all(|value| value.is_finite()),
        Device,
        "the device returned a {rows}x{cols} matrix with values that are not finite"
    );
    matrix_from_rows(rows, cols, &values)
}

/// A tensor of one value, awaited.
pub(super) async fn scalar(tensor: Tensor<1>) -> Result<f64> {
    let value = download(tensor.reshape([1, 1])).await?;
    Ok(value[(0, 0)])
}
