//! Tests of `sentiment serve`, through HTTP.

#[path = "../common/mod.rs"]
mod common;

mod access;
mod limits;
mod models;
mod requests;
