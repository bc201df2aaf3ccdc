//! Serves the built-in model over HTTP until Ctrl-C.
//!
//!     cargo run --release --example serve
//!     curl localhost:8501/v1/models/general:predict -d '{"instances": ["The acting is wonderful"]}'

use std::collections::BTreeMap;

use sentiment::Device;
use sentiment::model::{BuiltIn, ModelLocation};
use sentiment::serve::{Limits, ModelSource, Server, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let general = ModelSource {
        name: "general".into(),
        location: ModelLocation::BuiltIn(BuiltIn::General),
        labels: BTreeMap::new(),
    };
    let server = Server::start(&Settings {
        models: vec![general],
        two_classes: false,
        any_language: false,
        precision: None,
        device: Device::Cpu,
        host: "127.0.0.1".into(),
        port: 8501,
        limits: Limits::default(),
        keys: None,
        tls: None,
        origins: Vec::new(),
    })?;
    println!("listening on {}", server.url());
    // When this future completes, the server answers the accepted requests and returns.
    server.run(std::future::pending());
    Ok(())
}
