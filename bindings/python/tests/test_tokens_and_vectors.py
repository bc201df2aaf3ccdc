"""`Tokenizer` and `WordVectors`."""

import copy
import gc
import pickle

import numpy as np
import pytest

from sentiment_toolkit import EmbeddingsError, TextError, Tokenizer, WordVectors


def test_tokens_and_their_positions_in_characters():
    tokenizer = Tokenizer()
    assert tokenizer.tokenize("It isn't GOOD") == tokenizer("It isn't GOOD") == ["it", "is", "n't", "good"]
    text = "Été 🎬 isn't bad"
    for token, start, end in tokenizer.spans(text):
        assert text[start:end].lower() == token
    assert tokenizer.tokenize("") == []


def test_settings_of_a_tokenizer():
    assert Tokenizer(stopwords="nltk", stem=True).tokenize("the loved films") == ["love", "film"]
    with pytest.raises(TextError, match="xx"):
        Tokenizer(stem=True, language="xx")
    tokenizer = Tokenizer(stem=True)
    assert repr(tokenizer) == 'Tokenizer(stopwords="none", stem=True, language="en")'
    for other in (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer)):
        assert other.tokenize("loved") == ["love"]


def test_the_tokenizer_serves_vectorizers_of_scikit_learn():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    vectorizer = text.TfidfVectorizer(tokenizer=Tokenizer(), token_pattern=None)
    assert vectorizer.fit_transform(["a good film", "a bad film"]).shape == (2, 4)


def test_vectors_are_a_view():
    vectors = WordVectors.sample()
    array = vectors.vectors
    assert array.shape == (len(vectors), vectors.dimension) == (len(vectors.words), vectors.dimension)
    assert array.dtype == np.float32 and not array.flags.writeable
    address = array.__array_interface__["data"][0]
    assert vectors.vectors.__array_interface__["data"][0] == address
    first = vectors.words[0]
    expected = vectors[first]
    del vectors
    gc.collect()
    assert (array[0] == expected).all()


def test_lookup_and_nearest_words(tmp_path):
    vectors = WordVectors.sample()
    assert "king" in vectors and "qwertyuiop" not in vectors
    with pytest.raises(KeyError, match="qwertyuiop"):
        vectors["qwertyuiop"]
    assert len(vectors.nearest("king", 3)) == 3
    assert vectors.analogy("man", "king", "woman", 1)[0][0] == "queen"
    with pytest.raises(EmbeddingsError, match="qwertyuiop"):
        vectors.nearest("qwertyuiop")
    path = tmp_path / "vectors.txt"
    path.write_text("good 0.5 1.0\nbad -0.5 1.0\n")
    assert WordVectors.load(path)["bad"].tolist() == [-0.5, 1.0]
    assert WordVectors.load(path, limit=1).words == ["good"]
    path.write_text("good 0.5 1.0\nbad -0.5\n")
    with pytest.raises(EmbeddingsError, match="vectors.txt.*2"):
        WordVectors.load(path)
