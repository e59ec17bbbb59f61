"""Tests of what stands outside the code: README, docs, CONTRIBUTING."""
