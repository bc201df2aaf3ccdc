//! Evaluation reports: charts as SVG, PNG and PDF, and one HTML page with all charts.
//!
//! A [`Report`] holds plain numbers and texts. [`Report::of`] builds one from an evaluation,
//! [`Report::add_model`] adds facts about the model, and [`Report::explain_mistakes`] adds word attributions to the
//! mistakes. [`charts()`] draws every chart for which the report has data. [`page()`] returns an HTML page with the
//! charts, the tables and the most confident mistakes. The page uses no network, scripts or web fonts, and supports
//! light and dark mode.
//!
//! Non-finite numbers, charts without data and sections without contents are omitted.
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

pub use charts::{Chart, Titles, charts, charts_with};
pub use contents::{
    ClassRow, ConfidenceBar, ConfusedRow, Curve, EpochPoint, GroupRow, Headline, MistakeRow,
    ReliabilityBar, Report,
};
pub use error::ReportError;
pub use page::page;
