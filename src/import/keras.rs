//! The layers of a Keras model.
//!
//! Newer files name variables by number (`layers/lstm/cell/vars/0`), older ones by kind (`lstm/lstm_cell/kernel`).
//! Matrices are transposed; a GRU has the gates z, r, h, where PyTorch has r, z, n.

use std::collections::BTreeMap;

use super::layers::{Cell, Direction, Layers, matrix, refuse_rest, vector};
use super::tensors::Tensors;
use crate::model::HostTensor;

/// The places of PyTorch's gates r, z, n in Keras's order z, r, h.
const GRU_GATES: [usize; 3] = [1, 0, 2];

/// The folders of an HDF5 file that have no weights of the model.
const NO_WEIGHTS: [&str; 2] = ["optimizer", "optimizer_weights"];

/// The weights of a layer, by kind: kernel, recurrent_kernel, bias or embeddings.
type Kinds = BTreeMap<&'static str, HostTensor>;

/// Finds the layers by the paths of their weights.
///
/// `order` has the names of the recurrent layers in their order, if it is known.
pub(super) fn layers(tensors: Tensors, order: &[String]) -> Result<Layers, String> {
    let mut of_layer: BTreeMap<String, Kinds> = BTreeMap::new();
    let mut rest = Tensors::new();
    for (path, tensor) in tensors {
        let first = path.split('/').next().unwrap_or_default();
        if NO_WEIGHTS.contains(&first) {
            continue;
        }
        match kind(&path) {
            Some((layer, kind)) => {
                of_layer.entry(layer).or_default().insert(kind, tensor);
            }
            None => {
                rest.insert(path, tensor);
            }
        }
    }
    refuse_rest(&rest)?;
    let mut embeddings = Vec::new();
    let mut recurrent = Vec::new();
    let mut dense = Vec::new();
    for (layer, mut kinds) in of_layer {
        if let Some(embedding) = kinds.remove("embeddings") {
            embeddings.push(embedding);
        } else if kinds.contains_key("recurrent_kernel") {
            recurrent.push((layer_order(&layer, order), direction(kinds, &layer)?));
        } else {
            dense.push(dense_layer(kinds, &layer)?);
        }
    }
    recurrent.sort_by(|(a, _), (b, _)| a.cmp(b));
    let unknown = recurrent
        .iter()
        .filter(|((rank, ..), _)| *rank == order.len());
    check_order(unknown.map(|((_, _, name, _), _)| name.as_str()))?;
    let mut stacked: Vec<Vec<Direction>> = Vec::new();
    for ((.., is_backward), direction) in recurrent {
        match stacked.last_mut().filter(|_| is_backward) {
            Some(layer) => layer.push(direction),
            None => stacked.push(vec![direction]),
        }
    }
    let one = |count: usize, name: &str| match count {
        1 => Ok(()),
        count => Err(format!("it has {count} {name} layers, not one")),
    };
    one(embeddings.len(), "embedding")?;
    one(dense.len(), "dense")?;
    Layers::new(embeddings.remove(0), stacked, dense.remove(0))
}

/// Returns the layer and the kind of a variable by its path.
fn kind(path: &str) -> Option<(String, &'static str)> {
    // Keras 2 numbers the variables of a name.
    let path = path.strip_suffix(":0").unwrap_or(path);
    let (layer, name) = path.rsplit_once('/')?;
    let numbered = layer.strip_suffix("/vars");
    let kind = match (name, numbered) {
        ("embeddings", None) => "embeddings",
        ("kernel", None) => "kernel",
        ("recurrent_kernel", None) => "recurrent_kernel",
        ("bias", None) => "bias",
        ("0", Some(layer)) if layer.contains("embedding") => "embeddings",
        ("0", Some(_)) => "kernel",
        ("1", Some(layer)) if layer.ends_with("/cell") => "recurrent_kernel",
        ("2", Some(layer)) if layer.ends_with("/cell") => "bias",
        ("1", Some(layer)) if layer.contains("dense") => "bias",
        _ => return None,
    };
    Some((numbered.unwrap_or(layer).into(), kind))
}

/// Checks that the order of several layers can be told: Keras numbers the layers that have no name of their own.
fn check_order<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    let is_numbered = |name: &&str| {
        let number = name.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let number = number.strip_prefix('_').unwrap_or(number);
        number.bytes().all(|byte| byte.is_ascii_digit())
    };
    match names.len() > 1 && !names.iter().all(is_numbered) {
        true => Err(format!(
            "the layers {} have names of their own, which do not tell their order: save the model as .weights.h5 or .keras",
            names.join(" and ")
        )),
        false => Ok(()),
    }
}

/// Returns the order of a recurrent layer: `lstm` before `lstm_1` before `lstm_10`, and forward before backward.
fn layer_order(path: &str, order: &[String]) -> (usize, usize, String, bool) {
    let is_backward = path.split('/').any(|part| part.starts_with("backward_"));
    // The layer of Keras that the cell belongs to: the first part that is numbered with it.
    let name = path
        .split('/')
        .filter(|part| !matches!(*part, "layers" | "model_weights" | "cell"))
        .find(|part| {
            ["bidirectional", "lstm", "gru"]
                .iter()
                .any(|kind| part.contains(kind))
        })
        .unwrap_or(path);
    // Whole models have the names of their layers here, files of weights alone those of the classes.
    let own_name = path
        .strip_prefix("model_weights/")
        .and_then(|path| path.split('/').next());
    let rank = own_name.and_then(|own| order.iter().position(|name| name == own));
    (
        rank.unwrap_or(order.len()),
        name.len(),
        name.into(),
        is_backward,
    )
}

/// Converts the weights of a recurrent layer.
fn direction(mut kinds: Kinds, layer: &str) -> Result<Direction, String> {
    let mut take = |kind: &str| {
        let tensor = kinds.remove(kind);
        tensor.ok_or_else(|| format!("the layer {layer} has no {kind}"))
    };
    let kernel = take("kernel")?;
    let recurrent = take("recurrent_kernel")?;
    let bias = take("bias")?;
    let [hidden, columns] = matrix(&recurrent, layer)?;
    let cell = columns.checked_div(hidden).and_then(Cell::of_gates);
    let cell = cell.filter(|_| columns.is_multiple_of(hidden)).ok_or_else(|| {
        format!("the layer {layer} has weights of the shape [{hidden}, {columns}], which is of no LSTM or GRU")
    })?;
    let [bias_ih, bias_hh] = match (cell, bias.shape.as_slice()) {
        (Cell::Lstm, [rows]) if *rows == columns => [bias.values, vec![0.0; columns]],
        (Cell::Gru, [2, rows]) if *rows == columns => {
            let (input, recurrent) = bias.values.split_at(columns);
            [input.to_vec(), recurrent.to_vec()]
        }
        (Cell::Gru, [_]) => {
            return Err(format!(
                "the layer {layer} is a GRU with reset_after=False, which PyTorch and this program do not have"
            ));
        }
        (_, shape) => {
            return Err(format!(
                "the bias of the layer {layer} has the shape {shape:?}"
            ));
        }
    };
    let gates: &[usize] = match cell {
        Cell::Lstm => &[0, 1, 2, 3],
        Cell::Gru => &GRU_GATES,
    };
    let matrix_of = |tensor: &HostTensor| {
        let transposed = tensor.transposed(matrix(tensor, layer)?);
        Ok::<_, String>(reordered(transposed, gates))
    };
    Ok(Direction {
        cell,
        weight_ih: matrix_of(&kernel)?,
        weight_hh: matrix_of(&recurrent)?,
        bias_ih: reordered(vector(bias_ih), gates),
        bias_hh: reordered(vector(bias_hh), gates),
    })
}

/// Converts the weights of a dense layer.
fn dense_layer(mut kinds: Kinds, layer: &str) -> Result<[HostTensor; 2], String> {
    let kernel = kinds.remove("kernel");
    let kernel = kernel.ok_or_else(|| format!("the layer {layer} has no kernel"))?;
    let weight = kernel.transposed(matrix(&kernel, layer)?);
    let no_bias = vector(vec![0.0; weight.shape[0]]);
    Ok([weight, kinds.remove("bias").unwrap_or(no_bias)])
}

/// Returns a tensor whose blocks of rows, one for each gate, have another order.
fn reordered(tensor: HostTensor, gates: &[usize]) -> HostTensor {
    let size = tensor.values.len() / gates.len();
    let values = gates
        .iter()
        .flat_map(|gate| &tensor.values[gate * size..][..size])
        .copied()
        .collect();
    HostTensor {
        values,
        shape: tensor.shape,
    }
}
