"""The drawings of lesson 2, one module a panel: they draw results and decide nothing."""
