//! Writing word vectors: files are read back unchanged, and vectors that could not be are rejected.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use sentiment::embeddings::{
    EmbeddingsError, WordFilter, WordVectors, from_reader, read, read_first, write,
};
use sentiment::tensor_file::NumberType;

const EXTENSIONS: [&str; 10] = [
    "txt",
    "vec",
    "bin",
    "txt.gz",
    "vec.gz",
    "bin.gz",
    "txt.zst",
    "vec.zst",
    "bin.zst",
    "safetensors",
];

fn parse(file: impl AsRef<[u8]>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(file.as_ref(), Path::new("vectors"), None)
}

/// A safetensors file of 32-bit numbers, written by the `safetensors` library.
fn tensors(words: &str, shape: [usize; 2], numbers: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let vectors = TensorView::new(Dtype::F32, shape.to_vec(), &bytes).unwrap();
    // Tensors before and after the vectors.
    let other = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
    let metadata = [("words".to_owned(), words.to_owned())].into();
    let all = [("a", other.clone()), ("vectors", vectors), ("z", other)];
    safetensors::serialize(all, Some(metadata)).unwrap()
}

/// Vectors with arbitrary finite numbers, of words that every format can store.
fn some_vectors() -> impl Strategy<Value = WordVectors> {
    let number = any::<f32>().prop_filter("finite", |number| number.is_finite());
    (1usize..6)
        .prop_flat_map(move |dimension| {
            let numbers = prop::collection::vec(number.clone(), dimension);
            prop::collection::btree_map("[!-~é字\u{85}\u{a0}]{1,6}", numbers, 1..20)
        })
        .prop_map(|rows| {
            let words: Vec<&str> = rows.keys().map(String::as_str).collect();
            let numbers: Vec<f32> = rows.values().flatten().copied().collect();
            let shape = [words.len(), numbers.len() / words.len()];
            parse(tensors(&words.join("\n"), shape, &numbers)).unwrap()
        })
}

proptest! {
    // Each case syncs twenty files to disk.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn all_formats_are_read_back_unchanged(vectors in some_vectors()) {
        let folder = tempfile::tempdir().unwrap();
        for extension in EXTENSIONS {
            let path = folder.path().join("vectors").with_extension(extension);
            write(&path, &vectors, NumberType::F32).unwrap();
            let back = read(&path, None).unwrap();
            prop_assert!(back.iter().eq(vectors.iter()), "{extension}");
            let bytes = fs::read(&path).unwrap();
            write(&path, &vectors, NumberType::F32).unwrap();
            prop_assert_eq!(fs::read(&path).unwrap(), bytes, "writing is not deterministic");
        }
    }

}

proptest! {
    #[test]
    fn no_safetensors_file_panics(
        cut in 0usize..120,
        at in 0usize..120,
        byte in any::<u8>(),
        rest in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut file = tensors("a\nb", [2, 2], &[1.0, 2.0, 3.0, 4.0]);
        file[at] = byte;
        let _ = parse(&file);
        file.truncate(cut);
        file.extend(rest);
        let _ = parse(&file);
    }
}

#[test]
fn formats_match_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = parse("the 0.5 -1\nfilm 1e-30 3\n").unwrap();
    let written = |extension| {
        let path = folder.path().join("v").with_extension(extension);
        write(&path, &vectors, NumberType::F32).unwrap();
        fs::read(&path).unwrap()
    };
    assert_eq!(written("txt"), b"the 0.5 -1.0\nfilm 1e-30 3.0\n");
    assert_eq!(written("vec"), b"2 2\nthe 0.5 -1.0\nfilm 1e-30 3.0\n");
    let numbers = |a: f32, b: f32| [a.to_le_bytes(), b.to_le_bytes()].concat();
    let binary = [
        b"2 2\nthe ".as_slice(),
        &numbers(0.5, -1.0),
        b"film ",
        &numbers(1e-30, 3.0),
    ];
    assert_eq!(written("bin"), binary.concat());
    assert!(written("txt.gz").starts_with(&[0x1f, 0x8b]));
    assert!(written("txt.zst").starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));

    let file = written("safetensors");
    let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
    assert_eq!(metadata.metadata().as_ref().unwrap()["words"], "the\nfilm");
    let file = SafeTensors::deserialize(&file).unwrap();
    let tensor = file.tensor("vectors").unwrap();
    assert_eq!(
        (tensor.dtype(), tensor.shape()),
        (Dtype::F32, [2, 2].as_slice())
    );
    let expected = [numbers(0.5, -1.0), numbers(1e-30, 3.0)].concat();
    assert_eq!(tensor.data(), expected);
}

#[test]
fn half_precision_rounds_to_sixteen_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.safetensors");
    let vectors = parse("a 0.1 65504\nb -2.5 1e-9\n").unwrap();
    write(&path, &vectors, NumberType::F16).unwrap();
    let back = read(&path, None).unwrap();
    // numpy.float16(0.1) is 0.0999755859375; 65504 is its largest number.
    assert_eq!(back.get("a"), Some([0.099_975_586, 65504.0].as_slice()));
    assert_eq!(back.get("b"), Some([-2.5, 0.0].as_slice()));
    let size = |number_type| {
        write(&path, &vectors, number_type).unwrap();
        let file = fs::read(&path).unwrap();
        let file = SafeTensors::deserialize(&file).unwrap();
        file.tensor("vectors").unwrap().data().len()
    };
    assert_eq!((size(NumberType::F16), size(NumberType::F32)), (8, 16));
}

#[test]
fn eight_bit_vectors_have_a_scale_per_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.safetensors");
    let vectors = parse("a 1.27 -0.314\nb 0 0\nc -12.7 0.26\n").unwrap();
    write(&path, &vectors, NumberType::I8).unwrap();
    let file = fs::read(&path).unwrap();
    let back = parse(&file).unwrap();
    for (word, expected) in [("a", [1.27, -0.31]), ("b", [0.0, 0.0]), ("c", [-12.7, 0.3])] {
        for (number, expected) in back.get(word).unwrap().iter().zip(expected) {
            assert!((number - expected).abs() < 1e-5, "{word}: {number}");
        }
    }
    let some = from_reader(file.as_slice(), &path, Some(&["c"].into_iter().collect())).unwrap();
    assert_eq!(some.get("c"), back.get("c"));
    let file = SafeTensors::deserialize(&file).unwrap();
    assert_eq!(file.tensor("vectors").unwrap().data().len(), 6);
    assert_eq!(file.tensor("vectors.scale").unwrap().shape(), [3]);

    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes);
    let rows = view(Dtype::I8, &[2, 1], &[1; 2]).unwrap();
    let fails = |scales: Option<TensorView>, message: &str| {
        let scales = scales.map(|scales| ("vectors.scale", scales));
        let all = [("vectors", rows.clone())].into_iter().chain(scales);
        let metadata = [("words".to_owned(), "a\nb".to_owned())].into();
        let file = safetensors::serialize(all, Some(metadata)).unwrap();
        let error = parse(file).unwrap_err().to_string();
        assert_eq!(error, format!("vectors: {message}"));
    };
    fails(None, "vectors.scale is missing");
    let one = view(Dtype::F32, &[1], &[0; 4]).unwrap();
    fails(
        Some(one),
        "vectors and its scales have different numbers of rows",
    );
    let infinite = [f32::INFINITY; 2].map(f32::to_le_bytes).concat();
    fails(
        Some(view(Dtype::F32, &[2], &infinite).unwrap()),
        "the vector of \"a\" contains inf, which is not finite",
    );
}

#[test]
fn vectors_that_cannot_be_read_back_are_rejected_without_writing() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |name: &str, vectors: &WordVectors, number_type, message: &str| {
        let path = folder.path().join(name);
        let error = write(&path, vectors, number_type).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("could not write {}: {message}", path.display())
        );
    };
    let words = |words: &str| {
        let numbers = vec![1.0; words.split('\n').count()];
        parse(tensors(words, [numbers.len(), 1], &numbers)).unwrap()
    };
    let plain = words("good");
    fails(
        "v.csv",
        &plain,
        NumberType::F32,
        "the name must end in .txt (GloVe), .vec (word2vec text) or .bin (word2vec binary), each \
         optionally followed by .gz or .zst, or in .safetensors",
    );
    fails(
        "v.vec.gz",
        &plain,
        NumberType::F16,
        "only .safetensors files can store 16-bit numbers",
    );
    let none = from_reader(
        b"a 1\n".as_slice(),
        Path::new("v"),
        Some(&WordFilter::default()),
    );
    let empty = "there are no word vectors to write";
    fails("v.txt", &none.unwrap(), NumberType::F32, empty);
    let spaced = words("good\nNew York");
    for (name, format) in [
        ("v.vec", "the word2vec text format"),
        ("v.bin", "the word2vec binary format"),
    ] {
        let message = format!(
            "{format} cannot store the word \"New York\"; use a name that ends in .safetensors"
        );
        fails(name, &spaced, NumberType::F32, &message);
    }
    fails(
        "v.txt",
        &words("good\nabout 1.5"),
        NumberType::F32,
        "the GloVe text format cannot store the word \"about 1.5\"; use a name that ends in .safetensors",
    );
    fails(
        "v.safetensors",
        &parse("a 1\nb 65520\n").unwrap(),
        NumberType::F16,
        "the vector of \"b\" contains 65520, which is not finite in 16 bits",
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    for name in ["v.txt", "v.safetensors"] {
        let path = folder.path().join(name);
        write(&path, &spaced, NumberType::F32).unwrap();
        assert!(
            read(&path, None).unwrap().iter().eq(spaced.iter()),
            "{name}"
        );
    }
}

#[test]
fn a_safetensors_file_is_read_like_other_formats() {
    let file = tensors("the\nnot\nthe\nfilm", [4, 1], &[1.0, 2.0, 3.0, 4.0]);
    let all = parse(&file).unwrap();
    assert_eq!(all.words(), ["the", "not", "film"]);
    assert_eq!(all.get("the"), Some([1.0].as_slice()));
    let filter = ["film", "n't"].into_iter().collect();
    let some = from_reader(file.as_slice(), Path::new("v"), Some(&filter)).unwrap();
    assert_eq!(some.words(), ["not", "film"]);
}

#[test]
fn errors_in_a_safetensors_file_are_named() {
    let fails = |file: &[u8], message: &str| {
        let error = parse(file).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    let whole = tensors("a\nb", [2, 1], &[1.0, 2.0]);
    fails(&whole[..whole.len() - 1], "vectors: the file is truncated");
    fails(&whole[..whole.len() - 6], "vectors: the file is truncated");
    fails(&whole[..20], "vectors: its safetensors header is invalid: ");
    fails(
        &tensors("a", [2, 1], &[1.0, 2.0]),
        "\"vectors\" has 2 rows, but the file has 1 words",
    );
    fails(
        &tensors("a\n", [2, 1], &[1.0, 2.0]),
        "the file contains an empty word",
    );
    fails(
        &tensors("a", [1, 1], &[f32::NAN]),
        "the vector of \"a\" contains NaN, which is not finite",
    );
    fails(
        &tensors("a", [1, 0], &[]),
        "has shape [1, 0], expected [words, 1 to 16384]",
    );

    let view = |dtype, bytes| TensorView::new(dtype, vec![1, 1], bytes).unwrap();
    let one =
        |name: &str, tensor, metadata| safetensors::serialize([(name, tensor)], metadata).unwrap();
    let single = view(Dtype::F32, &[0; 4]);
    fails(
        &one("weights", single.clone(), None),
        "the file has no tensor \"vectors\"",
    );
    fails(
        &one("vectors", single, None),
        "the metadata has no \"words\" entry with one word per line",
    );
    let double = view(Dtype::F64, &[0; 8]);
    fails(
        &one("vectors", double, None),
        "\"vectors\" has number type F64; only F32, F16 and I8 are supported",
    );

    // A header that declares more data than fits in memory.
    let header = br#"{"__metadata__":{"words":"a"},"vectors":{"dtype":"F32","shape":[1099511627776,16384],"data_offsets":[0,72057594037927936]}}"#;
    let oversized = [&(header.len() as u64).to_le_bytes(), header.as_slice()].concat();
    fails(
        &oversized,
        "has 1099511627776 rows, but the file has 1 words",
    );
    let long = [&u64::from(u32::MAX).to_le_bytes(), b"{".as_slice()].concat();
    fails(&long, "its safetensors header is invalid: ");
}

#[test]
fn read_first_ignores_later_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    let lines: Vec<String> = (0..200_000).map(|row| format!("w{row} {row}\n")).collect();
    fs::write(&path, lines.concat() + "broken\n").unwrap();
    let first = read_first(&path, 100_000).unwrap();
    assert_eq!(first.len(), 100_000);
    assert_eq!(first.get("w99999"), Some([99999.0].as_slice()));
    assert_eq!(first.get("w100000"), None);
    assert!(read_first(&path, 300_000).is_err());

    let path = folder.path().join("v.safetensors");
    write(&path, &first, NumberType::F32).unwrap();
    assert_eq!(read_first(&path, 2).unwrap().words(), ["w0", "w1"]);
}
