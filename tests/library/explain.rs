//! Explanations against PyTorch's numbers, and what must hold of all of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use sentiment::Device;
use sentiment::batch::EncodedTexts;
use sentiment::classifier::Classifier;
use sentiment::explain::{
    Basis, ExplainError, Explanation, Features, Method, Request, Weight, explain, explain_while,
    faithfulness, pieces,
};
use sentiment::model::{
    Architecture, Decision, FORMAT_VERSION, HostTensor, Implementation, ModelConfig, Pooling,
    SavedModel, Weights,
};
use sentiment::text::{CharNgrams, PreprocessorConfig, StopwordList};
use sentiment::vocabulary::Vocabulary;
use serde::Deserialize;

/// Made by benches/peers/pytorch_network.py.
const FIXTURE: &str = include_str!("../fixtures/pytorch_network.json");

const WORDS: [&str; 8] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight",
];

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    architecture: Architecture,
    weights: BTreeMap<String, Values>,
    texts: Vec<Vec<usize>>,
    steps: usize,
    attributions: Vec<f64>,
    attention: Option<Vec<f64>>,
}

#[derive(Clone, Deserialize)]
struct Values {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Case {
    fn classifier(&self, implementation: Implementation) -> Classifier {
        let host = |(name, Values { shape, values }): (String, Values)| {
            (name, HostTensor { shape, values })
        };
        let weights = self.weights.clone().into_iter().map(host).collect();
        let vocabulary = format!("<unk>\n{}\n", WORDS.join("\n"));
        let model = SavedModel {
            config: ModelConfig {
                format_version: FORMAT_VERSION,
                labels: ["first", "second", "third"].map(String::from).into(),
                further_labels: Vec::new(),
                preprocessing: PreprocessorConfig {
                    stopwords: StopwordList::None,
                    ..PreprocessorConfig::default()
                },
                max_length: 100,
                normalized_ngrams: false,
                base: None,
                known_languages: None,
                ngrams: 0,
                char_ngrams: CharNgrams::default(),
                architecture: self.architecture.clone(),
                decision: Decision::default(),
                digests: BTreeMap::new(),
                training: serde_json::Value::Null,
            },
            vocabulary: Vocabulary::parse(&vocabulary, Path::new("vocabulary.txt")).unwrap(),
            weights: Weights::from_host(weights, &candle_core::Device::Cpu).unwrap(),
            further: Default::default(),
            ngrams: None,
        };
        Classifier::new(model, implementation).unwrap()
    }

    /// The first text, in words.
    fn text(&self) -> String {
        let words: Vec<&str> = self.texts[0].iter().map(|id| WORDS[id - 1]).collect();
        words.join(" ")
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Fixture>(FIXTURE).unwrap().cases
}

fn shipped() -> Classifier {
    let labels = ["negative", "positive"].map(String::from);
    let general = Classifier::general(&Device::Cpu).unwrap();
    general.restricted_to(&labels).unwrap()
}

/// Weights of a class in the order of the text.
fn in_order(explanation: &Explanation, class: usize) -> Vec<f64> {
    let mut weights = explanation.classes[class].weights.clone();
    weights.sort_by_key(|weight| weight.spans[0].start);
    weights.iter().map(|weight| weight.weight).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }
}

#[test]
fn integrated_gradients_and_attention_are_those_of_pytorch() {
    for implementation in [Implementation::Plain, Implementation::Fused] {
        for case in cases() {
            let classifier = case.classifier(implementation);
            let request = |method| Request {
                method,
                labels: vec![1],
                by_position: true,
                ..Request::default()
            };
            let gradient = request(Method::Gradient {
                steps: Some(case.steps),
            });
            let explanation = explain(&classifier, &case.text(), &gradient).unwrap();
            assert_close(&in_order(&explanation, 0), &case.attributions);

            let attention = explain(&classifier, &case.text(), &request(Method::Attention));
            match &case.attention {
                Some(expected) => assert_close(&in_order(&attention.unwrap(), 0), expected),
                None => assert!(matches!(attention, Err(ExplainError::NoAttention))),
            }
        }
    }
}

#[test]
fn integrated_gradients_make_up_the_probability_of_every_label() {
    let case = cases().pop().unwrap();
    let request = Request {
        method: Method::Gradient { steps: Some(200) },
        ..Request::default()
    };
    let explanation = explain(
        &case.classifier(Implementation::Fused),
        &case.text(),
        &request,
    )
    .unwrap();
    assert_eq!(explanation.classes.len(), 3);
    for class in &explanation.classes {
        let sum: f64 = class.weights.iter().map(|weight| weight.weight).sum();
        let fit = class.fit.unwrap();
        assert!((fit.intercept + sum - fit.local_prediction).abs() < 1e-9);
        assert!((fit.local_prediction - class.probability).abs() < 1e-4);
    }
}

/// A review. From vectors of zeros the path to it five times over turns about so often that no sum follows it.
const LONG: &str = "I went into this film with low hopes and for an hour it kept them low: a plot that goes nowhere, \
    jokes that were old when my parents were young, and a score that never stops telling you what to feel. Then, out of \
    nowhere, the last act is wonderful. The lead, who had been asleep until then, wakes up, the camera finds something \
    to look at, and a scene in a kitchen between two brothers who have not spoken for years is as good as anything I \
    have seen this year. Does it save the film? Not quite. It is still far too long, the middle could be cut by half, \
    and the dialogue is often terrible. But I left the cinema moved, and I did not expect that at all.";

/// The built-in model, whose n-grams also have weights.
#[test]
fn the_completeness_error_is_small_at_the_default_steps() {
    let classifier = shipped();
    let request = Request {
        method: Method::Gradient { steps: None },
        words: 3,
        ..Request::default()
    };
    for text in [
        "The plot is thin but the acting is wonderful",
        "Never again, the food was cold and the staff were rude",
        LONG,
        &LONG.repeat(5),
        "An utterly boring film, and I am not sure that the second half was not worse. Avoid!",
        // Small changes of probability, which the rounding of 8-bit products would hide.
        "The hotel is near the station and has a pool.",
        "The shop opens at nine.",
    ] {
        let explanation = explain(&classifier, text, &request).unwrap();
        for class in &explanation.classes {
            assert!(class.completeness_error().unwrap() < 0.01, "{text}");
            assert_eq!(class.weights.len(), 3);
        }
        let (first, second) = (in_order(&explanation, 0), in_order(&explanation, 1));
        assert!(first.iter().zip(&second).all(|(a, b)| a == &-b));
    }
}

#[test]
fn a_text_of_unknown_words_has_no_completeness_error() {
    let request = Request {
        method: Method::Gradient { steps: None },
        ..Request::default()
    };
    let explanation = explain(&shipped(), "zzzqqq", &request).unwrap();
    for class in &explanation.classes {
        assert_eq!(class.completeness_error(), None);
    }
}

/// The prediction for a long text changes abruptly on a part of the path.
#[test]
fn integration_points_are_dense_where_the_prediction_changes() {
    let classifier = shipped();
    let text = LONG.repeat(4);
    let explain = |steps| {
        let request = Request {
            method: Method::Gradient { steps },
            ..Request::default()
        };
        let explanation = explain(&classifier, &text, &request).unwrap();
        let errors = explanation.classes.iter();
        let errors = errors.map(|class| class.completeness_error().unwrap());
        (explanation.basis, errors.fold(0.0, f64::max))
    };
    let (Basis::Gradient { steps }, error) = explain(None) else {
        panic!("not integrated gradients")
    };
    assert!((65..512).contains(&steps), "{steps}");
    let (basis, error_of_equal_steps) = explain(Some(steps));
    assert_eq!(basis, Basis::Gradient { steps });
    assert!(
        error_of_equal_steps > 2.0 * error,
        "{error_of_equal_steps}, {error}"
    );
}

#[test]
fn lime_agrees_with_itself_and_the_same_seed_gives_the_same_weights() {
    let classifier = shipped();
    let explain = |seed, samples| {
        let request = Request {
            method: Method::Lime { samples, seed },
            ..Request::default()
        };
        let text = "The plot is thin but the acting is wonderful, and the end is a surprise";
        explain(&classifier, text, &request).unwrap()
    };
    assert_eq!(explain(1, None), explain(1, None));
    let (first, second) = (explain(1, Some(3_000)), explain(2, Some(3_000)));
    assert_ne!(first, second);
    let tokens = |explanation: &Explanation| {
        let weights = explanation.classes[1].weights.iter().take(2);
        weights
            .map(|weight| weight.token.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(tokens(&first), tokens(&second));
    let Basis::Lime { samples, stability } = first.basis else {
        panic!("not LIME: {:?}", first.basis)
    };
    assert_eq!(samples, 3_000);
    assert!(stability.unwrap() > 0.8);
    // What speaks for the one of two labels speaks against the other.
    for (a, b) in in_order(&first, 0).iter().zip(in_order(&first, 1)) {
        assert!((a + b).abs() < 1e-9);
    }
}

#[test]
fn a_word_is_weighed_at_all_of_its_places_or_at_each() {
    let classifier = shipped();
    let text = "Not good, NOT bad: not anything";
    let of = |by_position| Features::of(&classifier, text, by_position).unwrap();
    let (words, places) = (of(false), of(true));
    assert_eq!((words.len(), places.len()), (6, 8));
    assert_eq!(words.get(0).token, "not");
    assert_eq!(words.get(0).spans, [0..3, 10..13, 19..22]);
    assert_eq!(places.get(3).spans.first(), Some(&(10..13)));
    assert_eq!(words.ids(), places.ids());
    assert_eq!(words.sum(&[1.0; 8])[0], 3.0);
    let mut kept = EncodedTexts::default();
    words.push_kept(&mut kept, &[false, true, false, true, false, false]);
    assert_eq!(kept.get(0), [words.ids()[1], words.ids()[4]]);
}

#[test]
fn samples_are_drawn_until_the_weights_are_stable() {
    let classifier = shipped();
    let explanation = explain(&classifier, LONG, &Request::default()).unwrap();
    let Basis::Lime { samples, stability } = explanation.basis else {
        panic!("not LIME: {:?}", explanation.basis)
    };
    let stability = stability.unwrap();
    assert!(
        samples == 5_000 || stability >= Basis::STABLE,
        "{samples}, {stability}"
    );
    assert_eq!(samples % 1_000, 0);
    // How many words are shown has no part in it.
    let few = Request {
        words: 2,
        ..Request::default()
    };
    assert_eq!(
        explain(&classifier, LONG, &few).unwrap().basis,
        explanation.basis
    );
}

#[test]
fn an_explanation_stops_between_batches_of_a_text() {
    let classifier = shipped();
    let text = "a good film ".repeat(500);
    for method in [
        Request::default().method,
        Method::Gradient { steps: Some(512) },
    ] {
        let request = Request {
            method,
            ..Request::default()
        };
        let asked = Cell::new(0);
        let is_wanted = || {
            asked.set(asked.get() + 1);
            asked.get() < 4
        };
        let stopped = explain_while(&classifier, &text, &request, &is_wanted);
        assert!(matches!(stopped, Err(ExplainError::Stopped)), "{method:?}");
        assert_eq!(asked.get(), 4);
    }
}

#[test]
fn texts_of_nothing_and_of_one_word() {
    let classifier = shipped();
    for text in ["", "  \n", "\u{200b}"] {
        let refused = explain(&classifier, text, &Request::default());
        assert!(matches!(refused, Err(ExplainError::Empty)));
    }
    for method in [
        Request::default().method,
        Method::Gradient { steps: Some(8) },
    ] {
        let request = Request {
            method,
            ..Request::default()
        };
        let explanation = explain(&classifier, "wonderful", &request).unwrap();
        assert_eq!(explanation.classes[1].weights.len(), 1);
        assert!(explanation.classes[1].weights[0].weight > 0.0);
    }
}

#[test]
fn an_order_by_weight_is_more_faithful_than_the_opposite() {
    let classifier = shipped();
    let text = "The plot is thin, the jokes are old, but the acting is wonderful and I loved it";
    let features = Features::of(&classifier, text, false).unwrap();
    let request = Request {
        method: Method::Gradient { steps: None },
        words: usize::MAX,
        ..Request::default()
    };
    let explanation = explain(&classifier, text, &request).unwrap();
    let mut weights = explanation.classes[1].weights.clone();
    weights.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let place = |weight: &Weight| {
        (0..features.len()).find(|&index| features.get(index).spans == weight.spans)
    };
    let mut order: Vec<usize> = weights
        .iter()
        .map(|weight| place(weight).unwrap())
        .collect();
    let best = faithfulness(&classifier, &features, &order, 1).unwrap();
    order.reverse();
    let worst = faithfulness(&classifier, &features, &order, 1).unwrap();
    assert!(best.deletion < worst.deletion && best.insertion > worst.insertion);
    // Taking out one way is putting in the other way, read backwards.
    assert!((best.deletion - worst.insertion).abs() < 1e-6);
}

#[test]
fn attention_is_a_share_of_the_text() {
    let case = cases()
        .into_iter()
        .find(|case| case.architecture.pooling == Pooling::Attention);
    let case = case.unwrap();
    let request = Request {
        method: Method::Attention,
        ..Request::default()
    };
    let explanation = explain(
        &case.classifier(Implementation::Fused),
        &case.text(),
        &request,
    )
    .unwrap();
    // It is the same for every label, so that the answer's is enough.
    assert_eq!(explanation.classes.len(), 1);
    assert_eq!(explanation.classes[0].label, explanation.label);
    assert!((in_order(&explanation, 0).iter().sum::<f64>() - 1.0).abs() < 1e-6);
    assert!(explanation.classes[0].fit.is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_explained_or_has_nothing_to_explain(text in "(\\PC|[a-z<>&' .]){0,60}", by_position: bool) {
        let classifier = shipped();
        let request = Request {
            method: Method::Gradient { steps: Some(2) },
            by_position,
            words: usize::MAX,
            ..Request::default()
        };
        match explain(&classifier, &text, &request) {
            Err(error) => prop_assert!(matches!(error, ExplainError::Empty)),
            Ok(explanation) => {
                for class in &explanation.classes {
                    let joined: String = pieces(&text, &class.weights).iter().map(|piece| piece.text).collect();
                    prop_assert_eq!(&joined, &text);
                    for weight in &class.weights {
                        prop_assert!(weight.weight.is_finite());
                        prop_assert!(weight.spans.iter().all(|span| text.get(span.clone()).is_some()));
                    }
                }
            }
        }
    }
}
