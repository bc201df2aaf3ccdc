//! An evaluation drawn: charts as SVG and PNG, and one page of HTML that holds all of them.
//!
//! A [`Report`] holds plain numbers and texts. [`Report::of`] takes them from an evaluation,
//! [`Report::add_model`] adds what is known about the model, and [`Report::explain_mistakes`] weighs the words of
//! the mistakes. [`charts()`] draws what a report has numbers for; [`page()`] puts the charts, the tables and the worst
//! mistakes on a page that needs no network, no script and no font of its own, and follows the reader's choice of
//! light or dark.
//!
//! Numbers that are not finite are left out, as are charts with nothing to draw; the page says so.
//!
//! ```
//! use sentiment::report::{Headline, Report, page};
//!
//! let report = Report {
//!     title: "Evaluation of models/imdb".to_string(),
//!     headlines: vec![Headline {
//!         name: "Accuracy".to_string(),
//!         value: 0.9132,
//!         interval: Some((0.9096, 0.9166)),
//!     }],
//!     ..Report::default()
//! };
//! assert!(page(&report)?.contains("0.9132"));
//! # Ok::<(), sentiment::report::ReportError>(())
//! ```

mod charts;
mod contents;
mod error;
mod explained_mistakes;
mod formatting;
mod from_evaluation;
mod model_facts;
mod page;

pub use charts::{Chart, charts};
pub use contents::{
    Bucket, ClassRow, ConfidenceBar, ConfusedPair, Curve, EpochPoint, Headline, Mistake,
    ReliabilityBar, Report,
};
pub use error::ReportError;
pub use page::page;
