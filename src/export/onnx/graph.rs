//! A builder of ONNX graphs.

use super::messages::{
    AttributeProto, AttributeType, Dimension, ElementType, GraphProto, NodeProto, TensorProto,
    TensorShape, TensorType, TypeProto, ValueInfo,
};

/// The name of a value of the graph: an input, a constant or the output of a node.
pub(super) type Value = String;

/// A graph being built. Nodes are appended in the order in which they run.
#[derive(Debug, Default)]
pub(super) struct Graph {
    proto: GraphProto,
    /// The start of the names of its values, which must differ from those of a graph around it.
    prefix: String,
}

impl Graph {
    /// Returns an empty graph to be an attribute of a node: it may use the values of the graph around it.
    pub(super) fn inner(prefix: &str) -> Self {
        Self {
            proto: GraphProto::default(),
            prefix: format!("{prefix}."),
        }
    }

    /// Declares an input of the graph, whose dimensions have names.
    pub(super) fn input(&mut self, name: &str, element: ElementType, dimensions: &[&str]) -> Value {
        let dimensions = dimensions.iter().map(|name| Dimension {
            dim_value: None,
            dim_param: Some((*name).into()),
        });
        self.proto
            .input
            .push(value_info(name, element, dimensions.collect()));
        name.into()
    }

    /// Declares an output of the graph, `[batch, columns]`, and gives it the value.
    pub(super) fn output(&mut self, name: &str, value: &Value, columns: usize) {
        let output = vec![name.into()];
        self.push("Identity", &[value], output, Vec::new());
        let dimensions = vec![
            Dimension {
                dim_value: None,
                dim_param: Some("batch".into()),
            },
            Dimension {
                dim_value: Some(columns as i64),
                dim_param: None,
            },
        ];
        self.proto
            .output
            .push(value_info(name, ElementType::Float, dimensions));
    }

    /// Adds a constant tensor of floats.
    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, ElementType::Float, shape, bytes.collect())
    }

    /// Adds a constant vector of integers.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, ElementType::Int64, &[values.len()], bytes.collect())
    }

    /// Adds a constant integer without dimensions.
    pub(super) fn integer(&mut self, name: &str, value: i64) -> Value {
        self.constant(name, ElementType::Int64, &[], value.to_le_bytes().into())
    }

    /// Adds a constant vector of 32-bit integers.
    pub(super) fn integers_32(&mut self, name: &str, values: &[i32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, ElementType::Int32, &[values.len()], bytes.collect())
    }

    /// Adds a constant, unless one of this name exists.
    fn constant(
        &mut self,
        name: &str,
        element: ElementType,
        shape: &[usize],
        raw_data: Vec<u8>,
    ) -> Value {
        if !self
            .proto
            .initializer
            .iter()
            .any(|known| known.name == name)
        {
            self.proto.initializer.push(TensorProto {
                dims: shape.iter().map(|&size| size as i64).collect(),
                data_type: element as i32,
                name: name.into(),
                raw_data,
            });
        }
        name.into()
    }

    /// Adds a node of two outputs with attributes, and returns the second.
    pub(super) fn second_of(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Value {
        let name = format!(
            "{}{}_{}",
            self.prefix,
            operator.to_lowercase(),
            self.proto.node.len()
        );
        let second = format!("{name}.second");
        self.push(operator, inputs, vec![name, second.clone()], attributes);
        second
    }

    /// Adds a node of one output, and returns it.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str]) -> Value {
        self.node_with(operator, inputs, Vec::new())
    }

    /// Adds a node of one output with attributes, and returns the output.
    pub(super) fn node_with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Value {
        let output = format!(
            "{}{}_{}",
            self.prefix,
            operator.to_lowercase(),
            self.proto.node.len()
        );
        self.push(operator, inputs, vec![output.clone()], attributes);
        output
    }

    fn push(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: Vec<Value>,
        attribute: Vec<AttributeProto>,
    ) {
        self.proto.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output,
            name: format!("{}node_{}", self.prefix, self.proto.node.len()),
            op_type: operator.into(),
            attribute,
        });
    }

    /// Returns the finished graph.
    pub(super) fn finish(self, name: &str) -> GraphProto {
        GraphProto {
            name: name.into(),
            ..self.proto
        }
    }
}

fn value_info(name: &str, element: ElementType, dim: Vec<Dimension>) -> ValueInfo {
    ValueInfo {
        name: name.into(),
        value_type: Some(TypeProto {
            tensor_type: Some(TensorType {
                elem_type: element as i32,
                shape: Some(TensorShape { dim }),
            }),
        }),
    }
}

/// Returns an attribute of an integer.
pub(super) fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        i: Some(value),
        ..attribute(name, AttributeType::Int)
    }
}

/// Returns an attribute of integers.
pub(super) fn integers(name: &str, values: impl IntoIterator<Item = i64>) -> AttributeProto {
    AttributeProto {
        ints: values.into_iter().collect(),
        ..attribute(name, AttributeType::Ints)
    }
}

/// Returns an attribute of a graph.
pub(super) fn graph(name: &str, value: GraphProto) -> AttributeProto {
    AttributeProto {
        g: Some(Box::new(value)),
        ..attribute(name, AttributeType::Graph)
    }
}

/// Returns an attribute of a string.
pub(super) fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        s: Some(value.into()),
        ..attribute(name, AttributeType::String)
    }
}

fn attribute(name: &str, attribute_type: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        attribute_type: attribute_type as i32,
        ..AttributeProto::default()
    }
}
