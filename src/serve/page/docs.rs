//! The description of the API as a page, from the OpenAPI document.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

use super::policy;
use crate::html::STYLE;
use crate::serve::routes::OPENAPI;

const DOCS_STYLE: &str = concat!(include_str!("css/page.css"), include_str!("css/docs.css"));

/// The paths of a version and of a label have the operations of a model, so they are not shown again.
const VARIANTS: [&str; 2] = ["/versions/{version}", "/labels/{label}"];

static PAGE: LazyLock<String> = LazyLock::new(|| {
    // The document is part of the program: a test reads it.
    let document = serde_json::from_str(OPENAPI).unwrap_or_default();
    page(&document).into_string()
});

static PAGE_STYLE: LazyLock<String> = LazyLock::new(|| format!("{}{DOCS_STYLE}", *STYLE));

/// Returns the page.
pub async fn docs() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, policy(&PAGE_STYLE, None))];
    (headers, Html(PAGE.as_str())).into_response()
}

fn page(document: &Value) -> Markup {
    let info = &document["info"];
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "sentiment: API" }
                link rel="icon" href="data:,";
                style { (PreEscaped(&*PAGE_STYLE)) }
            }
            body {
                header class="top" {
                    a class="brand" href="./" { "sentiment" }
                    nav aria-label="Pages" {
                        a href="./" { "Classify" }
                        a href="openapi.json" { "OpenAPI" }
                    }
                }
                main class="api" {
                    h1 { "API" }
                    p class="lead" {
                        (text(&info["summary"])) ". A path with " code { "/models/{model}" } " also has the forms "
                        code { "/models/{model}/versions/{version}" } " and " code { "/models/{model}/labels/{label}" }
                        ", which select a version."
                    }
                    h2 { "Paths" }
                    @for (path, item) in fields(&document["paths"]) {
                        @if !VARIANTS.iter().any(|variant| path.contains(variant)) {
                            (operations(document, path, item))
                        }
                    }
                    h2 { "Schemas" }
                    @for (name, schema) in fields(&document["components"]["schemas"]) {
                        article id=(name) {
                            h3 { (name) }
                            (json(schema))
                        }
                    }
                }
            }
        }
    }
}

/// Returns the operations of a path: its fields that have an identifier.
fn operations(document: &Value, path: &str, item: &Value) -> Markup {
    html! {
        @for (method, operation) in fields(item) {
            @if operation.get("operationId").is_some() {
                article {
                    h3 {
                        span class={ "method " (method) } { (method.to_uppercase()) }
                        code { (path) }
                    }
                    p { (text(&operation["summary"])) "." }
                    (parameters(document, item, operation))
                    (request_body(operation))
                    (responses(document, operation))
                }
            }
        }
    }
}

fn parameters(document: &Value, item: &Value, operation: &Value) -> Markup {
    let of_path = item["parameters"].as_array().into_iter().flatten();
    let of_operation = operation["parameters"].as_array().into_iter().flatten();
    let parameters: Vec<&Value> = of_path
        .chain(of_operation)
        .map(|parameter| resolved(document, parameter))
        .collect();
    html! {
        @if !parameters.is_empty() {
            h4 { "Parameters" }
            table {
                @for parameter in parameters {
                    tr {
                        th scope="row" { (text(&parameter["name"])) }
                        td { (text(&parameter["description"])) " (" (text(&parameter["in"])) ")" }
                    }
                }
            }
        }
    }
}

fn request_body(operation: &Value) -> Markup {
    html! {
        @for (content_type, media) in fields(&operation["requestBody"]["content"]) {
            h4 { "Body" }
            p { code { (content_type) } ": " (schema(&media["schema"])) }
        }
    }
}

fn responses(document: &Value, operation: &Value) -> Markup {
    html! {
        h4 { "Responses" }
        table {
            @for (status, response) in fields(&operation["responses"]) {
                @let response = resolved(document, response);
                tr {
                    th scope="row" { (status) }
                    td {
                        (text(&response["description"]))
                        @for (_, media) in fields(&response["content"]) {
                            ": " (schema(&media["schema"]))
                        }
                    }
                }
            }
        }
    }
}

/// Returns a link to a named schema, or the JSON of another.
fn schema(schema: &Value) -> Markup {
    match schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        Some(name) => html! { a href={ "#" (name) } { (name) } },
        None => html! { code { (schema.to_string()) } },
    }
}

fn json(value: &Value) -> Markup {
    // A value always has a JSON form.
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    html! { pre tabindex="0" { code { (pretty) } } }
}

/// Follows a reference within the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let path = value["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path))
        .unwrap_or(value)
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
