//! The tokens of each distinct input of a batch.

/// The tokens of each input, in order.
pub(crate) struct TokensByInput {
    tokens: Vec<usize>,
    /// The start of each input's tokens, and last the number of tokens: `[inputs + 1]`.
    starts: Vec<usize>,
}

impl TokensByInput {
    /// Groups the tokens by a counting sort.
    pub(crate) fn new(input_of_token: &[u32], inputs: usize) -> Self {
        let mut starts = vec![0; inputs + 1];
        for &input in input_of_token {
            starts[input as usize + 1] += 1;
        }
        for input in 0..inputs {
            starts[input + 1] += starts[input];
        }
        let mut ends = starts.clone();
        let mut tokens = vec![0; input_of_token.len()];
        for (token, &input) in input_of_token.iter().enumerate() {
            tokens[ends[input as usize]] = token;
            ends[input as usize] += 1;
        }
        Self { tokens, starts }
    }

    /// Returns the tokens of an input.
    pub(crate) fn of(&self, input: usize) -> &[usize] {
        &self.tokens[self.starts[input]..self.starts[input + 1]]
    }

    /// Returns the token that follows those of an input, which is the first of a later input.
    pub(crate) fn first_after(&self, input: usize) -> Option<&usize> {
        self.tokens.get(self.starts[input + 1])
    }
}
