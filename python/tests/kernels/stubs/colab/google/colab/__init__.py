"""Stands in for the package that every Colab kernel has loaded; there is nothing in it."""
