import pytest

from sentiment_toolkit import Classifier, train

POSITIVE = ["a wonderful film", "great acting and a moving story", "I love this place", "a joy to watch"]
NEGATIVE = ["a terrible film", "dull acting and a boring story", "I hate this place", "a waste of time"]


@pytest.fixture(scope="session")
def general():
    return Classifier.general()


@pytest.fixture(scope="session")
def corpus():
    """Texts and labels that are easy to tell apart."""
    texts = [f"{text} {number}" for number in range(25) for text in POSITIVE + NEGATIVE]
    labels = (["pos"] * len(POSITIVE) + ["neg"] * len(NEGATIVE)) * 25
    return texts, labels


@pytest.fixture(scope="session")
def trained(corpus):
    return train(corpus, seed=1)
