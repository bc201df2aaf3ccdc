"""The simple recurrent unit (Lei et al., 2018, equations 3 to 7) in PyTorch, for model.py."""

import math

import torch
from torch import nn

SCALE = math.sqrt(3)


class SRU(nn.Module):
    def __init__(self, inputs, hidden, layers, bidirectional):
        super().__init__()
        self.hidden, self.layers, self.suffixes = hidden, layers, ["", "_reverse"][: 1 + bidirectional]
        for layer in range(layers):
            rows = (3 if inputs == len(self.suffixes) * hidden else 4) * hidden
            for suffix in self.suffixes:
                for name, shape in (("weight", (rows, inputs)), ("weight_c", (2 * hidden,)), ("bias", (2 * hidden,))):
                    self.register_parameter(f"{name}_l{layer}{suffix}", nn.Parameter(torch.zeros(shape)))
            inputs = len(self.suffixes) * hidden

    def forward(self, states, is_token):
        """Returns the states, `[texts, time, features]`, from word vectors; `is_token` is `[texts, time, 1]`."""
        for layer in range(self.layers):
            states = torch.cat([self.direction(states, is_token, layer, index) for index in range(len(self.suffixes))], 2)
        return states

    def direction(self, states, is_token, layer, index):
        weight, weight_c, bias = (getattr(self, f"{name}_l{layer}{self.suffixes[index]}") for name in ("weight", "weight_c", "bias"))
        candidate, forget, reset, *highway = (states @ weight.T).split(self.hidden, 2)
        highway = SCALE * (highway[0] if highway else states.split(self.hidden, 2)[index])
        (forget_c, reset_c), (forget_b, reset_b) = weight_c.chunk(2), bias.chunk(2)
        memory, outputs = states.new_zeros(len(states), self.hidden), [None] * states.shape[1]
        for step in reversed(range(states.shape[1])) if index else range(states.shape[1]):
            f = torch.sigmoid(forget[:, step] + forget_c * memory + forget_b)
            r = torch.sigmoid(reset[:, step] + reset_c * memory + reset_b)
            memory = (f * memory + (1 - f) * candidate[:, step]) * is_token[:, step]
            outputs[step] = r * memory + (1 - r) * highway[:, step]
        return torch.stack(outputs, 1)
