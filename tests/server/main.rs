//! Tests of `sentiment serve` over HTTP.

#[path = "../common/mod.rs"]
mod common;

mod access;
mod bodies;
mod compression;
mod limits;
mod models;
mod page;
mod requests;
mod tables;
