"""The package as a whole: its public names, its examples, its errors, and what an import costs."""

from __future__ import annotations

import ast
import doctest
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import analytics
from analytics import errors

MODULES = [f"analytics.{module.name}" for module in pkgutil.iter_modules(analytics.__path__)]
WITHOUT_EXAMPLE = {"analytics.errors", "analytics.series", "analytics.blocks", "analytics.mackinnon_tables"}


@pytest.mark.parametrize("name", sorted(analytics.__all__))
def test_public_names_are_what_they_say_whatever_was_imported_before(name: str) -> None:
    for module in MODULES:
        import_module(module)
    assert getattr(analytics, name).__name__ == name
    assert name in dir(analytics)


def test_types_see_every_public_name_where_it_is_loaded_from() -> None:
    """What is imported for type checkers alone, as the file itself has it, against what is loaded."""
    source = ast.parse(Path(analytics.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in source.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {each.asname: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for each in node.names}
    assert list(seen) == [each for each in seen if each is not None]
    assert seen == {name: f"analytics.{home}" for name, home in analytics._HOME.items()}
    assert sorted(seen) == sorted(analytics.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        _ = analytics.no_such  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["analytics", *MODULES])
def test_examples_run(module: str) -> None:
    outcome = doctest.testmod(import_module(module))
    assert outcome.failed == 0
    assert outcome.attempted > 0 or module in WITHOUT_EXAMPLE


def test_all_errors_are_value_errors_and_stand_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type):
            assert issubclass(kind, ValueError)
            assert name in tree


def test_no_statistic_loads_a_heavy_library() -> None:
    program = (
        "import sys; from importlib import import_module\n"
        f"[import_module(name) for name in {MODULES!r}]\n"
        "print({'scipy', 'pandas', 'statsmodels', 'pykalman'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
