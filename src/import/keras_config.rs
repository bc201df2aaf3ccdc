//! The configuration of a Keras model, which `.keras` files and whole models in HDF5 have beside the weights.

use serde_json::Value;

use crate::model::Pooling;

/// What the configuration says beside the weights.
#[derive(Clone, Debug, Default)]
pub(super) struct KerasConfig {
    /// The pooling before the dense layer.
    pub(super) pooling: Option<Pooling>,
    /// The names of the recurrent layers, in their order.
    pub(super) recurrent: Vec<String>,
}

impl KerasConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// If a layer cannot be imported, or has a setting that the imported model would not have.
    pub(super) fn new(config: &Value) -> Result<Self, String> {
        let layers = config["config"]["layers"].as_array();
        let layers = layers.ok_or("its configuration has no list of layers")?;
        let mut read = Self {
            pooling: Some(Pooling::Last),
            recurrent: Vec::new(),
        };
        for layer in layers {
            let (class, settings) = (class(layer), &layer["config"]);
            let name = settings["name"].as_str().unwrap_or(class);
            match class {
                "InputLayer" | "Embedding" | "Dropout" | "SpatialDropout1D" | "Masking" => {}
                "LSTM" | "GRU" => check_recurrent(name, settings)?,
                "Bidirectional" => {
                    expect(name, settings, "merge_mode", &["concat"])?;
                    let inner = &settings["layer"];
                    if !matches!(self::class(inner), "LSTM" | "GRU") {
                        return Err(refused(name, self::class(inner)));
                    }
                    check_recurrent(name, &inner["config"])?;
                }
                "GlobalMaxPooling1D" => read.pooling = Some(Pooling::Max),
                "GlobalAveragePooling1D" => read.pooling = Some(Pooling::Mean),
                "Dense" => {
                    let activations: &[&str] = match settings["units"].as_u64() {
                        Some(1) => &["sigmoid", "linear"],
                        _ => &["softmax", "linear"],
                    };
                    expect(name, settings, "activation", activations)?;
                }
                class => return Err(refused(name, class)),
            }
            if matches!(class, "LSTM" | "GRU" | "Bidirectional") {
                read.recurrent.push(name.into());
            }
        }
        Ok(read)
    }
}

fn class(layer: &Value) -> &str {
    layer["class_name"].as_str().unwrap_or_default()
}

fn check_recurrent(name: &str, settings: &Value) -> Result<(), String> {
    expect(name, settings, "activation", &["tanh"])?;
    expect(name, settings, "recurrent_activation", &["sigmoid"])?;
    match settings["go_backwards"].as_bool() {
        Some(true) => Err(format!(
            "the layer {name} has go_backwards=True, which cannot be imported"
        )),
        _ => Ok(()),
    }
}

/// Checks that a setting has one of some values, or none.
fn expect(name: &str, settings: &Value, key: &str, values: &[&str]) -> Result<(), String> {
    match &settings[key] {
        Value::Null => Ok(()),
        Value::String(value) if values.contains(&value.as_str()) => Ok(()),
        value => Err(format!(
            "the layer {name} has {key}={value}, which cannot be imported: it must be {}",
            values.join(" or ")
        )),
    }
}

fn refused(name: &str, class: &str) -> String {
    format!("the layer {name} is a {class}, which cannot be imported")
}
