//! The paths below `/v1/models`: from a request to texts, from texts to predictions, from these to a reply.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Limits;
use super::explainer::MOST_TEXTS;
use super::models::LoadedModel;
use super::observe::{Outcome, VERSION_HEADER};
use super::path::{Action, Target, Verb};
use super::refusal::Refusal;
use super::reply::reply;
use super::request::Texts;
use super::routes::App;
use super::{body, description};

/// What reads.
const READING: &str = "GET, HEAD";
/// What asks.
const ASKING: &str = "POST";

/// Lists the models.
pub async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    Json(description::list(&app.models))
}

/// Answers whatever a path below `/v1/models/` asks.
pub async fn model(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let answer = match path {
        Ok(Path(path)) => answer(&app, &path, request).await,
        Err(_) => Err(Refusal::malformed(request.method(), request.uri().path())),
    };
    answer.unwrap_or_else(Refusal::into_response)
}

async fn answer(app: &App, path: &str, request: Request) -> Result<Response, Refusal> {
    let method = request.method().clone();
    let malformed = || Refusal::malformed(&method, request.uri().path());
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
        return Err(Refusal::method(&method, request.uri().path(), allowed));
    }
    match target.action {
        Action::Status => {
            let model = app.models.get(target.model);
            let model = model.ok_or_else(|| Refusal::no_status(target.model, None))?;
            Ok(Json(description::status(model, target.selector)?).into_response())
        }
        Action::Metadata => {
            let model = app.models.find(target.model, target.selector)?;
            Ok(of_version(
                &model,
                Json(description::metadata(&model)).into_response(),
            ))
        }
        Action::Ask(verb) => {
            let model = app.models.find(target.model, target.selector)?;
            Ok(ask(app, &model, verb, request).await)
        }
    }
}

/// Asks a model, and tells the log and the metrics how it went.
async fn ask(app: &App, model: &LoadedModel, verb: Verb, request: Request) -> Response {
    let mut texts = 0;
    let answer = score(app, model, verb, request, &mut texts).await;
    let mut response = answer.unwrap_or_else(Refusal::into_response);
    response.extensions_mut().insert(Outcome {
        model: model.name.clone(),
        version: model.version,
        verb: verb.name(),
        texts,
    });
    of_version(model, response)
}

async fn score(
    app: &App,
    model: &LoadedModel,
    verb: Verb,
    request: Request,
    count: &mut usize,
) -> Result<Response, Refusal> {
    if verb == Verb::Regress {
        return Err(Refusal::invalid(
            "Expected regression signature method_name to be tensorflow/serving/regress. \
             Was: tensorflow/serving/predict. These models give labels: :predict and :classify answer",
        ));
    }
    let deadline = Instant::now() + app.limits.timeout;
    let most = app.limits.max_body;
    let kibibytes = body::declared_size(&request).unwrap_or(most).min(most) / 1024 + 1;
    let kibibytes = kibibytes.try_into().unwrap_or(u32::MAX);
    let room = app.room_for_bodies.try_acquire_many(kibibytes);
    let _room = room.map_err(|_| Refusal::busy())?;
    let body = body::receive(request, most, deadline).await?;
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
    } = Texts::parse(&body, verb, &limits)?;
    drop(body);
    *count = texts.len();
    if verb == Verb::Explain {
        let classifier = Arc::clone(&model.classifier);
        let explaining = app
            .explainer
            .explain(classifier, texts, explanation, deadline);
        let explanations = explaining.await?;
        return Ok(Json(json!({ "explanations": explanations })).into_response());
    }
    let predictions = model.scorer.score(texts, deadline).await?;
    Ok(reply(model.classifier.labels(), &predictions, form))
}

/// Says which version answered.
fn of_version(model: &LoadedModel, mut response: Response) -> Response {
    let version = HeaderValue::from(model.version);
    response.headers_mut().insert(VERSION_HEADER, version);
    response
}
