//! Handlers of the paths below `/v1/models`: request to texts, texts to predictions, predictions to a response.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api_error::ApiError;
use super::app_state::AppState;
use super::explainer::MOST_TEXTS;
use super::model_info;
use super::model_path::{Action, Target, Verb};
use super::models::LoadedModel;
use super::prometheus::ModelRequest;
use super::request::body;
use super::request::{BodyMemory, Texts};
use super::response::predictions_response;
use super::response_headers::VERSION_HEADER;
use super::settings::Limits;

/// Methods of read-only paths.
const READING: &str = "GET, HEAD";
/// Methods of inference paths.
const ASKING: &str = "POST";

/// Lists the models.
pub async fn list(State(app): State<Arc<AppState>>) -> Json<Value> {
    Json(model_info::list(&app.models))
}

/// Handles every path below `/v1/models/`.
pub async fn model(
    State(app): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let answer = match path {
        Ok(Path(path)) => answer(&app, &path, request).await,
        Err(_) => Err(ApiError::malformed(request.method(), request.uri().path())),
    };
    answer.unwrap_or_else(ApiError::into_response)
}

async fn answer(app: &AppState, path: &str, request: Request) -> Result<Response, ApiError> {
    let method = request.method().clone();
    let malformed = || ApiError::malformed(&method, request.uri().path());
    let target = Target::parse(path)?.ok_or_else(malformed)?;
    let allowed = match target.action {
        Action::Ask(_) => ASKING,
        Action::Status | Action::Metadata => READING,
    };
    let is_allowed = match method {
        Method::POST => allowed == ASKING,
        Method::GET | Method::HEAD => allowed == READING,
        _ => false,
    };
    if !is_allowed {
        return Err(ApiError::method(&method, request.uri().path(), allowed));
    }
    match target.action {
        Action::Status => {
            let model = app.models.get(target.model);
            let model = model.ok_or_else(|| ApiError::no_status(target.model, None))?;
            Ok(Json(model_info::status(model, target.selector)?).into_response())
        }
        Action::Metadata => {
            let model = app.models.find(target.model, target.selector)?;
            Ok(of_version(
                &model,
                Json(model_info::metadata(&model)).into_response(),
            ))
        }
        Action::Ask(verb) => {
            let model = app.models.find(target.model, target.selector)?;
            Ok(ask(app, &model, verb, request).await)
        }
    }
}

/// Runs a model on a request, and records the request for the log and the metrics.
async fn ask(app: &AppState, model: &LoadedModel, verb: Verb, request: Request) -> Response {
    let mut texts = 0;
    let answer = score(app, model, verb, request, &mut texts).await;
    let mut response = answer.unwrap_or_else(ApiError::into_response);
    response.extensions_mut().insert(ModelRequest {
        model: model.name.clone(),
        version: model.version,
        verb: verb.name(),
        texts,
    });
    of_version(model, response)
}

async fn score(
    app: &AppState,
    model: &LoadedModel,
    verb: Verb,
    request: Request,
    count: &mut usize,
) -> Result<Response, ApiError> {
    if verb == Verb::Regress {
        return Err(ApiError::invalid(
            "Expected regression signature method_name to be tensorflow/serving/regress. \
             Was: tensorflow/serving/predict. These models give labels: :predict and :classify answer",
        ));
    }
    let deadline = Instant::now() + app.limits.timeout;
    let most = app.limits.max_body;
    let mut memory = BodyMemory::new(&app.room_for_bodies);
    let body = body::receive(request, most, &mut memory, deadline).await?;
    let limits = match verb {
        Verb::Explain => Limits {
            max_instances: app.limits.max_instances.min(MOST_TEXTS),
            ..app.limits
        },
        _ => app.limits,
    };
    let Texts {
        texts,
        form,
        explanation,
    } = Texts::parse(body, verb, &limits)?;
    *count = texts.len();
    if verb == Verb::Explain {
        let classifier = model.classifier.clone();
        let explaining = app
            .explainer
            .explain(classifier, texts, explanation, deadline);
        let explanations = explaining.await?;
        return Ok(Json(json!({ "explanations": explanations })).into_response());
    }
    let predictions = model.scorer.score(texts, deadline).await?;
    Ok(predictions_response(&predictions, form))
}

/// Adds the header with the version that computed the response.
fn of_version(model: &LoadedModel, mut response: Response) -> Response {
    let version = HeaderValue::from(model.version);
    response.headers_mut().insert(VERSION_HEADER, version);
    response
}
