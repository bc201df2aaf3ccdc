//! The result of the page's form, for browsers without JavaScript.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::Page;
use crate::classifier::Prediction;
use crate::explain::words::{Legend, shaded};
use crate::explain::{Explanation, Method, Request as ExplanationRequest};
use crate::html::Untrusted;
use crate::serve::api_error::ApiError;
use crate::serve::app_state::AppState;
use crate::serve::explainer::Explained;
use crate::serve::request::{BodyMemory, body};
use crate::serve::selector::Selector;
use crate::tone::Tone;

/// The field of the form.
const FIELD: &str = "text";

/// The number of words that are marked.
pub const WORDS: usize = 100;

/// The integration points of an explanation: few, since a shade needs little precision and long texts take long.
pub const STEPS: usize = 32;

/// Handles the page's form: classifies and explains its text with the latest version of the first model.
pub async fn classify(app: Arc<AppState>, page: Arc<Page>, request: Request) -> Response {
    match result(&app, request).await {
        Ok(result) => page.with_result(&result),
        Err(error) => error.into_response(),
    }
}

async fn result(app: &AppState, request: Request) -> Result<Markup, ApiError> {
    let deadline = Instant::now() + app.limits.timeout;
    let mut memory = BodyMemory::new(&app.room_for_bodies);
    let body = body::receive(request, app.limits.max_body, &mut memory, deadline).await?;
    let mut fields = form_urlencoded::parse(&body);
    let text = fields.find(|(name, _)| name == FIELD);
    let text = text.map(|(_, text)| text.trim().to_owned());
    let text = text.ok_or_else(|| ApiError::invalid("The form has no field text"))?;
    let most = app.limits.max_characters;
    if text.chars().count() > most {
        let message = format!("The text has more than {most} characters");
        return Err(ApiError::invalid(message));
    }
    // A server has a model.
    let model = app.models.iter().next().ok_or_else(ApiError::failed)?;
    let model = model.find(Selector::Latest)?;
    let predictions = model.scorer.score(vec![text.clone()], deadline).await?;
    let prediction = predictions.first().ok_or_else(ApiError::failed)?;
    let classifier = model.classifier.clone();
    let request = ExplanationRequest {
        method: Method::Gradient { steps: Some(STEPS) },
        words: WORDS,
        ..ExplanationRequest::default()
    };
    let texts = vec![text.clone()];
    // A text may be too long to explain, or the server busy: the label stands without.
    let explained = app.explainer.explain(classifier, texts, request, deadline);
    let explained = explained
        .await
        .ok()
        .and_then(|mut explained| explained.pop());
    let explanation = match &explained {
        Some(Explained::Explanation(explanation)) => Some(&**explanation),
        Some(Explained::Refused { .. }) | None => None,
    };
    Ok(item(&text, prediction, explanation))
}

fn item(text: &str, prediction: &Prediction, explanation: Option<&Explanation>) -> Markup {
    let record = prediction.record(0.0);
    let labels = prediction.labels().iter();
    let mut classes: Vec<(&String, f64)> = labels
        .zip(prediction.probabilities.iter().copied())
        .collect();
    classes.sort_by(|a, b| b.1.total_cmp(&a.1));
    html! {
        li class="box result" {
            @if record.reason.is_none() { (Legend::of([record.label.as_ref()]).html()) }
            p class="verdict" {
                bdi class={ (Tone::of(&record.label).name()) "-tone" } { (Untrusted(&record.label)) } " "
                span class="score" {
                    @match record.reason {
                        Some(reason) => (Untrusted(reason)),
                        None => (percent(record.score)),
                    }
                }
            }
            @if record.reason.is_none() {
                ul class="bars" {
                    @for (label, probability) in classes {
                        li {
                            bdi { (Untrusted(label)) }
                            // The policy allows no style attribute, which the page's own bars have.
                            meter class=(Tone::of(label).name()) aria-label=(Untrusted(label)) value=(format!("{probability:.4}")) {}
                            span class="share" { (percent(probability)) }
                        }
                    }
                }
            }
            p class="shaded" dir="auto" {
                @match explanation {
                    Some(explanation) if record.reason.is_none() => {
                        @let class = explanation.answer();
                        (shaded(&explanation.pieces(class), &class.label))
                    }
                    _ => (Untrusted(text)),
                }
            }
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}
