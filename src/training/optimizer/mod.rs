//! Optimizers: SGD with momentum, Adam and AdamW, which update weights in place on the host.
//!
//! An update reads each gradient once and allocates nothing. Rows of an embedding are updated lazily: the
//! moments of a word that is not in the batch do not change (as in PyTorch's `SparseAdam`), so the time of a
//! step does not depend on the vocabulary size.

pub(super) mod parameters;
pub(super) mod schedule;
pub(super) mod update_rule;

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, Var};

use self::update_rule::{BETA1, BETA2, OptimizerKind, UpdateRule, update_in_place};
use crate::model::{Embedding, HostTensor};

/// Prefixes of the names of moments; the name of the weight follows.
const FIRST: &str = "first_moment.";
const SECOND: &str = "second_moment.";

/// An optimizer with its state.
#[derive(Clone, Debug)]
pub(crate) struct Optimizer {
    kind: OptimizerKind,
    momentum: f32,
    weight_decay: f32,
    /// The factor of the learning rate of each weight that has one other than 1.
    rate_factors: BTreeMap<String, f32>,
    steps: u64,
    moments: BTreeMap<String, Moments>,
}

/// The running means of a weight's gradient and, for Adam, of its square.
#[derive(Clone, Debug)]
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Optimizer {
    /// Returns an optimizer before its first step, for weights given by name and number of values.
    pub fn new(
        kind: OptimizerKind,
        momentum: f64,
        weight_decay: f64,
        weights: impl IntoIterator<Item = (String, usize)>,
    ) -> Self {
        let moments = |count| Moments {
            first: vec![0.0; count],
            second: match kind {
                OptimizerKind::Sgd => Vec::new(),
                OptimizerKind::Adam | OptimizerKind::AdamW => vec![0.0; count],
            },
        };
        Self {
            kind,
            momentum: momentum as f32,
            weight_decay: weight_decay as f32,
            rate_factors: BTreeMap::new(),
            steps: 0,
            moments: weights
                .into_iter()
                .map(|(name, count)| (name, moments(count)))
                .collect(),
        }
    }

    /// Multiplies the learning rate of some weights, given by name.
    pub fn with_rate_factors(self, rate_factors: BTreeMap<String, f32>) -> Self {
        Self {
            rate_factors,
            ..self
        }
    }

    /// Begins the next step. It multiplies gradients by `scale`.
    pub fn begin_step(&mut self, learning_rate: f64, scale: f32) -> Step<'_> {
        self.steps += 1;
        let steps = self.steps as i32;
        Step {
            rule: UpdateRule {
                kind: self.kind,
                momentum: self.momentum,
                weight_decay: self.weight_decay,
                scale,
                learning_rate: learning_rate as f32,
                corrected_rate: (learning_rate / (1.0 - BETA1.powi(steps))) as f32,
                second_scale: (1.0 / (1.0 - BETA2.powi(steps)).sqrt()) as f32,
            },
            rate_factors: &self.rate_factors,
            moments: &mut self.moments,
        }
    }

    /// Returns the number of steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns the names and shapes of the tensors of [`Optimizer::state`].
    pub fn state_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let slots = self
            .moments
            .iter()
            .flat_map(|(name, moments)| moments.slots(name));
        slots
            .map(|(name, values)| (name, vec![values.len()]))
            .collect()
    }

    /// Returns a copy of the moments by name.
    pub fn state(&self) -> BTreeMap<String, HostTensor> {
        let slots = self
            .moments
            .iter()
            .flat_map(|(name, moments)| moments.slots(name));
        slots
            .map(|(name, values)| {
                let shape = vec![values.len()];
                let values = values.clone();
                (name, HostTensor { shape, values })
            })
            .collect()
    }

    /// Restores the moments saved by [`Optimizer::state`] after `steps` steps. The caller has checked the
    /// shapes.
    pub fn restore(&mut self, steps: u64, state: &BTreeMap<String, HostTensor>) {
        self.steps = steps;
        for (name, moments) in &mut self.moments {
            for (slot, values) in [(FIRST, &mut moments.first), (SECOND, &mut moments.second)] {
                if let Some(saved) = state.get(&format!("{slot}{name}")) {
                    values.clone_from(&saved.values);
                }
            }
        }
    }
}

impl Moments {
    /// Returns the moments in use with the names they are saved under.
    fn slots(&self, weight: &str) -> impl Iterator<Item = (String, &Vec<f32>)> {
        [(FIRST, &self.first), (SECOND, &self.second)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(move |(slot, values)| (format!("{slot}{weight}"), values))
    }
}

/// One step of an [`Optimizer`].
pub(crate) struct Step<'a> {
    rule: UpdateRule,
    rate_factors: &'a BTreeMap<String, f32>,
    moments: &'a mut BTreeMap<String, Moments>,
}

impl Step<'_> {
    fn rule(&self, name: &str) -> UpdateRule {
        match self.rate_factors.get(name) {
            Some(&factor) => self.rule.with_rate_factor(factor),
            None => self.rule,
        }
    }

    /// Updates a weight in place. A weight unknown to the optimizer does not change.
    pub fn update(&mut self, name: &str, weight: &Var, gradient: &Tensor) -> Result<()> {
        let rule = self.rule(name);
        let Some(Moments { first, second }) = self.moments.get_mut(name) else {
            return Ok(());
        };
        update_in_place(weight, gradient, |weight, gradient| {
            rule.update(weight, gradient, first, second);
        })
    }

    /// Updates the rows `words` of `table` by their gradients, `[words, size]`. `words` must be distinct.
    pub fn update_rows(
        &mut self,
        name: &str,
        table: &mut Embedding,
        words: &[u32],
        gradients: &[f32],
    ) {
        let rule = self.rule(name);
        let Some(Moments { first, second }) = self.moments.get_mut(name) else {
            return;
        };
        let size = table.size();
        for (&word, gradient) in words.iter().zip(gradients.chunks(size)) {
            let row = word as usize * size..(word as usize + 1) * size;
            // SGD keeps no second moment.
            let second = second.get_mut(row.clone()).unwrap_or_default();
            rule.update(table.row_mut(word), gradient, &mut first[row], second);
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// Makes three steps from weights [1, -2] with gradients [0.5, -1], [0.1, 0.2], [-0.3, 0], learning rate
    /// 0.1 and weight decay 0.01. The PyTorch equivalent:
    ///
    /// ```python
    /// w = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    /// opt = torch.optim.SGD([w], 0.1, momentum=0.9, weight_decay=0.01)  # or Adam, AdamW
    /// for g in ([0.5, -1.0], [0.1, 0.2], [-0.3, 0.0]):
    ///     w.grad = torch.tensor(g); opt.step()
    /// ```
    fn three_steps(kind: OptimizerKind) -> Vec<f32> {
        let weight = Var::new(&[1f32, -2.0], &Device::Cpu).unwrap();
        let mut optimizer = Optimizer::new(kind, 0.9, 0.01, [("w".to_string(), 2)]);
        for gradient in [[0.5f32, -1.0], [0.1, 0.2], [-0.3, 0.0]] {
            let gradient = Tensor::new(&gradient, &Device::Cpu).unwrap();
            optimizer
                .begin_step(0.1, 1.0)
                .update("w", &weight, &gradient)
                .unwrap();
        }
        weight.to_vec1().unwrap()
    }

    fn assert_close(found: &[f32], expected: [f32; 2]) {
        let same = found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(same, "{found:?}, expected {expected:?}");
    }

    #[test]
    fn steps_match_pytorch() {
        assert_close(
            &three_steps(OptimizerKind::Sgd),
            [0.870_094_8, -1.756_149_4],
        );
        assert_close(
            &three_steps(OptimizerKind::Adam),
            [0.795_446_04, -1.804_957_5],
        );
        assert_close(
            &three_steps(OptimizerKind::AdamW),
            [0.795_907_86, -1.803_651_9],
        );
    }

    #[test]
    fn only_the_given_rows_are_updated() {
        for kind in [
            OptimizerKind::Sgd,
            OptimizerKind::Adam,
            OptimizerKind::AdamW,
        ] {
            let mut table = Embedding::new(vec![5.0, 5.0, 1.0, -2.0], 2);
            let mut optimizer = Optimizer::new(kind, 0.9, 0.01, [("w".to_string(), 4)]);
            for gradient in [[0.5f32, -1.0], [0.1, 0.2], [-0.3, 0.0]] {
                optimizer
                    .begin_step(0.1, 1.0)
                    .update_rows("w", &mut table, &[1], &gradient);
            }
            assert_eq!(*table.row(0), [5.0, 5.0]);
            assert_eq!(*table.row(1), three_steps(kind));
        }
    }

    #[test]
    fn resumes_from_its_state() {
        let gradient = Tensor::new(&[0.5f32, -1.0], &Device::Cpu).unwrap();
        let step = |optimizer: &mut Optimizer, weight: &Var| {
            optimizer
                .begin_step(0.1, 1.0)
                .update("w", weight, &gradient)
                .unwrap();
        };
        let new = || Optimizer::new(OptimizerKind::Adam, 0.9, 0.01, [("w".to_string(), 2)]);
        let (mut first, weight) = (new(), Var::new(&[1f32, -2.0], &Device::Cpu).unwrap());
        step(&mut first, &weight);
        let (mut second, copy) = (new(), Var::from_tensor(weight.as_tensor()).unwrap());
        second.restore(first.steps, &first.state());
        step(&mut first, &weight);
        step(&mut second, &copy);
        assert_eq!(
            weight.to_vec1::<f32>().unwrap(),
            copy.to_vec1::<f32>().unwrap()
        );
    }
}
