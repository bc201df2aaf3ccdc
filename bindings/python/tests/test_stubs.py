"""The type stubs name what the module has."""

import ast
import inspect
from pathlib import Path

import sentiment_toolkit
from sentiment_toolkit import _sentiment_toolkit as module

STUB = Path(sentiment_toolkit.__file__).with_name("_sentiment_toolkit.pyi")


def test_stubs_have_the_members_and_arguments_of_the_module():
    tree = ast.parse(STUB.read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in sentiment_toolkit.__all__:
        assert name in classes or name in functions or name == "__version__", name
    for name, node in functions.items():
        check_arguments(getattr(module, name), node)
    for name, node in classes.items():
        if name.startswith("Arrow"):
            continue
        stubbed = {member.name: member for member in node.body if isinstance(member, ast.FunctionDef)}
        actual = vars(getattr(module, name))
        public = {member for member in actual if not member.startswith("_")}
        assert public == {member for member in stubbed if not member.startswith("_")}, name
        for member in public:
            if callable(getattr(getattr(module, name), member)):
                check_arguments(getattr(getattr(module, name), member), stubbed[member])


def check_arguments(function, stub):
    arguments = stub.args
    stubbed = [argument.arg for argument in arguments.args + arguments.kwonlyargs]
    stubbed += [arguments.kwarg.arg] if arguments.kwarg else []
    assert list(inspect.signature(function).parameters) == stubbed, stub.name
