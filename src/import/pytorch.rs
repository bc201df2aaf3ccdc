//! The layers of a PyTorch state dictionary.

use super::layers::{Cell, Direction, Layers, matrix, refuse_rest, vector};
use super::tensors::Tensors;
use crate::model::HostTensor;

/// Finds the layers by the names and shapes of their weights.
pub(super) fn layers(mut tensors: Tensors) -> Result<Layers, String> {
    let mut recurrent = Vec::new();
    loop {
        let layer = recurrent.len();
        let mut directions = Vec::new();
        for suffix in ["", "_reverse"] {
            directions.extend(direction(&mut tensors, &format!("_l{layer}{suffix}"))?);
        }
        if directions.is_empty() {
            break;
        }
        recurrent.push(directions);
    }
    let dense = dense(&mut tensors)?;
    let embedding = tensors.pop_first();
    let (_, embedding) = embedding.ok_or("it has no embedding")?;
    refuse_rest(&tensors)?;
    Layers::new(embedding, recurrent, dense)
}

/// Removes the weights of a direction whose names have this end. Returns `None` if there are none.
fn direction(tensors: &mut Tensors, end: &str) -> Result<Option<Direction>, String> {
    let mut take = |kind: &str| {
        let end = format!("{kind}{end}");
        let name = tensors.keys().find(|name| name.ends_with(&end)).cloned();
        name.and_then(|name| tensors.remove(&name))
    };
    let Some(weight_ih) = take("weight_ih") else {
        return Ok(None);
    };
    let weight_hh = take("weight_hh").ok_or_else(|| format!("weight_hh{end} is missing"))?;
    let [rows, hidden] = matrix(&weight_hh, &format!("weight_hh{end}"))?;
    let [inputs, _] = matrix(&weight_ih, &format!("weight_ih{end}"))?;
    let cell = rows.checked_div(hidden).and_then(Cell::of_gates);
    let cell = cell.filter(|_| rows.is_multiple_of(hidden) && inputs == rows);
    let no_bias = || vector(vec![0.0; rows]);
    Ok(Some(Direction {
        cell: cell.ok_or_else(|| {
            format!("weight_hh{end} has the shape [{rows}, {hidden}], which is of no LSTM or GRU")
        })?,
        weight_ih,
        weight_hh,
        bias_ih: take("bias_ih").unwrap_or_else(no_bias),
        bias_hh: take("bias_hh").unwrap_or_else(no_bias),
    }))
}

/// Removes the weights of the dense layer: the only matrix with a bias beside it.
fn dense(tensors: &mut Tensors) -> Result<[HostTensor; 2], String> {
    let biases: Vec<String> = tensors
        .keys()
        .filter(|name| name.ends_with("bias"))
        .cloned()
        .collect();
    let [bias] = biases.as_slice() else {
        return Err(format!("it has {} dense layers, not one", biases.len()));
    };
    let name = format!("{}weight", bias.trim_end_matches("bias"));
    let weight = tensors.remove(&name);
    let weight = weight.ok_or_else(|| format!("{bias} has no {name} beside it"))?;
    let bias = tensors.remove(bias).ok_or("the dense layer has no bias")?;
    Ok([weight, bias])
}
