//! The routes and the middleware of every request.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::cors::CorsLayer;

use super::access_log::log_request;
use super::api_error::ApiError;
use super::api_keys::{KEY_HEADER, Keys, require};
use super::app_state::AppState;
use super::error::ServeError;
use super::handlers;
use super::page::{Page, classify, docs};
use super::request::body::drain;
use super::response_headers::{VERSION_HEADER, secure};
use super::tables;

/// The OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");

/// The start of the paths that read tables.
const TABLES: &str = "/v1/tables/";

/// Returns all routes. Routes that reveal nothing about models or texts need no key: a browser loads the page before
/// the user enters a key, and health checks send none.
pub fn routes(
    app: Arc<AppState>,
    keys: Option<Keys>,
    origins: &[String],
) -> Result<Router, ServeError> {
    let page = Arc::new(Page::new(&app.limits, keys.is_some()));
    let mut open = Router::new()
        .route("/docs", get(docs))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readiness))
        .route("/openapi.json", get(openapi));
    let blank = Arc::clone(&page);
    let mut at_root = get(async move || blank.blank());
    if keys.is_none() {
        let form = async move |State(app), request| classify(app, page, request).await;
        at_root = at_root.post(form);
    }
    open = open.route("/", at_root);
    let mut guarded = Router::new()
        .route("/v1/models", get(handlers::list))
        .route(&format!("{TABLES}{{format}}"), post(tables::read))
        .route("/v1/models/{*path}", any(handlers::model))
        .route("/monitoring/prometheus/metrics", get(metrics));
    if let Some(keys) = keys {
        guarded = guarded.route_layer(from_fn_with_state(Arc::new(keys), require));
    }
    let mut routes = open
        .merge(guarded)
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing);
    if !origins.is_empty() {
        routes = routes.layer(cors(origins)?);
    }
    Ok(routes
        .layer(from_fn_with_state(Arc::clone(&app), drain))
        .layer(from_fn_with_state(Arc::clone(&app), secure))
        .layer(from_fn_with_state(Arc::clone(&app), log_request))
        .with_state(app))
}

async fn readiness(State(app): State<Arc<AppState>>) -> Response {
    match app.stopping.load(Ordering::Relaxed) {
        false => "ready\n".into_response(),
        true => ApiError::stopping().into_response(),
    }
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

async fn metrics(State(app): State<Arc<AppState>>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match app.metrics.to_text(app.models.loaded()) {
        Ok(text) => ([(header::CONTENT_TYPE, content_type)], text).into_response(),
        Err(_) => ApiError::failed().into_response(),
    }
}

async fn wrong_method(request: Request) -> ApiError {
    let path = request.uri().path();
    let allowed = match path {
        "/" => "GET, HEAD, POST",
        path if path.starts_with(TABLES) => "POST",
        _ => "GET, HEAD",
    };
    ApiError::method(request.method(), path, allowed)
}

async fn nothing(request: Request) -> ApiError {
    let path = request.uri().path();
    match path.starts_with("/v1/") {
        true => ApiError::malformed(request.method(), path),
        false => ApiError::not_found(path),
    }
}

/// Allows the given origins to make cross-origin requests.
fn cors(origins: &[String]) -> Result<CorsLayer, ServeError> {
    let origins = origins.iter().map(|origin| {
        let value = HeaderValue::from_str(origin).ok();
        let is_origin = ["http://", "https://"].iter().any(|scheme| {
            let host = origin.strip_prefix(scheme);
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*']))
        });
        let origin = || ServeError::Origin {
            origin: origin.clone(),
        };
        value.filter(|_| is_origin).ok_or_else(origin)
    });
    Ok(CorsLayer::new()
        .allow_origin(origins.collect::<Result<Vec<_>, _>>()?)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::AUTHORIZATION,
            axum::http::HeaderName::from_static(KEY_HEADER),
        ])
        .expose_headers([VERSION_HEADER, header::RETRY_AFTER]))
}
