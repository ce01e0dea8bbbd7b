"""Tests of what starts, stops and packages the product, with real processes."""
