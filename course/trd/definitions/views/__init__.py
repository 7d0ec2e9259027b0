"""The drawings of lesson 1, one module a panel: they draw results and decide nothing."""
