//! Logs and measures.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::Failure;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Text,
    Json,
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to log to standard error and to count.
pub fn start(filter: &str, format: Format) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        Format::Text => lines.with_target(false).try_init()?,
        Format::Json => lines.json().try_init()?,
    }
    measure()
}

/// Begins to count; once a process.
pub fn measure() -> Result<(), Failure> {
    const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
    if METRICS.get().is_none() {
        let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
        // Another thread was faster: its handle is as good.
        let _ = METRICS.set(handle);
    }
    Ok(())
}

/// Sums up what was sampled since the last time, so that samples do not pile up while nobody asks.
pub fn upkeep() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

/// What has been counted so far, as Prometheus reads it.
pub fn render() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
