//! `sentiment serve`: serves models over TensorFlow Serving's REST API, with a browser page.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sentiment::model::ScoringPrecision;
use sentiment::serve::{Limits, ServeError, Server, Settings, TlsFiles};
use tokio::sync::Notify;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;

use super::console::Console;
use super::device::DeviceChoice;
use super::interrupt::call_on_interrupt;
use super::served_models::{Label, label, named_model, sources};

/// The arguments of `sentiment serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The browser page is at /, the metrics at /monitoring/prometheus/metrics and the API \
                        description at /openapi.json."
)]
pub struct ServeArgs {
    /// Serve general, chinese, or a folder's highest version; repeatable [default: SENTIMENT_MODEL, or general]
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

    /// Precision of scoring: f32 or int8 [default: int8 with AVX2]
    #[arg(long, value_name = "PRECISION")]
    precision: Option<ScoringPrecision>,

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

/// Runs `sentiment serve` until it is interrupted.
pub fn run(args: &ServeArgs, console: &Console) -> anyhow::Result<()> {
    // Dropping the guard at the end flushes the log.
    let _log = log_requests(console);
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    call_on_interrupt(move || stopped.notify_one());
    let server = match Server::start(&settings(args, console)?) {
        Err(error @ (ServeError::SameName { .. } | ServeError::Origin { .. })) => {
            super::refuse(&error.to_string())
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
        models: sources(&args.model, &args.label, console)?,
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
