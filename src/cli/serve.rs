//! `sentiment serve`: serves models over TensorFlow Serving's REST API, with a browser page.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::CommandFactory;
use clap::error::ErrorKind;
use sentiment::model::{BuiltIn, ModelLocation, ScoringPrecision};
use sentiment::serve::{Limits, ModelSource, ServeError, Server, Settings, TlsFiles};
use tokio::sync::Notify;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;

use super::console::Console;
use super::device::DeviceChoice;
use super::interrupt::call_on_interrupt;
use super::model_location::model_location;

/// The arguments of `sentiment serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The browser page is at /, the metrics at /monitoring/prometheus/metrics and the API \
                        description at /openapi.json."
)]
pub struct ServeArgs {
    /// Serve general, chinese, or a folder's highest version; repeatable [default: general]
    #[arg(long, value_name = "[NAME=]MODEL", value_parser = named_model)]
    model: Vec<(String, PathBuf)>,

    /// Label of a version, such as reviews:stable=3; repeatable
    #[arg(long, value_name = "NAME:LABEL=VERSION", value_parser = label)]
    label: Vec<Label>,

    /// Leave out the label neutral of three-class models
    #[arg(long)]
    two_classes: bool,

    /// Predict texts in other languages than the model's
    #[arg(long)]
    any_language: bool,

    /// Precision of scoring: f32 or int8
    #[arg(long, value_name = "PRECISION", default_value_t)]
    precision: ScoringPrecision,

    /// Address to listen on; 0.0.0.0 for all interfaces
    #[arg(
        long,
        default_value = "127.0.0.1",
        env = "SENTIMENT_HOST",
        hide_env_values = true
    )]
    host: String,

    /// Port; 0 for any free port
    #[arg(
        long,
        default_value_t = 8501,
        env = "SENTIMENT_PORT",
        hide_env_values = true
    )]
    port: u16,

    /// Require an API key from FILE, one key per line
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,

    /// TLS certificate chain in PEM format
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// TLS private key in PEM format
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Allow cross-origin requests from ORIGIN, such as https://example.org; repeatable
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,

    /// Device: auto, cpu, cuda or cuda:N
    #[arg(
        long,
        default_value = "auto",
        env = "SENTIMENT_DEVICE",
        hide_env_values = true
    )]
    device: DeviceChoice,

    #[command(flatten)]
    limits: LimitArgs,
}

/// Limits on requests.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Maximum batch size across requests
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_batch, value_parser = positive)]
    max_batch: usize,

    /// Maximum batching delay in microseconds; 0 for none
    #[arg(long, value_name = "N", default_value_t = micros(Limits::default().max_delay), value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    max_delay_us: u64,

    /// Maximum queued texts per model version, then status 429
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue, value_parser = positive)]
    queue: usize,

    /// Timeout in milliseconds for request headers, then the response
    #[arg(long, value_name = "N", default_value_t = millis(Limits::default().timeout), value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    timeout_ms: u64,

    /// Maximum request body size in bytes
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_body, value_parser = positive)]
    max_body: usize,

    /// Maximum texts per request
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_instances, value_parser = positive)]
    max_instances: usize,

    /// Maximum characters per text
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_characters, value_parser = positive)]
    max_characters: usize,
}

/// A label for a version of a model.
#[derive(Clone, Debug)]
struct Label {
    model: String,
    label: String,
    version: u64,
}

/// Runs `sentiment serve` until it is interrupted.
pub fn run(args: &ServeArgs, console: &Console) -> anyhow::Result<()> {
    // Dropping the guard at the end flushes the log.
    let _log = log_requests(console);
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    call_on_interrupt(move || stopped.notify_one());
    let server = match Server::start(&settings(args, console)?) {
        Err(error @ (ServeError::SameName { .. } | ServeError::Origin { .. })) => {
            refuse(&error.to_string())
        }
        server => server?,
    };
    if server.is_reachable() && args.api_key_file.is_none() {
        console
            .note("any client that reaches this machine can send requests: require a key with --api-key-file FILE");
    }
    if server.is_reachable() && args.tls_cert.is_none() {
        console.note(
            "texts and keys are sent unencrypted: use --tls-cert and --tls-key, or a TLS proxy",
        );
    }
    console.note(format!("listening on {}", server.url()));
    match server.run(stop.notified()) {
        true => tracing::info!("all accepted requests were answered"),
        false => tracing::warn!("stopped before all clients had their responses"),
    }
    Ok(())
}

fn settings(args: &ServeArgs, console: &Console) -> anyhow::Result<Settings> {
    let LimitArgs {
        max_batch,
        max_delay_us,
        queue,
        timeout_ms,
        max_body,
        max_instances,
        max_characters,
    } = args.limits;
    let tls = args.tls_cert.clone().zip(args.tls_key.clone());
    Ok(Settings {
        models: sources(args, console)?,
        two_classes: args.two_classes,
        any_language: args.any_language,
        precision: args.precision,
        device: args.device.open(console)?,
        host: args.host.clone(),
        port: args.port,
        limits: Limits {
            max_batch,
            max_delay: Duration::from_micros(max_delay_us),
            queue,
            timeout: Duration::from_millis(timeout_ms),
            max_body,
            max_instances,
            max_characters,
        },
        keys: args.api_key_file.clone(),
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        origins: args.cors_origin.clone(),
    })
}

/// Returns the models with their labels.
fn sources(args: &ServeArgs, console: &Console) -> anyhow::Result<Vec<ModelSource>> {
    let named = args.model.iter();
    let mut sources: Vec<ModelSource> = named
        .map(|(name, model)| Ok(source(name, model_location(model, console)?)))
        .collect::<anyhow::Result<_>>()?;
    if sources.is_empty() {
        let general = BuiltIn::General;
        sources.push(source(general.name(), ModelLocation::BuiltIn(general)));
    }
    for label in &args.label {
        let of_label = |source: &&mut ModelSource| {
            source.name == label.model && source.location.folder().is_some()
        };
        match sources.iter_mut().find(of_label) {
            Some(source) => {
                let before = source.labels.insert(label.label.clone(), label.version);
                if before.is_some_and(|version| version != label.version) {
                    refuse(&format!(
                        "--label {}:{}: the label is given for two versions",
                        label.model, label.label
                    ));
                }
            }
            None => refuse(&format!(
                "--label {0}:{1}: no --model is a folder named {0}",
                label.model, label.label
            )),
        };
    }
    Ok(sources)
}

fn source(name: &str, location: ModelLocation) -> ModelSource {
    ModelSource {
        name: name.into(),
        location,
        labels: BTreeMap::new(),
    }
}

/// Exits with a usage error.
fn refuse(message: &str) -> ! {
    super::Cli::command()
        .error(ErrorKind::ValueValidation, message)
        .exit()
}

/// Logs to standard error, one JSON object per line. Drops lines when the reader is too slow.
fn log_requests(console: &Console) -> WorkerGuard {
    let level = match console {
        Console { quiet: true, .. } => LevelFilter::WARN,
        Console { verbose: true, .. } => LevelFilter::DEBUG,
        Console { .. } => LevelFilter::INFO,
    };
    let (writer, guard) = tracing_appender::non_blocking(io::stderr());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .with_writer(writer)
        // A closed standard error must not fail the server.
        .log_internal_errors(false)
        .init();
    guard
}

fn named_model(text: &str) -> Result<(String, PathBuf), String> {
    if BuiltIn::named(text).is_some() {
        return Ok((text.into(), text.into()));
    }
    let (name, model) = text
        .split_once('=')
        .ok_or("expected general, chinese or NAME=MODEL, such as reviews=models/reviews")?;
    check_name(name)?;
    if model.is_empty() {
        return Err("the folder is missing".into());
    }
    Ok((name.into(), model.into()))
}

fn label(text: &str) -> Result<Label, String> {
    let form = "expected NAME:LABEL=VERSION";
    let (model, rest) = text.split_once(':').ok_or(form)?;
    let (label, version) = rest.split_once('=').ok_or(form)?;
    check_name(label)?;
    Ok(Label {
        model: model.into(),
        label: label.into(),
        version: version.parse().map_err(|_| "the version is not a number")?,
    })
}

/// Checks that a name needs no escaping in a URL path.
fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err("a name may contain only letters, digits, `-`, `_` and `.`".into());
    }
    Ok(())
}

fn positive(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| "expected a positive integer".into())
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}
